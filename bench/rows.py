"""The form of a row in build/bench.json, and the goals it is held against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

GOALS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "goals.json").read_text())


def row(
    name: str,
    values: Sequence[float],
    unit: str,
    *,
    anchor: str | None = None,
    anchor_values: Sequence[float] | None = None,
    p50_ms: float | None = None,
    p99_ms: float | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Medians of paired rounds; `ratio` says how many times better than the anchor we are."""
    goal = GOALS.get(name, {})
    ratio = None if anchor_values is None else _ratio(values, anchor_values, unit)
    times = {"p95_ms": more.get("p95_ms"), "p99_ms": p99_ms, "value": median(values)}
    return {
        "id": name,
        "value": _round(median(values)),
        "unit": unit,
        "anchor": anchor,
        "anchor_value": None if anchor_values is None else _round(median(anchor_values)),
        "ratio": ratio,
        "goal": goal.get("text"),
        "met": _is_met(goal, ratio, times),
        "n": len(values),
        "p50_ms": p50_ms,
        "p99_ms": p99_ms,
        **more,
    }


def _ratio(values: Sequence[float], anchors: Sequence[float], unit: str) -> float:
    """Of each round with its own anchor, since a machine's noise is shared by a round."""
    is_rate = unit.endswith("/s")
    pairs = zip(values, anchors, strict=True)
    return _round(median(ours / theirs if is_rate else theirs / ours for ours, theirs in pairs))


def _is_met(
    goal: dict[str, Any], ratio: float | None, times: dict[str, float | None]
) -> bool | None:
    if not goal:
        return None
    enough = "ratio" not in goal or (ratio is not None and ratio >= goal["ratio"])
    asked = [name for name in times if name in goal]
    quick = all((taken := times[name]) is not None and taken < goal[name] for name in asked)
    return bool(enough and quick)


def _round(value: float) -> float:
    return round(value, 2) if value < 100 else round(value)
