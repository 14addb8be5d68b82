"""加门店, 改门店: a name, the till's number, a place in the tree, its own telephone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.core import audit
from app.stores import queries, service
from app.stores.models import Store

LONGEST = {"name": 64, "code": 32, "new_region": 64, "line": 20}
TELEPHONE = re.compile(r"[+\d][\d -]{4,18}\d")
NEW_REGION = "new"


@dataclass
class StoreForm:
    """What she filled in, as it was, with what is wrong by field."""

    name: str
    code: str
    region: str
    new_region: str
    line: str
    errors: dict[str, str]

    @classmethod
    def sent(cls) -> StoreForm:
        """From the request."""
        given = {name: request.form.get(name, "").strip() for name in (*LONGEST, "region")}
        return cls(**given, errors={})

    @classmethod
    def of(cls, store: Store) -> StoreForm:
        """A store as it is."""
        return cls(store.name, store.code, str(store.region_id or ""), "", store.line or "", {})

    def check(self, *, has_code: bool) -> bool:
        """Whether it can be stored; fills in the errors."""
        if not self.name:
            self.errors["name"] = "填门店名，比如静安寺店"
        if has_code and not self.code:
            self.errors["code"] = "填收银系统里的编号，订单靠它找到门店"
        if self.region == NEW_REGION and not self.new_region:
            self.errors["new_region"] = "填新大区的名字"
        if self.region not in {"", NEW_REGION, *(str(each.id) for each in queries.regions())}:
            self.errors["region"] = "没有这个大区，重新选"
        if self.line and not TELEPHONE.fullmatch(self.line):
            self.errors["line"] = "填座机或手机号，比如 021-5555 0101"
        for field, most in LONGEST.items():
            if len(getattr(self, field)) > most:
                self.errors[field] = f"最多 {most} 个字"
        return not self.errors

    def region_id(self) -> int | None:
        """The region chosen, made if it is new."""
        if self.region == NEW_REGION:
            return service.add_region(self.new_region).id
        return int(self.region) if self.region else None


@pages.get("/stores/new")
@only(*HEADQUARTERS)
def store_new() -> ResponseReturnValue:
    """An empty form."""
    return _show(StoreForm("", "", "", "", "", {}), None)


@pages.post("/stores/new")
@only(*HEADQUARTERS)
def store_add() -> ResponseReturnValue:
    """A new store; its codes come next."""
    form = StoreForm.sent()
    if not form.check(has_code=True):
        return _show(form, None), 422
    try:
        store = service.add_store(code=form.code, name=form.name)
    except service.CodeTaken as taken:
        form.errors["code"] = taken.title
        return _show(form, None), taken.status
    _change(store.id, form)
    _note("store.added", store.id)
    flash(f"加好 {store.name}。做一张柜台码，立在店里就能扫")
    return redirect(url_for("console.store", store_id=store.id))


@pages.get("/stores/<int:store_id>/edit")
@only(*HEADQUARTERS)
def store_edit(store_id: int) -> ResponseReturnValue:
    """The store as it is, to be changed."""
    store = service.get(store_id)
    return _show(StoreForm.of(store), store)


@pages.post("/stores/<int:store_id>/edit")
@only(*HEADQUARTERS)
def store_change(store_id: int) -> ResponseReturnValue:
    """Another name, region or telephone."""
    store, form = service.get(store_id), StoreForm.sent()
    if not form.check(has_code=False):
        return _show(form, store), 422
    _change(store_id, form)
    _note("store.changed", store_id)
    flash(f"改好了，现在叫 {form.name}")
    return redirect(url_for("console.store", store_id=store_id))


def _change(store_id: int, form: StoreForm) -> None:
    service.change(store_id, name=form.name, region_id=form.region_id(), line=form.line)


def _note(act: str, store_id: int) -> None:
    audit.record(act, actor=actor().audit_name, subject=f"store:{store_id}")


def _show(form: StoreForm, store: Store | None) -> str:
    return render_template(
        "console/stores/form.html",
        form=form,
        errors=form.errors,
        store=store,
        regions=queries.regions(),
        longest=LONGEST,
    )
