"""WeChat's limits as settings: each has the public page's value until somebody changes it."""

from collections.abc import Mapping

from sandbox.store import Store

DEFAULTS: Mapping[str, int] = {
    "openids_per_page": 10_000,
    "openids_per_batchget": 100,
    "openids_per_tagging": 50,
    "openids_per_blacklisting": 20,
    "tags": 100,
    "tags_per_fan": 20,
    "fans_of_a_deletable_tag": 100_000,
    "permanent_codes": 100_000,
    "contact_ways": 500_000,
    "templates": 25,
    "mass_to_all_per_month": 4,
    "mass_per_fan_and_month": 4,
    "clears_per_month": 10,
}
PREFIX = "limit."


def limit(store: Store, name: str) -> int:
    """The limit in force."""
    return int(store.setting(PREFIX + name, DEFAULTS[name]))


def every(store: Store) -> dict[str, int]:
    """All limits in force."""
    return {name: limit(store, name) for name in DEFAULTS}


def change(store: Store, name: str, value: int | None) -> None:
    """Set a limit; None brings the public page's value back."""
    store.set_setting(PREFIX + name, DEFAULTS[name] if value is None else value)
