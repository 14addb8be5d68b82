"""What the coupon form's fields hold, as typed and as meant: the rule, the stock, the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from app.console import form_reading as read
from app.console.form_reading import Errors
from app.coupons.models import CouponKind
from app.coupons.rule import (
    AfterClaim,
    Amount,
    BetweenDays,
    Exchange,
    Free,
    Gift,
    Gives,
    Goods,
    Hours,
    Percent,
    Rule,
    Sample,
    Selector,
    Shipping,
    Stacking,
)
from app.coupons.service import Opening

KINDS = {
    CouponKind.AMOUNT: "满减 / 立减",
    CouponKind.PERCENT: "折扣",
    CouponKind.FREE: "免费兑换",
    CouponKind.EXCHANGE: "加价换购",
    CouponKind.GIFT: "赠品",
    CouponKind.SAMPLE: "小样",
    CouponKind.SHIPPING: "免运费",
    CouponKind.PACK: "券包",
}
LONGEST_NAME, MOST_STOCK = 64, 10_000_000
LIMITS = {
    "per_person": "每人最多",
    "per_phone": "每个手机号最多",
    "per_person_day": "每人每天最多",
    "per_day": "全部每天最多",
    "per_guide_month": "每位导购每月可发",
}


@dataclass(frozen=True)
class Typed:
    """The fields as she typed them: a refused form shows them again, unchanged."""

    name: str = ""
    kind: str = CouponKind.AMOUNT
    value: str = ""  # yuan, or tenths of a price for a discount (8.5 折)
    cap: str = ""
    quantity: str = "1"
    thing: str = ""
    min_spend: str = ""
    categories: str = ""
    skus: str = ""
    except_categories: str = ""
    stores: str = ""
    tiers: str = ""
    weekdays: str = ""
    hour_from: str = ""
    hour_until: str = ""
    is_first: str = ""
    is_alone: str = ""
    validity: str = "days"
    days: str = "30"
    first: str = ""
    last: str = ""
    stock: str = ""
    may_claim: str = ""
    claim_from: str = ""
    claim_until: str = ""
    per_person: str = "1"
    per_phone: str = ""
    per_person_day: str = ""
    per_day: str = ""
    per_guide_month: str = ""
    budget: str = ""
    budget_count: str = ""
    pack_sku: str = ""
    parts: str = ""


MANY = ("stores", "tiers", "weekdays")


@dataclass(frozen=True)
class Meant:
    """The same as the service takes it."""

    name: str
    kind: CouponKind
    rule: Rule | None
    stock: int
    limits: dict[str, int | None]
    claim_from: datetime | None
    claim_until: datetime | None
    budget_fen: int | None
    budget_count: int | None
    parts: dict[str, int]  # batch code: how many

    def opening(self, given: Typed) -> Opening:
        """What the service is asked for, once nothing is wrong."""
        return Opening(
            name=self.name,
            kind=self.kind,
            rule=self.rule or Rule(Shipping()),
            stock=self.stock,
            limits=self.limits,
            may_claim=bool(given.may_claim),
            claim_from=self.claim_from,
            claim_until=self.claim_until,
            budget_fen=self.budget_fen,
            budget_count=self.budget_count,
            pack_sku=given.pack_sku or None,
            parts=self.parts,
        )


def typed(form: Mapping[str, str]) -> Typed:
    """Read the form; what is absent is empty, several boxes of a name are joined by commas."""
    lists = getattr(form, "getlist", lambda name: [form.get(name, "")])
    given = {name: form.get(name, "").strip() for name in asdict(Typed())}
    joined = {name: ",".join(filter(None, lists(name))) for name in MANY}
    kind = given["kind"] if given["kind"] in KINDS else CouponKind.AMOUNT.value
    return Typed(**given | joined | {"kind": kind})


def meant(given: Typed) -> tuple[Meant, Errors]:
    """Understand the fields; an error stands under the name of its field."""
    errors: Errors = {}
    if not 0 < len(given.name) <= LONGEST_NAME:
        errors["name"] = f"填券名，最多 {LONGEST_NAME} 个字"
    fields = Meant(
        name=given.name,
        kind=CouponKind(given.kind),
        rule=rule_of(given, errors),
        stock=read.whole(given.stock, "stock", errors, "填总数，1 到一千万", MOST_STOCK) or 0,
        limits={name: _limit(given, name, errors) for name in LIMITS},
        claim_from=read.moment(given.claim_from, "claim_from", errors),
        claim_until=read.moment(given.claim_until, "claim_until", errors),
        budget_fen=read.fen(given.budget, "budget", errors),
        budget_count=_limit(given, "budget_count", errors),
        parts=_parts(given, errors),
    )
    if not given.stock:
        errors["stock"] = "填总数，1 到一千万"
    if fields.claim_from and fields.claim_until and fields.claim_until <= fields.claim_from:
        errors["claim_until"] = "结束要晚于开始"
    return fields, errors


def rule_of(given: Typed, errors: Errors) -> Rule | None:
    """The rule that the form says; None while a field of it is wrong or missing."""
    before = len(errors)
    gives = _gives(given, errors)
    rule = Rule(
        gives=gives or Shipping(),
        validity=_validity(given, errors),
        min_spend_fen=read.fen(given.min_spend, "min_spend", errors) or 0,
        goods=_goods(given),
        store_ids=read.ids(given.stores),
        weekdays=read.ids(given.weekdays),
        hours=_hours(given, errors),
        tier_ids=read.ids(given.tiers),
        is_first_purchase=bool(given.is_first),
        stacking=Stacking(is_alone=bool(given.is_alone)),
    )
    return rule if gives and len(errors) == before else None


def _gives(given: Typed, errors: Errors) -> Gives | None:
    kind, quantity = (
        CouponKind(given.kind),
        read.whole(given.quantity, "quantity", errors, "填 1 到 99"),
    )
    if kind is CouponKind.SHIPPING:
        return Shipping(read.fen(given.cap, "cap", errors))
    if kind is CouponKind.FREE:
        return Free(quantity or 1)
    if kind in (CouponKind.SAMPLE, CouponKind.GIFT, CouponKind.PACK):
        return _thing(given, kind, quantity or 1, errors)
    if kind is CouponKind.PERCENT:
        return _percent(given, errors)
    fen = read.fen(given.value, "value", errors)
    if not fen:
        errors.setdefault("value", "填金额，比如 30 或 9.9")
        return None
    return Amount(fen) if kind is CouponKind.AMOUNT else Exchange(fen, quantity or 1)


def _thing(given: Typed, kind: CouponKind, quantity: int, errors: Errors) -> Gives | None:
    if not given.thing:
        errors["thing"] = "填名称，比如修护精华 5ml"
        return None
    if kind is CouponKind.SAMPLE:
        return Sample(given.thing)
    return Gift(given.skus.split()[0] if given.skus else "-", given.thing, quantity)


def _percent(given: Typed, errors: Errors) -> Gives | None:
    pays = read.decimal(given.value)
    if pays is None or not 0 <= pays < 10 or pays * 1000 % 1:
        errors["value"] = "填折数，比如 8.5"
        return None
    off = 10_000 - int(pays * 1000)
    return Percent(off, read.fen(given.cap, "cap", errors))


def _validity(given: Typed, errors: Errors) -> AfterClaim | BetweenDays:
    if given.validity != "dates":
        return AfterClaim(read.whole(given.days, "days", errors, "填 1 到 3650 天", 3650) or 30)
    first, last = read.day(given.first, "first", errors), read.day(given.last, "last", errors)
    if first and last and last < first:
        errors["last"] = "最后一天不能早于第一天"
    return BetweenDays(first or date.min, last or date.max)


def _goods(given: Typed) -> Goods:
    only = [Selector(category=word) for word in read.words(given.categories)]
    is_sku_asked = given.kind not in (CouponKind.GIFT, CouponKind.PACK)
    only += [Selector(sku=word) for word in read.words(given.skus) if is_sku_asked]
    without = [Selector(category=word) for word in read.words(given.except_categories)]
    return Goods(tuple(only), tuple(without))


def _hours(given: Typed, errors: Errors) -> tuple[Hours, ...]:
    if not given.hour_from and not given.hour_until:
        return ()
    try:
        start = datetime.strptime(given.hour_from or "00:00", "%H:%M").time()  # noqa: DTZ007
        end = datetime.strptime(given.hour_until, "%H:%M").time() if given.hour_until else None  # noqa: DTZ007
    except ValueError:
        errors["hour_from"] = "时间写成 10:00 这样"
        return ()
    if end is not None and end <= start:
        errors["hour_until"] = "结束要晚于开始"
    return (Hours(start, end),)


def _parts(given: Typed, errors: Errors) -> dict[str, int]:
    """Lines of `code × quantity`."""
    if given.kind != CouponKind.PACK:
        return {}
    found: dict[str, int] = {}
    for word in read.words(given.parts):
        code, _, quantity = word.replace("×", "*").partition("*")
        found[code] = int(quantity) if quantity.isdecimal() else 1
    if not found:
        errors["parts"] = "填里面的券，比如 welcome20*2"
    return found


def _limit(given: Typed, name: str, errors: Errors) -> int | None:
    return read.whole(getattr(given, name), name, errors, "填 1 以上的整数，不限就空着", MOST_STOCK)
