"""审计: who did what on whom, newest first, and whether the chain is whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from apiflask import Schema
from apiflask.fields import Date, Integer, String
from apiflask.validators import Range, Regexp
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import EXCLUDE, post_load

from app.console import audit_words as words
from app.console.access import actor, only, pages
from app.core import audit
from app.core.audit import Wanted
from app.pos import service as machines
from app.staff import queries as staff
from app.staff.models import Role

SIZE = 50
LARGEST = 2**63 - 1
NAME = Regexp(r"^[a-z_]{1,24}(:[!-~]{1,39})?$", error="写成 member:12 这样")


class AuditFilterSchema(Schema):
    """What the address may ask; a field left empty asks nothing."""

    actor = String(load_default=None, validate=NAME)
    act = String(load_default=None, validate=Regexp(r"^[a-z_]{1,32}\.[a-z_]{1,31}$"))
    subject = String(load_default=None, validate=NAME)
    day = Date(load_default=None)
    before = Integer(load_default=None, validate=Range(min=1, max=LARGEST))

    class Meta:
        unknown = EXCLUDE

    @post_load
    def wanted(self, data: dict[str, Any], **_: Any) -> tuple[Wanted, int | None]:
        """As the chain's reader takes it."""
        before = data.pop("before")
        return Wanted(**data), before


@pages.get("/audit")
@only(Role.ADMIN)
def audit_rows() -> ResponseReturnValue:
    """One page of it. Reading the audit is an act itself."""
    asked = {name: value for name, value in request.args.items() if value}
    wanted, before = AuditFilterSchema().load(asked)
    found = audit.page(wanted, before=before, size=SIZE)
    filters = {name: str(value) for name, value in asdict(wanted).items() if value}
    asked_for = {"asked": urlencode(filters)} if filters else {}
    audit.record("audit.read", actor=actor().audit_name, subject="audit", **asked_for)
    return render_template(
        "console/audit/page.html",
        rows=found.items,
        next=found.next,
        filters=filters,
        before=before,
        check=audit.last_check(),
        people=_people(),
        words=words,
    )


@pages.post("/audit/check")
@only(Role.ADMIN)
def audit_check() -> ResponseReturnValue:
    """Walk the whole chain now."""
    audit.ask_check()
    flash("正在逐条核对，几秒后刷新看结果")
    return redirect(url_for("console.audit_rows"))


def _people() -> dict[str, str]:
    """Staff and machines as the audit names them."""
    people = {f"staff:{staff_id}": name for staff_id, name in staff.names().items()}
    return people | {f"api_key:{key.id}": key.name for key in machines.all_keys()}
