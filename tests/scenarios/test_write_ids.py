"""Adding ids, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceapp.scenarios.write_ids import add_ids
from tests.scenarios.writing import HEAD, QUESTION, problems_of


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("## The request arrives", "## The request arrives {#the-request-arrives}"),
        ("### What do you do?  ", "### What do you do? {#what-do-you-do}  "),
        ("## A\n\n## A\n\n## B {#a-2}", "## A {#a}\n\n## A {#a-3}\n\n## B {#a-2}"),
        ("## A {#x}\r\n\r\n## B\r\n", "## A {#x}\r\n\r\n## B {#b}\r\n"),
        ("```\n## A\n```\n\n## B", "```\n## A\n```\n\n## B {#b}"),
        ("<!--\n## A\n-->\n## B", "<!--\n## A\n-->\n## B {#b}"),
        ("## A <!-- why -->", "## A {#a} <!-- why -->"),
        ("#### A\n\n# B", "#### A\n\n# B"),
        ("## Start\n\n## End", "## Start {#start-2}\n\n## End {#end-2}"),
        ("## 日本", "## 日本 {#untitled}"),
        ("##", "##"),
        ("## A {#Bad}", "## A {#Bad}"),
        ("---\ntitle: T\n## no: heading\n---\n## A", "---\ntitle: T\n## no: heading\n---\n## A {#a}"),
        ("", ""),
    ],
)
def test_add_ids(before: str, after: str) -> None:
    assert add_ids(before) == after


def test_long_titles_give_short_ids_that_end_with_a_word() -> None:
    assert add_ids("## You have seen this client every Thursday for four months now") == (
        "## You have seen this client every Thursday for four months now {#you-have-seen-this-client-every}"
    )


def test_a_ready_scenario_lacks_no_id_afterwards() -> None:
    text = f"{HEAD}\nProse.\n\n## A\n\nProse.\n\n{QUESTION.replace(' {#first}', '')}\n## A\n\nProse.\n"
    assert {problem.code for problem in problems_of(text)} == {"missing-id"}
    assert problems_of(add_ids(text)) == []


LINES = st.sampled_from(
    [
        *("## A", "### A", "## A {#a}", "## A {#a-2}", "##", "## {#b}", "##A", "#### A", "```", "~~~", "<!--", "-->", "---", "", "text"),
        *(
            "## A <!-- b",
            "c --> ## A",
            "## A <!-- b --> C",
            "## `<!--` D",
            "-->## A",
            "## \ufeff",
            "## A\u2028B",
            "## A }",
            "## {",
            "## A{",
        ),
        "\ufeff---",
    ]
)


@settings(max_examples=500)
@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_a_second_time_changes_nothing(lines: list[str], end: str) -> None:
    once = add_ids(end.join(lines))
    assert add_ids(once) == once
    assert once.count(end) == len(lines) - 1 if lines else once == ""


@given(st.text())
def test_any_text_survives(text: str) -> None:
    once = add_ids(text)
    assert add_ids(once) == once
    remaining = iter(once)
    assert all(character in remaining for character in text), "characters of the source are kept, in their order"
