"""Imports commit for real and on two connections: each test has a database of its own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core import db
from app.imports import progress, service
from app.members.models import Member
from tests import factories


@pytest.fixture
def brand(own_database):
    return factories.make_brand()


@pytest.fixture
def till(brand, tmp_path):
    """A brand with one store S-1, two members M-1 and M-2, and a way to import a till's file."""
    with db.transaction(brand.id):
        store = factories.stores.add_store(code="S-1", name="静安寺店")
        other = factories.stores.add_store(code="S-2", name="湖滨店")
        for number in ("M-1", "M-2"):
            _add_member(number)
    folder = tmp_path / "imports"

    def bring(path, *, again=False):
        return service.import_orders_csv(
            brand.id, path, folder=folder, progress=progress.silent, again=again
        )

    return SimpleNamespace(brand=brand, store=store, other=other, bring=bring, folder=folder)


def _add_member(number: str) -> None:
    today = factories.clock.now()
    db.session.add(Member(number=number, origin="import", joined_on=today.date(), created_at=today))
