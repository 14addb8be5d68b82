"""What she agreed to and took back, under which text, at which door. The newest word holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

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


def current_text(purpose: Purpose) -> Asked:
    """The words that people are asked to agree to now. Looking at them writes nothing."""
    published = select(ConsentText).filter_by(purpose=purpose)
    newest = published.order_by(ConsentText.valid_from.desc(), ConsentText.id.desc()).limit(1)
    found = session.scalar(newest)
    if found is None:
        return Asked(TEXT_VERSION, TEXTS[purpose])
    return Asked(found.version, found.text, found.valid_from)


def _text_on_record(purpose: Purpose) -> Asked:
    """The same, kept as a row from now on: what she agreed to can be shown for ever."""
    asked = current_text(purpose)
    if asked.valid_from is None:
        first = {"purpose": purpose, "version": asked.version, "text": asked.text}
        at = {"brand_id": db.current_brand_id(), "valid_from": clock.now()}
        session.execute(insert(ConsentText).values(first | at).on_conflict_do_nothing())
    return asked


def publish_text(purpose: Purpose, version: str, text: str, *, by: str) -> None:
    """From now on people are asked with these words. Raises KnownVersion."""
    _text_on_record(purpose)  # the words so far stay
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
    _write(purpose, channel, is_given=is_given, door=door, member_id=member_id)


def refuse_marketing(
    fan: Fan | None,
    member_id: int | None,
    door: str,
    channel: ConsentChannel = ConsentChannel.ALL,
) -> bool:
    """She wants no more of it. False when that was known, so that saying it twice is one row."""
    if member_id is not None:
        if not is_reachable(member_id, channel):
            return False
        _write(Purpose.MARKETING, channel, is_given=False, door=door, member_id=member_id)
        return True
    if fan is None or queries.has_refused(fan):
        return False
    _write(Purpose.MARKETING, channel, is_given=False, door=door, fan_id=fan.id)
    return True


def is_reachable(member_id: int, channel: ConsentChannel) -> bool:
    """Whether marketing may reach her by this channel; by any, if all are meant."""
    asked = CHANNELS[Purpose.MARKETING] if channel == ConsentChannel.ALL else (channel,)
    return any(queries.has_consent(member_id, Purpose.MARKETING, each) for each in asked)


def _write(
    purpose: Purpose,
    channel: ConsentChannel,
    *,
    is_given: bool,
    door: str,
    member_id: int | None = None,
    fan_id: int | None = None,
) -> None:
    session.add(
        Consent(
            member_id=member_id,
            fan_id=fan_id,
            purpose=purpose,
            channel=channel,
            is_given=is_given,
            text_version=_text_on_record(purpose).version,
            door=door,
            at=clock.now(),
        )
    )
    session.flush()  # the next word may come in the same transaction
