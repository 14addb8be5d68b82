"""隐私设置: what leaving the account means, the days to change one's mind, the texts people are
asked with. Each choice stands beside what the law says about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.console.access import actor, only, pages
from app.core import db
from app.core.errors import AppError
from app.members.models import Purpose
from app.members.service import consents, promises
from app.members.service.promises import LONGEST_COOLING_OFF_DAYS, Leaving, Promises
from app.staff.models import Role

PURPOSES = {
    Purpose.MEMBERSHIP: "会员协议",
    Purpose.PHONE: "手机号",
    Purpose.MARKETING: "营销消息",
    Purpose.PROFILING: "按购买记录推荐",
}


@dataclass(frozen=True)
class Choice:
    """One meaning of leaving, with the law's word on it."""

    value: Leaving
    word: str
    law: str


CHOICES = (
    Choice(
        Leaving.KEEP,
        "什么也不改：还是会员，重新关注后照常推送",
        "最不稳妥。微信要求取消关注后删除用户信息；只有会员服务本身能以合同为依据（个保法第十三条）。",
    ),
    Choice(
        Leaving.NO_MARKETING,
        "当作撤回微信营销：会员权益不变，重新关注也要她自己再打开",
        "默认。撤回同意要和给出一样方便（个保法第十五条）；会员服务以合同为依据继续。",
    ),
    Choice(
        Leaving.ERASE,
        "开始注销：过了反悔期，删掉她的全部资料；期内重新关注就撤回",
        "照微信的字面要求（取消关注事件的官方说明）。积分和没用的券会作废，先在协议里写明。",
    ),
)


@pages.get("/privacy")
@only(Role.ADMIN)
def privacy() -> ResponseReturnValue:
    """The brand's choices and its texts."""
    return render_template(
        "console/privacy/page.html",
        chosen=promises.of_brand(brands.get(db.current_brand_id())),
        choices=CHOICES,
        longest_days=LONGEST_COOLING_OFF_DAYS,
        texts=[
            (purpose, word, consents.current_text(purpose)) for purpose, word in PURPOSES.items()
        ],
        longest_version=consents.LONGEST_VERSION,
        longest_text=consents.LONGEST_TEXT,
    )


@pages.post("/privacy")
@only(Role.ADMIN)
def privacy_change() -> ResponseReturnValue:
    """The brand chooses otherwise."""
    given, days = request.form.get("on_leaving"), request.form.get("cooling_off_days", "")
    if given not in set(Leaving) or not days.isdecimal():
        flash(f"没有存上：选一项，反悔期填 0 到 {LONGEST_COOLING_OFF_DAYS} 的整数")
        return redirect(url_for("console.privacy"))
    try:
        promises.change(Promises(Leaving(given), int(days[:4])), by=actor().audit_name)
        flash("隐私设置存好了，从现在起按它办")
    except AppError:
        flash(f"没有存上：反悔期最长 {LONGEST_COOLING_OFF_DAYS} 天")
    return redirect(url_for("console.privacy"))


@pages.post("/privacy/texts")
@only(Role.ADMIN)
def privacy_publish() -> ResponseReturnValue:
    """New words; what was agreed to so far keeps naming the old ones."""
    form = {name: request.form.get(name, "").strip() for name in ("purpose", "version", "text")}
    is_good = (
        form["purpose"] in set(Purpose)
        and 0 < len(form["version"]) <= consents.LONGEST_VERSION
        and 0 < len(form["text"]) <= consents.LONGEST_TEXT
    )
    if not is_good:
        flash(f"没有发布：版本号最多 {consents.LONGEST_VERSION} 个字，文本不能空")
        return redirect(url_for("console.privacy"))
    try:
        purpose = Purpose(form["purpose"])
        consents.publish_text(purpose, form["version"], form["text"], by=actor().audit_name)
        flash(f"{PURPOSES[purpose]} {form['version']} 版发布了，以后的同意都记在它名下")
    except consents.KnownVersion as error:
        flash(f"没有发布：{error.title}")
    return redirect(url_for("console.privacy"))
