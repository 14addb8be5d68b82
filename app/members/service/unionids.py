"""What WeChat calls a person: her openid in one account, her unionid across a brand's accounts."""

from __future__ import annotations

from typing import TypedDict

from app.core import db
from app.core.crypto import keyring
from app.members.models import Fan
from app.wechat import openids

UNIONID_CONTEXT = "fans.unionid"


class SealedUnionid(TypedDict):
    """The two columns of a unionid; both are empty where WeChat has told none."""

    unionid_encrypted: str | None
    unionid_index: str | None


def openid_of(fan: Fan) -> str:
    """Her openid, for the call to WeChat that is about to be made."""
    return openids.opened(fan.brand_id, fan.account_id, fan.openid_encrypted)


def sealed_unionid(unionid: str | None) -> SealedUnionid:
    """The unionid at rest, for the current brand."""
    if unionid is None:
        return {"unionid_encrypted": None, "unionid_index": None}
    brand_id = db.current_brand_id()
    sealed = keyring().seal(unionid, context=f"{brand_id}.{UNIONID_CONTEXT}")
    return {"unionid_encrypted": sealed, "unionid_index": unionid_index(unionid)}


def unionid_index(unionid: str) -> str:
    """The keyed hash by which a unionid is found in this brand, and in no other."""
    return keyring().index(unionid, context=f"{db.current_brand_id()}.unionid")


def unionid_of(fan: Fan) -> str | None:
    """Her unionid, as far as WeChat has told it."""
    if fan.unionid_encrypted is None:
        return None
    return keyring().open(fan.unionid_encrypted, context=f"{fan.brand_id}.{UNIONID_CONTEXT}")
