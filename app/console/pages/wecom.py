"""企业微信: whether it is connected and heard, what came by guides' 联系我, and the welcome."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import wecom_view
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.core.errors import BadInput
from app.core.settings import Settings
from app.journeys import greeting
from app.stores import queries as stores
from app.tasks import filling

GUIDE, STORE = "小陈", "旗舰店"


@pages.get("/wecom")
@only(*HEADQUARTERS)
def wecom() -> ResponseReturnValue:
    """How it stands."""
    return _page(greeting.wording(brand().id))


@pages.post("/wecom/welcome")
@only(*HEADQUARTERS)
def wecom_welcome() -> ResponseReturnValue:
    """Look at another welcome, or let it be sent from the next customer on."""
    act, words = request.form.get("act"), request.form.get("words", "").strip()[: filling.LONGEST]
    words = greeting.DEFAULT if act == "default" else words
    if act in ("look", "default"):
        return _page(words)
    try:
        greeting.write(words, actor=actor().audit_name)
    except BadInput as wrong:
        return _page(words, str(wrong)), wrong.status
    flash("存好了，下一位加好友的人起用它" if words else "不再发欢迎语了")
    return redirect(url_for("console.wecom"), 303)


def _page(words: str, error: str = "") -> str:
    shop = next((found[0].name for _, found in stores.tree() if found), STORE)
    known = {"品牌": brand().name, "店名": shop, "导购": GUIDE}
    settings: Settings = current_app.config["HUIKE"]
    return render_template(
        "console/wecom/page.html",
        wecom=wecom_view.of_brand(brand().id),
        callback=settings.callback_url,
        words=words,
        written=greeting.wording(brand().id),
        preview=filling.fill(words, known),
        variables=greeting.VARIABLES,
        errors={"words": error} if error else {},
        longest=filling.LONGEST,
    )
