from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.certificates.facts import FIELDS, Facts, canonical, decimal, from_json, plain, printed, sha256
from ceapp.certificates.rendering import EXAMPLE

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
NOT_TEXT_ON_PAPER = {"signature_sha256", "provider_version"}


@given(TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_reads_back(learner: str, title: str, authors: list[str]) -> None:
    facts = replace(EXAMPLE, learner=learner, course_title=title, authors=tuple(authors))
    assert from_json(canonical(facts)) == facts
    assert canonical(from_json(canonical(facts))) == canonical(facts)


def test_canonical_text() -> None:
    text = canonical(replace(EXAMPLE, learner="Zoë"))
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert '"learner":"Zoë"' in text
    assert ": " not in text.replace("http: ", "").split('"notice"')[0]
    assert len(sha256(text)) == 64
    assert sha256(text) != sha256(canonical(replace(EXAMPLE, learner="Zoe")))


@pytest.mark.parametrize("change", [{"format": 2}, {"extra": "1"}, {"learner": None}])
def test_unknown_formats_are_refused(change: dict[str, object]) -> None:
    values = {**json.loads(canonical(EXAMPLE)), **change}
    if change == {"learner": None}:
        del values["learner"]
    with pytest.raises(ValueError, match="certificate facts"):
        from_json(json.dumps(values))


def test_the_table_names_every_field_that_is_printed() -> None:
    assert {field.key for field in FIELDS} == {field.name for field in fields(Facts)} - NOT_TEXT_ON_PAPER


def test_printed_values() -> None:
    facts = replace(
        EXAMPLE,
        code="7K3M9QX2TP4WZC6HD8RBV5NJEYF",
        course_revision="3f9a01bc22de" + "0" * 52,
        verify_address="https://ce.example.org/verify",
    )
    shown = {line.key: line.value for line in printed(facts)}
    assert shown["completed_on"] == "20 November 2026"
    assert shown["code"] == "7K3M9-QX2TP-4WZC6-HD8RB-V5NJE-YF"
    assert shown["course_revision"] == "3f9a01bc22de"
    assert shown["verify_address"] == "ce.example.org/verify"
    assert "issued_on" not in shown  # the same day
    assert "serial" not in shown  # a specimen
    assert {line.key: line.value for line in printed(replace(facts, issued_on="2026-12-01"))}["issued_on"] == "1 December 2026"


@pytest.mark.parametrize(
    ("given_text", "shown"), [("3.00", "3"), ("0.75", "0.75"), ("1.50", "1.5"), ("10", "10"), ("100.0", "100"), ("0", "0")]
)
def test_hours(given_text: str, shown: str) -> None:
    assert decimal(given_text) == shown


@pytest.mark.parametrize("text", ["", "-1", "1e3", "NaN", "three", "1,5", "1.2.3", "٣"])
def test_not_hours(text: str) -> None:
    with pytest.raises(ValueError, match="contact hours"):
        decimal(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Zoë\u0308  Ng ", "Zoë\u0308 Ng"),
        ("Zoe\u0308", "Zoë"),
        ("a\nb\tc\u00a0d\x00\x1b", "a b c d"),
        ("evil\u202etxt\u2066x", "eviltxtx"),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),
        ("a\ud800b", "ab"),
    ],
)
def test_plain(text: str, kept: str) -> None:
    assert plain(text) == kept
