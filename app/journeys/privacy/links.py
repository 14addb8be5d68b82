"""Signed links that act without a login: her copy for a day, and leaving a mailing list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from app.core.errors import NotFound
from app.members.models import ConsentChannel

COPY_LASTS = timedelta(hours=24)
COPY_SALT, STOP_SALT = "privacy.copy", "privacy.unsubscribe"


class NoLink(NotFound):
    code, title = "no_link", "这个链接无效，或已经过期"


@dataclass(frozen=True)
class Holder:
    """Whom a link speaks of."""

    brand_id: int
    member_id: int


def copy_token(secret: str, holder: Holder) -> str:
    """Good for a day."""
    return _copies(secret).dumps([holder.brand_id, holder.member_id])


def read_copy(secret: str, token: str) -> Holder:
    """Raises NoLink, also for one that is a day old."""
    try:
        return Holder(*_copies(secret).loads(token, max_age=int(COPY_LASTS.total_seconds())))
    except (BadData, TypeError):
        raise NoLink() from None


def stop_token(secret: str, holder: Holder, channel: ConsentChannel) -> str:
    """Good for ever: a mail may be read years later."""
    return _stops(secret).dumps([holder.brand_id, holder.member_id, channel.value])


def read_stop(secret: str, token: str) -> tuple[Holder, ConsentChannel]:
    """Raises NoLink."""
    try:
        brand_id, member_id, channel = _stops(secret).loads(token)
        return Holder(brand_id, member_id), ConsentChannel(channel)
    except (BadData, TypeError, ValueError):
        raise NoLink() from None


def mail_headers(public_url: str, secret: str, holder: Holder) -> dict[str, str]:
    """What a mail carries so that one click in the reader's own program ends it (RFC 8058)."""
    token = stop_token(secret, holder, ConsentChannel.MAIL)
    return {
        "List-Unsubscribe": f"<{public_url}/p/unsubscribe/{token}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _copies(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=COPY_SALT)


def _stops(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=STOP_SALT)
