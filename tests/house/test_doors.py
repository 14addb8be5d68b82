"""Every door has a guard; an open one says so."""

from app.core.web import anyone

OPEN_ON_PURPOSE = {"wechat", "card_door", "health", "console_door"}
OF_THE_FRAMEWORK = {"openapi", None}


def test_every_blueprint_has_a_guard(built_app) -> None:
    unguarded = set(built_app.blueprints) - set(built_app.guards)

    assert unguarded - OF_THE_FRAMEWORK == set()


def test_only_these_doors_are_open_to_anyone(built_app) -> None:
    open_doors = {name for name, guard in built_app.guards.items() if guard is anyone}

    assert open_doors <= OPEN_ON_PURPOSE


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
