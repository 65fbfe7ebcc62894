"""Every citation: resolved, marked, dated; what was not read is only pointed to."""

from __future__ import annotations

import re

import pytest

from ceapp.scenarios.values import Mark
from tests.content.shipped import course, everything, scenarios, standards, written

BRACKET = re.compile(r"\[(\d+ [A-Z]+|[A-Z]{3,5}) ([^\]]+)\]")
POINTED_TO = re.compile(r"\bread\b|\bto be read\b|\bin the code\b|\blook at\b|\bfind\b", re.I)
UNFOUNDED = re.compile(r"\b8[67] (?:%|percent)|is a HIPAA violation|violates HIPAA|HIPAA violation", re.I)
"""Figures and claims of popular articles that `domain.md` found to be wrong or too strong."""


@pytest.mark.parametrize("slug", sorted(written()))
def test_citations_resolve_and_have_a_mark(slug: str) -> None:
    scenario = written()[slug]
    assert len(scenario.citations) >= 3
    for citation in scenario.citations:
        assert standards()[citation.cite].sections[citation.section].mark in Mark


@pytest.mark.parametrize("slug", sorted(written()))
def test_a_section_that_was_not_read_is_only_pointed_to(slug: str) -> None:
    for text in everything(written()[slug]):
        for cite, section in BRACKET.findall(text):
            if standards()[cite].sections[section].mark is Mark.UNREAD:
                assert POINTED_TO.search(text), f"{cite} {section}: {text}"


@pytest.mark.parametrize("slug", sorted(written()))
def test_nothing_is_claimed_that_was_found_wrong(slug: str) -> None:
    assert not [text for text in everything(written()[slug]) if UNFOUNDED.search(text)]


def test_standards_say_when_they_were_checked_and_when_to_look_again() -> None:
    for standard in standards().values():
        assert standard.edition
        assert standard.review_by is not None and standard.review_by > standard.checked_on
        assert standard.in_force_from is not None or "currency to be checked" in standard.edition
    for cite in ("ACA", "APA"):
        assert "revision is under way" in standards()[cite].edition


def test_codes_that_disagree_stand_side_by_side() -> None:
    for slug in ("former-client", "testimonials"):
        tables = [text for text in everything(scenarios()[slug]) if text.startswith("|") or "\n| " in text]
        assert any(len({cite for cite, _ in BRACKET.findall(table)}) >= 4 for table in tables), slug


def test_main_professions_are_all_served() -> None:
    cited = [citation.cite for slug in course().required for citation in scenarios()[slug].citations]
    assert {"ACA", "APA", "NASW", "AAMFT"} <= set(cited)
