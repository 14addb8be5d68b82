"""Sheets of codes to print: one store's, or all stores' of a region at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import codes
from app.console.access import actor, everybody, pages
from app.core import clock, db
from app.core.errors import NotFound
from app.core.web import steps
from app.stores import making, queries
from app.stores.models import QrCode, Store
from app.stores.pictures import picture
from app.wechat.errors import NoAnswer, WeChatError

AT_ONCE = 10  # codes made in one request, so that the page can say how far it is
QUOTA_USED = 45029
NO_REGION_ID, NO_REGION = 0, "未分大区"


@dataclass(frozen=True)
class Printed:
    """A code as it stands on the sheet."""

    store_name: str
    name: str
    scene: str
    picture: Markup


@dataclass(frozen=True)
class Progress:
    """How many stores of a region have a counter code to print."""

    region_id: int
    total: int
    done: int
    trouble: str | None = None

    @property
    def left(self) -> int:
        return self.total - self.done

    @property
    def width(self) -> str:
        """Of a progress bar."""
        return f"{self.done / self.total:.1%}" if self.total else "100%"


@pages.get("/stores/<int:store_id>/sheet")
@everybody
def code_sheet(store_id: int) -> ResponseReturnValue:
    """One store's codes, six a page."""
    found = db.get(Store, store_id)
    if found is None or not actor().may_see_store(store_id):
        raise NotFound
    back = url_for("console.store", store_id=store_id)
    return _sheet(found.name, back, "回到门店", {store_id: found.name})


@pages.get("/regions/<int:region_id>/sheet")
@everybody
def region_sheet(region_id: int) -> ResponseReturnValue:
    """All codes of a region's stores, store by store."""
    name, found = _region(region_id)
    back = url_for("console.region_codes", region_id=region_id)
    return _sheet(name, back, "回到大区", {store.id: store.name for store in found})


@pages.get("/regions/<int:region_id>")
@everybody
def region_codes(region_id: int) -> ResponseReturnValue:
    """How many of its stores have a code to print; what is missing is made from here."""
    name, found = _region(region_id)
    progress = _progress(region_id, found)
    return render_template("console/stores/region.html", name=name, progress=progress)


@pages.post("/regions/<int:region_id>/codes")
@steps
@everybody
def region_codes_make(region_id: int) -> ResponseReturnValue:
    """Make the next few; the page asks again until all are there."""
    brand_id = actor().brand_id
    with db.transaction(brand_id):
        _, found = _region(region_id)
        ids = [store.id for store in found]
        wanted = making.counters_without_picture(brand_id, ids, AT_ONCE)
    trouble = _fetch_all(brand_id, wanted)
    with db.transaction(brand_id):
        progress = _progress(region_id, found, trouble)
    return _after(progress)


def _fetch_all(brand_id: int, wanted: Sequence[making.Asked]) -> str | None:
    """Why it stopped, if it did; what was made until then stays."""
    try:
        for each in wanted:
            making.fetch(brand_id, each)
    except WeChatError as error:
        if error.errcode == QUOTA_USED:
            return "这个服务号的 100,000 张永久码用完了"
        return f"微信没有给出图案（{error.errcode}）"
    except NoAnswer:
        return "微信没有答复"
    return None


def _after(progress: Progress) -> ResponseReturnValue:
    if "HX-Request" not in request.headers:
        return redirect(url_for("console.region_codes", region_id=progress.region_id))
    if progress.left == 0:
        sheet = url_for("console.region_sheet", region_id=progress.region_id)
        return Response(headers={"HX-Redirect": sheet})
    return render_template("console/stores/progress.html", progress=progress, goes_on=True)


def _region(region_id: int) -> tuple[str, list[Store]]:
    """The region's name and those of its stores that she may see; none of them: not found."""
    for region, found in queries.tree():
        if (region.id if region else NO_REGION_ID) == region_id:
            seen = [store for store in found if actor().may_see_store(store.id)]
            if seen:
                return region.name if region else NO_REGION, seen
    raise NotFound


def _progress(region_id: int, found: Sequence[Store], trouble: str | None = None) -> Progress:
    lacking = making.stores_without_picture([store.id for store in found])
    return Progress(region_id, len(found), len(found) - len(lacking), trouble)


def _sheet(name: str, back: str, back_word: str, store_names: Mapping[int, str]) -> str:
    at, guides = clock.now(), codes.guide_names()
    printed = [
        _printed(code, store_names[code.store_id], guides)
        for code in queries.codes_of_stores(store_names)
        if code.is_printable(at)
    ]
    return render_template(
        "console/stores/sheet.html", name=name, back=back, back_word=back_word, codes=printed
    )


def _printed(code: QrCode, store_name: str, guides: Mapping[int, str]) -> Printed:
    guide = guides.get(code.staff_id) if code.staff_id else None
    name = f"{code.place} · {guide}" if guide else code.place
    return Printed(store_name, name, code.scene, picture(code.url or ""))
