"""归属规则: whose customer a member is by herself; tried on everybody first, then published."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.form_reading import seal
from app.console.owner_form import OwnerForm
from app.members import queries as members
from app.members import service as people
from app.owners import service as owners
from app.owners import words
from app.owners.form import dump
from app.owners.queries import ruling, trying
from app.owners.queries.deciding import Decided
from app.owners.queries.trying import Trial
from app.owners.rules import SUGGESTED, Rule, Step, Way
from app.staff import queries as staff
from app.stores import queries as stores

TRIED = -1  # the number of a rule that is none yet


@dataclass(frozen=True)
class Example:
    """Somebody who would change hands, as the console calls her."""

    member_id: int
    name: str
    number: str
    decided: Decided


@pages.get("/owners/rule")
@only(*HEADQUARTERS)
def owners_rule() -> ResponseReturnValue:
    """The rule in force, to be changed into another; a first one is suggested."""
    return _page(OwnerForm.of(ruling.in_force().steps or SUGGESTED))


@pages.post("/owners/rule")
@only(*HEADQUARTERS)
def owners_rule_change() -> ResponseReturnValue:
    """Everybody under it, or the rule itself, or it for everybody."""
    form, act = OwnerForm.sent(request.form), request.form.get("act", "")
    steps = form.rule()
    if steps is None:
        return _page(form), 422
    if act == "publish" and request.form.get("tried") == seal(dump(steps)):
        return _publish(steps)
    return _page(form, steps)


@pages.post("/owners/rule/apply")
@only(*HEADQUARTERS)
def owners_rule_apply() -> ResponseReturnValue:
    """The rule in force, for everybody now."""
    move = owners.apply(by=actor())
    return redirect(url_for("console.owners_move", move_id=move.id), 303)


def _publish(steps: tuple[Step, ...]) -> ResponseReturnValue:
    made = owners.publish(steps, by=actor())
    if made.steps and request.form.get("whom") == "everybody":
        return owners_rule_apply()
    flash(f"第 {made.version} 版归属规则生效了，入会和接待以后按它归；现在的归属没有动")
    return redirect(url_for("console.owners_rule"), 303)


def _page(form: OwnerForm, steps: tuple[Step, ...] | None = None) -> str:
    held = ruling.in_force()
    tried = None if steps is None else trying.trial(Rule(TRIED, steps))
    return render_template(
        "console/owners/rule.html",
        form=form,
        held=held,
        steps=steps,
        tried=tried,
        is_held=steps == held.steps,
        seal="" if steps is None else seal(dump(steps)),
        examples=_examples(tried) if tried else [],
        history=ruling.history(),
        ways={way: words.WAYS[way] for way in Way},
        names=staff.names(),
        stores={store.id: store.name for _, found in stores.tree() for store in found},
        words=words,
    )


def _examples(tried: Trial) -> list[Example]:
    known = members.by_ids([each.member_id for each in tried.examples])
    return [
        Example(each.member_id, people.shown_name(her), her.number, each)
        for each in tried.examples
        if (her := known.get(each.member_id)) is not None
    ]
