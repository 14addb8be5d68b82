"""`make soak`: the guarantees under faults, each beside a control that must fail.

`python -m tests.soak [G1,G8,…] [--seed N]` runs some; everything is written to build/soak.json,
where rows of other guarantees stay as they were.
"""

from __future__ import annotations

import argparse
import importlib
import json
import secrets
import sys
import time
from typing import Any

from tests.ground import ROOT

REPORT = ROOT / "build" / "soak.json"
SOAKS = (
    "G1", "G4", "G5", "G8", "G9", "G10", "G11", "G15", "G16", "G19", "G20", "api", "bad_input",
)  # fmt: skip


def main() -> int:
    """1 when a guarantee was broken, or its control was not; 2 for an unknown id."""
    given = _arguments()
    wanted = [name for name in given.only.split(",") if name] or list(SOAKS)
    unknown = set(wanted) - set(SOAKS)
    if unknown:
        print(f"no such soak: {', '.join(sorted(unknown))}; there are {', '.join(SOAKS)}")
        return 2
    print(f"seed {given.seed}")
    rows = [_measured(name, given.seed) for name in wanted]
    return 0 if all(row["passed"] and row["control_failed"] for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="ids, comma separated; all by default")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**8))
    return parser.parse_args()


def _measured(name: str, seed: int) -> dict[str, Any]:
    """Its row, written down at once, so that a later failure does not lose it."""
    found: dict[str, Any] = importlib.import_module(f"tests.soak.{name.lower()}").measure(seed)
    found["measured_at"] = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    kept = json.loads(REPORT.read_text()) if REPORT.exists() else []
    REPORT.parent.mkdir(exist_ok=True)
    whole = [row for row in kept if row["id"] != name] + [found]
    REPORT.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    print(f"{name}: {'passed' if found['passed'] else 'FAILED'} {json.dumps(found['figures'])}")
    return found


if __name__ == "__main__":
    sys.exit(main())
