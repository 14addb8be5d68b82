"""How WeChat refuses: HTTP 200, an errcode, and a rid in the errmsg."""

import secrets
import time
from typing import Any

MESSAGES = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40015: "invalid menu type",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
    40035: "invalid parameter",
    40036: "invalid template_id size",
    40037: "invalid template_id",
    40053: "invalid action info",
    40059: "invalid msg id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40130: "invalid openid list size, at least two openid",
    40163: "code been used",
    40164: "",
    40165: "invalid weapp pagepath",
    40169: "invalid length for scene, or the data is not json string",
    40226: "code blocked",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41008: "missing code",
    41009: "missing openid",
    41030: "invalid page",
    42001: "access_token expired",
    42002: "refresh_token expired",
    42003: "code expired",
    42007: "access_token and refresh_token exception",
    43001: "require GET method",
    43002: "require POST method",
    43003: "require https",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43100: "change template too frequently",
    43101: "user refuse to accept the msg",
    43107: "subscribe message capability is banned",
    44002: "empty post data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit must slower retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45026: "template num exceeds limit",
    45027: "template conflict with industry",
    45028: "has no masssend quota",
    45029: "qrcode count out of limit",
    45047: "out of response count limit",
    45056: "too many tag now, please reconsider before adding",
    45057: "can't modify tag: more than 100000 fans",
    45058: "can't modify sys tag",
    45059: "can not tagging user with more than 20 tags",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45072: "invalid command",
    45080: "command without recent message",
    45081: "command already sent",
    45083: "speed out of range",
    45084: "speed missing",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    46003: "menu no exist",
    46004: "user no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48003: "mass send agreement not accepted",
    48004: "api forbidden for irregularities",
    48006: "forbid to clear quota because of reaching the limit",
    48008: "no permission for this msgtype",
    49003: "not match openid with appid",
    50001: "the api is unauthorized by user",
    50002: "user limited",
    50005: "user is unsubscribed",
    61004: "access clientip is not registered",
    61007: "api is unauthorized to component",
    61010: "code is expired",
    61024: "component must use component_access_token",
    61451: "invalid parameter",
    65301: "menu of this menuid does not exist",
    65302: "no such user",
    65303: "there is no selfmenu, please create selfmenu first",
    65304: "match rule empty",
    65305: "menu count limit",
    65307: "empty conditional menu",
    65316: "too many domains in urls",
    65320: "invalid match rule: field is out of service",
    76003: "could not query this rid",
    76021: "cgi_path not found",
    85400: "out of long-term link quota",
    87009: "invalid signature",
    87014: "risky content",
    89503: "ip waits for the administrator's confirmation",
    89506: "ip refused twice, 24 hours",
    89507: "ip refused, 1 hour",
}


class WeChatRefusal(Exception):
    """A call that WeChat would refuse; `extra` fields go into the answer.

    `hint` follows the message, where WeChat names the field or the address that was wrong.
    """

    def __init__(self, errcode: int, hint: str = "", **extra: Any) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.hint = hint
        self.extra = extra
        self.rid = rid()

    def body(self) -> dict[str, Any]:
        """The answer as WeChat shapes it."""
        said = " ".join(filter(None, (MESSAGES.get(self.errcode, "error"), self.hint)))
        return {"errcode": self.errcode, "errmsg": f"{said} rid: {self.rid}", **self.extra}


def rid() -> str:
    """WeChat's name for a request."""
    return f"{int(time.time()):x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
