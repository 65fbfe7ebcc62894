"""No text of a person becomes a formula in a file."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ceapp.web.spreadsheets import BYTE_ORDER_MARK, csv_rows, file_name, safe_cell

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫")
HIDING = st.text(alphabet=" \u00a0\t\r\n\x00\ufeff\u200b\u200e\u202e", max_size=4)


def read_back(rows: list[list[str]]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(csv_rows(rows)), newline="")))


@pytest.mark.parametrize("start", DANGEROUS)
def test_f7_what_starts_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert safe_cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@pytest.mark.parametrize("text", ["", "Tess Adeyemi", "a friend = a request", "1.5", "O'Neil", "Zoë Nguyễn", "Привет"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize("text", [" =1+1", "\u200b=1+1", "\ufeff@SUM(A1)", "\x00=1", "\x01-1", "\u202e＝1"])
def test_f7_a_formula_behind_something_invisible_is_found(text: str) -> None:
    assert safe_cell(text).startswith("'")
    assert "\x00" not in safe_cell(text)


@given(HIDING, st.sampled_from([*DANGEROUS, ""]), st.text(max_size=12))
@example("", "", '";=1+1')
@example("", "", '\n=1+1","=2')
def test_f7_a_cell_that_is_read_back_never_starts_a_formula(hiding: str, start: str, rest: str) -> None:
    (row,) = read_back([[hiding + start + rest, "next"]])
    assert len(row) == 2
    visible = row[0].lstrip("\ufeff\u200b\u200e\u202e\u00a0 ")
    assert not visible.startswith(DANGEROUS)
    assert row[1] == "next"


@given(st.lists(st.lists(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=10), min_size=2, max_size=4)))
def test_texts_come_back_whole_but_for_the_apostrophe(rows: list[list[str]]) -> None:
    for row, found in zip(rows, read_back(rows), strict=True):
        assert [each.removeprefix("'") for each in found] == [each.removeprefix("'") for each in row]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert "".join(csv_rows([["Name", -3, None]])) == '"Name",-3,""\r\n'


def test_the_mark_for_excel_comes_first() -> None:
    assert next(csv_rows([["a"]], byte_order_mark=True)) == BYTE_ORDER_MARK


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Harbour Clinic", "progress"), "harbour-clinic-progress.csv"),
        (('../../etc/"passwd"\r\nX: y',), "etc-passwd-x-y.csv"),
        (("Zoë",), "zoe.csv"),
        (("日本",), "file.csv"),
        (("a" * 300,), "a" * 100 + ".csv"),
    ],
)
def test_file_names_are_safe(parts: tuple[str, ...], name: str) -> None:
    assert file_name(*parts, ending="csv") == name
