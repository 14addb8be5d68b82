"""Every door has a guard and every route a policy; an open one says so."""

import re

import pytest
from flask import Blueprint

from app.core.policy import ANYONE, MACHINE, VISITOR, NoPolicy, Scope
from app.core.web import App, anyone
from app.staff.models import ALL_STORES, Role
from tests.house.test_code_base import named, sources

OPEN_ON_PURPOSE = {"wechat", "card_door", "health", "console_door", "apidocs", "privacy_door", "h5"}
OF_THE_FRAMEWORK = {"openapi", None}


def test_every_blueprint_has_a_guard(built_app) -> None:
    unguarded = set(built_app.blueprints) - set(built_app.guards)

    assert unguarded - OF_THE_FRAMEWORK == set()


def test_only_these_doors_are_open_to_anyone(built_app) -> None:
    open_doors = {name for name, guard in built_app.guards.items() if guard is anyone}

    assert open_doors <= OPEN_ON_PURPOSE


def test_every_route_says_who_may_use_it(built_app) -> None:
    routes = {rule.endpoint for rule in built_app.url_map.iter_rules()}

    assert routes - set(built_app.policies) == set()


def test_policies_name_roles_that_exist(built_app) -> None:
    named = {role for policy in built_app.policies.values() for role in policy.roles}

    assert named <= {ANYONE, VISITOR, MACHINE, *Role}


def test_whoever_works_in_some_stores_never_has_the_whole_brand(built_app) -> None:
    """Scope.BRAND is for roles that see every store, and for machines by their key."""
    wide = {
        endpoint
        for endpoint, policy in built_app.policies.items()
        if policy.scope is Scope.BRAND and not policy.roles <= {*ALL_STORES, MACHINE}
    }

    assert wide == set()


def test_only_open_routes_name_anyone(built_app) -> None:
    open_routes = {name for name, policy in built_app.policies.items() if ANYONE in policy.roles}
    doors = {name.partition(".")[0] for name in open_routes if not name.endswith(".static")}

    assert doors <= {*OPEN_ON_PURPOSE, "openapi", "guide", "static"}
    assert {name for name in open_routes if name.startswith("guide.")} <= {
        "guide.login",
        "guide.static",
        "guide.login_by_name",
        "guide.login_by_name_back",
    }


def test_a_door_with_a_route_of_no_policy_does_not_open() -> None:
    bare = Blueprint("bare", __name__)
    bare.add_url_rule("/bare", "show", lambda: "")

    with pytest.raises(NoPolicy, match=r"bare\.show.*@allow"):
        App(__name__).mount(bare, guard=anyone)


def test_a_get_never_changes_anything_by_its_method_alone(built_app) -> None:
    """Acts are POSTs: a link that is followed, or prefetched, does nothing."""
    verbs = ("claim", "stop", "schedule", "undo", "logout", "codes")
    gets = [rule.rule for rule in built_app.url_map.iter_rules() if "GET" in rule.methods]

    assert [rule for rule in gets if rule.rstrip("/").endswith(verbs)] == []


def test_pages_carry_their_security_headers(client) -> None:
    headers = client.get("/guide/login").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_numbers_in_queries_are_read_strictly() -> None:
    """Flask's `args.get(…, type=int)` passes over what is malformed; app.core.asked names it."""
    lax = re.compile(r"args\.get\([^)]*type=")

    assert [named(path) for path in sources("app") if lax.search(path.read_text())] == []
