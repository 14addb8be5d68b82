"""The story page: nine steps, two real phones, and what passed between WeChat and Huike."""

from typing import Any, cast
from urllib.parse import urlsplit

from flask import Response, current_app, jsonify, redirect, render_template, request

from sandbox import journal
from sandbox.admin.blueprint import CannotDo, body, whole
from sandbox.admin.blueprint import bp as admin_bp
from sandbox.box import the_box
from sandbox.pages.blueprint import bp
from sandbox.story import board, config, facts, push, run, steps
from sandbox.story.run import Run
from sandbox.story.staff import StaffRefused
from sandbox.story.watcher import BOARD, Watcher

LINES = 300
TAPS = ("claim", "sample")


def the_watcher() -> Watcher:
    """The watcher of the running application."""
    return cast(Watcher, current_app.extensions["watcher"])


@admin_bp.put("/story")
def put_story() -> dict[str, Any]:
    """Where the story plays: {appid, mini_appid, scene, store_name, place, guide, push?}."""
    given = body()
    missing = {"appid", "mini_appid", "scene", "store_name", "guide"} - given.keys()
    if missing:
        raise CannotDo(f"missing: {', '.join(sorted(missing))}")
    config.save(the_box().store, given)
    return config.shown(given)


@admin_bp.get("/story")
def get_story() -> dict[str, Any]:
    """The story without its password."""
    return config.shown(config.read(the_box().store))


@bp.errorhandler(StaffRefused)
def staff_refused(error: StaffRefused) -> tuple[Response, int]:
    """The story page shows it under the steps."""
    return jsonify({"error": str(error)}), 409


@bp.get("/story")
def show_story() -> Any:
    """The page, at the app's own host name: the guide's cookie must reach both ports."""
    box = the_box()
    here, app = urlsplit(request.host_url), urlsplit(box.settings.app_url)
    if app.hostname and here.hostname != app.hostname:
        return redirect(f"{here.scheme}://{app.hostname}:{here.port or 80}/story")
    if not run.is_set(box):
        return render_template("unset.html")
    story = {"place": "", **config.shown(config.read(box.store))}
    return render_template(
        "story.html", story=story, guide_url=f"{box.settings.app_url}/guide/board"
    )


def _telling() -> Run:
    return run.current(the_box()) or _begin()


def _begin() -> Run:
    """Read the board first: who stands there already is not she. When the app is away, the
    watcher reads it later."""
    try:
        listed = board.rows(the_watcher().guide().read(BOARD).json())
    except (StaffRefused, ValueError, KeyError):
        return run.begin(the_box(), None)
    return run.begin(the_box(), [row.visit_id for row in listed])


@bp.post("/sandbox/story/begin")
def begin_story() -> dict[str, Any]:
    """Somebody new walks in."""
    return {"person_id": _begin().person_id}


@bp.get("/sandbox/story/state")
def story_state() -> dict[str, Any]:
    """All that the page shows; asked three times a second."""
    box, telling = the_box(), _telling()
    the_watcher().keep_looking()
    happened = facts.of_run(box, telling)
    after = max(whole("after", 0), telling.first_seq)
    return {
        "run": {
            "person_id": telling.person_id,
            "nickname": telling.nickname,
            "first_seq": telling.first_seq,
        },
        "now_ms": box.clock.now_ms(),
        "steps": steps.shown(_steps(telling, happened)),
        "sums": facts.sums(happened, telling),
        "entries": journal.read(box.store, after, LINES),
    }


def _steps(telling: Run, happened: facts.Facts) -> list[steps.Step]:
    story = config.read(the_box().store)
    listed = steps.steps(happened, telling.marks, telling.words, story["store_name"])
    return listed if story.get("push") else listed[:-1]


@bp.post("/sandbox/story/sign-in")
def sign_guide_in() -> Response:
    """Log in as the guide, and hand the session's cookie to this browser."""
    response = jsonify({"signed_in": True})
    for line in the_watcher().guide().sign_in():
        response.headers.add("Set-Cookie", line)
    return response


@bp.post("/sandbox/story/guide")
def guide_taps() -> dict[str, Any]:
    """Tap a button of the guide's board for her."""
    telling, act = _telling(), body().get("act")
    if telling.visit_id is None or act not in TAPS:
        raise StaffRefused("导购的手机上还没有她")
    the_watcher().guide().submit(f"/guide/visits/{telling.visit_id}/{act}", {})
    return {"tapped": act}


@bp.post("/sandbox/story/push")
def start_push() -> dict[str, Any]:
    """Set up the push of the story; the app runs it at its time."""
    return push.start(the_box(), _telling(), the_watcher().console())
