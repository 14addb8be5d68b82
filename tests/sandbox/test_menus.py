"""Menus: what may be in one, and which one a fan sees."""

import pytest

from tests.sandbox.play import SERVICE

CLICK = {"type": "click", "name": "护肤", "key": "SKINCARE"}
PAGE = {"type": "view", "name": "官网", "url": "https://a.example.com/"}
CARD = {
    "type": "miniprogram", "name": "会员卡", "url": "https://a.example.com/",
    "appid": "wxmini", "pagepath": "pages/index",
}  # fmt: skip


def create(sandbox, *buttons):
    return sandbox.call("/cgi-bin/menu/create", {"button": list(buttons)})["errcode"]


def below(*buttons):
    return {"name": "更多", "sub_button": list(buttons)}


def named(name, kind="click"):
    return {"type": kind, "name": name, "key": "K"}


def test_a_menu_is_put_read_replaced_and_deleted(sandbox):
    assert sandbox.call("/cgi-bin/menu/get")["errcode"] == 46003
    assert create(sandbox, PAGE) == 0
    assert create(sandbox, CLICK, below(PAGE, CARD)) == 0

    menu = sandbox.call("/cgi-bin/menu/get")
    assert menu["menu"]["button"] == [CLICK, below(PAGE, CARD)]
    assert "conditionalmenu" not in menu
    shown = sandbox.call("/cgi-bin/get_current_selfmenu_info")
    assert (shown["is_menu_open"], len(shown["selfmenu_info"]["button"])) == (1, 2)

    assert sandbox.call("/cgi-bin/menu/delete")["errcode"] == 0
    assert sandbox.call("/cgi-bin/menu/get")["errcode"] == 46003


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([CLICK] * 4, 40016),
        ([{**CLICK, "type": "nonsense"}], 40017),
        ([named("字" * 6)], 40018),
        ([named("字" * 5)], 0),
        ([{"type": "click", "name": "x"}], 40019),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{**PAGE, "url": "https://a.example.com/" + "u" * 1010}], 40020),
        ([below(*[CLICK] * 6)], 40023),
        ([below({**CLICK, "type": "nonsense"})], 40024),
        ([below(named("字" * 21))], 40025),
        ([below(named("字" * 20))], 0),
        ([below({"type": "click", "name": "x"})], 40026),
        ([below({"type": "view", "name": "x"})], 40027),
        ([below(CLICK, *[{**PAGE, "url": f"https://{n}.example.com/"} for n in "abcd"])], 65316),
        ([below(CLICK, *[{**PAGE, "url": f"https://{n}.example.com/"} for n in "abc"])], 0),
    ],
)
def test_a_menu_keeps_wechats_sizes(sandbox, buttons, errcode):
    assert create(sandbox, *buttons) == errcode


def add(sandbox, rule, *buttons):
    body = {"button": list(buttons) or [CLICK], "matchrule": rule}
    return sandbox.call("/cgi-bin/menu/addconditional", body)


@pytest.mark.parametrize(
    ("rule", "errcode"),
    [
        ({"sex": "1"}, 65320),
        ({"tag_id": "100", "language": "zh_CN"}, 65320),
        ({}, 65304),
        ({"tag_id": ""}, 65304),
        ({"tag_id": "100"}, None),
    ],
)
def test_only_a_tag_or_a_platform_selects_a_menu(sandbox, rule, errcode):
    create(sandbox, CLICK)

    assert add(sandbox, rule).get("errcode") == errcode


def test_a_conditional_menu_needs_a_default_one_and_goes_with_it(sandbox):
    assert add(sandbox, {"tag_id": "100"})["errcode"] == 65303
    create(sandbox, CLICK)
    menu_id = add(sandbox, {"tag_id": "100"})["menuid"]

    listed = sandbox.call("/cgi-bin/menu/get")["conditionalmenu"]
    assert [str(menu["menuid"]) for menu in listed] == [menu_id]

    gone = {"menuid": menu_id}
    assert sandbox.call("/cgi-bin/menu/delconditional", gone)["errcode"] == 0
    assert sandbox.call("/cgi-bin/menu/delconditional", gone)["errcode"] == 65301
    add(sandbox, {"tag_id": "100"})
    sandbox.call("/cgi-bin/menu/delete")
    assert sandbox.call("/cgi-bin/menu/get")["errcode"] == 46003


def seen(sandbox, openid):
    answer = sandbox.call("/cgi-bin/menu/trymatch", {"user_id": openid})
    return answer.get("errcode") or answer["button"][0]["name"]


def tag(sandbox, name, openid):
    made = sandbox.call("/cgi-bin/tags/create", {"tag": {"name": name}})["tag"]["id"]
    body = {"openid_list": [openid], "tagid": made}
    sandbox.call("/cgi-bin/tags/members/batchtagging", body)
    return str(made)


def test_a_fan_sees_the_menu_of_the_tag_put_on_last(sandbox):
    lin, bo = sandbox.followers("lin", "bo")
    create(sandbox, named("默认"))
    for name in ("金卡", "银卡"):
        add(sandbox, {"tag_id": tag(sandbox, name, lin)}, named(name))

    assert (seen(sandbox, lin), seen(sandbox, bo)) == ("银卡", "默认")


def test_the_newest_menu_that_fits_wins(sandbox):
    [lin] = sandbox.followers("lin")
    create(sandbox, named("默认"))
    tag_id = tag(sandbox, "金卡", lin)
    for name in ("旧", "新"):
        add(sandbox, {"tag_id": tag_id}, named(name))
    add(sandbox, {"tag_id": tag_id, "client_platform_type": "1"}, named("苹果"))

    assert seen(sandbox, lin) == "新"


def test_a_stranger_sees_no_menu(sandbox, lin):
    create(sandbox, CLICK)

    assert seen(sandbox, lin["openids"][SERVICE]) == 65302
