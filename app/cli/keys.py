"""`flask keys …`: which data key has sealed what, and sealing anew with the first."""

from __future__ import annotations

import json

import click

from app.core import rotation
from app.core.crypto import CannotOpen, keyring
from app.core.rotation import Histogram, Sealed

_ACCOUNT = "wechat_accounts.{appid}"
_CHANGE = "{brand_id}.custom_changes.value"
_API_KEY = "{brand_id}.api_keys.secret"
_OPENID = "{brand_id}.openid.{account_id}"
_ACCOUNT_OF_CHECK = (
    "SELECT account_id FROM follower_checks c WHERE c.brand_id = t.brand_id AND c.id = t.check_id"
)
_PLACE_OF_NAME = "CASE t.kind WHEN 'phone' THEN 'members.phone' ELSE 'member_identities.value' END"
# Every sealed column, and what its values are bound to; a house test finds one that is missing.
SEALED = (
    Sealed("members", "phone_encrypted", "{brand_id}.members.phone"),
    Sealed("members", "name_encrypted", "{brand_id}.members.name"),
    Sealed("complaints", "text_encrypted", "{brand_id}.complaints.text"),
    Sealed("complaints", "answer_encrypted", "{brand_id}.complaints.answer"),
    Sealed("contacts", "text_encrypted", "{brand_id}.contacts.text"),
    Sealed("measurements", "value_encrypted", "{brand_id}.measurements.value"),
    Sealed("notes", "text_encrypted", "{brand_id}.notes.text"),
    Sealed("custom_values", "text_encrypted", "{brand_id}.custom_values.text"),
    Sealed("custom_changes", "before_encrypted", _CHANGE),
    Sealed("custom_changes", "after_encrypted", _CHANGE),
    Sealed("member_identities", "value_encrypted", "{brand_id}.{place}", {"place": _PLACE_OF_NAME}),
    Sealed("fans", "openid_encrypted", _OPENID),
    Sealed("fans", "unionid_encrypted", "{brand_id}.fans.unionid"),
    Sealed("events", "person_encrypted", "{brand_id}.events.person"),
    Sealed("notices", "openid_encrypted", _OPENID),
    Sealed("notices", "content_encrypted", "notices.{brand_id}.{subject}"),
    Sealed("follower_checks", "after_encrypted", _OPENID),
    Sealed("listed_followers", "openid_encrypted", _OPENID, {"account_id": _ACCOUNT_OF_CHECK}),
    Sealed("inbox", "raw_encrypted", "inbox.raw"),
    Sealed("inbox", "reply_encrypted", "inbox.raw"),
    Sealed("kept_results", "value_encrypted", "kept.value"),
    Sealed("kept_answers", "body_encrypted", "kept.answer"),
    Sealed("api_keys", "secret_encrypted", _API_KEY),
    Sealed("api_keys", "previous_encrypted", _API_KEY),
    Sealed("staff_bindings", "name_encrypted", "{brand_id}.staff_bindings.name"),
    Sealed("staff", "totp_secret_encrypted", "staff.totp.{brand_id}.{id}"),
    Sealed("export_pieces", "piece_encrypted", "{brand_id}.exports.piece.{export_id}"),
    Sealed("wechat_accounts", "secret_encrypted", _ACCOUNT),
    Sealed("wechat_accounts", "callback_token_encrypted", _ACCOUNT),
    Sealed("wechat_accounts", "aes_key_encrypted", _ACCOUNT),
    Sealed("wecom_corps", "secret_encrypted", "wecom_corps.secret.{brand_id}"),
    Sealed("wecom_corps", "token_encrypted", "wecom_corps.token.{brand_id}"),
    Sealed("access_tokens", "token_encrypted", "access_tokens.{account_id}"),
    Sealed("js_tickets", "token_encrypted", "js_tickets.{account_id}"),
)


@click.group()
def keys() -> None:
    """The keys that seal personal data and WeChat's secrets."""


@keys.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """Say how many values each key has sealed; exit 1 while another than the first is needed."""
    found = rotation.histogram(SEALED)
    if as_json:
        click.echo(json.dumps({"first": keyring().first, "columns": found}))
    else:
        _tell(found)
    raise SystemExit(0 if _old_keys(found) == {} else 1)


@keys.command()
@click.option("--pause", default=0.02, show_default=True, help="seconds between two batches")
def rotate(pause: float) -> None:
    """Seal anew, with the first key, what others have sealed; web and workers go on meanwhile."""
    try:
        count = rotation.rotate(SEALED, pause=pause)
    except CannotOpen as problem:
        raise click.ClickException(
            f"有的值打不开（{problem}）。把那把密钥放回 DATA_KEYS 再运行；已经换好的不受影响。"
        ) from None
    click.echo(f"换好 {count:,} 个值")
    _tell(rotation.histogram(SEALED))


def _old_keys(found: Histogram) -> dict[str, int]:
    """What other keys than the first still hold."""
    old: dict[str, int] = {}
    for counts in found.values():
        for name, count in counts.items():
            if name != keyring().first:
                old[name] = old.get(name, 0) + count
    return old


def _tell(found: Histogram) -> None:
    for column, counts in found.items():
        held = "，".join(f"{name} {count:,}" for name, count in counts.items())
        click.echo(f"{column}：{held or '没有'}")
    old = _old_keys(found)
    held = "，".join(f"{name} {count:,} 个" for name, count in old.items())
    first = keyring().first
    click.echo(
        f"旧密钥还封着：{held}。运行 flask keys rotate"
        if old
        else f"全部由 {first} 封存，旧密钥可以拿掉"
    )
