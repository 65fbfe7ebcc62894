from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.certificates.facts import FIELDS, Facts, canonical, decimal, from_json, plain, printed, sha256
from ceapp.certificates.rendering import EXAMPLE

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
NOT_TEXT_ON_PAPER = {"signature_sha256", "provider_version", "exact_hours", "format"}


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


@pytest.mark.parametrize("change", [{"format": 0}, {"format": 3}, {"extra": "1"}, {"learner": None}])
def test_unknown_formats_are_refused(change: dict[str, object]) -> None:
    values = {**json.loads(canonical(EXAMPLE)), **change}
    if change == {"learner": None}:
        del values["learner"]
    with pytest.raises(ValueError, match="certificate facts"):
        from_json(json.dumps(values))


def test_the_table_names_every_field_that_is_printed() -> None:
    assert {field.key for field in FIELDS} == {field.name for field in fields(Facts)} - NOT_TEXT_ON_PAPER


FORMAT_1 = (
    '{"authors":["Ida Berg, PhD"],"category":"ethics","code":"7K3M9QX2TP4WZC6HD8RBV5NJEYF","completed_on":"2026-11-20",'
    '"contact_hours":"3","course_revision":"3f9a01bc22de0000000000000000000000000000000000000000000000000000",'
    '"course_title":"Ethical use of social media","delivery":"self-paced, asynchronous, online","format":1,"issued_on":"2026-11-23",'
    '"learner":"Tess Adeyemi","notice":"Keep this certificate.","provider_address":"12 Harbour Street",'
    '"provider_contact":"ce@harbour.example",'
    '"provider_name":"Harbour Street Training","provider_version":"2","responsible_name":"Miriam Okonkwo","responsible_title":"Director",'
    '"serial":"2026-000001","signature_sha256":"","started_on":"2026-11-02","time_zone":"America/Toronto",'
    '"verify_address":"https://ce.example.org/verify"}'
)
"""A text as it was frozen in format 1; never to be changed."""
FORMAT_1_SHA256 = "1800e5791e1989b4983a86d7ef4816dc9e226f679a2e90e9c0823974c7b0d68b"
FORMAT_2 = (
    '{"approvals":[{"body":"Board of Examples","category":"ethics","contact_hours":"2.5","kind":"provider","number"'
    ':"1234","statement":"Approved as a provider.","valid_from":"2026-01-01","valid_to":"2027-12-31","version":"019'
    '00000-0000-7000-8000-000000000000/2"},{"body":"Board of Courses","category":"","contact_hours":"1","kind":"cou'
    'rse","number":"C-9","statement":"This course is approved.","valid_from":"2026-01-01","valid_to":"2026-12-31","'
    'version":"01900000-0000-7000-8000-000000000001/1"}],"assessment_by":["Ida Berg, PhD"],"authors":["Ida Berg, Ph'
    'D"],"category":"ethics","code":"7K3M9QX2TP4WZC6HD8RBV5NJEYF","completed_on":"2026-11-20","contact_hours":"3","'
    'course_revision":"3f9a01bc22de0000000000000000000000000000000000000000000000000000","course_title":"Ethical us'
    'e of social media","delivery":"self-paced, asynchronous, online","exact_hours":"3.02","format":2,"issued_on":"'
    '2026-11-23","learner":"Tess Adeyemi","licences":[{"name":"","number":"PSY 01234","place":"US-CA","profession":'
    '"psychologist","title":"Psychologist, California"},{"name":"Theresa Cole","number":"7","place":"CA-ON","profes'
    'sion":"other","title":"Art therapist, Ontario"}],"location":"online","notice":"Keep this certificate.","provid'
    'er_address":"12 Harbour Street","provider_contact":"ce@harbour.example","provider_name":"Harbour Street Traini'
    'ng","provider_version":"2","responsible_name":"Miriam Okonkwo","responsible_title":"Director","reviewed_by":["'
    'Noor Haddad, LCSW"],"serial":"2026-000001","signature_sha256":"","started_on":"2026-11-02","time_zone":"Americ'
    'a/Toronto","verify_address":"https://ce.example.org/verify"}'
)
FORMAT_2_SHA256 = "e1a76006779ab64d8414c21b2fee28faf52f9a9c81c06040e870ed3e6cab5784"


@pytest.mark.parametrize(("text", "digest"), [(FORMAT_1, FORMAT_1_SHA256), (FORMAT_2, FORMAT_2_SHA256)])
def test_c5_what_was_frozen_reads_back_for_ever(text: str, digest: str) -> None:
    assert sha256(text) == digest
    assert canonical(from_json(text)) == text
    assert {line.key: line.value for line in printed(from_json(text))}["learner"] == "Tess Adeyemi"


def test_c5_an_old_text_prints_what_it_printed() -> None:
    assert [line.key for line in printed(from_json(FORMAT_1))] == [
        "learner",
        "course_title",
        "contact_hours",
        "category",
        "delivery",
        "started_on",
        "completed_on",
        "issued_on",
        "time_zone",
        "authors",
        "course_revision",
        "provider_name",
        "provider_address",
        "provider_contact",
        "responsible_name",
        "responsible_title",
        "serial",
        "code",
        "verify_address",
        "notice",
    ]


def test_licences_and_approvals_each_have_a_line() -> None:
    shown = {line.key: (line.label, line.value) for line in printed(from_json(FORMAT_2))}
    assert shown["licences-1"] == ("Licence", "Psychologist, California, licence PSY 01234")
    assert shown["licences-2"] == ("Licence", "Art therapist, Ontario, licence 7 (name on licence: Theresa Cole)")
    assert shown["approvals-1"] == (
        "Provider approval",
        "Approved as a provider. Board of Examples, provider number 1234, 1 January 2026 to 31 December 2027: 2.5 contact hours, ethics",
    )
    assert shown["approvals-2"] == (
        "Course approval",
        "This course is approved. Board of Courses, course number C-9, 1 January 2026 to 31 December 2026: 1 contact hour",
    )
    assert shown["location"] == ("Location", "online")
    assert shown["reviewed_by"] == ("Reviewed by", "Noor Haddad, LCSW")


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
