"""The desk page: what it shows is what the sandbox knows."""

from tests.sandbox.play import SERVICE


def state(sandbox, after=0):
    return sandbox.get("/sandbox/desk/state", after=str(after))


def test_the_desk_shows_people_messages_quotas_and_faults(sandbox, lin):
    sandbox.act(lin, "follow")
    assert sandbox.send_custom(lin) == 0
    sandbox.fault("/cgi-bin/menu/get", "status", times=2)

    shown = state(sandbox)

    [person] = shown["people"]
    assert (person["nickname"], person["follows"], person["messages"]) == ("Lin", [SERVICE], 1)
    assert [one["via"] for one in shown["messages"]] == ["custom"]
    used = {one["path"]: one["used"] for one in shown["quotas"]}
    assert used["/cgi-bin/message/custom/send"] == 1
    assert [(one["kind"], one["times"]) for one in shown["faults"]] == [("status", 2)]
    assert shown["sums"]["callbacks"]["events"] == 1


def test_the_log_goes_on_where_the_page_stopped(sandbox, lin):
    sandbox.act(lin, "follow")
    first = state(sandbox)
    assert [one["what"] for one in first["entries"]] == ["subscribe"]

    sandbox.act(lin, "menu", key="A")

    assert [one["what"] for one in state(sandbox, first["newest"])["entries"]] == ["CLICK"]


def test_the_desk_names_no_secret_and_no_phone(sandbox):
    sandbox.person("lin", phone="13800000001")

    text = sandbox.raw("GET", "/sandbox/desk/state").data.decode()

    assert "13800000001" not in text
    assert "service-secret" not in text
    assert "sandbox-test-token" not in text


def test_the_page_loads_with_its_scripts_and_nothing_inline(sandbox):
    page = sandbox.raw("GET", "/")

    assert page.status == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    text = page.data.decode()
    assert text.count("<h1>") == 1
    assert "style=" not in text
    for name in ("desk.js", "desk.css"):
        assert sandbox.raw("GET", f"/sandbox/static/{name}").status == 200
