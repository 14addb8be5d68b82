"""导出… on a list, and 我的导出."""

from __future__ import annotations

import re

from app.core import clock
from app.exports import service as exports
from tests.console.conftest import scan


def test_a_list_is_asked_for_made_and_fetched(mei, house):
    scan(house, "o-lin", clock.now())
    link = re.search(r'href="/console(/exports/new\?kind=fans)">导出…', mei.page("/fans"))[1]
    assert "1 行，你一次最多 50,000 行" in mei.page(link)

    mei.post("/exports", kind="fans", why="reconcile", form="csv")
    assert "正在做" in mei.page("/exports")
    exports.work()

    page = mei.page("/exports")
    assert "可以下载" in page
    taken = mei.post(re.search(r'action="/console(/exports/\d+/file)"', page)[1])
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert taken.headers["Cache-Control"] == "no-store"
    assert "导出人 梅" in taken.get_data(as_text=True)


def test_without_a_reason_nothing_is_made(mei):
    answer = mei.post("/exports", kind="fans", form="csv")

    assert answer.location.endswith("/console/exports/new?kind=fans")
    assert "还没有导出过" in mei.page("/exports")


def test_no_such_list_is_not_found(mei):
    assert mei.get("/exports/new?kind=secrets").status_code == 404
    assert mei.get("/exports/new?kind=deliveries&run_id=x").status_code == 404


def test_a_manager_sees_no_way_out(lan):
    assert "导出…" not in lan.page("/fans")
    assert lan.get("/exports/new?kind=fans").status_code == 403
