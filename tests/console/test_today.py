"""今日: figures that equal their parts, for the stores one may see."""

import re
from datetime import timedelta

from sqlalchemy import event

from app.core import db
from app.visits.models import VisitKind
from tests.console.conftest import buy, greet_all, join, number, scan


def figure(page: str, name: str) -> tuple[str, str]:
    """The value of one of the five, and the parts under it."""
    cell = rf"<dt>{name}</dt><dd>([^<]*)</dd><dd class=\"parts num\">([^<]*)</dd>"
    return re.search(cell, page).groups()


def foot(page: str, name: str) -> str:
    return re.search(rf'data-sum="{name}">([^<]*)<', page)[1]


def bars(page: str, row: str) -> list[int]:
    line = re.search(rf'<th scope="row">{row}</th>(.*?)</tr>', page, re.S)[1]
    return [number(cell) for cell in re.findall(r'class="end">([\d,]+)<', line)]


def funnel(page: str) -> list[tuple[str, int, list[int]]]:
    steps = re.findall(
        r'<li><span>(\S+)</span><b class="num">([\d,]+)</b>.*?parts">([^<]*)</span>', page, re.S
    )
    return [
        (name, number(count), [number(n) for n in re.findall(r"[\d,]+", parts)])
        for name, count, parts in steps
    ]


def a_busy_morning(house, noon):
    """Three new fans, one of whom joins and buys, and one member who came back."""
    hour_ago = noon - timedelta(hours=1)
    lin = scan(house, "o-lin", hour_ago)
    scan(house, "o-2", noon - timedelta(minutes=5), store=house.hubin)
    scan(house, "o-3", noon - timedelta(minutes=4), kind=VisitKind.FAN)
    scan(house, "o-4", noon - timedelta(minutes=3), kind=VisitKind.MEMBER)
    buy(house, join(house, lin, noon), noon, 15_483)
    greet_all(house, noon)


def test_every_figure_stands_beside_its_parts(house, mei, noon):
    a_busy_morning(house, noon)

    page = mei.page("/")

    assert figure(page, "扫码")[0] == "4"
    assert figure(page, "新关注") == ("2", "另有早已关注 2")
    assert figure(page, "新会员") == ("1", "新关注 1 + 早已关注 0")
    assert figure(page, "会员消费") == ("¥154.83", "1 单，每单 ¥154.83")
    assert figure(page, "券核销") == ("0", "代金券 0 + 小样 0 + 单品券 0")


def test_the_foot_of_the_stores_equals_the_figures(house, mei, noon):
    a_busy_morning(house, noon)

    page = mei.page("/")

    assert foot(page, "scans") == figure(page, "扫码")[0]
    assert foot(page, "followed") == figure(page, "新关注")[0]
    assert foot(page, "joined") == figure(page, "新会员")[0]
    assert foot(page, "spent") == figure(page, "会员消费")[0]


def test_the_hours_sum_to_the_scans_and_last_week_is_beside_them(house, mei, noon):
    a_busy_morning(house, noon)
    scan(house, "o-before", noon - timedelta(days=7))

    page = mei.page("/")

    *hours, total = bars(page, "今天")
    assert sum(hours) == total == 4
    *before, before_total = bars(page, "上周.")
    assert sum(before) == before_total == 1


def test_the_funnel_counts_each_person_once_and_its_parts_add_up(house, mei, noon):
    a_busy_morning(house, noon)
    scan(house, "o-lin", noon, store=house.hubin, kind=VisitKind.MEMBER)

    steps = funnel(mei.page("/"))

    assert [(name, count) for name, count, _ in steps] == [
        ("来的人", 4),
        ("会员", 1),
        ("当天购买", 1),
    ]
    assert all(count == sum(parts) for _, count, parts in steps)


def test_who_scanned_in_two_stores_before_joining_is_one_new_member(house, mei, noon):
    lin = scan(house, "o-lin", noon - timedelta(hours=2))
    scan(house, "o-lin", noon - timedelta(hours=1), store=house.hubin, kind=VisitKind.FAN)
    join(house, lin, noon)

    assert figure(mei.page("/"), "新会员")[0] == "1"


def test_a_manager_sees_her_own_store_alone(house, lan, noon):
    a_busy_morning(house, noon)

    page = lan.page("/")

    assert figure(page, "扫码")[0] == foot(page, "scans") == "3"
    assert "湖滨店" not in page
    assert "推送" not in page


def test_an_order_of_nobody_we_know_is_not_spending_of_members(house, mei, noon):
    buy(house, None, noon, 9_900)

    assert figure(mei.page("/"), "会员消费")[0] == "¥0.00"


def test_yesterdays_last_minute_is_not_of_today(house, mei, noon):
    scan(house, "o-lin", noon - timedelta(hours=12, minutes=16))

    page = mei.page("/")

    assert figure(page, "扫码")[0] == "0"
    assert "今天还没有人扫码" in page


def test_nothing_is_sent_again_until_something_changes(house, mei, noon):
    seen = re.search(r'name="seen" value="(\w+)"', mei.page("/"))[1]
    assert mei.get(f"/today/live?seen={seen}").status_code == 204

    scan(house, "o-lin", noon)

    again = mei.get(f"/today/live?seen={seen}")
    assert again.status_code == 200
    assert figure(again.get_data(as_text=True), "扫码")[0] == "1"


def test_more_stores_and_people_cost_no_more_queries(house, mei, noon):
    def queries_of_page() -> int:
        seen = []
        connection = db.app_bind()
        listen = lambda *_: seen.append(1)  # noqa: E731
        event.listen(connection, "before_cursor_execute", listen)
        mei.page("/")
        event.remove(connection, "before_cursor_execute", listen)
        return len(seen)

    mei.page("/")  # the first page of a minute also notes that she was seen
    quiet = queries_of_page()
    a_busy_morning(house, noon)

    assert queries_of_page() == quiet
