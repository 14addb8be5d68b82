"""G5 in short: what is not hers does not exist for her, on every route there is."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Blueprint

from app.core import db
from app.core.policy import OPEN
from app.core.web import App, anyone
from app.staff.service import Actor
from tests.access import town
from tests.access.matrix import Matrix, Unfilled, filled, undone

SLOW = {"console.doctor_whole", "console.doctor_step"}  # they call out; the soak has them


@pytest.fixture
def matrix(app, monkeypatch):
    """Each request is undone, so that no case sees what another has changed."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    return Matrix(app, town.build(homes=1), undo=partial(undone, db.app_bind()))


def test_nobody_sees_or_changes_what_is_not_hers(matrix) -> None:
    matrix.walk(matrix.places[0], malformed=("9" * 30,), skip=SLOW)

    assert matrix.faults == [], "\n".join(map(str, matrix.faults))
    assert matrix.never_found() == set()
    assert min(matrix.cases[case] for case in ("own", "never", "other store", "other brand")) > 20


def test_a_forgotten_scope_turns_the_matrix_red(matrix, monkeypatch) -> None:
    """The negative control."""
    monkeypatch.setattr(Actor, "may_see_store", lambda *_: True)

    others = {name for name in matrix.app.policies if not name.startswith("console.store")}
    matrix.walk(matrix.places[0], malformed=(), skip=others)

    assert {fault.case for fault in matrix.faults} == {"other store"}
    assert any("stores/<int:store_id>" in fault.route for fault in matrix.faults)


def test_a_parameter_that_cannot_be_is_named_and_never_a_crash(matrix) -> None:
    refused = matrix.walk_queries(matrix.places[0], "9" * 30)

    assert matrix.faults == []
    assert refused >= {
        "console.fans store",
        "console.push_new like",
        "console.push_show run",
        "guide.board after",
        "guide.board store",
        "guide.board_as_json after",
        "guide.member given",
    }


def test_a_new_route_says_how_its_ids_are_filled(matrix) -> None:
    app, strange = App(__name__), Blueprint("strange", __name__)
    strange.add_url_rule("/x/<int:unheard_of_id>", "show", lambda **_: "")
    app.mount(strange, guard=anyone, policy=OPEN)
    [rule] = [each for each in app.url_map.iter_rules() if each.endpoint == "strange.show"]

    with pytest.raises(Unfilled, match=r"add `unheard_of_id` to EXAMPLES"):
        filled(rule, matrix.places[0])
