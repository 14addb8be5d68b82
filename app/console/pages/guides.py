"""导购排行: chances first, then what became of them; the month under another rule beside it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.complaints.words import RATE, per_hundred
from app.console import guides_view
from app.console.access import HEADQUARTERS, actor, everybody, pages
from app.core import asked
from app.core.figures import share
from app.credit import words
from app.credit.queries import period, ruling
from app.credit.queries.chances import ENOUGH
from app.credit.queries.ruling import Version

MONTHS = 12


@pages.get("/guides")
@everybody
def guides() -> ResponseReturnValue:
    """Her stores' month: this one, or one of the last twelve. Raises NoRule."""
    months = _months()
    month = asked.one_of("month", months) or months[0]
    return render_template(
        "console/guides/page.html",
        shown=guides_view.ranking(month, actor().store_ids, _tried()),
        may_change=actor().role in HEADQUARTERS,
        months=months,
        sentence=words.sentence,
        version=words.version,
        share=share,
        money_rate=words.money_rate,
        waited=words.waited,
        per_hundred=per_hundred,
        complaint_rate=RATE,
        enough=ENOUGH,
    )


def _tried() -> Version | None:
    number = asked.number("rule")
    return None if number is None else ruling.by_number(number)


def _months() -> list[str]:
    months = [period.this_month()]
    while len(months) < MONTHS:
        months.append(period.month_before(months[-1]))
    return months
