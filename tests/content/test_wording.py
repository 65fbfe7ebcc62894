"""How the course reads: grade, repetitions, and nothing in it that points to a real person."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ceapp.scenarios.values import Post
from tests.content.people import KNOWN, MONTHS, PEOPLE
from tests.content.reading import CITATION, WORD, grade, sentences, syllables
from tests.content.shipped import everything, narrative_and_feedback, questions, scenarios, written

LONG = 8
"""A sentence of more words than this stands only once in the course."""
MONTH = "|".join(MONTHS)
IDENTIFIERS = {
    "an address of mail": r"[\w.]+@[\w-]+\.[a-z]{2,}",
    "a web address": r"https?://|www\.",
    "a handle": r"(?<!\w)@(?!everyone)\w+",
    "a telephone number": r"\b\d{3}[-. ]\d{4}\b|\(\d{3}\)",
    "a full date": rf"\b(?:{MONTH}) \d{{1,2}}\b|\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b",
    "a street": r"\b\d+ [A-Z]\w+ (?:Street|Avenue|Road|Lane|Drive)\b",
}
PLATFORMS = re.compile(
    r"\b(?:Facebook|Instagram|TikTok|LinkedIn|Twitter|Snapchat|WhatsApp|YouTube|Yelp|Tinder|Reddit|Strava|Nextdoor)\b", re.I
)
CAPITAL = re.compile(r"(?<=[a-z,;] )([A-Z][a-z’]+[a-z])")


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("rule", 1),
        ("client", 2),
        ("counselor", 3),
        ("asked", 1),
        ("wanted", 2),
        ("people", 2),
        ("being", 2),
        ("confidentiality", 7),
        ("ACA", 3),
    ],
)
def test_syllables(word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_grade_of_a_known_text() -> None:
    """Three sentences of ten words and eleven syllables each."""
    assert grade(["The dog ran home and we all went after it. " * 3]) == pytest.approx(0.39 * 10 + 11.8 * 1.1 - 15.59, abs=0.01)


def test_the_course_reads_at_the_level_of_its_readers() -> None:
    assert 9 <= grade(text for scenario in scenarios().values() for text in narrative_and_feedback(scenario)) <= 13


@pytest.mark.parametrize("slug", sorted(scenarios()))
def test_a_scenario_reads_at_the_level_of_its_readers(slug: str) -> None:
    assert 8 <= grade(narrative_and_feedback(scenarios()[slug])) <= 13


def test_no_long_sentence_stands_twice() -> None:
    seen: dict[str, str] = {}
    for slug, scenario in written().items():
        for text in everything(scenario):
            for sentence in sentences(text):
                words = [word.lower() for word in WORD.findall(sentence)]
                key = " ".join(words)
                assert len(words) <= LONG or key not in seen, f"{slug} and {seen[key]}: {sentence}"
                seen[key] = slug


def test_feedback_begins_in_many_ways() -> None:
    def openings(length: int) -> Counter[str]:
        return Counter(
            " ".join(WORD.findall(CITATION.sub("", option.feedback))[:length])
            for scenario in scenarios().values()
            for question in questions(scenario)
            for option in question.options
            if option.feedback
        )

    most_common = openings(3).most_common(1)[0]
    assert most_common[1] <= 5, most_common


@pytest.mark.parametrize("what", IDENTIFIERS)
def test_nothing_points_to_a_real_person(what: str) -> None:
    found = [text for scenario in written().values() for text in everything(scenario) if re.search(IDENTIFIERS[what], text)]
    assert found == []


def test_posts_have_no_handles() -> None:
    for scenario in written().values():
        blocks = [block for scene in scenario.scenes for block in scene.body]
        assert not [block for block in blocks if isinstance(block, Post) and block.handle]


def test_platforms_are_not_named() -> None:
    assert not [text for scenario in written().values() for text in everything(scenario) if PLATFORMS.search(text)]


def test_nobody_appears_twice_and_everybody_is_entered() -> None:
    everybody = [name for names in PEOPLE.values() for name in names]
    assert len(everybody) == len(set(everybody))
    for slug, scenario in written().items():
        text = CITATION.sub("", "\n".join(everything(scenario)))
        for other, names in PEOPLE.items():
            for name in names:
                found = re.search(rf"\b{name}\b", text) or (other == slug and name in _senders(slug))
                assert bool(found) == (other == slug), f"{name} in {slug}"
        unknown = {word.removesuffix("’s") for word in CAPITAL.findall(text)} - set(PEOPLE[slug]) - KNOWN
        assert unknown == set(), slug


def _senders(slug: str) -> str:
    blocks = [block for scene in written()[slug].scenes for block in scene.body]
    return " ".join(block.sender for block in blocks if isinstance(block, Post))
