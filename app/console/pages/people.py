"""员工: who may log in, as what and where; passwords that are handed over once."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.console.access import actor, brand, only, pages
from app.console.figures import count
from app.console.frame import ROLE_WORDS
from app.core import audit
from app.staff.models import Role, Staff
from app.staff.service import people
from app.staff.service.people import Place
from app.stores import queries as stores

LONGEST = {"name": 32, "login": 64}
LONGEST_LIMIT = 8  # digits


@dataclass
class StaffForm:
    """What was filled in, as it was, with what is wrong by field."""

    name: str
    login: str
    role: str
    store_ids: set[str]
    region_ids: set[str]
    errors: dict[str, str]

    @classmethod
    def sent(cls) -> StaffForm:
        """From the request."""
        given = request.form
        return cls(
            given.get("name", "").strip(),
            given.get("login", "").strip(),
            given.get("role", ""),
            set(given.getlist("store_ids")),
            set(given.getlist("region_ids")),
            {},
        )

    @classmethod
    def of(cls, person: Staff) -> StaffForm:
        """Somebody as she is."""
        place = people.place_of(person.id)
        store_ids, region_ids = set(map(str, place.store_ids)), set(map(str, place.region_ids))
        return cls(person.name, person.login, str(person.role), store_ids, region_ids, {})

    def check(self) -> bool:
        """Whether it can be stored; fills in the errors."""
        if not self.name:
            self.errors["name"] = "填名字"
        if not self.login or "@" in self.login or " " in self.login:
            self.errors["login"] = "填账号，不含 @ 和空格；登录时后面加 @品牌"
        if self.role not in set(Role):
            self.errors["role"] = "选一个角色"
        known_stores = {str(each.id) for _, found in stores.tree() for each in found}
        known_regions = {str(each.id) for each in stores.regions()}
        if not (self.store_ids <= known_stores and self.region_ids <= known_regions):
            self.errors["place"] = "没有这家门店或大区，重新选"
        for field, most in LONGEST.items():
            if len(getattr(self, field)) > most:
                self.errors[field] = f"最多 {most} 个字"
        return not self.errors

    @property
    def place(self) -> Place:
        """Where she works."""
        return Place(set(map(int, self.store_ids)), set(map(int, self.region_ids)))


@pages.get("/people")
@only(Role.ADMIN)
def people_list() -> ResponseReturnValue:
    """Everybody, those who left at the end."""
    return _list()


@pages.get("/people/new")
@only(Role.ADMIN)
def people_new() -> ResponseReturnValue:
    """An empty form."""
    return _show(StaffForm("", "", Role.GUIDE, set(), set(), {}), None)


@pages.post("/people/new")
@only(Role.ADMIN)
def people_add() -> ResponseReturnValue:
    """Somebody new, with a password that is shown this once."""
    form = StaffForm.sent()
    if not form.check():
        return _show(form, None), 422
    try:
        person, password = people.invite(
            login=form.login,
            name=form.name,
            role=Role(form.role),
            place=form.place,
            actor=actor().audit_name,
        )
    except people.LoginTaken as taken:
        form.errors["login"] = taken.title
        return _show(form, None), taken.status
    return _handed_over(person, password)


@pages.get("/people/<int:staff_id>")
@only(Role.ADMIN)
def people_edit(staff_id: int) -> ResponseReturnValue:
    """Somebody as she is, to be changed."""
    person = people.get(staff_id)
    return _show(StaffForm.of(person), person)


@pages.post("/people/<int:staff_id>")
@only(Role.ADMIN)
def people_change(staff_id: int) -> ResponseReturnValue:
    """Another name, role or place; it holds for her next request."""
    person, form = people.get(staff_id), StaffForm.sent()
    form.login = person.login
    if not form.check():
        return _show(form, person), 422
    people.change(
        staff_id,
        name=form.name,
        role=Role(form.role),
        place=form.place,
        actor=actor().audit_name,
    )
    flash(f"改好了 {form.name}，她下一次点开就是新的")
    return redirect(url_for("console.people_list"))


@pages.post("/people/<int:staff_id>/password")
@only(Role.ADMIN)
def people_password(staff_id: int) -> ResponseReturnValue:
    """A new password, shown this once; her old one and her phone's codes are void."""
    password = people.reset_password(staff_id, actor=actor().audit_name)
    return _handed_over(people.get(staff_id), password)


@pages.post("/people/<int:staff_id>/disabled")
@only(Role.ADMIN)
def people_disable(staff_id: int) -> ResponseReturnValue:
    """She has left."""
    people.disable(staff_id, actor=actor().audit_name)
    flash("停用了，她已经进不来")
    return redirect(url_for("console.people_list"))


@pages.post("/people/<int:staff_id>/enabled")
@only(Role.ADMIN)
def people_enable(staff_id: int) -> ResponseReturnValue:
    """She is back."""
    people.enable(staff_id, actor=actor().audit_name)
    flash("可以登录了")
    return redirect(url_for("console.people_list"))


@pages.post("/people/codes")
@only(Role.ADMIN)
def people_codes() -> ResponseReturnValue:
    """Whether headquarters must use codes of a phone."""
    is_required = request.form.get("required") == "yes"
    brands.set_codes_required(brand().id, is_required=is_required)
    note = "staff.codes_required" if is_required else "staff.codes_optional"
    audit.record(note, actor=actor().audit_name, subject=f"brand:{brand().id}")
    flash("总部的人下一次点开就要设手机验证码" if is_required else "手机验证码由各人自己决定")
    return redirect(url_for("console.people_list"))


@pages.post("/people/push-limit")
@only(Role.ADMIN)
def people_push_limit() -> ResponseReturnValue:
    """To how many people one person alone may send a push; an empty field is no limit."""
    typed = request.form.get("people", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= LONGEST_LIMIT):
        flash("没有改：人数写成数字，比如 10000")
        return redirect(url_for("console.people_list"))
    people = int(typed) if typed else None
    brands.set_push_limit(brand().id, people)
    subject = f"brand:{brand().id}"
    audit.record("push.limit_changed", actor=actor().audit_name, subject=subject, people=people)
    flash(f"超过 {count(people)} 人的推送要另一个人批准" if people is not None else "推送不用批准")
    return redirect(url_for("console.people_list"))


def _list(handed: dict[str, str] | None = None) -> str:
    return render_template(
        "console/staff/list.html",
        people=people.everybody(),
        role_words=ROLE_WORDS,
        codes_required=brand().settings.get("codes_required", False),
        push_limit=brands.push_limit(brand().id),
        slug=brand().slug,
        handed=handed,
    )


def _handed_over(person: Staff, password: str) -> ResponseReturnValue:
    account = f"{person.login}@{brand().slug}"
    page = _list({"name": person.name, "account": account, "password": password})
    return page, 200, {"Cache-Control": "no-store"}


def _show(form: StaffForm, person: Staff | None) -> str:
    return render_template(
        "console/staff/form.html",
        form=form,
        errors=form.errors,
        person=person,
        tree=stores.tree(),
        regions=stores.regions(),
        role_words=ROLE_WORDS,
        longest=LONGEST,
    )
