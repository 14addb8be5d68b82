"""A brand with fans who exist both at the sandbox's WeChat and in the database."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import insert, select, text, update

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.members.models import Consent, Fan, FanTag, Purpose
from app.pushes import jobs, queries
from app.pushes import service as pushes
from app.pushes.models import Delivery, MassCount, PushBatch, PushRun
from app.staff.models import Role
from app.staff.service import Actor
from app.wechat import openids
from tests import factories
from tests.sandbox.play import eventually

MASS_SEND = "/cgi-bin/message/mass/send"
PAST_A_MINUTE = 70.0


class Stage:
    """What the tests of pushes act upon; reads as what staff and people do."""

    def __init__(self, box, process) -> None:
        self.box, self.process = box, process
        box.admin("POST", "/reset")
        box.admin("DELETE", "/faults")
        self.brand = factories.make_brand()
        self.account = self.brand.service
        self.people: dict[int, str] = {}
        self.offset = 0.0
        self._tell_sandbox()
        with db.transaction(self.brand.id):
            self.tag_id = members.tag("购买", "护肤")
        self.mei = self.at_headquarters("mei", "梅")

    def _tell_sandbox(self, callback_url: str = "http://127.0.0.1:9/nobody") -> None:
        self.box.admin(
            "PUT",
            f"/accounts/{self.account.appid}",
            {
                "kind": "service",
                "secret": f"secret-of-{self.account.appid}",
                "original_id": self.account.original_id,
                "name": "禾木集",
                "callback_url": callback_url,
                "token": factories.CALLBACK_TOKEN,
                "encoding_aes_key": factories.AES_KEY,
                "mode": "safe",
            },
        )

    def at_headquarters(self, login: str, name: str) -> Actor:
        person = factories.make_staff(self.brand.id, login, Role.ADMIN, name=name)
        return Actor(person.id, self.brand.id, name, Role.ADMIN, None, "")

    # People

    def followers(self, count: int, *, tagged: bool = True) -> list[int]:
        """So many who follow at WeChat and here, and carry the tag; answers their fan ids."""
        start = len(self.people)
        given = [{"key": f"p{n}", "nickname": f"p{n}"} for n in range(start, start + count)]
        made = self.box.admin("POST", "/people/bulk", {"people": given})["people"]
        for person in made:
            self._at_wechat(person, "follow")
        known = {one["openids"][self.account.appid]: one["person_id"] for one in made}
        with db.transaction(self.brand.id):
            found = session.scalars(insert(Fan).returning(Fan), [self._fan(o) for o in known])
            fans = {fan.id: known[members.openid_of(fan)] for fan in found}
            if tagged:
                session.execute(insert(FanTag), [self._tagged(fan_id) for fan_id in fans])
        self.people |= fans
        return sorted(fans)

    def crowd(self, count: int) -> list[int]:
        """Followers whom only the database knows: for counting, not for sending."""
        with db.transaction(self.brand.id):
            rows = [self._fan(f"o-crowd-{n}") for n in range(count)]
            ids = list(session.scalars(insert(Fan).returning(Fan.id), rows))
            session.execute(insert(FanTag), [self._tagged(fan_id) for fan_id in ids])
        return sorted(ids)

    def _fan(self, openid: str) -> dict:
        return {
            "brand_id": self.brand.id,
            "account_id": self.account.id,
            "openid_encrypted": openids.seal(self.brand.id, self.account.id, openid),
            "openid_index": openids.index(self.brand.id, self.account.id, openid),
            "is_following": True,
            "created_at": clock.now(),
        }

    def _tagged(self, fan_id: int) -> dict:
        return {
            "brand_id": self.brand.id,
            "fan_id": fan_id,
            "tag_id": self.tag_id,
            "source": "rule",
            "tagged_at": clock.now(),
        }

    def _at_wechat(self, person: dict, act: str) -> None:
        path = f"/people/{person['person_id']}/{act}"
        self.box.admin("POST", path, {"appid": self.account.appid})

    def leave(self, *fan_ids: int) -> None:
        """They unfollow, and their callbacks have been taken in."""
        with db.transaction(self.brand.id):
            session.execute(update(Fan).where(Fan.id.in_(fan_ids)).values(is_following=False))

    def join(self, fan_id: int, phone: str, *, marketing: bool) -> int:
        return factories.make_member(self.brand.id, fan_id, phone, marketing=marketing).id

    def withdraw(self, member_id: int) -> None:
        """She takes her marketing consent back."""
        self.say(member_id, is_given=False)

    def say(self, member_id: int, *, is_given: bool) -> None:
        """A word of hers on marketing, later than the ones before."""
        with db.transaction(self.brand.id):
            session.add(
                Consent(
                    member_id=member_id,
                    purpose=Purpose.MARKETING,
                    is_given=is_given,
                    text_version="test",
                    door="card",
                    at=clock.now(),
                )
            )

    # The database

    @property
    def urls(self):
        return self.process.urls

    def reconnect(self) -> None:
        """New connections, which read the database's settings anew."""
        self.process.disconnect()
        self.process.connect()

    def database_says(self, statement: str) -> str:
        with db.transaction(self.brand.id):
            return session.scalar(text(statement))

    # Staff and the timekeeper

    def push(self, words: str = "护肤会员日", **given) -> int:
        """A scheduled push whose time comes in a minute."""
        at = clock.now() + timedelta(minutes=1)
        fields = {"name": words, "text": words, "tag_id": self.tag_id, "once_at": at} | given
        if "day_of_month" in given:
            fields["once_at"] = None
        with db.transaction(self.brand.id):
            push_id = pushes.save_draft(None, **fields).id
            pushes.schedule(push_id, self.mei)
        return push_id

    def monthly(self, day: int = 8, at: time = time(10), **given) -> int:
        return self.push(day_of_month=day, at_time=at, **given)

    def run(self, words: str = "护肤会员日", **given) -> int:
        """A push whose time has come: its run, planned and not begun."""
        push_id = self.push(words, **given)
        pushes.plan_due(clock.now() + timedelta(minutes=2))
        return self.runs_of(push_id)[0].id

    def begun(self, words: str = "护肤会员日", **given) -> int:
        """A run whose audience is frozen."""
        run_id = self.run(words, **given)
        with db.transaction(self.brand.id):
            assert pushes.freeze(run_id)
        return run_id

    def claim(self, run_id: int, size: int = 10_000):
        with db.transaction(self.brand.id):
            return pushes.claim(run_id, size)

    def stop(self, run_id: int) -> None:
        with db.transaction(self.brand.id):
            pushes.stop(run_id, self.mei)

    def pass_time(self, seconds: float) -> None:
        """Both clocks move on: ours and WeChat's."""
        self.offset += seconds
        clock.move(timedelta(seconds=self.offset))
        self.box.admin("POST", "/clock", {"offset_seconds": self.offset})

    def leave_the_night(self) -> None:
        """Just after midnight the next one is further off than WeChat remembers a key."""
        now = clock.local(clock.now())
        noon = now.replace(hour=12, minute=0)
        self.pass_time(max(0.0, (noon - now).total_seconds()))

    def finish(self, run_id: int, size: int = 10_000) -> None:
        """What timekeeper and worker do until the run has ended."""
        for _ in range(20):
            jobs.expire_leases()
            jobs.work(size)
            if self.get_run(run_id).ended_at is not None:
                return
            self.pass_time(PAST_A_MINUTE)
        raise AssertionError("the run did not end")

    # What one sees

    def runs_of(self, push_id: int) -> list[PushRun]:
        with db.transaction(self.brand.id):
            return queries.runs_of(push_id)

    def get_run(self, run_id: int) -> PushRun:
        with db.transaction(self.brand.id):
            return session.scalars(select(PushRun).filter_by(id=run_id)).one()

    def get_push(self, push_id: int):
        with db.transaction(self.brand.id):
            return queries.get(push_id)

    def report(self, run_id: int) -> queries.Report:
        with db.transaction(self.brand.id):
            return queries.run_report(run_id)

    def deliveries(self, run_id: int) -> dict[int, Delivery]:
        with db.transaction(self.brand.id):
            found = session.scalars(select(Delivery).filter_by(run_id=run_id))
            return {one.fan_id: one for one in found}

    def reasons(self, run_id: int) -> dict[int, str | None]:
        return {fan_id: one.reason for fan_id, one in self.deliveries(run_id).items()}

    def batches(self, run_id: int) -> list[PushBatch]:
        with db.transaction(self.brand.id):
            found = select(PushBatch).filter_by(run_id=run_id).order_by(PushBatch.id)
            return list(session.scalars(found))

    def charged(self) -> dict[int, int]:
        """How often each fan was charged, over all months."""
        with db.transaction(self.brand.id):
            counted = session.execute(select(MassCount.fan_id, MassCount.count))
            return {fan_id: count for fan_id, count in counted if count}

    def charge(self, fan_ids: list[int], times: int, month: str | None = None) -> None:
        """As if earlier pushes had used up so much of their four."""
        with db.transaction(self.brand.id):
            month = month or session.scalar(
                text("SELECT to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM')")
            )
            rows = [
                {"brand_id": self.brand.id, "fan_id": fan_id, "month": month, "count": times}
                for fan_id in fan_ids
            ]
            session.execute(insert(MassCount), rows)

    def received(self, count: int) -> dict[int, int]:
        """How many mass messages each person really got, once WeChat has delivered so many."""
        eventually(lambda: self.box.admin("GET", "/sums")["mass"]["messages"] >= count)
        return {
            fan_id: got
            for fan_id, person_id in self.people.items()
            if (got := self._got(person_id))
        }

    def _got(self, person_id: str) -> int:
        messages = self.box.admin("GET", f"/people/{person_id}/messages")["messages"]
        return sum(message["via"] == "mass" for message in messages)

    def doubled(self) -> int:
        return self.box.admin("GET", "/sums")["mass"]["duplicates"]

    def calls(self) -> list[dict]:
        """The mass calls that reached WeChat, oldest first."""
        entries = self.box.admin("GET", "/log?limit=1000")["entries"]
        return [one for one in entries if one["kind"] == "api" and one["path"] == MASS_SEND]

    def fault(self, kind: str, **extra) -> None:
        self.box.admin("POST", "/faults", {"path": MASS_SEND, "kind": kind, "times": 1, **extra})


def due_of(push) -> datetime | None:
    """Its next moment on Shanghai's wall."""
    return push.next_at and clock.local(push.next_at).replace(tzinfo=None)
