"""/till: a cashier at a store's till, speaking to Huike over signed HTTP."""

from typing import Any

from flask import Response, jsonify, render_template

from sandbox import people, till
from sandbox.admin.blueprint import CannotDo, body
from sandbox.box import the_box
from sandbox.pages.blueprint import bp

SHOWN = 20
METHODS = ("GET", "POST", "PUT")


@bp.get("/till")
def show_till() -> str:
    """The page; it fills itself."""
    return render_template("till.html")


@bp.get("/sandbox/till/state")
def till_state() -> dict[str, Any]:
    """Whether it has a key, and who may come to it."""
    box = the_box()
    shoppers = [
        {"person_id": one.person_id, "nickname": one.nickname}
        for one in people.latest(box.store, SHOWN)
    ]
    return {"has_key": till.has_key(box), "people": shoppers, "now_ms": box.clock.now_ms()}


@bp.post("/sandbox/till/key")
def till_key() -> dict[str, Any]:
    """The key of 接口密钥 that this till works with; answers which store it is."""
    given = body()
    try:
        till.hold(the_box(), str(given.get("key", "")), str(given.get("secret", "")))
    except till.NotAKey:
        raise CannotDo("密钥不对：编号以 hk_ 开头，密钥以 whsec_ 开头，整段粘贴") from None
    return {"has_key": True}


@bp.post("/sandbox/till/people/<person_id>/code")
def till_code(person_id: str) -> dict[str, Any]:
    """She holds out her phone: what her card's code says now."""
    box = the_box()
    person = people.find(box.store, person_id)
    if person is None:
        raise CannotDo("没有这部手机", 404)
    try:
        code = till.code_on_card(box, person)
    except till.NoAnswer:
        raise CannotDo("她的会员卡打不开：回客没有回答", 502) from None
    if code is None:
        raise CannotDo(f"{person.nickname}还不是会员，请她先入会", 404)
    return {"code": code}


@bp.post("/sandbox/till/call")
def till_call() -> tuple[Response, int]:
    """One signed call to /open/v1, and its answer as it came."""
    given, box = body(), the_box()
    method, path = str(given.get("method", "")), str(given.get("path", ""))
    if method not in METHODS or not path.startswith("/") or ".." in path:
        raise CannotDo("只能调 /open/v1 下的接口")
    if not till.has_key(box):
        raise CannotDo("先填这台收银机的密钥", 409)
    try:
        answer = till.call(box, method, path, given.get("body"), given.get("key"))
    except till.NoAnswer:
        raise CannotDo("网络断了：回客没有回答", 502) from None
    return jsonify(answer.body), answer.status
