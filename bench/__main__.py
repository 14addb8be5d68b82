"""`make bench`: what the product promises in figures, each beside its anchor of the same run.

`ONLY=callback,send` runs some. Everything is written to build/bench.json.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from bench.servers import ROOT

REPORT = ROOT / "build" / "bench.json"
BENCHES = (
    "callback",
    "inbox_drain",
    "send",
    "coupon_claim",
    "quote",
    "members",
    "guides",
    "scan_to_guide",
    "pairs",
)
# rows of one crowd
ROWS_OF = {
    "member_view": "members",
    "member_search": "members",
    "benefits": "members",
    "guide_board": "guides",
    "guide_sheet": "guides",
    "guide_paint": "guides",
}


def main() -> int:
    """Run what was asked for; one that fails does not hide the others."""
    asked = [name for name in "".join(sys.argv[1:]).split(",") if name] or list(BENCHES)
    wanted = list(dict.fromkeys(ROWS_OF.get(name, name) for name in asked))
    unknown = set(wanted) - set(BENCHES)
    if unknown:
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    for name in wanted:
        print(name)
        _keep(importlib.import_module(f"bench.{name}").measure())
    return 0


def _keep(rows: list[dict[str, Any]]) -> None:
    """Rows of other benches stay as they were; each says when it was measured."""
    kept = json.loads(REPORT.read_text()) if REPORT.exists() else []
    fresh = {row["id"] for row in rows}
    rows = [{**row, "measured_at": time.strftime("%Y-%m-%dT%H:%M:%S%z")} for row in rows]
    REPORT.parent.mkdir(exist_ok=True)
    whole = [row for row in kept if row["id"] not in fresh] + rows
    REPORT.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    for row in rows:
        print(f"  {row['id']}: {row['value']} {row['unit']}, {row['ratio']} x {row['anchor']}")


if __name__ == "__main__":
    sys.exit(main())
