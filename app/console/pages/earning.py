"""积分规则: the rules in force as sentences, what they give, and another book, tried first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.earning_form import BookForm
from app.console.figures import day_name
from app.core import clock
from app.journeys import simulation
from app.points import queries as points
from app.points import service
from app.points.earning import books
from app.points.earning.rules import Rule, RuleKind
from app.points.earning.words import ACTS, BIRTHDAYS, WEEKDAYS, Names, sentence
from app.stores import queries as stores

KIND_WORDS = {
    RuleKind.AMOUNT: "按金额",
    RuleKind.BONUS: "满额另得",
    RuleKind.ACT: "做了一件事",
}
NOW = "now"


@pages.get("/earning")
@only(*HEADQUARTERS)
def earning() -> ResponseReturnValue:
    """The rules in force, those that are planned, and all that ever were."""
    held = books.in_force(clock.now())
    return render_template(
        "console/earning/page.html",
        book=held,
        given=simulation.simulate(held.rules, held.rules),
        planned=books.planned(),
        history=books.history(),
        sentence=_sentences(),
        cost=_cost,
    )


@pages.get("/earning/edit")
@only(*HEADQUARTERS)
def earning_edit() -> ResponseReturnValue:
    """The rules in force, to be changed into others."""
    return _form(BookForm.of(books.in_force(clock.now()).rules))


@pages.post("/earning/edit")
@only(*HEADQUARTERS)
def earning_change() -> ResponseReturnValue:
    """One rule more or less, a trial on past orders, or the new book itself."""
    form, (act, _, what) = BookForm.sent(request.form), request.form.get("act", "").partition(":")
    if act == "add":
        form.add(what)
        return _form(form)
    if act == "remove":
        form.remove(what)
        return _form(form)
    return _publish(form) if act == "publish" else _try(form)


@pages.post("/earning/call-off")
@only(*HEADQUARTERS)
def earning_call_off() -> ResponseReturnValue:
    """What was planned does not come."""
    starts_at = _moment(request.form.get("starts_at", ""))
    books.call_off(starts_at, actor=actor().audit_name)
    flash("撤下了，那天以后还按现在的规则")
    return redirect(url_for("console.earning"), 303)


def _try(form: BookForm) -> ResponseReturnValue:
    rules = form.rules()
    if rules is None:
        return _form(form), 422
    return _form(form, simulation.simulate(books.in_force(clock.now()).rules, rules))


def _publish(form: BookForm) -> ResponseReturnValue:
    rules = form.rules()
    if rules is None:
        return _form(form), 422
    try:
        book = books.publish(rules, starts_at=_start(), actor=actor().audit_name)
    except books.StartsTooEarly as refused:
        form.error = refused.title
        return _form(form), refused.status
    is_now = book.starts_at is None or book.starts_at <= clock.now()
    when = "从现在起" if is_now or book.starts_at is None else f"从{day_name(book.starts_at)}起"
    flash(f"第 {book.version} 版规则{when}生效，已经发过的积分不变")
    return redirect(url_for("console.earning"), 303)


def _start() -> datetime | None:
    """The first moment of the day that was chosen; None for now."""
    chosen = request.form.get("starts", NOW)
    if chosen == NOW:
        return None
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise books.StartsTooEarly() from None
    return clock.day_bounds(day, brand().zoneinfo)[0]


def _moment(said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise books.StartsTooEarly() from None
    if at.tzinfo is None:
        raise books.StartsTooEarly()
    return at


def _form(form: BookForm, tried: simulation.Simulation | None = None) -> str:
    return render_template(
        "console/earning/edit.html",
        form=form,
        tried=tried,
        was_tried=request.form.get("act") == "try" and not form.error,
        kinds=KIND_WORDS,
        acts=ACTS,
        birthdays=BIRTHDAYS,
        weekdays=WEEKDAYS,
        tiers=points.ladder(),
        stores=[store for _, listed in stores.tree() for store in listed],
        tomorrow=(clock.business_day(clock.now(), brand().zoneinfo) + timedelta(1)).isoformat(),
        chosen=request.form,
        sentence=_sentences(),
        cost=_cost,
    )


def _cost(given: int) -> int:
    """What so many points are worth when they are spent, in fen."""
    worth = service.worth()
    return given * worth.step_fen // worth.step_points


def _sentences() -> Callable[[Rule], str]:
    names = Names(
        {store.id: store.name for _, listed in stores.tree() for store in listed},
        {tier.id: tier.name for tier in points.ladder()},
    )
    return partial(sentence, names=names)
