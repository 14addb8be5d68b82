"""The nine steps of a visit: which are done, by what proof, and what can be done next."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.clock import CHINA
from sandbox.story.facts import Facts

TARGET_SECONDS = 2


@dataclass(frozen=True)
class Step:
    """One line of the list; `act` names what a click does, None when one can only wait."""

    name: str
    label: str
    done_ms: int | None
    note: str
    act: str | None
    button: str
    waiting: str


def clock_text(at_ms: int) -> str:
    """14:31:48.10 in China."""
    at = datetime.fromtimestamp(at_ms / 1000, CHINA)
    return f"{at:%H:%M:%S}.{at.microsecond // 10000:02d}"


def lasted(from_ms: int | None, to_ms: int | None) -> str:
    """0.8 秒, or nothing when one end is missing."""
    if from_ms is None or to_ms is None:
        return ""
    return f"{max(0, to_ms - from_ms) / 1000:.1f} 秒"


def steps(
    facts: Facts, marks: Mapping[str, int], words: Mapping[str, str], store_name: str
) -> list[Step]:
    """The list as it stands, in order."""
    return [
        _scan(facts, store_name),
        _follow(facts),
        _welcome(facts),
        _seen(facts, marks),
        _join(facts),
        _benefits(facts, marks, words),
        _claim(marks, words),
        _sample(marks),
        _push(facts, marks, words),
    ]


def _scan(facts: Facts, store_name: str) -> Step:
    at = facts.scanned_ms
    note = clock_text(at) if at else ""
    return Step("scan", f"扫{store_name}柜台码", at, note, "scan", "替她扫柜台码", "轮到她了")


def _follow(facts: Facts) -> Step:
    at = facts.followed_ms if facts.events else None
    note = ""
    if at:
        times = facts.deliveries - facts.events + 1
        note = clock_text(at) + (f" · 来 {times} 次，算 1 次" if times > 1 else "")
    return Step("follow", "关注服务号", at, note, "follow", "替她点「关注服务号」", "轮到她了")


def _welcome(facts: Facts) -> Step:
    took = lasted(facts.followed_ms, facts.welcome_ms)
    note = f"{took} · 1 分钟窗口内" if took else ""
    return Step("welcome", "收到欢迎消息", facts.welcome_ms, note, None, "", "等回客发来")


def _seen(facts: Facts, marks: Mapping[str, int]) -> Step:
    took = lasted(facts.followed_ms, marks.get("seen"))
    note = f"{took} · 目标 {TARGET_SECONDS} 秒内" if took else ""
    return Step("seen", "导购手机上看见她", marks.get("seen"), note, None, "", "等导购手机")


def _join(facts: Facts) -> Step:
    at = facts.phone_ms
    note = clock_text(at) if at else ""
    return Step(
        "join", "打开会员卡，授权手机号", at, note, "join", "替她点「领新人礼」", "轮到她了"
    )


def _benefits(facts: Facts, marks: Mapping[str, int], words: Mapping[str, str]) -> Step:
    took = lasted(facts.phone_ms, marks.get("benefits"))
    note = f"{took} · {words.get('benefits', '')}" if took else ""
    return Step("benefits", "领到 ¥20 券和小样", marks.get("benefits"), note, None, "", "等会员卡")


def _claim(marks: Mapping[str, int], words: Mapping[str, str]) -> Step:
    at = marks.get("claimed")
    note = f"{clock_text(at)} · {words.get('claimed', '')}".rstrip(" ·") if at else ""
    return Step("claim", "导购接待", at, note, "claim", "替导购点「我来接待」", "轮到导购了")


def _sample(marks: Mapping[str, int]) -> Step:
    at = marks.get("sample")
    note = clock_text(at) if at else ""
    return Step("sample", "递上小样", at, note, "sample", "替导购点「给了小样」", "轮到导购了")


def _push(facts: Facts, marks: Mapping[str, int], words: Mapping[str, str]) -> Step:
    at = facts.pushed_ms or marks.get("skipped")
    note = ""
    if facts.pushed_ms:
        note = f"{clock_text(facts.pushed_ms)} · 她收到了"
    elif at:
        note = f"跳过她：{words.get('skipped', '')}"
    is_set = "push_time" in marks
    waiting = f"定在 {words['push_time']}，等 RQ 到点发" if is_set else "轮到品牌了"
    act = None if is_set else "push"
    return Step("push", "到点群发", at, note, act, "替品牌定一次群发", waiting)


def shown(listed: list[Step]) -> list[dict[str, Any]]:
    """For the page: each step with its number, and whether it is the next one."""
    pending = [step.name for step in listed if step.done_ms is None]
    following = pending[0] if pending else None
    return [
        {**asdict(step), "number": number, "is_next": step.name == following}
        for number, step in enumerate(listed, 1)
    ]
