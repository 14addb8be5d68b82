"""Signing in by WeChat's word, or WeCom's: the round there and back, and who is bound to whom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.brands.models import AccountKind, WechatAccount
from app.core import audit, clock, codes, db, ratelimit
from app.core.crypto import fingerprint, keyring
from app.core.db import session
from app.core.errors import AppError, Conflict, NotSignedIn
from app.staff.models import SignInRound, Staff, StaffBinding, Way
from app.wechat import corps, openids
from app.wechat.models import WecomCorp

ROUND_LASTS = timedelta(minutes=10)
ROUNDS_A_MINUTE = 60  # from one address: a whole mall may stand behind it


class NoRound(AppError):
    code, title = "no_round", "这次登录过期了，或不是在这个浏览器里开始的，重新点一次"


class NotBound(NotSignedIn):
    code = "not_bound"
    title = "你在微信里的账号还没有绑定员工。先用账号和密码登录，在「我的」里绑定；忘了密码找管理员"


class NameTaken(Conflict):
    code, title = "name_taken", "这个微信账号绑定着另一位员工，先让那位解绑，或找管理员"


class AlreadyBound(Conflict):
    code, title = "already_bound", "你已经绑定过了，先解绑再换"


@dataclass(frozen=True)
class Round:
    """The way there. `state` travels along, `browser` stays behind in a cookie."""

    brand_id: int
    way: Way
    state: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True)
class CameBack:
    """A round that is used up."""

    brand_id: int
    way: Way


def begin_sign_in(way: Way, account: str, address: str) -> Round:
    """Somebody at this address wants in. Of `account` only the brand behind its @ counts.

    Names the brand. Raises NoSuchBrand, NoAccount, NoCorp, TooOften.
    """
    slug = account.strip().partition("@")[2]
    brand = brands.by_slug(slug) if slug else brands.only()
    db.enter_brand(brand.id)
    ratelimit.take(f"round:{fingerprint(address)}", per_minute=ROUNDS_A_MINUTE)
    return _begin(way, None)


def begin_binding(way: Way, staff_id: int) -> Round:
    """She is signed in and shows who she is there. Raises AlreadyBound, NoAccount, NoCorp."""
    if way in bound(staff_id):
        raise AlreadyBound()
    return _begin(way, staff_id)


def _begin(way: Way, staff_id: int | None) -> Round:
    brand_id = db.current_brand_id()
    _realm(way)
    begun = Round(brand_id, way, codes.token(), codes.token())
    session.add(
        SignInRound(
            state_hash=fingerprint(begun.state),
            browser_hash=fingerprint(begun.browser),
            brand_id=brand_id,
            way=way,
            staff_id=staff_id,
            expires_at=clock.now() + ROUND_LASTS,
        )
    )
    return begun


def come_back(way: Way, state: str, browser: str, staff_id: int | None = None) -> CameBack:
    """Use the round up. Raises NoRound for one that is used, too old, of another browser, or
    was begun for something else."""
    which = (
        SignInRound.state_hash == fingerprint(state),
        SignInRound.browser_hash == fingerprint(browser),
        SignInRound.way == way,
        SignInRound.staff_id.is_not_distinct_from(staff_id),
        SignInRound.expires_at > clock.now(),
    )
    brand_id = session.scalar(delete(SignInRound).where(*which).returning(SignInRound.brand_id))
    if brand_id is None:
        raise NoRound()
    return CameBack(brand_id, way)


def person_of(way: Way, name: str) -> Staff:
    """Who is called so there, if she works here. Raises NotBound."""
    hers = (Staff.brand_id == StaffBinding.brand_id) & (Staff.id == StaffBinding.staff_id)
    named = (StaffBinding.way == way) & (StaffBinding.name_index == _index(way, name))
    person = session.scalar(select(Staff).join(StaffBinding, hers).where(named, Staff.is_active))
    if person is None:
        raise NotBound()
    return person


def staff_named(way: Way, names: Collection[str]) -> dict[str, int]:
    """Who works here under these names there, by name; whoever is bound to nobody is missing."""
    if way is Way.WECOM and corps.find(db.current_brand_id()) is None:
        return {}
    indexes = {_index(way, name): name for name in names}
    named = StaffBinding.name_index.in_(indexes), StaffBinding.way == way
    found = session.execute(select(StaffBinding.name_index, StaffBinding.staff_id).where(*named))
    ids = {row.name_index: row.staff_id for row in found}
    return {name: ids[index] for index, name in indexes.items() if index in ids}


def bind(staff_id: int, way: Way, name: str) -> None:
    """From now on she may sign in so. Raises NameTaken, AlreadyBound."""
    if way in bound(staff_id):
        raise AlreadyBound()
    new = insert(StaffBinding).values(
        brand_id=db.current_brand_id(),
        staff_id=staff_id,
        way=way,
        name_index=_index(way, name),
        name_encrypted=_sealed(way, name),
        bound_at=clock.now(),
    )
    if session.scalar(new.on_conflict_do_nothing().returning(StaffBinding.staff_id)) is None:
        raise NameTaken()
    _note(f"staff.{way}_bound", staff_id)


def keep_userid(staff_id: int, way: Way, name: str) -> None:
    """She was bound before the brand made 联系我, for which her userid is needed."""
    sealed = _sealed(way, name)
    lacks = (StaffBinding.staff_id == staff_id) & (StaffBinding.way == way)
    lacks &= StaffBinding.name_encrypted.is_(None)
    if sealed is not None:
        session.execute(update(StaffBinding).where(lacks).values(name_encrypted=sealed))


def userid_of(staff_id: int) -> str | None:
    """What the brand's WeCom calls her, for a call to it; None where that is not kept."""
    kept = select(StaffBinding.name_encrypted).filter_by(staff_id=staff_id, way=Way.WECOM)
    sealed = session.scalar(kept)
    return keyring().open(sealed, context=_context()) if sealed else None


def counted() -> tuple[int, int]:
    """How many work here and are bound to an account at WeCom; of how many the userid is kept."""
    works = (Staff.brand_id == StaffBinding.brand_id) & (Staff.id == StaffBinding.staff_id)
    rows = select(func.count(), func.count(StaffBinding.name_encrypted)).join(Staff, works)
    bound, kept = session.execute(rows.where(StaffBinding.way == Way.WECOM, Staff.is_active)).one()
    return bound, kept


def _sealed(way: Way, name: str) -> str | None:
    """Only where it is of use: at the WeCom of a brand that makes 联系我."""
    if way is Way.WECOM and corps.listening(db.current_brand_id()) is not None:
        return keyring().seal(name, context=_context())
    return None


def _context() -> str:
    return f"{db.current_brand_id()}.staff_bindings.name"


def unbind(staff_id: int, way: Way, *, actor: str | None = None) -> None:
    """It opens nothing any more; unbound already, nothing happens. `actor`: if not herself."""
    hers = (StaffBinding.staff_id == staff_id) & (StaffBinding.way == way)
    if session.scalar(delete(StaffBinding).where(hers).returning(StaffBinding.way)) is not None:
        _note(f"staff.{way}_unbound", staff_id, actor)


def unbind_all(staff_id: int, *, actor: str) -> None:
    """Her access ends, or her phone is lost."""
    for way in Way:
        unbind(staff_id, way, actor=actor)


def bound(staff_id: int) -> dict[Way, datetime]:
    """How she may sign in beside her password, and since when."""
    hers = select(StaffBinding).where(StaffBinding.staff_id == staff_id)
    return {each.way: each.bound_at for each in session.scalars(hers)}


def ways() -> list[Way]:
    """Those that the current brand has connected."""
    brand_id = db.current_brand_id()
    has = {
        Way.WECHAT: brands.find_account(brand_id, AccountKind.SERVICE) is not None,
        Way.WECOM: corps.find(brand_id) is not None,
    }
    return [way for way, is_there in has.items() if is_there]


def forget_rounds() -> None:
    """From which nobody came back in time. In a transaction over all brands."""
    session.execute(delete(SignInRound).where(SignInRound.expires_at <= clock.now()))


def _index(way: Way, name: str) -> str:
    """In this brand's account or corp, and in no other."""
    brand_id, realm = db.current_brand_id(), _realm(way)
    if isinstance(realm, WecomCorp):
        return corps.index(realm, name)
    return openids.index(brand_id, realm.id, name)


def _realm(way: Way) -> WechatAccount | WecomCorp:
    brand_id = db.current_brand_id()
    if way is Way.WECOM:
        return corps.of_brand(brand_id)
    return brands.account(brand_id, AccountKind.SERVICE)


def _note(act: str, staff_id: int, actor: str | None = None) -> None:
    who = f"staff:{staff_id}"
    audit.record(act, actor=actor or who, subject=who)
