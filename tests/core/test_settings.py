"""A setting that is missing or malformed stops the start, by name and with an example."""

import base64

import pytest

from app.core.settings import Settings, SettingsError, SmsProvider

KEY = base64.b64encode(bytes(32)).decode()
WHOLE = {
    "HUIKE_ENV": "production",
    "DATABASE_URL": "postgresql://huike_app:x@db/huike",
    "REDIS_URL": "redis://queue/0",
    "PUBLIC_URL": "https://crm.brand.cn",
    "SECRET_KEY": "s" * 32,
    "DATA_KEYS": f"k1:{KEY}",
    "INDEX_KEY": KEY,
}


def test_a_whole_set_is_accepted() -> None:
    settings = Settings.from_env(WHOLE)

    assert settings.database_url == "postgresql+psycopg://huike_app:x@db/huike"
    assert settings.is_https


def test_in_production_nobody_carries_codes_until_a_service_is_named() -> None:
    assert Settings.from_env(WHOLE).sms.provider == SmsProvider.OFF


def test_a_named_service_needs_its_account() -> None:
    with pytest.raises(SettingsError, match="SMS_KEY_ID is missing"):
        Settings.from_env(WHOLE | {"SMS_PROVIDER": "aliyun"})


def test_the_sandbox_carries_no_codes_in_production() -> None:
    with pytest.raises(SettingsError, match="SMS_PROVIDER is sandbox"):
        Settings.from_env(WHOLE | {"SMS_PROVIDER": "sandbox"})


def test_the_services_secret_is_not_shown() -> None:
    names = ("SMS_KEY_ID", "SMS_KEY_SECRET", "SMS_SIGN", "SMS_TEMPLATE")
    given = dict.fromkeys(names, "its-secret") | {"SMS_PROVIDER": "aliyun", "SMS_KEY_ID": "id"}

    assert "key_secret" not in repr(Settings.from_env(WHOLE | given))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUIKE_ENV", "staging"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "mysql://db/huike"),
        ("REDIS_URL", ""),
        ("REDIS_URL", "http://queue"),
        ("PUBLIC_URL", "crm.brand.cn"),
        ("PUBLIC_URL", "http://crm.brand.cn"),
        ("SECRET_KEY", "short"),
        ("DATA_KEYS", ""),
        ("DATA_KEYS", "k1:not base64"),
        ("DATA_KEYS", "k1:" + base64.b64encode(b"too short").decode()),
        ("INDEX_KEY", ""),
        ("FRAME_URL", "https://elsewhere.cn"),
    ],
)
def test_a_wrong_one_is_named_with_an_example(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(WHOLE | {name: value})

    assert str(refused.value).startswith(name)
    assert "Example:" in str(refused.value)


def test_no_secret_is_in_the_message() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env(WHOLE | {"DATA_KEYS": "k1:c2VjcmV0LXZhbHVl"})

    assert "c2VjcmV0" not in str(refused.value)
