"""People and names that the real data does not have: made, always the same, and said so.

No Chinese range of numbers is reserved for fiction, so a made phone may exist: a demo has no
SMS, and its WeChat is the sandbox.
"""

from __future__ import annotations

import hashlib
import hmac

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余"
    "苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙"
)
PREFIXES = tuple(str(prefix) for prefix in (*range(130, 140), *range(180, 190)))
BUSIEST_STORES = (
    "静安寺店", "徐家汇店", "南京西路店", "五角场店", "湖滨店", "新天地店",
    "陆家嘴店", "中山公园店", "虹桥天地店", "人民广场店", "淮海中路店", "环球港店",
    "打浦桥店", "七宝店", "莘庄店", "大宁店", "世纪大道店", "外滩店",
    "西湖银泰店", "武林店", "钱江新城店", "滨江店", "新街口店", "夫子庙店",
    "观前街店", "金鸡湖店", "天一广场店", "三阳广场店", "太古里店", "春熙路店",
)  # fmt: skip
WOMEN_IN_TEN = 8


def phone_of(household_id: int, secret: bytes) -> str:
    """The E.164 phone that a household of the data is given, the same for the same secret."""
    number = _number("phone", household_id, secret)
    prefix = PREFIXES[number % len(PREFIXES)]
    return f"+86{prefix}{number // len(PREFIXES) % 10**8:08d}"


def name_of(household_id: int, secret: bytes) -> str:
    """「周女士」: a surname and how to address her."""
    number = _number("name", household_id, secret)
    is_woman = number // len(SURNAMES) % 10 < WOMEN_IN_TEN
    return SURNAMES[number % len(SURNAMES)] + ("女士" if is_woman else "先生")


def store_name(place: int) -> str:
    """A name for the store at this place by number of orders, 1 for the busiest."""
    return BUSIEST_STORES[place - 1] if place <= len(BUSIEST_STORES) else f"第 {place} 店"


def _number(label: str, household_id: int, secret: bytes) -> int:
    message = f"{label}:{household_id}".encode()
    return int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:16])
