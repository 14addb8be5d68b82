"""The examination: all steps in working order, each told as it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.brands.models import AccountKind
from app.core import queue
from app.doctor import accounts, addresses, agreement, bells, books, machine
from app.doctor.patient import Patient
from app.doctor.steps import Fault, Finding, State, Step, carried_out, skipped

KIND_WORDS = {AccountKind.SERVICE: "服务号", AccountKind.MINIPROGRAM: "小程序"}
DATABASE, TABLES = ("database",), ("migrations",)

GROUND = (
    Step("settings", "设置", machine.settings),
    Step("database", "数据库", machine.reachable, ("settings",)),
    Step("roles", "数据库角色", machine.roles, DATABASE),
    Step("migrations", "数据库版本", machine.migrations, DATABASE),
    Step("clock", "时钟", machine.clock_of_database, DATABASE),
    Step("disk", "磁盘", machine.disk, ("settings",)),
    Step("redis", "Redis", bells.reachable, DATABASE),
    Step("redis_settings", "Redis 设置", bells.keeps, ("redis",)),
    Step("worker_now", "worker now", bells.worker_of(queue.NOW), ("redis",)),
    Step("worker_fast", "worker fast", bells.fast_worker, ("redis", "migrations")),
    Step("worker_bulk", "worker bulk", bells.worker_of(queue.BULK), ("redis",)),
    Step("queue", "队列", bells.rings, ("redis",)),
    Step("timekeeper", "timekeeper", bells.timekeeper, TABLES),
    Step("stream", "stream", bells.stream, ("settings",)),
    Step("address", "公开地址", addresses.named, ("settings",)),
    Step("web", "web", addresses.served, ("address",)),
    Step("wechat", "微信", addresses.wechat, ("settings",)),
)

BOOKS = (
    Step("inbox", "收件箱", books.inbox, TABLES),
    Step("reactions", "后续动作", books.reactions, TABLES),
    Step("dead_letters", "死信", books.dead_letters, TABLES),
    Step("points", "积分账", books.points_ledger, TABLES),
    Step("coupons", "券账", books.coupon_books, TABLES),
    Step("pushes", "推送账", books.push_books, TABLES),
    Step("audit", "审计链", books.audit_chain, TABLES),
    Step("codes", "永久码", books.code_budget, TABLES),
)


def plan(patient: Patient) -> Iterator[Step]:
    """The steps in their order. The accounts are looked up when their turn comes: by then it
    is known whether the database answers."""
    yield from GROUND
    yield from _of_accounts(patient)
    yield from BOOKS


def _of_accounts(patient: Patient) -> Iterator[Step]:
    try:
        found = patient.accounts()
    except SQLAlchemyError:
        found = ()
    if not found:
        yield Step("accounts", "微信账号", _no_account, TABLES)
    for account in found:
        whose = f"{KIND_WORDS[account.kind]} {account.name}"
        yield from _of_account(account.id, account.appid, whose)


def _no_account(_: Patient) -> str:
    raise Fault(
        "没有这样的微信账号", "用 flask brand connect 接上；给了 --account 就看看它写得对不对"
    )


def _of_account(account_id: int, appid: str, whose: str) -> Iterator[Step]:
    def step(name: str, title: str, check: Any, *needs: str) -> Step:
        of_account = partial(check, account_id=account_id)
        return Step(f"{name}.{appid}", f"{title} · {whose}", of_account, needs)

    keys, echo, callback = f"keys.{appid}", f"echo.{appid}", f"callback.{appid}"
    yield step("keys", "密钥", accounts.keys, *TABLES)
    yield step("token", "令牌与 IP 白名单", accounts.token, keys, "wechat")
    yield step("shared", "令牌独用", accounts.shared, *TABLES)
    yield step("apis", "微信接口", accounts.apis, *TABLES)
    yield step("mode", "加密方式", accounts.mode, keys)
    yield step("agreed", "与微信后台一致", agreement.agreed, keys, "redis")
    yield step("echo", "回调地址", accounts.echo, keys, "web")
    yield step("callback", "验签与解密", accounts.callback, echo)
    yield step("worked", "推送的处理", accounts.worked, callback, "worker_now")


def examine(patient: Patient) -> Iterator[Finding]:
    """Carry out every step; one that waits for a failed one is skipped, the others are not."""
    sick: dict[str, str] = {}
    for step in plan(patient):
        finding = examined(step, patient, sick)
        if finding.state is not State.OK:
            sick[step.name] = step.title
        yield finding


def examined(step: Step, patient: Patient, sick: dict[str, str]) -> Finding:
    """One step's finding; `sick` are the names and titles of those that did not pass."""
    in_the_way = [sick[name] for name in step.needs if name in sick]
    return skipped(step, in_the_way[0]) if in_the_way else carried_out(step, patient)


def first_failed(findings: Iterable[Finding]) -> Finding | None:
    """Where to begin."""
    return next((each for each in findings if each.state is State.FAILED), None)


def report(findings: Sequence[Finding]) -> dict[str, Any]:
    """What `flask doctor --json` prints."""
    first = first_failed(findings)
    steps = [finding.as_dict() for finding in findings]
    return {"ok": first is None, "first_failed": first.name if first else None, "steps": steps}
