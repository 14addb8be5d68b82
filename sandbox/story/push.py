"""A push that comes due: set up in the console as a person would, run by the app at its time."""

import html
import re
import time
from datetime import datetime
from typing import Any

from sandbox.box import Box
from sandbox.clock import CHINA
from sandbox.story import config, run
from sandbox.story.run import Run
from sandbox.story.staff import StaffBrowser, StaffRefused

MINUTE = 60
SET_UP_SECONDS = 8  # a busy machine takes some until the form has gone through
PATIENCE_MS = 120_000
OPTION = re.compile(r'<option value="(\d+)"[^>]*>([^<]+)</option>')
PART = re.compile(r'<th scope="row">(.*?)</th><td[^>]*data-part>([\d,]+)<', re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
TEXT = "本月护肤小课堂：到店出示会员卡，领一份护手霜小样。"


def start(box: Box, telling: Run, console: StaffBrowser) -> dict[str, Any]:
    """Schedule a push to those who came by this store's codes, at the next full minute."""
    page = console.read("/console/pushes/new").data.decode()
    due = datetime.fromtimestamp(next_minute(time.time()), CHINA)
    form = {
        "name": f"到店问候 {due:%H:%M}",
        "tag": _tag(page, config.read(box.store)),
        "text": TEXT,
        "holdout": "0",
        "repeat": "once",
        "date": f"{due:%Y-%m-%d}",
        "time": f"{due:%H:%M}",
        "act": "schedule",
    }
    answer = console.submit("/console/pushes", form)
    run.mark(box, telling, "push_set", answer.headers.get("Location", ""))
    run.mark(box, telling, "push_time", f"{due:%H:%M}")
    return {"due_ms": int(due.timestamp() * 1000)}


def next_minute(now: float) -> float:
    """The first full minute that leaves time to set it up: the console's clock has no seconds."""
    return (now + SET_UP_SECONDS) // MINUTE * MINUTE + MINUTE


def _tag(page: str, story: dict[str, Any]) -> str:
    wanted = story["push"].get("tag") or story["store_name"]
    for value, words in OPTION.findall(page):
        if wanted in html.unescape(words):
            return str(value)
    raise StaffRefused(f"控制台里没有「{wanted}」这个标签")


def look(box: Box, telling: Run, console: StaffBrowser) -> None:
    """Some time after it was due and nothing came: read from its result page why."""
    set_ms = telling.marks.get("push_set")
    if set_ms is None or "skipped" in telling.marks:
        return
    if box.clock.now_ms() - set_ms < PATIENCE_MS:
        return
    page = console.read(telling.words["push_set"]).data.decode()
    parts = [(TAGS.sub("", label).strip(), figure) for label, figure in PART.findall(page)]
    told = "，".join(f"{html.unescape(label)} {figure}" for label, figure in parts if figure != "0")
    run.mark(box, telling, "skipped", told or "还没有结果，看控制台的推送页")
