"""The doctor names what is wrong: one thing is broken at a time, in a whole installation."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from werkzeug.wrappers import Response

from app.core import audit, clock, db, queue
from app.doctor.steps import State
from app.points import service as points
from tests import factories, ground
from tests.doctor.conftest import environment, queue_at, running_valkey, serving
from tests.sandbox.play import eventually

pytestmark = pytest.mark.fault
NOBODY = "http://127.0.0.1:9"
EDIT_AUDIT = (  # by somebody who owns the table: its own trigger would refuse
    "ALTER TABLE audit DISABLE TRIGGER USER; UPDATE audit SET actor = '{}' WHERE seq = 1;"
    " ALTER TABLE audit ENABLE TRIGGER USER"
)
COUNTS = "SELECT (SELECT count(*) FROM fans), (SELECT count(*) FROM events)"


@pytest.fixture
def first_failed(installation):
    """The first failing step: where it is, what was seen, what to do."""

    def named(settings=None) -> tuple[str, str, str]:
        found = installation.first_failed(settings)
        assert found is not None, "nothing was found to be wrong"
        return found.name, found.what, found.fix

    return named


@contextmanager
def broken(installation, breaking: str, mending: str):
    """The database, changed past every rule of ours, until the block is left."""
    installation.sql(breaking)
    yield
    installation.sql(mending)


@contextmanager
def late_server():
    """Answers everything, and says that it is still New Year's Day."""

    class Late(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204)
            self.end_headers()

        def date_time_string(self, _at=None):
            return "Thu, 01 Jan 2026 00:00:00 GMT"

        def log_message(self, *args):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Late)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_sound_installation_passes_every_step(installation):
    findings = installation.examine()

    assert [f"{each.name}: {each.what}" for each in findings if each.state is not State.OK] == []
    assert {each.name for each in findings} >= {"web", "stream", "worker_now", "audit", "codes"}


def test_an_examination_leaves_no_fan_and_no_event(installation):
    before = installation.sql(COUNTS)
    knocks = installation.sql("SELECT count(*) FROM inbox")[0][0]

    installation.examine()

    assert installation.sql(COUNTS) == before
    assert installation.sql("SELECT count(*) FROM inbox")[0][0] == knocks + 4  # two an account


def test_an_examination_of_one_account_leaves_the_others_alone(installation):
    appid = installation.brand.service.appid

    findings = installation.examine(account_key=installation.brand.service.url_key)

    named = {each.name.partition(".")[2] for each in findings if "." in each.name}
    assert named == {appid}


def test_an_account_that_nobody_knows_is_said_to_be_missing(installation):
    findings = installation.examine(account_key="nosuchkey")

    assert [each.name for each in findings if each.state is State.FAILED] == ["accounts"]


def test_neither_secrets_nor_whole_addresses_are_told(installation):
    installation.change_account(secret="another-secret")
    told = str(installation.examine())
    installation.change_account()

    account = installation.brand.service
    assert account.appid in told
    for hidden in (f"secret-of-{account.appid}", factories.CALLBACK_TOKEN, factories.AES_KEY):
        assert hidden not in told
    assert account.url_key not in told


def test_a_step_that_waits_is_skipped_and_the_others_are_still_done(installation):
    settings = replace(installation.settings, public_url=NOBODY)

    states = {each.name: each.state for each in installation.examine(settings)}

    appid = installation.brand.service.appid
    assert states["web"] is State.FAILED
    assert states[f"echo.{appid}"] is State.SKIPPED
    assert states[f"callback.{appid}"] is State.SKIPPED
    assert states[f"token.{appid}"] is State.OK
    assert states["audit"] is State.OK


def test_a_migration_that_was_not_run(installation, first_failed):
    newest = installation.sql("SELECT version_num FROM alembic_version")[0][0]
    with broken(
        installation,
        "UPDATE alembic_version SET version_num = '0016'",
        f"UPDATE alembic_version SET version_num = '{newest}'",
    ):
        name, what, fix = first_failed()

    assert (name, "0016" in what, "flask database upgrade" in fix) == ("migrations", True, True)


def test_a_wall_between_brands_that_was_taken_down(installation, first_failed):
    brand_id = installation.brand.id
    store = factories.make_store(brand_id, account_id=installation.brand.service.id)
    with broken(
        installation,
        "ALTER TABLE stores DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE stores ENABLE ROW LEVEL SECURITY",
    ):
        assert first_failed()[0] == "roles"
    assert store.id


@pytest.mark.parametrize("minutes", [5, -5])
def test_a_clock_that_is_off(installation, first_failed, minutes):
    clock.move(timedelta(minutes=minutes))

    name, what, _ = first_failed()

    assert name == "clock"
    assert ("快 300 秒" if minutes > 0 else "慢 300 秒") in what


def test_a_redis_that_nobody_runs(installation, first_failed):
    with queue_at("unix:///tmp/no-such-valkey.sock"):
        assert first_failed()[0] == "redis"


@pytest.mark.parametrize(
    ("options", "cure"),
    [
        (["--appendonly", "no"], "appendonly yes"),
        (["--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"], "noeviction"),
    ],
)
def test_a_redis_that_may_forget(installation, first_failed, options, cure):
    with running_valkey(*options) as url, queue_at(url):
        name, _, fix = first_failed()

    assert name == "redis_settings"
    assert cure in fix


def test_a_worker_that_was_stopped_or_killed(installation, first_failed):
    installation.stop("worker_bulk")
    stopped = first_failed()
    # One that was killed says no farewell: its last heartbeat stays behind for a while.
    ghost = {"last_heartbeat": "2026-01-01T00:00:00.000000Z"}
    queue.connection().hset("rq:worker:ghost", mapping=ghost)
    queue.connection().sadd("rq:workers:bulk", "rq:worker:ghost")

    killed = first_failed()

    queue.connection().delete("rq:worker:ghost")
    installation.start("worker_bulk")
    eventually(lambda: queue.heartbeats(queue.BULK), 30)
    assert (stopped[0], killed[0]) == ("worker_bulk", "worker_bulk")
    assert "worker-bulk" in stopped[2]
    assert "最后一次在" in killed[1]


def test_a_timekeeper_that_is_silent(installation, first_failed):
    installation.stop("timekeeper")
    installation.sql("UPDATE pulses SET at = at - interval '5 minutes'")

    name, what, _ = first_failed()

    installation.start("timekeeper")
    fresh = "SELECT 1 FROM pulses WHERE at > now() - interval '20 seconds'"
    eventually(lambda: installation.sql(fresh), 40)
    assert name == "timekeeper"
    assert "最后一次" in what


def test_a_stream_that_nobody_runs(installation, first_failed):
    assert first_failed(replace(installation.settings, stream_url=NOBODY))[0] == "stream"


def test_a_proxy_that_leads_the_stream_to_the_web_application(installation, first_failed):
    settings = replace(installation.settings, stream_url=installation.settings.public_url)

    name, what, _ = first_failed(settings)

    assert name == "stream"
    assert "404" in what


def test_a_public_address_without_a_name(installation, first_failed):
    settings = replace(installation.settings, public_url="http://crm.invalid")

    name, what, _ = first_failed(settings)

    assert name == "address"
    assert "crm.invalid" in what


def test_a_public_address_that_wechat_does_not_call(installation, first_failed):
    settings = replace(installation.settings, env="production")

    name, _, fix = first_failed(settings)

    assert name == "address"
    assert "https" in fix


def test_a_public_address_where_nobody_answers(installation, first_failed):
    assert first_failed(replace(installation.settings, public_url=NOBODY))[0] == "web"


def test_a_public_address_where_somebody_else_answers(installation, first_failed):
    settings = replace(installation.settings, public_url=installation.wechat.url)

    name, what, _ = first_failed(settings)

    assert name == "web"
    assert "不是回客" in what


def test_a_wechat_that_cannot_be_reached(installation, first_failed):
    settings = replace(installation.settings, wechat_api_base_url=NOBODY)

    assert first_failed(settings)[0] == "wechat"


def test_a_wechat_whose_clock_is_another(installation, first_failed):
    with late_server() as url:
        name, what, _ = first_failed(replace(installation.settings, wechat_api_base_url=url))

    assert name == "wechat"
    assert "快" in what


def test_a_secret_that_was_changed_at_wechat(installation, first_failed):
    installation.change_account(secret="another-secret")

    name, what, _ = first_failed()

    installation.change_account()
    assert name == f"token.{installation.brand.service.appid}"
    assert "40125" in what


def test_an_appid_that_wechat_does_not_know(installation, first_failed):
    account = installation.brand.service
    with broken(
        installation,
        f"UPDATE wechat_accounts SET appid = 'wxunknown' WHERE id = {account.id}",
        f"UPDATE wechat_accounts SET appid = '{account.appid}' WHERE id = {account.id}",
    ):
        name, what, _ = first_failed()

    # Secrets are sealed for their appid: one that was edited by hand opens nothing.
    assert name == "keys.wxunknown"
    assert "打不开" in what


def test_an_address_that_is_not_on_wechats_list(installation, first_failed):
    installation.change_account(ip_whitelist=["10.1.2.3"])

    name, what, fix = first_failed()

    installation.change_account()
    assert name == f"token.{installation.brand.service.appid}"
    assert "127.0.0.1 不在微信的白名单里（40164）" in what
    assert fix.endswith("IP 白名单，加上 127.0.0.1")


@pytest.mark.parametrize(
    ("held_by_wechat", "said"),
    [
        ({"token": "another-token"}, "Token 与微信后台的不同"),
        ({"encoding_aes_key": "z" * 42 + "A"}, "EncodingAESKey 或 AppID"),
        ({"mode": "plain"}, "微信推的是明文"),
    ],
)
def test_what_differs_from_wechats_console(installation, first_failed, held_by_wechat, said):
    installation.change_account(**held_by_wechat)
    installation.hear()

    name, what, _ = first_failed()

    installation.change_account()
    installation.hear()
    assert name == f"agreed.{installation.brand.service.appid}"
    assert said in what
    assert installation.first_failed() is None, "a message that is taken in proves it mended"


def test_an_address_that_was_never_entered_at_wechat(installation, first_failed):
    account = installation.brand.service
    mine = f"WHERE data->>'account_id' = '{account.id}'"
    with broken(
        installation,
        f"UPDATE events SET dedupe_key = 'x' || dedupe_key {mine}",
        f"UPDATE events SET dedupe_key = substr(dedupe_key, 2) {mine}",
    ):
        name, _, fix = first_failed()

    assert name == f"agreed.{account.appid}"
    assert "服务器配置" in fix


def test_another_environment_that_uses_the_same_account(installation, first_failed):
    account = installation.brand.service
    with broken(
        installation,
        f"UPDATE access_tokens SET foreign_refresh_at = now() WHERE account_id = {account.id}",
        f"UPDATE access_tokens SET foreign_refresh_at = NULL WHERE account_id = {account.id}",
    ):
        assert first_failed()[0] == f"shared.{account.appid}"


def test_an_api_that_wechat_has_paused(installation, first_failed):
    account = installation.brand.service
    with broken(
        installation,
        "INSERT INTO api_health (account_id, api, paused_until, errcode)"
        f" VALUES ({account.id}, '/cgi-bin/user/info', now() + interval '1 hour', 45009)",
        "DELETE FROM api_health",
    ):
        name, what, _ = first_failed()

    assert name == f"apis.{account.appid}"
    assert "/cgi-bin/user/info（45009）" in what


def test_an_account_whose_callbacks_are_not_sealed(installation, first_failed):
    account = installation.brand.service
    with broken(
        installation,
        f"UPDATE wechat_accounts SET mode = 'plain' WHERE id = {account.id}",
        f"UPDATE wechat_accounts SET mode = 'safe' WHERE id = {account.id}",
    ):
        assert first_failed()[0] == f"mode.{account.appid}"


def test_a_web_process_that_stands_on_another_database(installation, first_failed, admin):
    """It answers at the public address, and knows nothing of this installation's account."""
    stranger = Response("no such account", status=404)

    def other_huike(environ, start_response):
        is_alive = Response('{"ok": true}', mimetype="application/json")
        answer = is_alive if environ["PATH_INFO"] == "/healthz" else stranger
        return answer(environ, start_response)

    with serving(other_huike) as url:
        name, _, fix = first_failed(
            replace(installation.settings, public_url=url, callback_url=url)
        )

    assert name == f"echo.{installation.brand.service.appid}"
    assert "另一个数据库" in fix


def test_a_proxy_that_says_success_and_keeps_nothing(installation, first_failed):
    def yes_man(environ, start_response):
        query = dict(pair.partition("=")[::2] for pair in environ["QUERY_STRING"].split("&"))
        words = {"/healthz": '{"ok": true}'}.get(environ["PATH_INFO"])
        return Response(words or query.get("echostr", "success"))(environ, start_response)

    with serving(yes_man) as url:
        name, what, _ = first_failed(
            replace(installation.settings, public_url=url, callback_url=url)
        )

    assert name == f"callback.{installation.brand.service.appid}"
    assert "不在这个数据库里" in what


def test_dead_letters(installation, first_failed):
    brand_id, account_id = installation.brand.id, installation.brand.service.id
    with broken(
        installation,
        "INSERT INTO inbox (brand_id, account_id, dedupe_key, received_at, raw_encrypted, state,"
        " attempts, due_at) VALUES"
        f" ({brand_id}, {account_id}, 'dead', now(), '', 'dead', 8, now())",
        "DELETE FROM inbox WHERE dedupe_key = 'dead'",
    ):
        name, _, fix = first_failed()

    assert name == "dead_letters"
    assert "死信台" in fix


def test_a_message_that_has_waited_too_long(installation, first_failed):
    brand_id, account_id = installation.brand.id, installation.brand.service.id
    installation.sql("UPDATE inbox SET state = 'done'")
    # A lock keeps the worker from it, as a worker that hangs would.
    with (
        broken(
            installation,
            "BEGIN; INSERT INTO inbox (brand_id, account_id, dedupe_key, received_at,"
            " raw_encrypted, state, attempts, due_at) VALUES"
            f" ({brand_id}, {account_id}, 'late', now(), '', 'dead', 0, now() - interval '1 hour');"
            " COMMIT",
            "DELETE FROM inbox WHERE dedupe_key = 'late'",
        ),
        installation.held("UPDATE inbox SET state = 'new' WHERE dedupe_key = 'late'"),
    ):
        name, what, _ = first_failed()

    assert name == "inbox"
    assert "1 条" in what


def test_points_that_were_written_past_the_ledger(installation, first_failed):
    brand = installation.brand
    fan = factories.make_fan(brand.id, brand.service.id)
    member = factories.make_member(brand.id, fan.id)
    with db.transaction(brand.id):
        points.earn(member.id, amount=100, kind="order", reference="N1")
    mine = f"UPDATE points_accounts SET balance = balance {{}} 50 WHERE member_id = {member.id}"
    with broken(installation, mine.format("+"), mine.format("-")):
        name, what, _ = first_failed()

    assert name == "points"
    assert "hemuji" in what


def test_coupons_that_were_issued_past_the_counter(installation, first_failed):
    mine = (
        f"UPDATE coupon_batches SET issued = issued {{}} 1 WHERE brand_id = {installation.brand.id}"
    )
    with broken(installation, mine.format("+"), mine.format("-")):
        assert first_failed()[0] == "coupons"


def test_a_month_charged_for_a_message_that_nobody_sent(installation, first_failed):
    brand = installation.brand
    fan = factories.make_fan(brand.id, brand.service.id, "o-charged")
    with broken(
        installation,
        "INSERT INTO mass_counts (brand_id, fan_id, month, count)"
        f" VALUES ({brand.id}, {fan.id}, '2026-11', 1)",
        "DELETE FROM mass_counts",
    ):
        name, what, _ = first_failed()

    assert name == "pushes"
    assert str(fan.id) in what


def test_an_audit_row_that_was_edited(installation, first_failed):
    with db.transaction(installation.brand.id):
        for act in ("a.seen", "b.seen"):
            audit.record(act, actor="staff:1", subject="member:1")
    with broken(
        installation,
        EDIT_AUDIT.format("staff:2"),
        EDIT_AUDIT.format("staff:1"),
    ):
        name, what, _ = first_failed()

    assert name == "audit"
    assert "第 1 条" in what


def test_permanent_codes_that_are_nearly_used_up(installation, first_failed):
    brand = installation.brand
    store = factories.make_store(brand.id, account_id=brand.service.id)
    with broken(
        installation,
        "INSERT INTO qr_codes (brand_id, account_id, store_id, kind, place, scene, url, created_at)"
        f" SELECT {brand.id}, {brand.service.id}, {store.id}, 'store', '柜台', 'many' || n,"
        " 'u', now()"
        " FROM generate_series(1, 95000) n",
        "DELETE FROM qr_codes WHERE scene LIKE 'many%'",
    ):
        name, what, _ = first_failed()

    assert name == "codes"
    assert "95,000 / 100,000" in what


@pytest.fixture
def flask_doctor(installation):
    """`flask_doctor("--json", PUBLIC_URL=…)`, in a process of its own."""

    def called(*arguments: str, **settings: str) -> subprocess.CompletedProcess:
        command = [str(ground.ROOT / ".venv/bin/flask"), "doctor", *arguments]
        env = environment(installation.settings, FLASK_SKIP_DOTENV="1", **settings)
        return subprocess.run(
            command, env=env, cwd=ground.ROOT, capture_output=True, text=True, timeout=120
        )

    return called


def test_a_sound_installation_ends_with_nought(flask_doctor):
    done = flask_doctor("--json")

    found = json.loads(done.stdout)
    assert (found["ok"], found["first_failed"], done.returncode) == (True, None, 0)
    assert {"name", "title", "state", "what", "fix", "ms"} == set(found["steps"][0])


def test_the_cure_of_the_first_failing_step_stands_on_top(installation, flask_doctor):
    installation.change_account(secret="another-secret")

    done = flask_doctor()

    installation.change_account()
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert "AppSecret 不对（40125）" in lines[0]
    assert lines[1].startswith("  怎么办：在微信后台重置 AppSecret")
    assert "先修最上面那一项" in lines[-1]
    assert any(line.startswith("✓ 审计链") for line in lines)


def test_a_setting_that_is_missing_stops_huike_but_not_the_doctor(flask_doctor):
    done = flask_doctor("--json", SECRET_KEY="too-short")

    found = json.loads(done.stdout)
    assert (found["first_failed"], done.returncode) == ("settings", 1)
    assert "SECRET_KEY" in found["steps"][0]["what"]
    assert "too-short" not in done.stdout + done.stderr


def test_a_database_that_is_gone_stops_huike_but_not_the_doctor(flask_doctor):
    nowhere = "postgresql://huike_app:wrong@127.0.0.1:9/huike"

    done = flask_doctor("--json", DATABASE_URL=nowhere, DATABASE_SYSTEM_URL=nowhere)

    found = json.loads(done.stdout)
    assert (found["first_failed"], done.returncode) == ("database", 1)
    states = {step["name"]: step["state"] for step in found["steps"]}
    assert (states["migrations"], states["stream"]) == ("skipped", "ok")
    assert "wrong" not in done.stdout + done.stderr
