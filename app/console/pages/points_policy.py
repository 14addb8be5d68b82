"""积分怎么用: when points can be used, when they lapse, what they are worth; another policy is held
against what members have before it holds. And whether the ledger adds up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import form_reading
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.figures import count
from app.console.form_reading import Errors
from app.core import clock
from app.core.money import whole_yuan, yuan
from app.points import policies
from app.points import queries as points
from app.points.models import NEVER, RIPE
from app.points.policy import Period, Policy, policy
from app.points.queries.outstanding import Outstanding, lapsing, outstanding
from app.staff import queries as staff

PERIODS = {Period.MONTH: "月末", Period.QUARTER: "季末", Period.YEAR: "年末"}


@pages.get("/earning/policy")
@only(*HEADQUARTERS)
def earning_policy() -> ResponseReturnValue:
    """What is valid today, and all that ever was."""
    return _page(policy(), {}, None)


@pages.post("/earning/policy")
@only(*HEADQUARTERS)
def earning_policy_change() -> ResponseReturnValue:
    """Look at what another policy would mean, or let it hold."""
    errors = Errors()
    wanted = _read(errors)
    if errors:
        return _page(wanted, errors, None), 422
    if request.form.get("act") != "publish":
        return _page(wanted, {}, _trial(wanted))
    try:
        row = policies.publish(wanted, actor=actor().audit_name)
    except policies.SamePolicy as same:
        return _page(wanted, {"form": same.title}, None), same.status
    flash(f"第 {count(row.version)} 版从现在起生效，已经得到的积分不变")
    return redirect(url_for("console.earning_policy"), 303)


@pages.get("/earning/ledger")
@only(*HEADQUARTERS)
def earning_ledger() -> ResponseReturnValue:
    """Whether every balance is the sum of its movements, added up now."""
    issued, total = points.totals()
    wrong = points.mismatches()
    return render_template(
        "console/earning/ledger.html",
        issued=issued,
        is_whole=not (total or wrong),
        wrong=wrong,
        at=f"{clock.local(clock.now()):%H:%M}",
    )


def _read(errors: Errors) -> Policy:
    """The form as a policy; a field that is none keeps what holds now."""
    now, given = policy(), request.form
    fen = form_reading.fen(given.get("yuan", ""), "yuan", errors)
    if not fen:
        errors.setdefault("yuan", "填金额，比如 1 或 0.50")
    period = given.get("period", "")
    return replace(
        now,
        return_days=_whole("return_days", 0, 365, errors),
        lapse_months=_whole("lapse_months", 0, 120, errors),
        period=Period(period) if period in set(Period) else now.period,
        step_points=_whole("step_points", 1, 100_000, errors),
        step_fen=fen or now.step_fen,
        cap_basis_points=_whole("cap", 1, 100, errors) * 100,
    )


def _whole(name: str, least: int, most: int, errors: Errors) -> int:
    text = request.form.get(name, "").strip()
    if not text.isdecimal() or not least <= int(text) <= most:
        errors[name] = f"填 {count(least)} 到 {count(most)}"
        return least
    return int(text)


@dataclass(frozen=True)
class Trial:
    """What a purchase of today would get, and what all points are worth, before and after."""

    usable_from: tuple[str, str]
    lapses: tuple[str, str]
    worth_fen: tuple[int, int]


def _trial(wanted: Policy) -> Trial:
    now, held = policy(), outstanding()
    return Trial(
        usable_from=(_usable(now), _usable(wanted)),
        lapses=(_lapses(now), _lapses(wanted)),
        worth_fen=(_worth(now, held), _worth(wanted, held)),
    )


def _usable(one: Policy) -> str:
    at = clock.now()
    ripe = one.ripens_at(at, at)
    return "当场" if ripe == RIPE else f"{_day(ripe).isoformat()} 零点"


def _lapses(one: Policy) -> str:
    at = one.lapses_at(clock.now())
    return "不作废" if at == NEVER else f"{_day(at).isoformat()} 零点"


def _day(at: datetime) -> date:
    return clock.business_day(at, brand().zoneinfo)


def _worth(one: Policy, held: Outstanding) -> int:
    return held.points * one.step_fen // one.step_points


def sentence(one: Policy) -> str:
    """A policy for people."""
    usable = f"付款 {one.return_days} 天后可用" if one.return_days else "付款当场可用"
    period = PERIODS[one.period]
    lapses = f"满 {one.lapse_months} 个月，到{period}作废" if one.lapse_months else "不作废"
    worth = f"{count(one.step_points)} 分抵 {whole_yuan(one.step_fen)}"
    cap = one.cap_basis_points // 100
    return f"{usable}；{lapses}；{worth}，最多抵商品的 {cap}%"


def _page(shown: Policy, errors: Errors, trial: Trial | None) -> str:
    held, now = outstanding(), policy()
    return render_template(
        "console/earning/policy.html",
        now_is=sentence(now),
        form=_typed(shown) if not errors else _typed(shown) | request.form.to_dict(),
        errors=errors,
        trial=trial,
        wanted_is=sentence(shown),
        is_same=shown == now,
        held=held,
        worth_fen=_worth(now, held),
        lapsing=lapsing(),
        history=[(row, sentence(kept)) for row, kept in policies.history()],
        staff=_staff_words(),
        periods=PERIODS,
        yuan=yuan,
    )


def _typed(one: Policy) -> dict[str, str]:
    return {
        "return_days": str(one.return_days),
        "lapse_months": str(one.lapse_months),
        "period": one.period,
        "step_points": str(one.step_points),
        "yuan": f"{one.step_fen / 100:.2f}".removesuffix(".00"),
        "cap": str(one.cap_basis_points // 100),
    }


def _staff_words() -> dict[str, str]:
    return {f"staff:{number}": name for number, name in staff.names().items()}
