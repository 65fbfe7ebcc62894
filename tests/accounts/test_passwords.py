"""Hashing and checking."""

import re
import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask

from ceapp.accounts import passwords
from ceapp.accounts.passwords import hash_password, needs_rehash, verify
from ceapp.accounts.tokens import new_token, token_hash
from ceapp.database import transaction
from ceapp.errors import Unavailable


def test_d2_the_stored_hash_names_its_parameters() -> None:
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", hash_password("a quiet heron at dusk"))


def test_a_password_matches_its_own_hash_only() -> None:
    stored = hash_password("a quiet heron at dusk")
    assert verify(stored, "a quiet heron at dusk")
    assert not verify(stored, "A quiet heron at dusk")
    assert not verify(stored, "a quiet heron at dusk ")
    assert stored != hash_password("a quiet heron at dusk")


def test_d1_nothing_is_cut_off() -> None:
    stored = hash_password("x" * 100 + "a" + "x" * 500)
    assert not verify(stored, "x" * 100 + "b" + "x" * 500)
    assert not verify(hash_password("kite\x00ladder"), "kite\x00lantern")


def test_d1_two_ways_to_compose_a_letter_are_one_password() -> None:
    assert verify(hash_password("caf\u00e9 on the corner"), "cafe\u0301 on the corner")
    assert not verify(hash_password("ﬁ"), "fi")


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_d3_without_a_usable_hash_nothing_is_right(stored: str | None) -> None:
    assert not verify(stored, "")
    assert not verify(stored, "a quiet heron at dusk")


def test_d3_an_unknown_account_costs_a_check_with_the_same_parameters() -> None:
    assert not needs_rehash(passwords._NOBODY)


def test_a_password_of_a_megabyte_is_never_right() -> None:
    assert not verify(hash_password(""), "x" * 1_000_000)


def test_d2_other_parameters_ask_for_a_new_hash() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x"))
    assert not needs_rehash(hash_password("x"))


def test_nothing_is_hashed_inside_a_transaction(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="argon2 must not run"), transaction():
        verify(None, "x")


@pytest.fixture
def no_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_WAIT_SECONDS", 0.0)
    with passwords._turns:
        yield


def test_d2_who_finds_all_turns_taken_is_told_so(no_turn: None) -> None:
    with pytest.raises(Unavailable, match="Too many people are signing in"):
        hash_password("a quiet heron at dusk")


def test_d5_tokens_are_256_bits_and_stored_as_a_hash() -> None:
    assert len({new_token() for _ in range(1000)}) == 1000
    assert all(len(new_token()) == 43 for _ in range(10))
    assert token_hash("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
