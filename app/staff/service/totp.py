"""One-time codes from a phone (RFC 6238): each works once, one step early or late."""

from __future__ import annotations

import pyotp
from sqlalchemy import delete, func, or_, select, update

from app.core import clock, codes
from app.core.crypto import fingerprint, keyring
from app.core.db import session
from app.core.errors import Conflict, NotSignedIn
from app.staff.models import RecoveryCode, Staff

EARLY_OR_LATE = (0, -1, 1)  # steps of 30 s that a phone's clock may be off
RECOVERY_CODES, RECOVERY_LENGTH = 10, 10
ISSUER = "回客"


class WrongCode(NotSignedIn):
    code, title = "wrong_code", "验证码不对，看手机上现在的 6 位数再试"


class NothingToConfirm(Conflict):
    code, title = "nothing_to_confirm", "先扫上面的二维码，再填验证码"


def begin(person: Staff) -> str:
    """A new secret, which counts once a code of it was shown; answers the address for the QR."""
    secret = pyotp.random_base32()
    person.totp_secret_encrypted = keyring().seal(secret, context=_context(person))
    person.totp_confirmed_at, person.totp_last_step = None, None
    return address_of(person)


def address_of(person: Staff) -> str:
    """Of the secret that was begun, for the QR code."""
    secret = keyring().open(person.totp_secret_encrypted or "", context=_context(person))
    return pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=ISSUER)


def confirm(person: Staff, code: str) -> list[str]:
    """Switch it on; answers the recovery codes, which are shown this once.

    Raises WrongCode, NothingToConfirm.
    """
    if person.totp_secret_encrypted is None or person.totp_confirmed_at is not None:
        raise NothingToConfirm()
    spend(person, code)
    person.totp_confirmed_at = clock.now()
    return renew_recovery_codes(person)


def renew_recovery_codes(person: Staff) -> list[str]:
    """Ten new ones; the old ones are void."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    fresh = [codes.code(RECOVERY_LENGTH) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=person.id, code_hash=fingerprint(each)) for each in fresh)
    session.flush()
    return fresh


def spend(person: Staff, code: str) -> None:
    """Use a code up: it, and every earlier one, is void from now on. Raises WrongCode."""
    step = _step_of(person, code.strip().replace(" ", ""))
    if step is None:
        raise WrongCode()
    is_later = or_(Staff.totp_last_step.is_(None), Staff.totp_last_step < step)
    mine = (Staff.brand_id == person.brand_id) & (Staff.id == person.id)
    statement = update(Staff).where(mine, is_later).values(totp_last_step=step)
    if session.scalar(statement.returning(Staff.id)) is None:
        raise WrongCode()


def spend_recovery(person: Staff, code: str) -> None:
    """Use a recovery code up. Raises WrongCode."""
    asked = fingerprint(code.strip().upper().replace("-", "").replace(" ", ""))
    hers = (RecoveryCode.staff_id == person.id) & (RecoveryCode.code_hash == asked)
    unused = update(RecoveryCode).where(hers, RecoveryCode.used_at.is_(None))
    found = session.scalar(unused.values(used_at=clock.now()).returning(RecoveryCode.staff_id))
    if found is None:
        raise WrongCode()


def recovery_codes_left(person: Staff) -> int:
    """How many she has not used."""
    unused = RecoveryCode.used_at.is_(None)
    counted = select(func.count()).select_from(RecoveryCode)
    return session.scalar(counted.where(RecoveryCode.staff_id == person.id, unused)) or 0


def switch_off(person: Staff) -> None:
    """Her phone is lost, or she does not want it; her recovery codes go too."""
    person.totp_secret_encrypted, person.totp_confirmed_at = None, None
    person.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def _step_of(person: Staff, code: str) -> int | None:
    """The step whose code this is."""
    secret = keyring().open(person.totp_secret_encrypted or "", context=_context(person))
    made = pyotp.TOTP(secret)
    now = made.timecode(clock.now())
    matching = (
        now + off
        for off in EARLY_OR_LATE
        if pyotp.utils.strings_equal(made.generate_otp(now + off), code)
    )
    return next(matching, None)


def _context(person: Staff) -> str:
    return f"staff.totp.{person.brand_id}.{person.id}"
