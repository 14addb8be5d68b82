"""门店与二维码: the tree, one store's codes, a new code, the sheet to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import codes
from app.console.access import HEADQUARTERS, actor, everybody, pages
from app.console.codes import RetiredCode
from app.console.figures import count
from app.console.pages.sheets import NO_REGION, NO_REGION_ID
from app.core import clock, db
from app.core.errors import NotFound
from app.core.web import steps
from app.journeys import welcome
from app.members import promoters
from app.staff.models import Staff
from app.stores import making, queries
from app.stores import service as shops
from app.stores.models import CodeKind, QrCode, Region, Store
from app.visits import figures
from app.wechat.errors import NoAnswer, WeChatError

MAX_PLACE = 20


@dataclass(frozen=True)
class Leaf:
    """A store in the tree."""

    id: int
    name: str
    codes: int


@dataclass(frozen=True)
class Branch:
    """A region in the tree, open when the store shown is in it."""

    id: int
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
    retired: Sequence[RetiredCode]


@pages.get("/stores")
@everybody
def stores() -> ResponseReturnValue:
    """The tree alone; whoever has one store goes straight to it."""
    scope = actor().store_ids
    if scope is not None and len(scope) == 1:
        return redirect(url_for("console.store", store_id=next(iter(scope))))
    tree = _tree(None)
    every = [leaf for branch in tree for leaf in branch.stores]
    return render_template(
        "console/stores/page.html",
        tree=tree,
        store=None,
        first_store=every[0] if every else None,
        may_edit=_may_edit(),
        about=f"{count(len(every))} 家门店 · 永久码 {count(_permanent())} / 100,000",
        codes_left=_few_codes_left(),
    )


@pages.get("/stores/<int:store_id>")
@everybody
def store(store_id: int) -> ResponseReturnValue:
    """One store and its codes."""
    return _show_store(store_id)


@pages.post("/stores/<int:store_id>/codes")
@steps
@everybody
def code_make(store_id: int) -> ResponseReturnValue:
    """Keep a new code, then ask WeChat for its address."""
    with db.transaction(actor().brand_id):
        place, guide = request.form.get("place", "").strip(), request.form.get("guide", "")
        wrong = _wrong_place(place)
        if wrong:
            return _show_store(store_id, errors={"place": wrong}), 422
        guide_id = _guide_of(store_id, guide)
        asked = making.keep(actor().brand_id, making.Wish(store_id, _kind(guide), place, guide_id))
    return _fetch_address(store_id, asked)


@pages.post("/stores/<int:store_id>/codes/<int:code_id>/address")
@steps
@everybody
def code_address(store_id: int, code_id: int) -> ResponseReturnValue:
    """Ask again for the address of a code that WeChat did not answer for."""
    with db.transaction(actor().brand_id):
        _seen_store(store_id)
        asked = making.asked(_code_of(store_id, code_id))
    return _fetch_address(store_id, asked)


@pages.get("/stores/<int:store_id>/codes/<int:code_id>/retire")
@everybody
def code_retiring(store_id: int, code_id: int) -> ResponseReturnValue:
    """What still points to it, before it goes."""
    store, code = _seen_store(store_id), _code_of(store_id, code_id)
    counted = figures.of_codes([code_id], clock.now()).get(code_id, figures.NONE_YET)
    return render_template(
        "console/stores/retiring.html",
        store=store,
        code=codes.shown(code, codes.guide_names(), counted, clock.now()),
        brought=promoters.brought_by(code_id),
        promises=welcome.waiting_for(code_id),
    )


@pages.post("/stores/<int:store_id>/codes/<int:code_id>/retire")
@everybody
def code_retire(store_id: int, code_id: int) -> ResponseReturnValue:
    """Out of use; `restore` beside it is the way back."""
    _seen_store(store_id)
    code = _code_of(store_id, code_id)
    is_back = "restore" in request.form
    (shops.restore_code if is_back else shops.retire_code)(code.id)
    flash("这张码又在用了" if is_back else "停用了 1 张码，扫它还是算到店")
    return redirect(url_for("console.store", store_id=store_id))


def _code_of(store_id: int, code_id: int) -> QrCode:
    code = queries.code(code_id)
    if code is None or code.store_id != store_id:
        raise NotFound
    return code


def _fetch_address(store_id: int, asked: making.Asked) -> ResponseReturnValue:
    back = redirect(url_for("console.store", store_id=store_id))
    try:
        making.fetch(actor().brand_id, asked)
    except (WeChatError, NoAnswer):
        flash("码已留好，微信没有给出图案。再点「要图案」试一次")
        return back
    flash("做好 1 张码，可以打印了")
    return back


def _show_store(store_id: int, errors: dict[str, str] | None = None) -> str:
    shown = _store_page(store_id)
    return render_template(
        "console/stores/page.html",
        tree=_tree(store_id),
        store=shown,
        may_edit=_may_edit(),
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
        retired=codes.retired_of_store(store_id),
    )


def _seen_store(store_id: int) -> Store:
    """The store, if it is within her scope; else it does not exist for her."""
    found = db.get(Store, store_id)
    if found is None or not actor().may_see_store(store_id):
        raise NotFound
    return found


def _guide_of(store_id: int, asked: str) -> int | None:
    _seen_store(store_id)
    if asked in ("", CodeKind.POSTER):
        return None
    if asked not in {str(guide.id) for guide in codes.guides_of(store_id)}:
        raise NotFound("这位导购不在这家店")
    return int(asked)


def _kind(asked: str) -> CodeKind:
    if asked == CodeKind.POSTER:
        return CodeKind.POSTER
    return CodeKind.GUIDE if asked else CodeKind.STORE


def _wrong_place(place: str) -> str | None:
    if not place:
        return "填放在哪里，比如收银台"
    return f"最多 {MAX_PLACE} 个字" if len(place) > MAX_PLACE else None


def _may_edit() -> bool:
    return actor().role in HEADQUARTERS


def _few_codes_left() -> str | None:
    """Said from 90,000 on; None before."""
    left = making.MOST_PERMANENT - _permanent()
    if left > making.MOST_PERMANENT - making.NEARLY_ALL:
        return None
    return f"永久码只剩 {count(left)} 张" if left > 0 else "永久码用完了，只能做海报码"


def _permanent() -> int:
    """Used of the hundred thousand, by the account that has used the most."""
    return max(queries.permanent_codes().values(), default=0)


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
            number, name = (region.id, region.name) if region else (NO_REGION_ID, NO_REGION)
            branches.append(Branch(number, name, leaves, is_open))
    return branches
