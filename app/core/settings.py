"""Every setting of Huike, read once at start and checked there."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

ENVIRONMENTS = ("production", "demo", "development", "test")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WECHAT = "https://api.weixin.qq.com"
SANDBOX_SMS = "sandbox-key", "sandbox-secret", "回客", "SMS_0001"  # sandbox/sms.py knows them

SANDBOX_CALLS = "sandbox-key"  # sandbox/calls.py knows it


class SettingsError(Exception):
    """A setting is missing or malformed; the text names it and shows an example."""


class SmsProvider(StrEnum):
    """Who carries the codes."""

    OFF = "off"
    SANDBOX = "sandbox"
    ALIYUN = "aliyun"
    TENCENT = "tencent"


@dataclass(frozen=True)
class SmsSettings:
    """The account at the service that carries messages. `base_url` empty: the service's own."""

    provider: SmsProvider
    base_url: str = ""
    key_id: str = ""
    key_secret: str = field(default="", repr=False)
    sign: str = ""
    template: str = ""
    app_id: str = ""


class CallProvider(StrEnum):
    """Who joins two telephones."""

    OFF = "off"
    SANDBOX = "sandbox"
    HTTP = "http"


@dataclass(frozen=True)
class CallSettings:
    """The bridge that joins telephones; `base_url` empty: there is none."""

    provider: CallProvider
    base_url: str = ""
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """What docs/settings.md describes, one field a setting."""

    env: str
    database_url: str | None
    database_system_url: str | None
    database_owner_url: str | None
    redis_url: str | None
    wechat_api_base_url: str
    public_url: str
    stream_url: str
    callback_url: str
    secret_key: str
    data_keys: tuple[tuple[str, bytes], ...]
    index_key: bytes
    var: Path
    frame_url: str | None
    trusted_proxies: int
    sms: SmsSettings
    calls: CallSettings

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check the environment. Raises SettingsError naming the setting."""
        environ = os.environ if environ is None else environ  # noqa: TID251 - the one place
        env = _choice(environ, "HUIKE_ENV", ENVIRONMENTS, default="development")
        public_url = _web(environ, "PUBLIC_URL", "http://127.0.0.1:8000")
        settings = cls(
            env=env,
            database_url=_database(environ, "DATABASE_URL", required=env == "production"),
            database_system_url=_database(environ, "DATABASE_SYSTEM_URL", required=False),
            database_owner_url=_database(environ, "DATABASE_OWNER_URL", required=False),
            redis_url=_redis(environ, required=env == "production"),
            wechat_api_base_url=_web(environ, "WECHAT_API_BASE_URL", WECHAT),
            public_url=public_url,
            stream_url=_web(environ, "STREAM_URL", "http://127.0.0.1:8001"),
            callback_url=_web(environ, "CALLBACK_URL", public_url),
            secret_key=_secret(environ),
            data_keys=_data_keys(environ),
            index_key=_key(environ, "INDEX_KEY"),
            var=Path(environ.get("HUIKE_VAR") or "var").absolute(),
            frame_url=_web(environ, "FRAME_URL", "") or None,
            trusted_proxies=_count(environ, "TRUSTED_PROXIES"),
            sms=_sms(environ, env),
            calls=_calls(environ, env),
        )
        settings._check_transport()
        return settings

    @property
    def is_https(self) -> bool:
        """Whether cookies are Secure and carry the __Host- prefix."""
        return self.public_url.startswith("https://")

    def _check_transport(self) -> None:
        on_loopback = urlsplit(self.public_url).hostname in LOOPBACK
        if not (self.is_https or on_loopback or self.env in ("demo", "test")):
            raise _problem("PUBLIC_URL", "must be https away from loopback", "https://crm.brand.cn")
        if self.frame_url and self.env not in ("demo", "test"):
            raise _problem("FRAME_URL", "is for HUIKE_ENV=demo alone", "(leave it unset)")


def _problem(name: str, what: str, example: str) -> SettingsError:
    return SettingsError(f"{name} {what}. Example: {name}={example}")


def _choice(
    environ: Mapping[str, str], name: str, allowed: tuple[str, ...], *, default: str
) -> str:
    value = environ.get(name) or default
    if value not in allowed:
        raise _problem(name, f"must be one of {', '.join(allowed)}", allowed[0])
    return value


def _database(environ: Mapping[str, str], name: str, *, required: bool) -> str | None:
    value = environ.get(name) or None
    example = "postgresql://huike_app:password@db.internal/huike"
    if value is None and required:
        raise _problem(name, "is missing", example)
    if value is None:
        return None
    scheme, _, rest = value.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not rest:
        raise _problem(name, "is not a PostgreSQL address", example)
    return f"postgresql+psycopg://{rest}"


def _redis(environ: Mapping[str, str], *, required: bool) -> str | None:
    value = environ.get("REDIS_URL") or None
    example = "redis://:password@queue.internal:6379/0"
    if value is None and required:
        raise _problem("REDIS_URL", "is missing", example)
    if value is not None and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        raise _problem("REDIS_URL", "is not a Redis address", example)
    return value


def _web(environ: Mapping[str, str], name: str, default: str) -> str:
    value = (environ.get(name) or default).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise _problem(name, "is not a web address", "https://crm.brand.cn")
    return value


def _sms(environ: Mapping[str, str], env: str) -> SmsSettings:
    """The sandbox carries them where it plays WeChat, too; elsewhere nobody until one is named."""
    wechat = _web(environ, "WECHAT_API_BASE_URL", WECHAT)
    is_played = env != "production" and wechat != WECHAT
    default = SmsProvider.SANDBOX if is_played else SmsProvider.OFF
    provider = SmsProvider(
        _choice(environ, "SMS_PROVIDER", tuple(SmsProvider), default=default.value)
    )
    if provider == SmsProvider.SANDBOX and not is_played:
        raise _problem("SMS_PROVIDER", "is sandbox, but there is none here", "aliyun")
    if provider == SmsProvider.SANDBOX:
        return SmsSettings(provider, f"{wechat}/sms/aliyun", *SANDBOX_SMS)
    if provider == SmsProvider.OFF:
        return SmsSettings(provider)
    app_id = _given(environ, "SMS_APP_ID") if provider == SmsProvider.TENCENT else ""
    return SmsSettings(
        provider,
        _web(environ, "SMS_BASE_URL", ""),
        _given(environ, "SMS_KEY_ID"),
        _given(environ, "SMS_KEY_SECRET"),
        _given(environ, "SMS_SIGN"),
        _given(environ, "SMS_TEMPLATE"),
        app_id,
    )


def _given(environ: Mapping[str, str], name: str, whose: str = "SMS_PROVIDER") -> str:
    value = environ.get(name, "")
    if not value:
        raise _problem(name, f"is missing, {whose} needs it", "(as the service shows it)")
    return value


def _calls(environ: Mapping[str, str], env: str) -> CallSettings:
    """As with messages: the sandbox where it plays WeChat, elsewhere nobody until one is named."""
    wechat, name = _web(environ, "WECHAT_API_BASE_URL", WECHAT), "CALL_PROVIDER"
    is_played = env != "production" and wechat != WECHAT
    default = CallProvider.SANDBOX if is_played else CallProvider.OFF
    provider = CallProvider(_choice(environ, name, tuple(CallProvider), default=default.value))
    if provider == CallProvider.SANDBOX and not is_played:
        raise _problem(name, "is sandbox, but there is none here", "http")
    if provider == CallProvider.SANDBOX:
        return CallSettings(provider, f"{wechat}/calls", SANDBOX_CALLS)
    if provider == CallProvider.OFF:
        return CallSettings(provider)
    address = _web(environ, "CALL_BASE_URL", "")
    if not address:
        raise _problem("CALL_BASE_URL", f"is missing, {name} needs it", "https://pbx.brand.cn")
    return CallSettings(provider, address, _given(environ, "CALL_KEY", name))


def _count(environ: Mapping[str, str], name: str) -> int:
    value = environ.get(name) or "0"
    if not (value.isascii() and value.isdigit() and len(value) == 1):
        raise _problem(name, "is not a number from 0 to 9", "1")
    return int(value)


def _secret(environ: Mapping[str, str]) -> str:
    value = environ.get("SECRET_KEY", "")
    if len(value) < 32:
        raise _problem("SECRET_KEY", "is missing or under 32 characters", "`openssl rand -hex 32`")
    return value


def _data_keys(environ: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """`id:base64` pairs, comma separated; the first encrypts, all decrypt."""
    pairs = [pair.strip().partition(":") for pair in environ.get("DATA_KEYS", "").split(",")]
    try:
        keys = tuple((name, base64.b64decode(key, validate=True)) for name, _, key in pairs)
    except binascii.Error:
        keys = ()
    if not keys or any(not name or len(key) != 32 for name, key in keys):
        raise _problem("DATA_KEYS", "is missing or malformed", "k1:`openssl rand -base64 32`")
    return keys


def _key(environ: Mapping[str, str], name: str) -> bytes:
    try:
        key = base64.b64decode(environ.get(name, ""), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise _problem(name, "is missing or not 32 bytes of base64", "`openssl rand -base64 32`")
    return key
