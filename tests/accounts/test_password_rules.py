"""Which passwords are refused, and with what sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.accounts import password_rules
from ceapp.accounts.password_rules import MOST_BYTES, problems_of

ABOUT = ("tess.adeyemi@northside-clinic.example.org", "Tess Adeyemi")
WORDS = ("otter", "kettle", "marble", "lantern", "orchid", "gravel", "spindle", "quartz")


@pytest.mark.parametrize(
    "password",
    [
        "a quiet heron at dusk",
        "tulip4garage9tulip",
        "vH9$kq!2mZpL#x7w",
        "7391640275519283",
        "🦊🌲🎈🍋🚲🧊🎻🪁🐙🌋🧭🥝🏔🦉🧦",
        "我的猫喜欢在窗台上睡觉晒太阳呢",
        "naïve façade über twelve",
        "the old man and the sea gull",
        "UPPER only WORDS here",
        "kite\x00ladder\x00marble",
        "Tess walks seven herons",
        "x" * 3 + "unrelated lantern words " * 40,
    ],
)
def test_d1_any_long_password_that_is_not_guessed_first_will_do(password: str) -> None:
    assert problems_of(password, ABOUT) == []


@pytest.mark.parametrize(
    "password",
    [
        "password123456789!",
        "PasswordPassword1",
        "P@ssw0rdP@ssw0rd!",
        "Passwort-Passwort-1",
        "p a s s w o r d 2 0 2 6",
        "correct horse battery staple",
        "CorrectHorseBatteryStaple1!",
        "I love you forever!!!",
        "helloworld12345",
        "qwertyuiop12345",
        "1qaz2wsx3edc4rfv",
        "poiuytrewqlkjhgf",
        "!@#$%^&*()!@#$%^",
        "abcdefghijklmnopq",
        "987654321098765",
        "111111111111111",
        "121212121212121",
        "aaaaaaaabbbbbbbb",
        "tuliptuliptulip",
        "Winter2026Winter2026",
        "ceapp-2026-ceapp-admin",
        "social media ethics training 2026",
        "mental health counselor 1",
        "Tess.Adeyemi.1984!",
        "tess northside clinic 26",
        "Adeyemi Adeyemi Tess",
    ],
)
def test_d1_what_is_guessed_first_is_refused(password: str) -> None:
    assert problems_of(password, ABOUT) == [password_rules._GUESSED]


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "needs at least 15 characters; this one has 0."),
        ("fourteen chars", "this one has 14."),
        ("e\u0301" * 14, "this one has 14."),
        ("quiet heron " * 100, "longer than 1024 bytes"),
        ("\ud800 quiet heron at dusk", "cannot be stored"),
    ],
)
def test_d1_length_is_counted_in_characters_and_capped_in_bytes(password: str, sentence: str) -> None:
    (problem,) = problems_of(password)
    assert sentence in problem


def test_d1_the_cap_is_met_exactly() -> None:
    password = ("lantern marble orchid kettle " * 40)[:MOST_BYTES]
    assert problems_of(password) == []
    assert problems_of(password + "x") != []


def test_d1_the_blocklist_is_there_and_every_line_of_it_is_refused() -> None:
    lines = [line for line in password_rules._BLOCKLIST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert len(lines) > 500
    for line in lines:
        assert problems_of(f"{line}!".ljust(15, "1")) == [password_rules._GUESSED], line


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_d1_any_text_is_judged_without_an_error(password: str, about: list[str]) -> None:
    assert all(problem.endswith(".") for problem in problems_of(password, about))


@given(st.lists(st.sampled_from(WORDS), min_size=4, max_size=6, unique=True))
def test_d1_unrelated_words_will_do(words: list[str]) -> None:
    assert problems_of(" ".join(words), ABOUT) == []
