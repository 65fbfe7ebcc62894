"""The rules of the second factor: codes of an app, recovery codes, how far a sign-in is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ceapp.accounts import recovery_codes, totp
from ceapp.accounts.stages import ADMINISTRATORS, OFFERED, STAFF, Stage, needs_factor, stage_of
from tests.conftest import NOW

SEED = base64.b32encode(b"12345678901234567890").decode()
"""Of the test vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

HALF_MINUTE = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("counter", "code"),
    list(enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])),
)
def test_d11_codes_by_counter_are_those_of_rfc_4226(counter: int, code: str) -> None:
    assert totp.code_at(SEED, counter) == code


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_d11_codes_by_time_are_those_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    """The RFC prints eight digits, of which six-digit codes are the last."""
    assert totp.code_at(SEED, totp.step_at(datetime.fromtimestamp(seconds, UTC))) == eight_digits[-6:]


@pytest.mark.parametrize(("steps", "fits"), [(-3, False), (-2, False), (-1, True), (0, True), (1, True), (2, False), (3, False)])
def test_d11_the_step_before_and_the_one_after_fit_too(steps: int, fits: bool) -> None:
    then = NOW + steps * HALF_MINUTE
    assert totp.matching_step(SEED, totp.code_at(SEED, totp.step_at(then)), NOW) == (totp.step_at(then) if fits else None)


def test_d11_a_seed_has_160_random_bits_and_another_seed_other_codes() -> None:
    seeds = {totp.new_seed() for _ in range(1000)}
    assert len(seeds) == 1000
    assert {len(base64.b32decode(seed)) for seed in seeds} == {20}
    assert len({totp.code_at(seed, 1) for seed in seeds}) > 990


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "-12345"])
def test_what_is_no_code_is_none(digits: str) -> None:
    assert not totp.is_code(digits)
    assert totp.matching_step(SEED, digits, NOW) is None


@pytest.mark.parametrize(("issuer", "account"), [("ce.example.org", "tess@example.org"), ("::1", "o'hara+ce@example.org")])
def test_the_address_for_the_app_says_all_that_it_needs(issuer: str, account: str) -> None:
    address = urlsplit(totp.app_address(SEED, issuer=issuer, account=account))
    said = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path).endswith(f":{account}")
    assert said == {"secret": SEED, "issuer": issuer.replace(":", " ").strip(), "algorithm": "SHA1", "digits": "6", "period": "30"}


def test_the_key_is_typed_in_groups() -> None:
    assert totp.in_groups(SEED) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


# Recovery codes


def test_d11_ten_codes_of_sixty_random_bits() -> None:
    batches = [recovery_codes.new_codes() for _ in range(500)]
    codes = {code for batch in batches for code in batch}
    assert {len(batch) for batch in batches} == {10}
    assert len(codes) == 5000
    assert len(recovery_codes.ALPHABET) == len(set(recovery_codes.ALPHABET)) == 32
    assert {len(code) for code in codes} == {12}
    for place in range(12):
        assert {code[place] for code in codes} == set(recovery_codes.ALPHABET)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("7KQ2-XM4D-90RT", "7KQ2XM4D90RT"),
        ("7kq2xm4d90rt", "7KQ2XM4D90RT"),
        (" 7kq2 xm4d 9ort ", "7KQ2XM4D90RT"),
        ("7KQ2–XM4D—90RT", "7KQ2XM4D90RT"),
        ("７KQ2XM4D90RT", "7KQ2XM4D90RT"),
        ("ILO0ILO0ILO0", "110011001100"),
        ("7KQ2-XM4D-90R", None),
        ("7KQ2-XM4D-90RTT", None),
        ("7KQ2-XM4D-90RU", None),
        ("123456", None),
        ("", None),
    ],
)
def test_a_recovery_code_is_read_as_it_is_typed(typed: str, read: str | None) -> None:
    assert recovery_codes.read_code(typed) == read


@given(some.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    read = recovery_codes.read_code(typed)
    assert read is None or recovery_codes.read_code(recovery_codes.in_groups(read)) == read


def test_d11_the_hash_needs_the_seed() -> None:
    assert recovery_codes.hash_of("7KQ2XM4D90RT", SEED) != recovery_codes.hash_of("7KQ2XM4D90RT", totp.new_seed())


# How far a sign-in is


@pytest.mark.parametrize(
    ("setting", "is_administrator", "works_in_organisation", "needs_one"),
    [
        (OFFERED, True, True, False),
        (ADMINISTRATORS, True, False, True),
        (ADMINISTRATORS, False, True, False),
        (ADMINISTRATORS, False, False, False),
        (STAFF, True, False, True),
        (STAFF, False, True, True),
        (STAFF, False, False, False),
    ],
)
def test_d11_who_must_have_one(setting: str, is_administrator: bool, works_in_organisation: bool, needs_one: bool) -> None:
    assert needs_factor(setting, is_administrator=is_administrator, works_in_organisation=works_in_organisation) is needs_one


@pytest.mark.parametrize(
    ("has_factor", "gave_factor", "needs_one", "stage"),
    [
        (False, False, False, Stage.COMPLETE),
        (False, True, False, Stage.COMPLETE),
        (False, False, True, Stage.LED),
        (False, True, True, Stage.LED),
        (True, False, False, Stage.ASKED),
        (True, False, True, Stage.ASKED),
        (True, True, False, Stage.COMPLETE),
        (True, True, True, Stage.COMPLETE),
    ],
)
def test_d11_a_sign_in_is_complete_only_with_the_factor(has_factor: bool, gave_factor: bool, needs_one: bool, stage: Stage) -> None:
    assert stage_of(has_factor=has_factor, gave_factor=gave_factor, needs_one=needs_one) is stage
