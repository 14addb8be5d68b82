"""What she takes back in WeChat's own settings (RevokeInfo, wechat.md §2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from app.wechat.events.reading import Facts, Reading

# 1–20 come from mini-programs, 201–207 from pages of a service account.
CONSENTS: Mapping[str, str] = {
    "1": "plate_number", "2": "address", "3": "invoice", "4": "bluetooth", "5": "microphone",
    "6": "profile", "7": "camera", "8": "phone", "12": "steps", "13": "location", "14": "album",
    "15": "file", "16": "email", "18": "place", "19": "nickname", "20": "avatar",
    "201": "address", "202": "invoice", "203": "card", "204": "microphone", "205": "profile",
    "206": "location", "207": "album",
}  # fmt: skip


def tell(message: Reading) -> Facts:
    """`consent` is None for a code that WeChat's pages do not explain: a person must look."""
    code = message.text("RevokeInfo")
    return {"code": code, "consent": CONSENTS.get(code or "")}
