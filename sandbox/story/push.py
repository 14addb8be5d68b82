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

AHEAD = 8.0  # seconds until it is due: a busy machine takes some to set it up
PATIENCE_MS = 30_000
OPTION = re.compile(r'<option value="(\d+)"[^>]*>([^<]+)</option>')
PART = re.compile(r'<th scope="row">(.*?)</th><td[^>]*data-part>([\d,]+)<', re.DOTALL)
TAGS = re.compile(r"<[^>]+>")
TEXT = "本月护肤小课堂：到店出示会员卡，领一份护手霜小样。"


def start(box: Box, telling: Run, console: StaffBrowser) -> dict[str, Any]:
    """Schedule a push to those who came by this store's codes, a few seconds from now."""
    page = console.read("/console/pushes/new").data.decode()
    due = datetime.fromtimestamp(time.time() + AHEAD, CHINA)
    form = {
        "name": f"到店问候 {due:%H:%M:%S}",
        "tag": _tag(page, config.read(box.store)),
        "text": TEXT,
        "holdout": "0",
        "repeat": "once",
        "date": f"{due:%Y-%m-%d}",
        "time": f"{due:%H:%M:%S}",
        "act": "schedule",
    }
    answer = console.submit("/console/pushes", form)
    page_of_push = answer.headers.get("Location", "")
    run.mark(box, telling, "push_due", page_of_push)
    return {"due_ms": int(due.timestamp() * 1000)}


def _tag(page: str, story: dict[str, Any]) -> str:
    wanted = story["push"].get("tag") or story["store_name"]
    for value, words in OPTION.findall(page):
        if wanted in html.unescape(words):
            return str(value)
    raise StaffRefused(f"控制台里没有「{wanted}」这个标签")


def look(box: Box, telling: Run, console: StaffBrowser) -> None:
    """Some time after it was due and nothing came: read from its result page why."""
    due_ms = telling.marks.get("push_due")
    if due_ms is None or "skipped" in telling.marks:
        return
    if box.clock.now_ms() - due_ms < PATIENCE_MS:
        return
    page = console.read(telling.words["push_due"]).data.decode()
    parts = [(TAGS.sub("", label).strip(), figure) for label, figure in PART.findall(page)]
    told = "，".join(f"{html.unescape(label)} {figure}" for label, figure in parts if figure != "0")
    run.mark(box, telling, "skipped", told or "还没有结果，看控制台的推送页")
