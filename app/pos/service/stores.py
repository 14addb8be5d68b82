"""Which store a call is about. For a till's key there is one store, and no other exists."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import session
from app.core.errors import BadInput
from app.pos.service.callers import Machine
from app.staff.models import Staff
from app.stores import service as stores
from app.stores.models import Store


class NoGuide(BadInput):
    code, title = "no_guide", "没有这位导购的账号，核对后再报"


def store_of(caller: Machine, code: str | None) -> Store:
    """The key's own store, or for a key of the whole brand the one it names.

    Raises NoStore, also for a till that names another store; BadInput when nobody named one.
    """
    if caller.store_id is not None:
        own = stores.get(caller.store_id)
        if code not in (None, own.code):
            raise stores.NoStore()
        return own
    if code is None:
        raise BadInput(fields={"json": {"store": ["这把密钥不属于一家门店，写上门店编号"]}})
    found = session.scalar(select(Store).filter_by(code=code))
    if found is None:
        raise stores.NoStore()
    return found


def guide_of(login: str | None) -> int | None:
    """The guide who works under this login. Raises NoGuide."""
    if login is None:
        return None
    found = session.scalar(select(Staff.id).filter_by(login=login))
    if found is None:
        raise NoGuide(fields={"json": {"guide": [NoGuide.title]}})
    return found
