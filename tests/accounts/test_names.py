"""Names as they are printed, and time zones."""

import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.accounts.names import NAME_LENGTH, cleaned_name, problem_of_name
from ceapp.accounts.time_zones import choices, known_time_zone, time_zones


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Tess   Adeyemi, LPC ", "Tess Adeyemi, LPC"),
        ("山田\u3000太郎", "山田 太郎"),
        ("Zoe\u0308 O’Neill-Łuczak", "Zoë O’Neill-Łuczak"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("अनुष्का", "अनुष्का"),
        ("Tess\u202eimeyedA", "TessimeyedA"),
        ("Tess\u2066\u200f\u200b\ufeff", "Tess"),
        ("Tess\r\nBcc: x", "Tess Bcc: x"),
        ("Te\x00ss\x1b[31m", "Tess[31m"),
        ("\ue000\U000e0041Tess", "Tess"),
        ("\ud800Tess", "Tess"),
    ],
)
def test_a_name_keeps_what_can_be_seen(typed: str, kept: str) -> None:
    assert cleaned_name(typed) == kept


@pytest.mark.parametrize("name", ["Tess", "李", "Ω", "Jean-Luc", "X Æ A-12"])
def test_any_script_will_do(name: str) -> None:
    assert problem_of_name(name) == ""


@pytest.mark.parametrize("name", ["", "-", "123", "…", "🦊"])
def test_a_name_has_a_letter(name: str) -> None:
    assert "at least one letter" in problem_of_name(name)


def test_a_name_fits_on_the_certificate() -> None:
    assert problem_of_name("a" * NAME_LENGTH) == ""
    assert problem_of_name("a" * (NAME_LENGTH + 1)) == "The name has 121 characters; at most 120 fit on a certificate."


@given(st.text())
def test_cleaning_again_changes_nothing_and_leaves_nothing_invisible(text: str) -> None:
    name = cleaned_name(text)
    assert cleaned_name(name) == name
    assert not [each for each in name if unicodedata.category(each) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")]
    name.encode()


def test_every_time_zone_that_is_offered_exists() -> None:
    assert {"UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Asia/Calcutta", "America/Indiana/Knox"} <= set(time_zones())
    assert not [zone for zone in time_zones() if ZoneInfo(zone).key != zone]
    assert ("America/New_York", "America/New York") in choices()


@pytest.mark.parametrize("reported", [None, "", "EST", "Etc/Unknown", "../../etc/passwd", "Mars/Olympus", "america/new_york"])
def test_an_unknown_time_zone_is_asked_for(reported: str | None) -> None:
    assert known_time_zone(reported) == ""
    assert known_time_zone("Europe/Berlin") == "Europe/Berlin"
