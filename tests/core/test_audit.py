"""The audit chain: whoever edits a row, removes one or cuts the tail is found out."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import timekeeper, worker
from app.core import audit, clock, db, events
from app.core.audit import anchors
from app.core.db import OWNER_ROLE, session
from app.members import service as members
from app.members.models import Fan, Member, Withdrawal
from tests import factories

ROWS = 20


@pytest.fixture
def brand(app, tmp_path, settings):
    audit.configure(tmp_path)
    yield factories.make_brand()
    audit.configure(settings.var)


def act(brand, count: int = ROWS) -> None:
    with db.transaction(brand.id):
        for number in range(count):
            audit.record("push.scheduled", actor="staff:1", subject=f"push:{number}", count=number)


def tamper(brand, *statements: str) -> None:
    """As somebody who owns the tables: no trigger, no policy and no grant holds him."""
    open_up = "ALTER TABLE {0} DISABLE TRIGGER USER; ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY"
    shut = "ALTER TABLE {0} ENABLE TRIGGER USER; ALTER TABLE {0} FORCE ROW LEVEL SECURITY"
    with db.transaction(brand.id):
        session.execute(text(f"RESET ROLE; SET LOCAL ROLE {OWNER_ROLE}"))
        for each in ("audit", "audit_heads"):
            session.execute(text(open_up.format(each)))
        for statement in statements:
            session.execute(text(statement))
        for each in ("audit", "audit_heads"):
            session.execute(text(shut.format(each)))


def verify(brand) -> tuple[int, int | None]:
    with db.transaction(brand.id):
        return audit.verify()


def test_a_chain_that_nobody_touched_is_whole(brand):
    assert verify(brand) == (0, None)

    act(brand)

    assert verify(brand) == (ROWS, None)


@pytest.mark.parametrize(
    ("change", "link"),
    [
        ("UPDATE audit SET subject = 'push:99' WHERE seq = 7", 7),
        ("UPDATE audit SET actor = 'staff:2' WHERE seq = 1", 1),
        ("UPDATE audit SET detail = '{}' WHERE seq = 20", 20),
        ("UPDATE audit SET at = at - interval '1 second' WHERE seq = 3", 3),
        ("UPDATE audit SET request_id = 'forged' WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 20", 20),
        ("DELETE FROM audit WHERE seq > 15", 16),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit_heads", ROWS + 1),
        ("UPDATE audit_heads SET seal = repeat('0', 64)", ROWS),
    ],
)
def test_the_first_broken_link_is_named(brand, change, link):
    act(brand)

    tamper(brand, change)

    assert verify(brand)[1] == link


def test_a_cut_tail_with_a_head_to_match_has_no_seal(brand):
    act(brand)

    tamper(
        brand,
        "DELETE FROM audit WHERE seq > 15",
        "UPDATE audit_heads SET seq = 15, hash = (SELECT hash FROM audit WHERE seq = 15)",
    )

    assert verify(brand)[1] == 15


def test_a_later_act_does_not_make_a_cut_chain_whole(brand):
    act(brand)
    tamper(
        brand,
        "DELETE FROM audit WHERE seq > 15",
        "UPDATE audit_heads SET seq = 15, hash = (SELECT hash FROM audit WHERE seq = 15)",
    )

    act(brand, 3)

    assert verify(brand) == (18, 16)


def test_a_head_that_was_taken_away_stays_missed(brand):
    act(brand)
    tamper(brand, "DELETE FROM audit WHERE seq > 15", "DELETE FROM audit_heads")

    act(brand, 3)

    assert verify(brand) == (18, 16)


def test_yesterdays_rows_with_yesterdays_head_are_too_few(brand):
    """Rows and a sealed head put back from a backup: only what lies outside remembers."""
    act(brand, 5)
    with db.transaction(brand.id):
        old = session.execute(text("SELECT hash, seal FROM audit_heads")).one()
    act(brand, 5)
    with db.system_transaction():
        assert audit.anchor_heads() == 1
        assert audit.anchor_heads() == 0, "once a day"

    tamper(
        brand,
        "DELETE FROM audit WHERE seq > 5",
        f"UPDATE audit_heads SET seq = 5, hash = '{old.hash}', seal = '{old.seal}'",
    )

    assert verify(brand) == (5, 6)


def test_an_anchor_holds_for_its_own_database(brand, tmp_path):
    act(brand, 5)
    other = anchors.Anchor("another_database", brand.id, 99, "0" * 64, "2026-11-22")
    (tmp_path / anchors.FILE).write_text(json.dumps(vars(other)) + "\n")

    assert verify(brand) == (5, None)


def test_the_application_itself_cannot_edit_or_remove_a_row(own_database):
    brand = factories.make_brand()
    act(brand, 2)

    for statement in (
        "UPDATE audit SET actor = 'staff:2'",
        "DELETE FROM audit",
        "DELETE FROM audit_heads",
        "UPDATE audit_heads SET seq = 1",
        "TRUNCATE audit",
    ):
        for way in (db.transaction, db.system_transaction):
            with pytest.raises(DBAPIError), way(brand.id):
                session.execute(text(statement))


def test_an_act_whose_audit_row_fails_has_not_happened(own_database, house):
    """The trigger stands for whatever may go wrong between the act and its row."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    _refuse_audit_rows(own_database)

    with pytest.raises(DBAPIError):
        take_the_phone_back(house.brand.id, fan.id)

    with db.transaction(house.brand.id):
        assert db.get(Member, lin.id).phone_encrypted is not None
        assert session.scalar(select(func.count()).select_from(Withdrawal)) == 0


def take_the_phone_back(brand_id: int, fan_id: int) -> None:
    with db.transaction(brand_id):
        event = events.record("wechat.withdrew", fan_id=fan_id)
        members.withdraw_phone(members.Asked(db.get(Fan, fan_id), clock.now(), event))


def _refuse_audit_rows(settings) -> None:
    engine = db.make_engine(settings.database_owner_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER broken BEFORE INSERT ON audit"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        )
    engine.dispose()


def test_every_day_all_chains_are_walked_and_their_heads_written_down(brand, tmp_path):
    act(brand)

    timekeeper.keep_audit()
    worker.audit.check_due()

    with db.transaction(brand.id):
        found = audit.last_check()
    assert (found.rows, found.first_broken) == (ROWS, None)
    assert json.loads((tmp_path / anchors.FILE).read_text())["seq"] == ROWS
    clock.move(timedelta(days=1, minutes=1))
    with db.system_transaction():
        assert audit.brands_due() == [brand.id]
