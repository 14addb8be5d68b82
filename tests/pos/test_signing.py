"""Standard Webhooks, held against the vectors of its own libraries."""

import pytest

from app.pos.signing import is_signed, new_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_specification() -> None:
    assert sign(SECRET, ID, TIMESTAMP, BODY) == SIGNATURE


def test_a_secret_may_be_written_without_its_prefix() -> None:
    assert sign(SECRET.removeprefix("whsec_"), ID, TIMESTAMP, BODY) == SIGNATURE


def test_one_of_several_signatures_is_enough_while_a_key_is_changed() -> None:
    others = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/W"

    assert is_signed(f"{others} {SIGNATURE}", [new_secret(), SECRET], ID, TIMESTAMP, BODY)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1",
        "v1,",
        SIGNATURE.removeprefix("v1,"),
        SIGNATURE.replace("v1", "v2"),
        SIGNATURE.replace("v1", "v1a"),
        SIGNATURE[:-2],
        SIGNATURE.replace(" ", "").replace("g0h", "g0H"),
        "v1,签名",
        "v1," + "A" * 5000,
    ],
)
def test_what_is_no_signature_of_ours_is_refused(header) -> None:
    assert not is_signed(header, [SECRET], ID, TIMESTAMP, BODY)


@pytest.mark.parametrize(
    "changed", [(ID + "x", TIMESTAMP, BODY), (ID, "1614265331", BODY), (ID, TIMESTAMP, BODY + b" ")]
)
def test_id_time_and_body_are_all_signed(changed) -> None:
    assert not is_signed(SIGNATURE, [SECRET], *changed)
