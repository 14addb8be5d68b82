"""检测项目: what guides measure on members, such as a skin test."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, only, pages
from app.core.errors import BadInput, Conflict
from app.members.models import MeasureForm
from app.members.service import measures
from app.members.service.measures import Definition

FORM_WORDS = {MeasureForm.NUMBER: "数字", MeasureForm.CHOICE: "单选"}
TEXTS = ("name", "form", "unit", "low", "high", "normal_low", "normal_high")


@pages.get("/measures")
@only(*HEADQUARTERS)
def measure_kinds() -> ResponseReturnValue:
    """The tests in use, and the form for another."""
    return _page()


@pages.post("/measures")
@only(*HEADQUARTERS)
def measure_define() -> ResponseReturnValue:
    """A new test; what is wrong stands at its place, and what was typed stays."""
    given = request.form
    texts = {name: given.get(name, "").strip() for name in TEXTS}
    try:
        kind = measures.define_kind(
            Definition(**texts, options=given.get("options", "").splitlines())
        )
    except BadInput as error:
        return _page({name: why[0] for name, why in error.extra["fields"].items()}), 422
    except Conflict as error:
        return _page({"name": error.title}), 409
    flash(f"加上了检测「{kind.name}」，导购在会员页里记")
    return redirect(url_for("console.measure_kinds"), 303)


@pages.post("/measures/retire")
@only(*HEADQUARTERS)
def measure_retire() -> ResponseReturnValue:
    """Out of use, or into use again; what was measured stays."""
    is_back = request.form.get("act") == "reuse"
    measures.retire_kind(request.form.get("kind_id", 0, type=int), is_back=is_back)
    flash("重新用起来了" if is_back else "停用了 1 项，记过的结果都在")
    return redirect(url_for("console.measure_kinds"), 303)


def _page(wrong: dict[str, str] | None = None) -> str:
    return render_template(
        "console/members/measures.html",
        kinds=measures.kinds(),
        retired=measures.retired_kinds(),
        form_words=FORM_WORDS,
        plain=measures.plain,
        wrong=wrong or {},
        given=request.form,
        most=measures.MOST_KINDS,
    )
