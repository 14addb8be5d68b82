"""What she agreed to and took back, under which text, at which door. The newest word holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.members import queries
from app.members.models import Consent, ConsentChannel, ConsentText, Fan, Purpose

TEXT_VERSION = "2026-11"
LONGEST_VERSION, LONGEST_TEXT = 16, 4000
CHANNELS: Mapping[Purpose, tuple[ConsentChannel, ...]] = {
    Purpose.MARKETING: tuple(each for each in ConsentChannel if each != ConsentChannel.ALL),
    Purpose.PROFILING: (ConsentChannel.ALL,),
}  # what she may switch by herself; membership and phone end with the card or in WeChat

# What a brand asks with until it publishes words of its own.
TEXTS: Mapping[Purpose, str] = {
    Purpose.MEMBERSHIP: (
        "入会免费。积分、等级和券按门店当时公布的规则计算，规则变动会提前告诉您。\n"
        "我们用手机号认出您，用购买记录算积分和等级、办退换货，不会因此给别人看您的手机号。\n"
        "营销消息只在您另外勾选后才发，每月最多 4 条，随时可以关，关了不影响会员权益。\n"
        "您随时可以查看、更正、下载自己的信息，或注销会员；法律要求保留的票据除外。"
    ),
    Purpose.PHONE: "手机号用来认出您、合并您在各渠道的积分，不给第三方。撤回以后，会员卡还在。",
    Purpose.MARKETING: "新品、活动和券的消息，只用您打开的方式发；微信每月最多 4 条。",
    Purpose.PROFILING: "按您买过什么挑选推荐；关了以后，消息和推荐不再按购买记录挑。",
}


class KnownVersion(Conflict):
    code, title = "known_version", "这个版本号已经用过，换一个；发布过的文本不能改"


@dataclass(frozen=True)
class Asked:
    """The words that people are asked with. `valid_from` is None for those that we ship: they
    are the brand's own, as a row, once somebody has agreed to them or others were published."""

    version: str
    text: str
    valid_from: datetime | None = None


@dataclass(frozen=True)
class Word:
    """Yes or no to a purpose, by a channel or by all."""

    purpose: Purpose
    is_given: bool
    channel: ConsentChannel = ConsentChannel.ALL


def current_text(purpose: Purpose) -> Asked:
    """The words that people are asked to agree to now. Looking at them writes nothing."""
    return _current_texts([purpose])[purpose]


def _current_texts(purposes: Collection[Purpose]) -> dict[Purpose, Asked]:
    newest = (
        select(ConsentText)
        .where(ConsentText.purpose.in_(purposes))
        .ext(distinct_on(ConsentText.purpose))
        .order_by(ConsentText.purpose, ConsentText.valid_from.desc(), ConsentText.id.desc())
    )
    published = {row.purpose: row for row in session.scalars(newest)}
    return {
        each: Asked(row.version, row.text, row.valid_from)
        if (row := published.get(each))
        else Asked(TEXT_VERSION, TEXTS[each])
        for each in purposes
    }


def _texts_on_record(purposes: Collection[Purpose]) -> dict[Purpose, Asked]:
    """The same, kept as rows from now on: what she agreed to can be shown for ever."""
    asked = _current_texts(purposes)
    at = {"brand_id": db.current_brand_id(), "valid_from": clock.now()}
    first = [
        at | {"purpose": purpose, "version": each.version, "text": each.text}
        for purpose, each in asked.items()
        if each.valid_from is None
    ]
    if first:
        session.execute(insert(ConsentText).values(first).on_conflict_do_nothing())
    return asked


def publish_text(purpose: Purpose, version: str, text: str, *, by: str) -> None:
    """From now on people are asked with these words. Raises KnownVersion."""
    _texts_on_record([purpose])  # the words so far stay
    values = {
        "brand_id": db.current_brand_id(),
        "purpose": purpose,
        "version": version,
        "text": text,
        "valid_from": clock.now(),
    }
    statement = insert(ConsentText).values(values).on_conflict_do_nothing()
    if session.scalar(statement.returning(ConsentText.id)) is None:
        raise KnownVersion()
    audit.record("consent_text.published", actor=by, subject=f"{purpose}:{version}")


def consent(
    member_id: int,
    purpose: Purpose,
    *,
    is_given: bool,
    door: str,
    channel: ConsentChannel = ConsentChannel.ALL,
) -> None:
    """Write down what she agreed to or withdrew; the newest row is what holds."""
    consent_to([Word(purpose, is_given, channel)], member_id=member_id, door=door)


def consent_to(words: Sequence[Word], *, member_id: int, door: str) -> None:
    """The same for all she said at once."""
    _write(words, door=door, member_id=member_id)


def refuse_marketing(
    fan: Fan | None,
    member_id: int | None,
    door: str,
    channel: ConsentChannel = ConsentChannel.ALL,
) -> bool:
    """She wants no more of it. False when that was known, so that saying it twice is one row."""
    no = Word(Purpose.MARKETING, False, channel)
    if member_id is not None:
        if not is_reachable(member_id, channel):
            return False
        _write([no], door=door, member_id=member_id)
        return True
    if fan is None or queries.has_refused(fan):
        return False
    _write([no], door=door, fan_id=fan.id)
    return True


def is_reachable(member_id: int, channel: ConsentChannel) -> bool:
    """Whether marketing may reach her by this channel; by any, if all are meant."""
    asked = CHANNELS[Purpose.MARKETING] if channel == ConsentChannel.ALL else (channel,)
    return any(queries.has_consent(member_id, Purpose.MARKETING, each) for each in asked)


def _write(
    words: Sequence[Word], *, door: str, member_id: int | None = None, fan_id: int | None = None
) -> None:
    asked = _texts_on_record({word.purpose for word in words})
    session.add_all(
        Consent(
            member_id=member_id,
            fan_id=fan_id,
            purpose=word.purpose,
            channel=word.channel,
            is_given=word.is_given,
            text_version=asked[word.purpose].version,
            door=door,
            at=clock.now(),
        )
        for word in words
    )
    session.flush()  # the next word may come in the same transaction
