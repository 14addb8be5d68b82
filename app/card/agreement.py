"""The member agreement she is shown. A consent names the version of the text it was given to."""

from __future__ import annotations

from dataclasses import dataclass

from app.members import service as members
from app.members.models import Purpose

TITLE = "会员协议"


@dataclass(frozen=True)
class Agreement:
    version: str
    title: str
    paragraphs: list[str]


def current() -> Agreement:
    """The words that the current brand asks with now."""
    text = members.current_text(Purpose.MEMBERSHIP)
    return Agreement(text.version, TITLE, text.text.splitlines())
