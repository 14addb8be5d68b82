"""这单归谁: her service first, then each order of which a part is hers, and why."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.complaints.words import RATE, per_hundred
from app.core import asked
from app.core.figures import share
from app.credit.words import WHY, money_rate, percent, sentence, version, waited
from app.guides import own_month
from app.guides.routes.door import bp, brand, guide

WHENS = tuple(own_month.WHENS)


@bp.get("/credit")
def credit() -> ResponseReturnValue:
    """Today, this month or the last; nobody else's figures."""
    when = asked.one_of("when", WHENS) or WHENS[0]
    return render_template(
        "guide/credit.html",
        shown=own_month.own(guide().staff_id, when),
        when=when,
        whens=own_month.WHENS,
        why=WHY,
        money_rate=money_rate,
        percent=percent,
        share=share,
        waited=waited,
        per_hundred=per_hundred,
        complaint_rate=RATE,
        sentence=sentence,
        version=version,
        zone=brand().zoneinfo,
    )
