"""From account and password, and a code where one is set up, to a session."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.brands import service as brands
from app.core import db
from app.core.db import session
from app.core.errors import NotSignedIn
from app.staff.models import Face, Staff
from app.staff.service import attempts, bindings, devices, passwords, sessions, totp


class WrongPassword(NotSignedIn):
    code, title = "wrong_password", "账号或密码不对，检查后再试"


class CodeNeeded(NotSignedIn):
    """The password was right; `half` says for whom, to be carried to the second step."""

    code, title = "code_needed", "再填手机上的 6 位验证码"

    def __init__(self, half: Half) -> None:
        super().__init__()
        self.half = half


@dataclass(frozen=True)
class Half:
    """Somebody whose password was right. A change of her permissions makes it void."""

    brand_id: int
    staff_id: int
    version: int


@dataclass(frozen=True)
class Browser:
    """From where somebody signs in."""

    address: str
    device: str = ""
    agent: str = ""


@dataclass(frozen=True)
class SignedIn:
    """What her browser keeps."""

    token: str
    device: str


def sign_in(account: str, password: str, face: Face, browser: Browser) -> SignedIn:
    """Check the password and open a session.

    `account` is `login@brand`, or just `login` where there is one brand. Runs in a transaction
    without a brand and names it. Raises WrongPassword, TooManyTries, CodeNeeded.
    """
    person = _find(account)
    attempts.refuse_if_locked(*_keys(account, person, browser))
    if not passwords.matches(person, password) or person is None:
        raise WrongPassword()
    attempts.forgive(*_keys(account, person, browser))
    return _first_step_done(person, face, browser)


def sign_in_by_name(at: bindings.CameBack, name: str, face: Face, browser: Browser) -> SignedIn:
    """Instead of a password: WeChat, or WeCom, said who she is. Names the brand.

    Its word is one thing she has, as a password is one she knows; so who has set up the codes of
    a phone is asked for one all the same. Raises NotBound, CodeNeeded.
    """
    db.enter_brand(at.brand_id)
    person = bindings.person_of(at.way, name)
    bindings.keep_userid(person.id, at.way, name)
    return _first_step_done(person, face, browser)


def _first_step_done(person: Staff, face: Face, browser: Browser) -> SignedIn:
    if person.totp_confirmed_at is not None:
        raise CodeNeeded(Half(person.brand_id, person.id, person.permission_version))
    return _welcome(person, face, browser)


def finish(half: Half, code: str, face: Face, browser: Browser) -> SignedIn:
    """The second step: a code of her phone, or a recovery code. Raises WrongCode, TooManyTries,
    and NotSignedIn when she must start anew."""
    db.enter_brand(half.brand_id)
    person = db.get(Staff, half.staff_id)
    if person is None or not person.is_active or person.permission_version != half.version:
        raise NotSignedIn()
    attempts.refuse_if_locked(code_key(half))
    is_short = len(code.strip().replace(" ", "")) <= 6
    (totp.spend if is_short else totp.spend_recovery)(person, code)
    attempts.forgive(code_key(half))
    return _welcome(person, face, browser)


def count_wrong_password(account: str, browser: Browser) -> None:
    """Count a failed try, in a transaction of its own, since the failed one is undone."""
    attempts.count_failure(*_keys(account, _find(account), browser))


def code_key(half: Half) -> str:
    """Under which key wrong codes are counted."""
    return f"code:{half.brand_id}:{half.staff_id}"


def _welcome(person: Staff, face: Face, browser: Browser) -> SignedIn:
    token = sessions.open_for(person, face, browser.agent)
    return SignedIn(token, devices.remember(person, browser.device))


def _keys(account: str, person: Staff | None, browser: Browser) -> tuple[str, ...]:
    """A browser she has used before counts by itself: what others guess does not lock it."""
    if devices.is_known(person, browser.device):
        return (attempts.of_device(browser.device),)
    return attempts.of_account(account), attempts.of_address(browser.address)


def _find(account: str) -> Staff | None:
    login, _, slug = account.strip().partition("@")
    try:
        brand = brands.by_slug(slug) if slug else brands.only()
    except brands.NoSuchBrand:
        return None
    db.enter_brand(brand.id)
    return session.scalar(select(Staff).filter_by(login=login, is_active=True))
