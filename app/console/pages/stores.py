"""门店与二维码: the tree, one store's codes, a new code, the sheet to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.brands.models import AccountKind
from app.console import codes
from app.console.access import actor, pages
from app.console.figures import count
from app.core import db
from app.core.errors import NotFound
from app.core.web import steps
from app.staff.models import Staff
from app.stores import queries
from app.stores import service as store_service
from app.stores.models import CodeKind, Region, Store
from app.wechat import gateway
from app.wechat.errors import NoAnswer, WeChatError

MAX_PLACE = 20
NO_REGION = "未分大区"


@dataclass(frozen=True)
class Leaf:
    """A store in the tree."""

    id: int
    name: str
    codes: int


@dataclass(frozen=True)
class Branch:
    """A region in the tree, open when the store shown is in it."""

    name: str
    stores: Sequence[Leaf]
    is_open: bool


@dataclass(frozen=True)
class StorePage:
    """One store: its codes and the people who work in it."""

    id: int
    name: str
    region: str
    codes: Sequence[codes.ShownCode]
    guides: Sequence[Staff]


@pages.get("/stores")
def stores() -> ResponseReturnValue:
    """The tree alone; whoever has one store goes straight to it."""
    scope = actor().store_ids
    if scope is not None and len(scope) == 1:
        return redirect(url_for("console.store", store_id=next(iter(scope))))
    tree = _tree(None)
    every = [leaf for branch in tree for leaf in branch.stores]
    total = sum(leaf.codes for leaf in every)
    return render_template(
        "console/stores/page.html",
        tree=tree,
        store=None,
        first_store=every[0] if every else None,
        about=f"{count(len(every))} 家门店 · 永久码 {count(total)} / 100,000",
    )


@pages.get("/stores/<int:store_id>")
def store(store_id: int) -> ResponseReturnValue:
    """One store and its codes."""
    return _show_store(store_id)


@pages.get("/stores/<int:store_id>/sheet")
def code_sheet(store_id: int) -> ResponseReturnValue:
    """The A4 sheet: six codes a page."""
    shown = _store_page(store_id)
    ready = [code for code in shown.codes if code.picture]
    return render_template("console/stores/sheet.html", store=shown, codes=ready)


@pages.post("/stores/<int:store_id>/codes")
@steps
def code_make(store_id: int) -> ResponseReturnValue:
    """Keep a new code, then ask WeChat for its address."""
    with db.transaction(actor().brand_id):
        place, guide = request.form.get("place", "").strip(), request.form.get("guide", "")
        wrong = _wrong_place(place)
        if wrong:
            return _show_store(store_id, errors={"place": wrong}), 422
        guide_id = _guide_of(store_id, guide)
        kind = CodeKind.GUIDE if guide_id else CodeKind.STORE
        code = store_service.add_code(
            account_id=brands.account(actor().brand_id, AccountKind.SERVICE).id,
            store_id=store_id,
            kind=kind,
            place=place,
            staff_id=guide_id,
        )
        asked = _Asked(code.id, code.account_id, code.scene)
    return _fetch_address(store_id, asked)


@pages.post("/stores/<int:store_id>/codes/<int:code_id>/address")
@steps
def code_address(store_id: int, code_id: int) -> ResponseReturnValue:
    """Ask again for the address of a code that WeChat did not answer for."""
    with db.transaction(actor().brand_id):
        _seen_store(store_id)
        code = queries.code(code_id)
        if code is None or code.store_id != store_id:
            raise NotFound
        asked = _Asked(code.id, code.account_id, code.scene)
    return _fetch_address(store_id, asked)


@dataclass(frozen=True)
class _Asked:
    code_id: int
    account_id: int
    scene: str


def _fetch_address(store_id: int, asked: _Asked) -> ResponseReturnValue:
    back = redirect(url_for("console.store", store_id=store_id))
    try:
        ticket, url = gateway.create_qr_code(asked.account_id, asked.scene, permanent=True)
    except (WeChatError, NoAnswer):
        flash("码已留好，微信没有给出图案。再点「要图案」试一次")
        return back
    with db.transaction(actor().brand_id):
        store_service.set_ticket(asked.code_id, ticket=ticket, url=url)
    flash("做好 1 张码，可以打印了")
    return back


def _show_store(store_id: int, errors: dict[str, str] | None = None) -> str:
    shown = _store_page(store_id)
    return render_template(
        "console/stores/page.html",
        tree=_tree(store_id),
        store=shown,
        about=f"{count(len(shown.codes))} 张码 · {count(len(shown.guides))} 位导购",
        errors=errors or {},
        form=request.form,
    )


def _store_page(store_id: int) -> StorePage:
    found = _seen_store(store_id)
    region = db.get(Region, found.region_id) if found.region_id else None
    guides = codes.guides_of(store_id)
    return StorePage(
        id=found.id,
        name=found.name,
        region=region.name if region else NO_REGION,
        codes=codes.of_store(store_id, {guide.id: guide.name for guide in guides}),
        guides=guides,
    )


def _seen_store(store_id: int) -> Store:
    """The store, if it is within her scope; else it does not exist for her."""
    found = db.get(Store, store_id)
    if found is None or not actor().may_see_store(store_id):
        raise NotFound
    return found


def _guide_of(store_id: int, asked: str) -> int | None:
    _seen_store(store_id)
    if not asked:
        return None
    if asked not in {str(guide.id) for guide in codes.guides_of(store_id)}:
        raise NotFound("这位导购不在这家店")
    return int(asked)


def _wrong_place(place: str) -> str | None:
    if not place:
        return "填放在哪里，比如收银台"
    return f"最多 {MAX_PLACE} 个字" if len(place) > MAX_PLACE else None


def _tree(open_store_id: int | None) -> list[Branch]:
    counts = codes.counts_by_store()
    branches = []
    for region, found in queries.tree():
        leaves = [
            Leaf(each.id, each.name, counts.get(each.id, 0))
            for each in found
            if actor().may_see_store(each.id)
        ]
        is_open = any(leaf.id == open_store_id for leaf in leaves)
        if leaves:
            branches.append(Branch(region.name if region else NO_REGION, leaves, is_open))
    return branches
