"""Make trouble: planned faults, a moved clock, a slow receipt, a fresh start."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import faults, limits, mass, quotas
from sandbox.admin.blueprint import CannotDo, body, bp, number, text
from sandbox.box import the_box

ORDERS: Mapping[str, Callable[[list[Any]], list[Any]]] = {
    "forward": list,
    "reverse": lambda held: held[::-1],
    "shuffle": lambda held: random.sample(held, len(held)),
}


@bp.post("/faults")
def post_fault() -> dict[str, Any]:
    """Plan a fault: {path, kind, times?, appid?, errcode?, seconds?, status?}."""
    given = body()
    path, kind = text(given, "path"), text(given, "kind")
    kinds = faults.CALLBACK_KINDS if path == faults.CALLBACK else faults.API_KINDS
    times = int(number(given, "times", 1))
    if kind not in kinds or times < 1:
        raise CannotDo(f"kind: one of {', '.join(kinds)}; times: 1 or more")
    fault = faults.Fault(
        kind,
        int(number(given, "errcode", -1 if kind.startswith("errcode") else 0)),
        number(given, "seconds", 0),
        int(number(given, "status", 502 if kind == "status" else 0)),
        str(given.get("appid") or ""),
    )
    faults.plan(the_box().store, path, fault, times)
    return {"planned": times}


@bp.get("/faults")
def get_faults() -> dict[str, Any]:
    """What is still to go wrong."""
    return {"faults": faults.planned(the_box().store)}


@bp.delete("/faults")
def delete_faults() -> dict[str, Any]:
    """Nothing goes wrong any more."""
    faults.clear(the_box().store)
    return {"planned": 0}


@bp.post("/callbacks/hold")
def post_hold() -> dict[str, Any]:
    """Keep callbacks back from now on."""
    the_box().courier.hold()
    return {"holding": True}


@bp.post("/callbacks/release")
def post_release() -> dict[str, Any]:
    """Deliver what was kept back: {order: forward | reverse | shuffle}."""
    order = body().get("order", "forward")
    if order not in ORDERS:
        raise CannotDo(f"order: one of {', '.join(ORDERS)}")
    deliveries = the_box().courier.release(ORDERS[order])
    return {"released": len(deliveries), "delivered": sum(one.delivered for one in deliveries)}


@bp.get("/clock")
def get_clock() -> dict[str, Any]:
    """The sandbox's time."""
    clock = the_box().clock
    return {"offset_seconds": clock.offset_seconds, "now_ms": clock.now_ms()}


@bp.post("/clock")
def post_clock() -> dict[str, Any]:
    """Move the clock; zero brings the real time back."""
    the_box().clock.move(number(body(), "offset_seconds", 0.0))
    return get_clock()


@bp.get("/limits")
def get_limits() -> dict[str, int]:
    """WeChat's limits in force."""
    return limits.every(the_box().store)


@bp.post("/limits")
def post_limits() -> dict[str, int]:
    """Change limits by name; null brings the public page's value back."""
    given = body()
    wrong = [name for name in given if name not in limits.DEFAULTS]
    if wrong:
        raise CannotDo(f"no such limit: {', '.join(wrong)}")
    for name, value in given.items():
        limits.change(the_box().store, name, None if value is None else int(value))
    return get_limits()


@bp.post("/mass")
def post_mass() -> dict[str, Any]:
    """How mass sends go: {delay_seconds until the receipt, outcome: its Status}."""
    given, store = body(), the_box().store
    seconds = number(given, "delay_seconds", 1.0)
    if seconds < 0:
        raise CannotDo("delay_seconds: 0 or more")
    store.set_setting(mass.DELAY, seconds)
    outcome = text({"outcome": mass.SUCCESS, **given}, "outcome")
    store.set_setting(mass.OUTCOME, outcome)
    return {"delay_seconds": seconds, "outcome": outcome}


@bp.get("/quotas")
def get_quotas() -> dict[str, Any]:
    """What every account has used today."""
    box = the_box()
    return {"quotas": quotas.listed(box.store, box.clock.now_ms())}


@bp.post("/quotas")
def post_quota() -> dict[str, Any]:
    """Set an account's quota for one API: {appid, path, daily, minute}; 0 is no limit."""
    given, store = body(), the_box().store
    appid, path = text(given, "appid"), text(given, "path")
    known = quotas.of(store, appid, path)
    daily = int(number(given, "daily", known.daily))
    minute = int(number(given, "minute", known.minute))
    quotas.change(store, appid, path, daily, minute)
    return {"appid": appid, "path": path, "daily": daily, "minute": minute}


@bp.post("/reset")
def post_reset() -> dict[str, Any]:
    """Forget people, messages, tokens and log; keep accounts, codes and story."""
    box = the_box()
    box.courier.release(lambda _held: [])
    box.store.forget()
    box.clock.move(0.0)
    return {"reset": True}
