"""What somebody at a desk writes down."""

from __future__ import annotations

from app.complaints import queries, service
from app.complaints.models import Complaint, Kind
from app.complaints.service import About, Told
from app.core import clock, codes
from app.staff.models import Face
from app.staff.service import Actor
from tests import factories
from tests.tasks.conftest import Store

WORDS = "等了二十分钟没有人理我"


def lan(store: Store) -> Actor:
    """The manager of 静安寺店 at her desk."""
    return factories.actor(factories.sign_in("lan", Face.CONSOLE), Face.CONSOLE)


def told(about: About | None, day=None, kind: str = Kind.WAIT, text: str = WORDS) -> Told:
    return Told(kind, text, day or clock.business_day(clock.now()), about)


def complain(
    store: Store, member_id: int, about: About | None = None, *, by: Actor | None = None, **said
) -> Complaint:
    """About 静安寺店 unless told, recorded by Mei."""
    meant = told(about or About(store.house.jingan.id), **said)
    who = by or store.mei
    return store.do(service.record, member_id, meant, key=codes.code(), by=who)


def about_wei(store: Store) -> About:
    return About(store.house.jingan.id, store.house.wei.id)


def again(store: Store, row: Complaint) -> Complaint:
    """As it stands now."""
    return store.do(queries.complaint, row.id, None).complaint
