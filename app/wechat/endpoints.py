"""Every address of WeChat's API that Huike uses, with its limits: the one table of the gateway.

A limit may be moved by WeChat at any time, so it stands here and nowhere in the flow. Quotas are
the documented defaults of an account; what WeChat itself answers (45009, 45011) always wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Host(StrEnum):
    """Whose machine; with `WECHAT_API_BASE_URL` set elsewhere, all of them are there."""

    API = "https://api.weixin.qq.com"
    PICTURES = "https://mp.weixin.qq.com"
    PAGES = "https://open.weixin.qq.com"
    CORPS = "https://qyapi.weixin.qq.com"
    CORP_PICTURES = "https://wework.qpic.cn"


class Proof(StrEnum):
    """How a call proves whose it is."""

    TOKEN = "token"  # noqa: S105 - access_token in the query
    SECRET = "secret"  # noqa: S105 - appid and AppSecret
    NONE = "none"


class Answers(StrEnum):
    JSON = "json"
    BYTES = "bytes"  # a picture; a refusal is JSON all the same, with HTTP 200


@dataclass(frozen=True)
class Endpoint:
    """An address. POST takes JSON (or a file), GET takes a query; lists have bounds."""

    method: str
    path: str
    proof: Proof = Proof.TOKEN
    answers: Answers = Answers.JSON
    host: Host = Host.API
    a_minute: int | None = None
    a_day: int | None = None
    list_least: int = 1
    list_most: int = 1

    @property
    def api(self) -> str:
        """The name under which its quota and its health are kept."""
        return self.path


class TooManyAtOnce(ValueError):
    """A list is longer or shorter than WeChat takes in one call: the caller must cut it."""


def check_list(endpoint: Endpoint, size: int) -> None:
    """Raises TooManyAtOnce, before WeChat says 40032 or 40130."""
    if not endpoint.list_least <= size <= endpoint.list_most:
        bounds = f"{endpoint.list_least}-{endpoint.list_most}"
        raise TooManyAtOnce(f"{endpoint.path} takes {bounds} at once, not {size}")


# Tokens and quotas: reference/wechat.md §3.1, §3.2
STABLE_TOKEN = Endpoint(
    "POST", "/cgi-bin/stable_token", Proof.SECRET, a_minute=10_000, a_day=500_000
)
JS_TICKET = Endpoint("GET", "/cgi-bin/ticket/getticket", a_day=1_000)
CLEAR_QUOTA = Endpoint("POST", "/cgi-bin/clear_quota")
CLEAR_QUOTA_BY_SECRET = Endpoint("POST", "/cgi-bin/clear_quota/v2", Proof.SECRET)
QUOTA = Endpoint("POST", "/cgi-bin/openapi/quota/get")

# Fans and their tags: §3.3, §3.5
USER_INFO = Endpoint("GET", "/cgi-bin/user/info", a_day=5_000_000)
USER_INFOS = Endpoint("POST", "/cgi-bin/user/info/batchget", list_most=100)
FOLLOWERS = Endpoint("GET", "/cgi-bin/user/get", a_day=500)
REMARK = Endpoint("POST", "/cgi-bin/user/info/updateremark", a_day=10_000)
TAGS = Endpoint("GET", "/cgi-bin/tags/get", a_day=1_000)
CREATE_TAG = Endpoint("POST", "/cgi-bin/tags/create", a_day=1_000)
RENAME_TAG = Endpoint("POST", "/cgi-bin/tags/update", a_day=1_000)
DELETE_TAG = Endpoint("POST", "/cgi-bin/tags/delete", a_day=1_000)
TAG_FANS = Endpoint("POST", "/cgi-bin/tags/members/batchtagging", a_day=100_000, list_most=50)
UNTAG_FANS = Endpoint("POST", "/cgi-bin/tags/members/batchuntagging", a_day=100_000, list_most=50)
TAGS_OF_FAN = Endpoint("POST", "/cgi-bin/tags/getidlist")
FANS_OF_TAG = Endpoint("POST", "/cgi-bin/user/tag/get", a_day=500)

# Menus: §3.5
CREATE_MENU = Endpoint("POST", "/cgi-bin/menu/create", a_day=1_000, list_most=3)
MENU = Endpoint("GET", "/cgi-bin/menu/get", a_day=10_000)
DELETE_MENU = Endpoint("GET", "/cgi-bin/menu/delete", a_day=1_000)
ADD_CONDITIONAL_MENU = Endpoint("POST", "/cgi-bin/menu/addconditional", a_day=2_000, list_most=3)
DELETE_CONDITIONAL_MENU = Endpoint("POST", "/cgi-bin/menu/delconditional", a_day=2_000)
TRY_MENU = Endpoint("POST", "/cgi-bin/menu/trymatch", a_day=20_000)

# Codes, links, files: §3.4, §3.11
CREATE_QR_CODE = Endpoint("POST", "/cgi-bin/qrcode/create", a_day=100_000)
QR_CODE_PICTURE = Endpoint("GET", "/cgi-bin/showqrcode", Proof.NONE, Answers.BYTES, Host.PICTURES)
MINI_PROGRAM_CODE = Endpoint(
    "POST", "/wxa/getwxacodeunlimit", answers=Answers.BYTES, a_minute=5_000
)
URL_LINK = Endpoint("POST", "/wxa/generate_urllink", a_day=500_000)
UPLOAD_MEDIA = Endpoint("POST", "/cgi-bin/media/upload", a_day=100_000)

# Messages: §3.6-3.9
SEND_MASS = Endpoint(
    "POST", "/cgi-bin/message/mass/send", a_minute=60, list_least=2, list_most=10_000
)
SEND_MASS_BY_TAG = Endpoint("POST", "/cgi-bin/message/mass/sendall", a_minute=60)
MASS_STATUS = Endpoint("POST", "/cgi-bin/message/mass/get")
PREVIEW_MASS = Endpoint("POST", "/cgi-bin/message/mass/preview", a_day=100)
DELETE_MASS = Endpoint("POST", "/cgi-bin/message/mass/delete")
SEND_TEMPLATE = Endpoint("POST", "/cgi-bin/message/template/send", a_day=100_000)
SEND_CUSTOM = Endpoint("POST", "/cgi-bin/message/custom/send", a_day=500_000)
SEND_SUBSCRIPTION = Endpoint("POST", "/cgi-bin/message/subscribe/bizsend")
SEND_MINI_SUBSCRIPTION = Endpoint("POST", "/cgi-bin/message/subscribe/send", a_day=10_000_000)

# Who is it: §3.10, §3.12
CODE_TO_SESSION = Endpoint("GET", "/sns/jscode2session", Proof.SECRET)
CHECK_SESSION = Endpoint("GET", "/wxa/checksession")
PHONE_NUMBER = Endpoint("POST", "/wxa/business/getuserphonenumber")
OAUTH_PAGE = Endpoint("GET", "/connect/oauth2/authorize", Proof.NONE, host=Host.PAGES)
OAUTH_TOKEN = Endpoint("GET", "/sns/oauth2/access_token", Proof.SECRET, a_minute=50_000)
OAUTH_PROFILE = Endpoint("GET", "/sns/userinfo", Proof.NONE)
CHECK_TEXT = Endpoint("POST", "/wxa/msg_sec_check", a_minute=3_000, a_day=1_000_000)

# WeCom: developer.work.weixin.qq.com/document/path/91039, /91023
CORP_TOKEN = Endpoint("GET", "/cgi-bin/gettoken", Proof.SECRET, host=Host.CORPS)
CORP_MEMBER = Endpoint("GET", "/cgi-bin/auth/getuserinfo", host=Host.CORPS)

# Its customers: path/92228 (联系我), /92114, /92599 (welcome)
ADD_CONTACT_WAY = Endpoint("POST", "/cgi-bin/externalcontact/add_contact_way", host=Host.CORPS)
CONTACT_WAY = Endpoint("POST", "/cgi-bin/externalcontact/get_contact_way", host=Host.CORPS)
CONTACT_WAYS = Endpoint(
    "POST", "/cgi-bin/externalcontact/list_contact_way", host=Host.CORPS, list_most=1_000
)
CONTACT = Endpoint("GET", "/cgi-bin/externalcontact/get", host=Host.CORPS)
SEND_WELCOME = Endpoint("POST", "/cgi-bin/externalcontact/send_welcome_msg", host=Host.CORPS)
CONTACT_PICTURE = Endpoint("GET", "/wwpic", Proof.NONE, Answers.BYTES, Host.CORP_PICTURES)

ENDPOINTS: tuple[Endpoint, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Endpoint)
)
