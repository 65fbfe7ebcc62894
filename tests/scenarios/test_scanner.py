"""Fences hide everything, comments vanish, and code spans are found as CommonMark finds them."""

from __future__ import annotations

import pytest

from ceapp.scenarios.scanner import Fence, code_spans, comment_start, indent_of, scan_text, without_code


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\n<!-- gone -->\nb", ["a", "b"]),
        ("a <!-- gone --> b", ["a  b"]),
        ("a <!-- gone\n## gone\ngone --> b\nc", ["a ", " b", "c"]),
        ("<!-- gone\ngone -->\na", ["a"]),
        ("`<!--` stays", ["`<!--` stays"]),
        ("```\n<!-- stays\n```", ["```", "<!-- stays", "```"]),
        ("<!-- a --><!-- b -->c", ["c"]),
        ("<!-- ``` -->\nd", ["d"]),
    ],
)
def test_comments_vanish_outside_of_code(text: str, kept: list[str]) -> None:
    assert [line.text for line in scan_text(text).lines] == kept


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("```\n## code\n```\nout", ["## code"]),
        ("~~~\n```\n~~~\nout", ["```"]),
        ("````\n```\n````\nout", ["```"]),
        ("```post\nfrom: x\n```\nout", ["from: x"]),
        ("``` not ` a fence\nout", []),
        ("    ```\nout", []),
    ],
)
def test_fences_hide_what_they_hold(text: str, inside: list[str]) -> None:
    lines = scan_text(text).lines
    assert [line.text for line in lines if line.fence is Fence.INSIDE] == inside
    assert lines[-1].is_plain


def test_open_fences_and_comments_are_told_by_their_line() -> None:
    assert scan_text("a\n```\nb").open_fence == 2
    assert scan_text("a\n\n<!-- b\nc").open_comment == 3


def test_lines_keep_their_numbers() -> None:
    assert [(line.number, line.text) for line in scan_text("a\n<!-- b -->\nc", first=10).lines] == [(10, "a"), (12, "c")]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("a `b` c", ["`b`"]),
        ("``a ` b``", ["``a ` b``"]),
        (r"\`a` b", []),
        (r"`a\` b", [r"`a\`"]),
        ("`a ``b``", ["``b``"]),
        ("a ` b", []),
    ],
)
def test_code_spans(text: str, spans: list[str]) -> None:
    assert [text[start:end] for start, end in code_spans(text)] == spans


def test_code_and_escapes_are_blanked_in_place() -> None:
    text = r"a `[b]` \[c] [d]"
    assert without_code(text) == "a" + " " * 9 + "c] [d]"
    assert len(without_code(text)) == len(text)


@pytest.mark.parametrize(("text", "place"), [("a <!-- b", 2), ("`<!--` <!-- b", 7), ("`<!--`", -1), ("a", -1)])
def test_where_a_comment_begins(text: str, place: int) -> None:
    assert comment_start(text) == place


@pytest.mark.parametrize(("text", "indent"), [("a", 0), ("  a", 2), ("\ta", 4), (" \ta", 4), ("   ", 3)])
def test_tabs_reach_to_the_next_multiple_of_four(text: str, indent: int) -> None:
    assert indent_of(text) == indent
