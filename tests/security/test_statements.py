"""The table of docs/security.md is true: its tests exist and carry their numbers, and nothing is called held without one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from checks.findings import ROOT

COUNTS = {"A": 9, "B": 12, "C": 9, "D": 14, "E": 7, "F": 11, "G": 7, "H": 9}
STARRED = {
    *("A1", "A2", "A3", "A4", "A5", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "D4"),
    *("D5", "D6", "D8", "D10", "E1", "E3", "F1", "F5", "F7", "G1", "H2", "H4"),
}
STATES = ("held", "held in part", "not yet", "does not apply")
_ROW = re.compile(r"^\| ([A-H]\d+)( ★)? \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A statement of the table."""

    number: str
    is_starred: bool
    says: str
    state: str
    reason: str
    tests: tuple[str, ...]


def rows(text: str) -> Iterator[Row]:
    for number, star, says, state, tests in _ROW.findall(text):
        kind, _, reason = state.partition(": ")
        yield Row(number, bool(star), says, kind, reason, tuple(re.findall(r"`([^`]+)`", tests)))


def faults_of(text: str) -> list[str]:
    """Everything that is not true of a table."""
    found = list(rows(text))
    numbers = [row.number for row in found]
    faults = [f"{each} has no row" for each in sorted(set(all_numbers()) - set(numbers))]
    faults += [f"{each} has {numbers.count(each)} rows" for each in sorted(set(numbers)) if numbers.count(each) > 1]
    return faults + [f"{row.number}: {each}" for row in found for each in _faults_of_row(row)]


def all_numbers() -> Iterator[str]:
    return (f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1))


def _faults_of_row(row: Row) -> Iterator[str]:
    if row.state not in STATES:
        yield f"the state {row.state!r} is none"
    if row.is_starred != (row.number in STARRED):
        yield "the star is wrong"
    if row.state.startswith("held") != bool(row.tests):
        yield f"{row.state} with {len(row.tests)} tests"
    if row.state != "held" and not row.reason:
        yield f"{row.state}, and no word why"
    if row.is_starred and row.state != "held":
        yield "one of the 25, and not held"
    for test in row.tests:
        if (fault := _fault_of_test(test, row.number)) is not None:
            yield f"{test} {fault}"


def _fault_of_test(test: str, number: str) -> str | None:
    path, _, name = test.partition("::")
    said = functions_of(path).get(name)
    if said is None:
        return "does not exist"
    in_name = number.lower() in name.split("_")
    return None if in_name or re.search(rf"\b{number}\b", said) else f"does not carry {number}"


@cache
def functions_of(path: str) -> dict[str, str]:
    """The tests that pytest collects from a file, with what they and their module say of themselves."""
    file = ROOT / "tests" / path
    if not file.exists() or not file.name.startswith("test_"):
        return {}
    tree = ast.parse(file.read_text())
    about = ast.get_docstring(tree) or ""
    places = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test"))]
    functions = [each for place in places for each in place.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
    return {each.name: f"{about}\n{ast.get_docstring(each) or ''}" for each in functions if not _is_skipped(each)}


def _is_skipped(function: ast.FunctionDef) -> bool:
    return any("skip" in ast.unparse(each) or "xfail" in ast.unparse(each) for each in function.decorator_list)


TABLE = (ROOT / "docs" / "security.md").read_text()


def test_the_table_is_true() -> None:
    assert faults_of(TABLE) == []


def test_there_are_78_statements_and_25_stars() -> None:
    assert len(list(all_numbers())) == 78
    assert len(STARRED) == 25
    assert len(list(rows(TABLE))) == 78


OPENING = "crawl/test_crawl.py::test_a9_opening_pages_writes_nothing"


def _without(number: str) -> str:
    return re.sub(rf"^\| {number}( ★)? \|.*\n", "", TABLE, flags=re.MULTILINE)


def _changed(number: str, old: str, new: str) -> str:
    lines = TABLE.split("\n")
    (place,) = [each for each, line in enumerate(lines) if re.match(rf"\| {number}( ★)? \|", line)]
    assert old in lines[place]
    lines[place] = lines[place].replace(old, new)
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        (_without("E5"), "E5 has no row"),
        (_changed("A3", "crawl/test_bad_ids.py::", "crawl/test_no_such_file.py::"), "does not exist"),
        (_changed("A3", "::test_a3_", "::test_renamed_a3_"), "does not exist"),
        (_changed("H7", "| not yet: issue 5 |", "| held |"), "H7: held with 0 tests"),
        (_changed("H9", "not yet: issue 5", "not yet"), "H9: not yet, and no word why"),
        (_changed("B1", "| held |", "| held in part: x |"), "one of the 25, and not held"),
        (_changed("C8", "held in part", "held mostly"), "is none"),
        (_changed("A1", "A1 ★", "A1"), "A1: the star is wrong"),
        (_changed("A9", OPENING, "web/test_archives.py::test_f8_the_same_name_twice_is_refused"), "does not carry A9"),
    ],
)
def test_control_a_table_that_is_not_true_is_found(table: str, fault: str) -> None:
    found = faults_of(table)
    assert any(fault in each for each in found), found
