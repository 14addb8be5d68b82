"""自定义字段: the brand's own fields of its members, typed once and for all."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, only, pages
from app.core.errors import BadInput, Conflict
from app.members.models import FieldKind
from app.members.service import fields

KIND_WORDS = {
    FieldKind.TEXT: "文字",
    FieldKind.NUMBER: "数字",
    FieldKind.DATE: "日期",
    FieldKind.CHOICE: "单选",
    FieldKind.CHOICES: "多选",
}


@pages.get("/custom-fields")
@only(*HEADQUARTERS)
def custom_fields() -> ResponseReturnValue:
    """The fields in use, and the form for another."""
    return _page()


@pages.post("/custom-fields")
@only(*HEADQUARTERS)
def custom_field_define() -> ResponseReturnValue:
    """A new field; what is wrong stands at its place, and what was typed stays."""
    given = request.form
    try:
        field = fields.define_field(
            given.get("name", ""), given.get("kind", ""), given.get("options", "").splitlines()
        )
    except BadInput as error:
        wrong = {name: why[0] for name, why in error.extra["fields"].items()}
        return _page(wrong), 422
    except Conflict as error:
        return _page({"name": error.title}), 409
    flash(f"加上了字段「{field.name}」，在会员页里填")
    return redirect(url_for("console.custom_fields"), 303)


@pages.post("/custom-fields/retire")
@only(*HEADQUARTERS)
def custom_field_retire() -> ResponseReturnValue:
    """Out of use, or into use again; what is filled in stays."""
    field_id = request.form.get("field_id", default=0, type=int)
    if request.form.get("act") == "reuse":
        fields.reuse_field(field_id)
        flash("重新用起来了")
    else:
        flash(f"停用了「{fields.retire_field(field_id).name}」，填过的内容都在")
    return redirect(url_for("console.custom_fields"), 303)


def _page(wrong: dict[str, str] | None = None) -> str:
    return render_template(
        "console/members/fields.html",
        fields=fields.fields(),
        retired=fields.retired(),
        kind_words=KIND_WORDS,
        wrong=wrong or {},
        given=request.form,
        most=fields.MOST_FIELDS,
    )
