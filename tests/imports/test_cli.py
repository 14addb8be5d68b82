"""`flask import …` says what happened, on success and when it cannot."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from app.imports.cli import imports
from tests.imports.test_orders_csv import GOOD, write


@pytest.fixture
def command(till, built_app):
    def run(*arguments, slug="hemuji"):
        with built_app.app_context():  # as the `flask` command does
            return CliRunner().invoke(imports, [*map(str, arguments), "--brand", slug])

    return run


def test_an_order_file_is_imported_and_then_skipped(command, tmp_path):
    path = write(tmp_path, *GOOD)

    assert "订单 2，明细 3 行" in command("orders", path).output
    assert "已经导入过" in command("orders", path).output
    assert "已经导入过" not in command("orders", path, "--again").output


def test_refused_lines_are_counted_and_the_error_file_named(command, tmp_path):
    output = command("orders", write(tmp_path, GOOD[0].replace("S-1", "S-9"))).output

    assert "1 行没有导入" in output
    assert "-errors.csv" in output


def test_a_missing_file_and_a_missing_brand_end_with_a_sentence(command, tmp_path):
    missing = command("orders", tmp_path / "none.csv")
    assert (missing.exit_code, missing.output.strip()) == (
        1,
        "Error: 没有这个文件；看看路径对不对",
    )

    stranger = command("demo-brand", slug="nobody")
    assert stranger.exit_code == 1
    assert stranger.output.startswith("Error: ")
