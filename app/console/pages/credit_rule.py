"""改业绩规则: another rule, held against last month first, then from a day of choice on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import guides_view
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.credit_form import RuleForm
from app.console.figures import day_name
from app.console.form_reading import seal
from app.core import clock
from app.credit import service, words
from app.credit.form import dump
from app.credit.queries import period, ruling
from app.credit.queries.ruling import Version
from app.credit.rules import Part, Rule, Way

TRIED = -1  # the number of a rule that is none yet


@pages.get("/guides/rule")
@only(*HEADQUARTERS)
def guides_rule() -> ResponseReturnValue:
    """The rule in force, to be changed into another."""
    return _form(RuleForm.of(ruling.in_force(clock.now()).rule.parts))


@pages.post("/guides/rule")
@only(*HEADQUARTERS)
def guides_rule_change() -> ResponseReturnValue:
    """One part more or less, last month under it, or the new rule itself."""
    form, (act, _, what) = RuleForm.sent(request.form), request.form.get("act", "").partition(":")
    if act == "add":
        form.add()
        return _form(form)
    if act == "remove":
        form.remove(what)
        return _form(form)
    parts = form.parts()
    if parts is None:
        return _form(form), 422
    is_as_tried = request.form.get("tried") == seal(dump(parts))
    return _publish(form, parts) if act == "publish" and is_as_tried else _form(form, parts)


def _publish(form: RuleForm, parts: tuple[Part, ...]) -> ResponseReturnValue:
    try:
        made = service.publish(parts, starts_at=_start(), actor=actor().audit_name)
    except service.StartsTooEarly as refused:
        form.error = refused.title
        return _form(form, parts), refused.status
    when = f"从{day_name(made.starts_at)}起" if made.starts_at else "从现在起"
    flash(f"第 {made.rule.version} 版业绩规则{when}生效，以前卖掉的单不变")
    return redirect(url_for("console.guides"), 303)


def _start() -> datetime | None:
    """The first moment of the day that was chosen; None for now. Raises StartsTooEarly."""
    if request.form.get("starts") == "now":
        return None
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise service.StartsTooEarly() from None
    return clock.day_bounds(day, brand().zoneinfo)[0]


def _form(form: RuleForm, parts: tuple[Part, ...] | None = None) -> str:
    month = period.month_before(period.this_month())
    tried = Version(Rule(TRIED, parts)) if parts else None
    return render_template(
        "console/guides/rule.html",
        form=form,
        shown=guides_view.ranking(month, None, tried) if tried else None,
        seal=seal(dump(parts)) if parts else "",
        month=month,
        ways={way: words.WAYS[way] for way in Way},
        sentence=words.sentence,
        version=words.version,
        held=ruling.in_force(clock.now()),
        chosen=request.form,
        tomorrow=(clock.business_day(clock.now(), brand().zoneinfo) + timedelta(1)).isoformat(),
    )
