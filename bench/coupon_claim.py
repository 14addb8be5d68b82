"""How many claims a second the shop stands when everybody wants the same coupon: 10,000 in stock,
13,200 attempts by 12,000 people in random order, 16 clients; decided and committed together, as
the product does it, against the same work in a plain transaction a claim."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from app.core import clock, db, events
from app.core.db import session
from app.core.errors import AppError
from app.coupons import service as coupons
from app.coupons.models import (
    EVERYBODY,
    CountScope,
    Coupon,
    CouponBatch,
    CouponCampaign,
    CouponCount,
    CouponKind,
    CouponStep,
    Step,
)
from app.members.models import Member
from bench import house
from bench.rows import row

ROUNDS, SEED, CLIENTS = 3, 2024, 16
STOCK, PEOPLE, TWICE = 10_000, 12_000, 1_200


@dataclass
class Run:
    """One batch and what became of the attempts on it."""

    brand_id: int
    batch_id: int
    asked: list[int]
    told: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Attempts answered a second."""
        return len(self.asked) / self.seconds


Claim = Callable[[Run, int], None]


def measure() -> list[dict[str, Any]]:
    """Row `coupon_claim`: coupon, history, event, limits of a person and of a day, budget."""
    with house.open_house() as home:
        _widen(home)
        people = _people(home.brand_id)
        ours, plain = [], []
        for number in range(ROUNDS):
            ours.append(_play(home.brand_id, people, f"ours{number}", _together))
            plain.append(_play(home.brand_id, people, f"plain{number}", _plainly))
            print(f"  together {ours[-1].rate:.0f}/s, one by one {plain[-1].rate:.0f}/s")
        return [_row(ours, plain)]


def _row(ours: Sequence[Run], plain: Sequence[Run]) -> dict[str, Any]:
    times = [taken for run in ours for taken in run.times]
    return row(
        "coupon_claim",
        [run.rate for run in ours],
        "claims/s",
        anchor="a transaction a claim: UPDATE … stock, then the inserts; same tables, same session",
        anchor_values=[run.rate for run in plain],
        p50_ms=round(quantiles(times, n=100)[49], 2),
        p99_ms=round(quantiles(times, n=100)[98], 2),
        anchor_p99_ms=round(quantiles(plain[-1].times, n=100)[98], 2),
        oversold=max(_issued(run) - STOCK for run in ours),
        duplicates=sum(_duplicates(run) for run in ours),
        clients=CLIENTS,
        attempts=len(ours[0].asked),
    )


def _widen(home: house.House) -> None:
    """A connection a client: none of the two waits for a free one."""
    engine = db.make_engine(home.process.urls.app, pool_size=CLIENTS)
    db.configure(engine, db.make_engine(home.process.urls.system))


def _people(brand_id: int) -> list[int]:
    now = clock.now()
    common = {"brand_id": brand_id, "origin": "import", "joined_on": now.date(), "created_at": now}
    rows = [common | {"number": f"B{n}"} for n in range(PEOPLE)]
    with db.transaction(brand_id):
        return list(session.scalars(insert(Member).returning(Member.id), rows))


def _play(brand_id: int, people: list[int], code: str, claim: Claim) -> Run:
    """Everybody asks, a tenth of them twice. Raises RuntimeError when what was given is not
    exactly the stock."""
    lot = random.Random(SEED)
    asked = [*people, *lot.sample(people, TWICE)]
    lot.shuffle(asked)
    run = Run(brand_id, _batch(brand_id, code), asked)
    waiting, began = iter(asked), time.perf_counter()
    lock = threading.Lock()
    given = run, waiting, lock, claim
    clients = [threading.Thread(target=_client, args=given) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    run.seconds = time.perf_counter() - began
    if _issued(run) != STOCK or _duplicates(run):
        raise RuntimeError(f"{_issued(run)} coupons of {STOCK}, {_duplicates(run)} twice")
    return run


def _client(run: Run, waiting: Any, lock: threading.Lock, claim: Claim) -> None:
    while True:
        with lock:
            member_id = next(waiting, None)
        if member_id is None:
            return
        began = time.perf_counter()
        try:
            claim(run, member_id)
            told = "given"
        except AppError as refusal:
            told = refusal.code
        except IntegrityError:
            told = "twice"  # the plain way hears it from the unique key
        run.times.append((time.perf_counter() - began) * 1000)
        run.told[told] += 1


def _batch(brand_id: int, code: str) -> int:
    """One a person, many a day, from a campaign that pays for more than there is."""
    with db.transaction(brand_id):
        today = clock.business_day(clock.now())
        campaign = coupons.add_campaign(
            code=code, name="开卖", kind="A", starts_on=today, ends_on=today, budget_count=STOCK * 2
        )
        batch = coupons.add_batch(
            code=code, name="满减券", kind=CouponKind.AMOUNT, stock=STOCK, value_fen=3000
        )
        batch.campaign_id, batch.per_person, batch.per_day = campaign.id, 1, STOCK * 2
        coupons.open_claims(batch)
        return batch.id


def _issued(run: Run) -> int:
    """How many there are."""
    return _counted(run, func.count(Coupon.id))


def _duplicates(run: Run) -> int:
    """How many of them somebody has who had one."""
    return _issued(run) - _counted(run, func.count(Coupon.member_id.distinct()))


def _counted(run: Run, what: ColumnElement[int]) -> int:
    with db.transaction(run.brand_id):
        return session.scalar(select(what).where(Coupon.batch_id == run.batch_id)) or 0


def _together(run: Run, member_id: int) -> None:
    coupons.claim_together(run.brand_id, run.batch_id, member_id)


def _plainly(run: Run, member_id: int) -> None:
    """The same rows in one transaction a claim, stock first: what is scarce is held to the end."""
    with db.transaction(run.brand_id):
        hers = select(Coupon.id).filter_by(batch_id=run.batch_id, member_id=member_id)
        if session.scalar(hers) is not None:
            return
        batch = _take_one(run)
        _count(run, CountScope.PERSON, str(member_id), 1)
        _count(run, CountScope.DAY, EVERYBODY, STOCK * 2)
        _insert(batch, member_id)


def _take_one(run: Run) -> CouponBatch:
    batch, campaign = CouponBatch, CouponCampaign
    ours = (batch.brand_id == run.brand_id) & (batch.id == run.batch_id)
    taken = update(batch).where(ours, batch.issued < batch.stock).values(issued=batch.issued + 1)
    found = session.scalar(taken.returning(batch), execution_options=_UNSYNCHRONISED)
    if found is None:
        raise coupons.refused(coupons.Reason.GONE)
    pays = (campaign.brand_id == run.brand_id) & (campaign.id == found.campaign_id)
    more = campaign.taken_count + 1
    charged = update(campaign).where(pays, more <= campaign.budget_count).values(taken_count=more)
    session.execute(charged, execution_options=_UNSYNCHRONISED)
    return found


_UNSYNCHRONISED = {"synchronize_session": False}


def _count(run: Run, scope: CountScope, who: str, cap: int) -> None:
    first = postgresql.insert(CouponCount).values(
        brand_id=run.brand_id,
        batch_id=run.batch_id,
        scope=scope,
        who_index=who,
        period="2026-11-28",
        n=1,
        cap=cap,
    )
    keys = ["brand_id", "batch_id", "scope", "who_index", "period"]
    raised = {"n": CouponCount.n + 1}
    room = CouponCount.n < cap
    session.execute(first.on_conflict_do_update(index_elements=keys, set_=raised, where=room))


def _insert(batch: CouponBatch, member_id: int) -> None:
    at = clock.now()
    coupon = {
        "brand_id": batch.brand_id,
        "batch_id": batch.id,
        "member_id": member_id,
        "reason": "claim",
        "valid_from": at,
        "valid_until": at.replace(year=at.year + 1),
        "issued_at": at,
        "rule": batch.rule,
    }
    coupon_id = session.scalar(insert(Coupon).values(coupon).returning(Coupon.id))
    step = {"coupon_id": coupon_id, "at": at, "to_step": Step.ISSUED, "by": "member", "fen": 0}
    session.execute(insert(CouponStep).values(step | {"brand_id": batch.brand_id}))
    told = {"coupon_id": coupon_id, "batch_id": batch.id}
    events.record_all([events.News("coupon.issued", at, told, member_id=member_id)])
