"""Speaking to WeChat: what our trade asks of it, in the trade's words.

Every function calls over the network and therefore refuses to run inside a transaction. It
raises `WeChatError` when WeChat said no (see its `rule`), `NoAnswer` when nobody knows, and
`Paused`, a `NoAnswer` that was surely not sent, while that API of the account rests.
"""

from app.wechat.endpoints import TooManyAtOnce
from app.wechat.errors import Action, InsideTransaction, NoAnswer, Paused, WeChatError
from app.wechat.gateway.codes import (
    create_qr_code,
    mini_program_code,
    qr_code_picture,
    upload_picture,
    url_link,
)
from app.wechat.gateway.fans import (
    WechatTag,
    create_tag,
    delete_tag,
    fans_of_tag,
    follower_pages,
    remark,
    rename_tag,
    tag_fans,
    tags,
    tags_of_fan,
    untag_fans,
    user_info,
    user_infos,
)
from app.wechat.gateway.menus import (
    add_conditional_menu,
    create_menu,
    delete_conditional_menu,
    delete_menu,
    menu,
    menu_seen_by,
)
from app.wechat.gateway.messages import (
    MassJob,
    Template,
    delete_mass,
    mass_send_text,
    mass_send_text_to_tag,
    mass_status,
    preview_mass,
    send_custom,
    send_custom_card,
    send_custom_text,
    send_mini_subscription,
    send_subscription,
    send_template,
)
from app.wechat.gateway.people import (
    LoginSession,
    Verdict,
    WebVisitor,
    check_text,
    code_to_session,
    is_session_alive,
    phone_number,
    sign_in_address,
    sign_in_origin,
    web_visitor,
    web_visitor_profile,
)
from app.wechat.gateway.quotas import Quota, clear_quota, clear_quota_without_token, quota_of
from app.wechat.health import resume
from app.wechat.http import configure
from app.wechat.tickets import PageSignature, sign_page

__all__ = [
    "Action", "InsideTransaction", "LoginSession", "MassJob", "NoAnswer", "PageSignature",
    "Paused", "Quota", "Template", "TooManyAtOnce", "Verdict", "WeChatError", "WebVisitor",
    "WechatTag", "add_conditional_menu", "check_text", "clear_quota",
    "clear_quota_without_token", "code_to_session", "configure", "create_menu",
    "create_qr_code", "create_tag", "delete_conditional_menu", "delete_mass", "delete_menu",
    "delete_tag", "fans_of_tag", "follower_pages", "is_session_alive", "mass_send_text",
    "mass_send_text_to_tag", "mass_status", "menu", "menu_seen_by", "mini_program_code",
    "phone_number", "preview_mass", "qr_code_picture", "quota_of", "remark", "rename_tag",
    "resume", "send_custom", "send_custom_card", "send_custom_text", "send_mini_subscription",
    "send_subscription", "send_template", "sign_in_address", "sign_in_origin", "sign_page",
    "tag_fans", "tags", "tags_of_fan", "untag_fans", "upload_picture", "url_link", "user_info",
    "user_infos", "web_visitor", "web_visitor_profile",
]  # fmt: skip
