"""Personal data at rest."""

import pytest

from app.core.crypto import CannotOpen, Keyring

OLD, NEW = ("k1", bytes(32)), ("k2", bytes(range(32)))


def test_what_was_sealed_opens_only_in_its_own_place() -> None:
    ring = Keyring((OLD,), bytes(32))
    sealed = ring.seal("13800005678", context="1.members.phone")

    assert ring.open(sealed, context="1.members.phone") == "13800005678"
    with pytest.raises(CannotOpen):
        ring.open(sealed, context="2.members.phone")


def test_an_old_key_opens_while_a_new_one_seals() -> None:
    sealed = Keyring((OLD,), bytes(32)).seal("x", context="c")
    both = Keyring((NEW, OLD), bytes(32))

    assert both.open(sealed, context="c") == "x"
    assert both.seal("x", context="c").startswith("k2:")
    with pytest.raises(CannotOpen):
        Keyring((NEW,), bytes(32)).open(sealed, context="c")


def test_two_brands_index_the_same_phone_differently() -> None:
    ring = Keyring((OLD,), bytes(32))

    assert ring.index("13800005678", context="1.phone") != ring.index(
        "13800005678", context="2.phone"
    )
