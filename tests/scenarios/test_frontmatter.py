"""YAML as text with lines: nothing guessed, nothing constructed."""

from __future__ import annotations

import pytest

from ceapp.scenarios.frontmatter import Mapping, Scalar, Sequence, read_front_matter
from ceapp.scenarios.problems import Problems


def read(text: str) -> Mapping | None:
    return read_front_matter(text, Problems("a.md"))


@pytest.mark.parametrize("written", ["no", "on", "yes", "12:30", "2026-11-20", "1_000", "0x1F", "1e3", ".inf", "010", "<<", "="])
def test_no_text_is_taken_for_anything_else(written: str) -> None:
    mapping = read(f"key: {written}")
    assert mapping is not None
    assert mapping.entries["key"] == Scalar(written, 2)


def test_lines_are_those_of_the_file() -> None:
    mapping = read("title: T\nlist:\n  - a\n  - b: c\n")
    assert mapping is not None
    assert mapping.lines == {"title": 2, "list": 3}
    node = mapping.entries["list"]
    assert isinstance(node, Sequence)
    assert [item.line for item in node.items] == [4, 5]


def test_quoted_and_folded_texts() -> None:
    mapping = read("a: 'x: y'\nb: >\n  one\n  two\nc: ''\n")
    assert mapping is not None
    assert [node.text for node in mapping.entries.values() if isinstance(node, Scalar)] == ["x: y", "one two\n", ""]
    assert all(node.is_quoted for node in mapping.entries.values() if isinstance(node, Scalar))


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "a: !!python/object/apply:os.system [true]",
        "a: !!binary YQ==",
        "a: {b: {c: {d: {e: {f: g}}}}}",
        "? [a]\n: b",
        "a: 1\n---\nb: 2",
        "a: [" + "x," * 5_001 + "]",
        "[" * 10_000,
        "a: " + "{" * 10_000,
        "? " * 10_000,
        "a: " + "x" * 70_000,
        "a: \ufffe",
        "%YAML 2.0\n---\na: b",
    ],
)
def test_f4_what_the_format_leaves_out_gives_one_problem(text: str) -> None:
    problems = Problems("a.md")
    assert read_front_matter(text, problems) is None
    assert len(problems) == 1


def test_nothing_at_all_is_an_empty_mapping() -> None:
    assert read("# only a comment") == Mapping({}, 2)
