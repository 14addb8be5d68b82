"""A guide's own codes: which she has, what came through them, her poster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from app.brands.models import Brand
from app.core import clock
from app.core.errors import BadInput, Conflict, NotFound
from app.coupons import queries as coupons
from app.coupons.models import CouponBatch
from app.staff import queries as people
from app.staff.service import Actor, bindings
from app.stores import contact_ways, making, pictures
from app.stores import queries as stores
from app.stores import service as shops
from app.stores.models import CodeKind, CodePurpose, QrCode
from app.visits import figures
from app.visits.figures import CodeFigures
from app.wechat import corps

CARD = "名片"
NAMES = {
    CodePurpose.FOLLOW: "关注码",
    CodePurpose.JOIN: "入会码",
    CodePurpose.COUPON: "领券码",
    CodePurpose.FRIEND: "企业微信码",
}
WORDS = {
    CodePurpose.FOLLOW: "关注我们，找我不迷路",
    CodePurpose.JOIN: "入会领新人礼",
    CodePurpose.COUPON: "扫码领券",
    CodePurpose.FRIEND: "加我企业微信，随时找我",
}


class NoCode(NotFound):
    code, title = "no_code", "没有这张码，或不在你的门店"


@dataclass(frozen=True)
class OwnCode:
    """One of hers. `is_ready`: WeChat has made it."""

    id: int
    name: str
    is_ready: bool
    figures: CodeFigures
    is_quiet: bool
    purpose: CodePurpose


def of_guide(actor: Actor, store_id: int) -> list[OwnCode]:
    """Her codes in use in this store, in two queries."""
    found, at = stores.codes_of_guide(actor.staff_id, store_id), clock.now()
    counted = figures.of_codes([code.id for code in found], at)
    named = {batch.claim_code: batch.name for batch in coupons_to_offer(at)}
    return [_own(code, counted.get(code.id, figures.NONE_YET), named, at) for code in found]


def _own(code: QrCode, counted: CodeFigures, named: dict[str | None, str], at: datetime) -> OwnCode:
    coupon = named.get(code.claim_code, "") if code.claim_code else ""
    return OwnCode(
        id=code.id,
        name=f"{NAMES[code.purpose]} {coupon}".strip(),
        is_ready=code.url is not None,
        figures=counted,
        is_quiet=counted.is_quiet(code, at),
        purpose=code.purpose,
    )


def coupons_to_offer(at: datetime) -> Sequence[CouponBatch]:
    """Those that anybody may claim by a link now."""
    return coupons.claimable(at)


def make(
    actor: Actor, store_id: int, purpose: CodePurpose, batch_id: int | None
) -> making.Asked | None:
    """Her code for this purpose, once; what WeChat must still be asked. Raises BadInput."""
    claim_code = _claim_code(batch_id) if purpose is CodePurpose.COUPON else None
    wish = making.Wish(store_id, CodeKind.GUIDE, CARD, actor.staff_id, purpose, claim_code)
    return making.guides_own(actor.brand_id, wish)


class NotAtWecom(Conflict):
    code = "not_at_wecom"
    title = "还不知道你在企业微信里是谁，在「我的」里绑定企业微信，或用企业微信登录一次"


def makes_friends(actor: Actor) -> bool:
    """Whether the brand hears its corp, so that guides may have a 联系我."""
    return corps.listening(actor.brand_id) is not None


def make_friend_code(actor: Actor, store_id: int) -> contact_ways.Asked | None:
    """Her 联系我 in this store, once; what WeCom must still be asked. Raises NotAtWecom."""
    userid = bindings.userid_of(actor.staff_id)
    if userid is None:
        raise NotAtWecom()
    return contact_ways.guides_own(
        actor.brand_id, staff_id=actor.staff_id, store_id=store_id, userid=userid
    )


def _claim_code(batch_id: int | None) -> str | None:
    for batch in coupons_to_offer(clock.now()):
        if batch.id == batch_id:
            return batch.claim_code
    raise BadInput("这张券现在不能扫码领，换一张")


def poster(code_id: int, actor: Actor, brand: Brand) -> Markup:
    """Of a guide's code in one of the actor's stores. Raises NoCode."""
    code = stores.code(code_id)
    is_seen = code is not None and actor.may_see_store(code.store_id)
    if code is None or not is_seen or code.staff_id is None or code.url is None:
        raise NoCode()
    return pictures.poster(
        _middle(code),
        brand=brand.name,
        color=brand.color,
        store=shops.get(code.store_id).name,
        guide=people.names().get(code.staff_id, ""),
        words=WORDS[code.purpose],
    )


def _middle(code: QrCode) -> Markup:
    """Of the poster. Raises NoCode for a picture that is no longer there."""
    if code.purpose != CodePurpose.FRIEND:
        return pictures.coded(code.url or "")
    drawn = contact_ways.picture_of(code.id)
    if drawn is None:
        raise NoCode()
    return pictures.pictured(*drawn)
