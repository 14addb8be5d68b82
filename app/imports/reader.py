"""Reads the parquet of completejourney and writes CSV files here. Run as a process of its own.

`python -P reader.py DATA_FOLDER SHIFT_DAYS [ORDER_LIMIT]`, in the folder that takes the files.
It imports nothing of Huike, and is the only place that imports duckdb: 60 MB that no web
process should carry.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

MAPPING = Path(__file__).with_name("completejourney.sql")


def main(data: str, shift_days: str, order_limit: str | None = None) -> None:
    """Run the mapping; every file is whole when the process ends with 0."""
    connection = duckdb.connect(config={"threads": "2", "memory_limit": "1GB"})
    connection.execute("SET file_search_path = ?", [data])
    connection.execute("SET VARIABLE shift_days = ?::integer", [shift_days])
    connection.execute("SET VARIABLE order_limit = ?::integer", [order_limit])
    connection.execute(MAPPING.read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
