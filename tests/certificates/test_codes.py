from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ceapp
from ceapp.certificates.codes import ALPHABET, LENGTH, new_code, parse, show

PLACES = st.integers(0, LENGTH - 1)


def test_c2_codes_are_unique_and_all_read_back() -> None:
    codes = {new_code() for _ in range(100_000)}
    assert len(codes) == 100_000
    assert all(len(code) == LENGTH and parse(code) == code for code in codes)


def test_c2_every_bit_of_128_is_random() -> None:
    values = [_value(new_code()[:-1]) for _ in range(400)]
    assert all(value < 1 << 128 for value in values)
    for bit in range(128):
        assert 100 < sum(value >> bit & 1 for value in values) < 300, f"bit {bit} is not random"


def _value(body: str) -> int:
    total = 0
    for character in body:
        total = total << 5 | ALPHABET.index(character)
    return total


def test_shown_in_groups() -> None:
    assert show("7K3M9QX2TP4WZC6HD8RBV5NJEYF") == "7K3M9-QX2TP-4WZC6-HD8RB-V5NJE-YF"


@given(st.booleans(), st.sampled_from(["-", " ", "", " - ", "\u2011", "\u00a0"]))
def test_typed_in_any_way(small: bool, gap: str) -> None:
    code = new_code()
    typed = gap.join(code)[:64] if len(gap) < 2 else code
    typed = typed.replace("0", "O").replace("1", "l" if small else "I")
    assert parse(f"  {typed.lower() if small else typed} ") == code


@given(PLACES, st.sampled_from(ALPHABET))
def test_a_wrong_character_is_noticed(place: int, wrong: str) -> None:
    code = new_code()
    changed = code[:place] + wrong + code[place + 1 :]
    assert parse(changed) == (code if changed == code else None)


@given(PLACES, PLACES)
def test_a_swap_is_noticed(first: int, second: int) -> None:
    code = list(new_code())
    swapped = code.copy()
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert parse("".join(swapped)) == ("".join(code) if swapped == code else None)


@given(st.text(max_size=80))
def test_anything_else_is_no_code(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("text", ["", "0" * 26, "0" * 28, "U" * 27, "*" * 27, "0" * 10_000])
def test_malformed(text: str) -> None:
    assert parse(text) is None


def test_c2_only_one_place_makes_codes() -> None:
    """A second generator would be one that nobody reviewed."""
    users = [
        path.name
        for path in Path(ceapp.__path__[0]).joinpath("certificates").glob("*.py")
        if any(
            isinstance(node, ast.Import) and any(name.name in ("random", "secrets", "uuid") for name in node.names)
            for node in ast.walk(ast.parse(path.read_text()))
        )
    ]
    assert users == ["codes.py"]
