"""体检: every step of the examination in working order, told as it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import actor, only, pages
from app.core import db
from app.core.errors import NotFound
from app.core.settings import Settings
from app.core.web import steps
from app.doctor import examination
from app.doctor.patient import Patient
from app.doctor.steps import Finding, State, Step
from app.staff.models import Role


@dataclass(frozen=True)
class Line:
    """A step on the page: still to come, being looked at (`asks` is where), or with its finding."""

    number: int
    title: str
    finding: Finding | None = None
    asks: str | None = None
    is_first_failed: bool = False


@dataclass(frozen=True)
class Tally:
    """The names of the steps that failed and of those that wait, as the page hands them on."""

    failed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def with_finding(self, finding: Finding) -> Tally:
        if finding.state is State.FAILED:
            return Tally((*self.failed, finding.name), self.waiting)
        if finding.state is State.SKIPPED:
            return Tally(self.failed, (*self.waiting, finding.name))
        return self


@pages.get("/doctor")
@steps
@only(Role.ADMIN)
def doctor() -> ResponseReturnValue:
    """What would be looked at; nothing is yet."""
    return _page([Line(number, step.title) for number, step in enumerate(_plan())])


@pages.post("/doctor")
@steps
@only(Role.ADMIN)
def doctor_whole() -> ResponseReturnValue:
    """The whole examination at once, for a browser that runs no script."""
    findings = list(examination.examine(_patient()))
    first, tally = examination.first_failed(findings), Tally()
    for finding in findings:
        tally = tally.with_finding(finding)
    lines = [
        Line(number, finding.title, finding, is_first_failed=finding is first)
        for number, finding in enumerate(findings)
    ]
    return _page(lines, tally=tally, first=first, is_done=True)


@pages.post("/doctor/steps")
@steps
@only(Role.ADMIN)
def doctor_begin() -> ResponseReturnValue:
    """A fresh list whose first step asks for itself."""
    plan = _plan()
    lines = [Line(number, step.title) for number, step in enumerate(plan)]
    lines[0] = _asking(plan, 0)
    return render_template("console/doctor/list.html", lines=lines, tally=Tally())


@pages.post("/doctor/steps/<int:number>")
@steps
@only(Role.ADMIN)
def doctor_step(number: int) -> ResponseReturnValue:
    """One step's finding; the next one asks for itself when this answer has arrived."""
    plan, before = _plan(), _tally_so_far()
    if number >= len(plan):
        raise NotFound
    step = plan[number]
    finding = examination.examined(step, _patient(), _titles(plan, before))
    tally = before.with_finding(finding)
    is_first_failed = finding.state is State.FAILED and not before.failed
    return render_template(
        "console/doctor/step.html",
        line=Line(number, step.title, finding, is_first_failed=is_first_failed),
        following=_asking(plan, number + 1) if number + 1 < len(plan) else None,
        tally=tally,
        total=len(plan),
        first=finding if is_first_failed else None,
    )


def _page(
    lines: Sequence[Line],
    *,
    tally: Tally | None = None,
    first: Finding | None = None,
    is_done: bool = False,
) -> str:
    """The frame around it counts rows, so it needs a transaction; no step runs inside it."""
    with db.transaction(actor().brand_id):
        return render_template(
            "console/doctor/page.html",
            lines=lines,
            tally=tally or Tally(),
            first=first,
            is_done=is_done,
        )


def _plan() -> list[Step]:
    return list(examination.plan(_patient()))


def _patient() -> Patient:
    """This installation, as far as it is the business of her brand."""
    settings: Settings = current_app.config["HUIKE"]
    return Patient(lambda: settings, lambda _: None, brand_id=actor().brand_id)


def _asking(plan: Sequence[Step], number: int) -> Line:
    asks = url_for("console.doctor_step", number=number)
    return Line(number, plan[number].title, asks=asks)


def _tally_so_far() -> Tally:
    failed, waiting = (request.form.get(name, "") for name in ("failed", "waiting"))
    return Tally(
        tuple(filter(None, failed.split(","))),
        tuple(filter(None, waiting.split(","))),
    )


def _titles(plan: Sequence[Step], tally: Tally) -> dict[str, str]:
    not_passed = {*tally.failed, *tally.waiting}
    return {step.name: step.title for step in plan if step.name in not_passed}
