"""导出: a list is counted, asked for with a reason, and fetched from 我的导出.

A page that shows a list offers it by `export_link` of console/parts.html:
`{{ export_link("members") }}`; who has no right sees nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.console.access import HEADQUARTERS, actor, only, pages
from app.core import clock
from app.exports import service
from app.exports.lists import LISTS
from app.exports.models import Export, ExportState, Form, Kind, Why

WHYS = {
    Why.RECONCILE: "对账",
    Why.ANALYSE: "分析",
    Why.STORE_WORK: "门店工作",
    Why.AUTHORITY: "主管部门要求",
}
STATES = {
    ExportState.DUE: ("正在做", "is-running"),
    ExportState.READY: ("可以下载", "is-done"),
    ExportState.REFUSED: ("没有权限了", "is-bad"),
    ExportState.FAILED: ("没有做成", "is-bad"),
    ExportState.GONE: ("已过期", ""),
}


@dataclass(frozen=True)
class Shown:
    """One of her files."""

    id: int
    title: str
    form: str
    why: str
    asked_at: datetime
    expected: int
    written: int
    width: str
    word: str
    tone: str
    expires_at: datetime | None
    is_running: bool
    is_hers_now: bool


def may_export(kind: str) -> bool:
    """For templates: whether who is signed in may take this list away."""
    return service.may_export(actor().role, Kind(kind))


@pages.get("/exports")
@only(*HEADQUARTERS)
def exports() -> ResponseReturnValue:
    """Her files. While one is being made, htmx asks again."""
    rows = [_shown(export) for export in service.mine(actor())]
    is_part = request.headers.get("HX-Request") is not None
    name = "console/exports/list.html" if is_part else "console/exports/page.html"
    return render_template(name, rows=rows, goes_on=any(row.is_running for row in rows))


@pages.get("/exports/new")
@only(*HEADQUARTERS)
def export_new() -> ResponseReturnValue:
    """How many rows it would be, and why she needs them."""
    kind, filters = _asked(request.args.to_dict())
    return render_template(
        "console/exports/new.html",
        kind=kind,
        listed=LISTS[kind],
        filters=filters,
        count=service.count(actor(), kind, filters),
        most=service.MOST_ROWS[actor().role],
        whys=WHYS,
        name=actor().name,
    )


@pages.post("/exports")
@only(*HEADQUARTERS)
def export_add() -> ResponseReturnValue:
    """Have it made."""
    form = request.form.to_dict()
    kind, filters = _asked(form)
    why, shape = form.get("why", ""), form.get("form", "")
    if why not in set(Why) or shape not in set(Form):
        back: dict[str, Any] = {"kind": kind, **filters}
        return redirect(url_for("console.export_new", **back))
    service.ask(actor(), service.Wish(kind, Form(shape), Why(why), filters))
    return redirect(url_for("console.exports"))


@pages.post("/exports/<int:export_id>/file")
@only(*HEADQUARTERS)
def export_take(export_id: int) -> Response:
    """The file itself; each time stands in the audit."""
    file = service.take(actor(), export_id)
    response = make_response(file.content)
    response.content_type = file.mime
    response.headers["Cache-Control"] = "no-store"
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _asked(given: dict[str, str]) -> tuple[Kind, dict[str, str]]:
    """The list, and those of the conditions that it knows. Raises NotFound for no such list."""
    if given.get("kind") not in set(Kind):
        raise NotFound
    kind = Kind(given["kind"])
    filters = {name: given[name] for name in LISTS[kind].filters if given.get(name)}
    if not filters.get("run_id", "0").isdecimal():
        raise NotFound
    return kind, filters


def _shown(export: Export) -> Shown:
    word, tone = STATES[export.state]
    is_over = export.expires_at is not None and export.expires_at <= clock.now()
    if export.state == ExportState.READY and is_over:
        word, tone = STATES[ExportState.GONE]
    is_hers = export.session_hash == actor().session_hash
    return Shown(
        id=export.id,
        title=LISTS[export.kind].title,
        form=export.form.upper(),
        why=WHYS[export.why],
        asked_at=export.asked_at,
        expected=export.expected,
        written=export.written,
        width=f"{min(100, 100 * export.written // max(1, export.expected))}%",
        word=word,
        tone=tone,
        expires_at=export.expires_at,
        is_running=export.state == ExportState.DUE,
        is_hers_now=is_hers and export.state == ExportState.READY and not is_over,
    )
