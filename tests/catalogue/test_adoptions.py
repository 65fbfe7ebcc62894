"""Who answers for a course revision: what an adoption needs, that it only grows, and what pages and certificates say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.adoptions.models import Adoption
from ceapp.catalogue.adoptions.queries import adoption_of, adoptions_of
from ceapp.catalogue.adoptions.rules import REVIEWED, WROTE, WROTE_ASSESSMENT, Adopter, problem_with
from ceapp.catalogue.adoptions.service import adopt as adopt_revision
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.catalogue.queries import current_course
from ceapp.certificates.facts import from_json, printed
from ceapp.certificates.models import Certificate
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.operating.doctor import examine
from tests.accounts.parallel import at_once
from tests.catalogue.adopting import DAY, NOTHING, adopt, adopters
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page
from tests.learning.test_pages import begin, value_of, work_through

Visit = Callable[..., Page]


def not_adopted(app: Flask) -> list[str]:
    with app.app_context():
        return [each.what for each in examine(now=NOW, fast=True) if each.code == "course.not-adopted"]


def one(*parts: str) -> Adopter:
    return Adopter("Ida Berg", "", "", NOTHING, DAY, parts)


@pytest.mark.parametrize(
    ("people", "is_one"),
    [
        ([one(WROTE, WROTE_ASSESSMENT)], True),
        ([one(WROTE), one(WROTE_ASSESSMENT), one(REVIEWED)], True),
        ([one(WROTE)], False),
        ([one(WROTE_ASSESSMENT), one(REVIEWED)], False),
        ([one(WROTE, WROTE_ASSESSMENT, REVIEWED)], False),  # nobody reviews their own
        ([], False),
    ],
)
def test_an_adoption_says_who_wrote_course_and_assessment(people: list[Adopter], is_one: bool) -> None:
    assert (problem_with(people) == "") is is_one


@pytest.mark.both_databases
def test_it_is_corrected_by_a_newer_one_and_never_rewritten(app: Flask, course: str, ada: Member) -> None:
    first = adopt(app, ada)
    assert adopt(app, ada) == first  # the same form again
    second = adopt(app, ada, after=1, key="adoption-of-the-tests-no-2")
    with app.app_context():
        revision = current_course("sample").id
        assert [(each.id, each.version) for each in adoptions_of(revision)] == [(second, 2), (first, 1)]
        found = adoption_of(revision)
        assert found is not None
        assert found.id == second
        assert found.in_part(WROTE) == ("Ida Berg, PhD, Psychologist, California 123",)
        for statement in ("UPDATE adoption SET version = 9", "DELETE FROM adoption_person", "UPDATE adoption_person SET name = 'x'"):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(statement))
        deeds = list(db.session.scalars(select(AuditEntry.subjects).where(AuditEntry.deed == "course.adopted").order_by(AuditEntry.id)))
        assert [each["adoption"] for each in deeds] == [str(first), str(second)]
        assert "Ida" not in str(deeds)


def test_what_somebody_else_did_meanwhile_is_not_passed_over(app: Flask, course: str, ada: Member, tess: Member, library: Library) -> None:
    with app.app_context():
        revision = current_course("sample").id
    adopt(app, ada)
    with pytest.raises(Refused, match="Somebody else"):
        adopt(app, ada, key="adoption-of-the-tests-no-2")
    with app.app_context(), pytest.raises(Missing):
        adopt_revision("sample", revision, adopters(), after_version=1, by=tess.id, form_key="adoption-of-the-tests-no-3", now=NOW)
    library.edit("sample/short.md", "Ask who is in it.", "Ask who belongs to it.")
    library.publish()
    assert not_adopted(app) == ["course sample"]
    with app.app_context(), pytest.raises(Refused, match="published anew"):
        adopt_revision("sample", revision, adopters(), after_version=1, by=ada.id, form_key="adoption-of-the-tests-no-4", now=NOW)


@pytest.mark.both_databases
def test_two_at_once_are_one(app: Flask, course: str, ada: Member) -> None:
    results = at_once(app, 3, lambda number: adopt(app, ada, key=f"adoption-at-once-number-{number}"))
    assert sum(not isinstance(each, Exception) for each in results) == 1
    assert all(isinstance(each, Refused) for each in results if isinstance(each, Exception))


def test_a_vita_is_one_of_this_course_or_of_the_provider(app: Flask, course: str, ada: Member) -> None:
    with app.app_context():
        policy = AttachmentInput(Kind.POLICY, "Refunds", DAY, b"Within 14 days.")
        other = attachments.add(policy, by=ada.id, form_key="attachment-of-the-test-1", now=NOW).id
        vita = replace(policy, kind=Kind.CV)
        own = attachments.add(vita, by=ada.id, form_key="attachment-of-the-test-2", now=NOW).id
    with pytest.raises(Refused, match="not on file"):
        adopt(app, ada, cv_id=other)
    adopt(app, ada, cv_id=own)
    with app.app_context():
        found = adoption_of(current_course("sample").id)
        assert found is not None
        assert (found.people[0].cv_id, found.people[0].cv_first_id) == (own, own)


def test_nobody_is_named_before_and_everybody_after(app: Flask, course: str, ada: Member, tess: Member, visit: Visit) -> None:
    before = visit("/courses/sample")
    assert "no clinical review is claimed" in before.text
    assert not_adopted(app) == ["course sample"]
    adopt(app, ada)
    after = visit("/courses/sample")
    assert (
        "Ida Berg, PhD, Psychologist, California 123, 18 November 2026. Interests that may conflict: No interest conflicts." in after.text
    )
    assert "Reviewed it Noor Haddad, LCSW, New York 77" in " ".join(after.text.split())
    assert "review is claimed" not in after.text
    assert not_adopted(app) == []


def test_certificates_print_it_only_after_it_was_adopted(
    app: Flask, course: str, ada: Member, tess: Member, omar: Member, visit: Visit
) -> None:
    def certificate(person: Member) -> dict[str, str]:
        work_through(begin(visit, person))
        short = begin(visit, person, "short")
        short.submit("Decide", given=value_of(short, "Ask who is in it"))
        with app.app_context():
            kept = db.session.scalars(select(Certificate.facts).where(Certificate.person_id == person.id)).one()
            return {line.key: line.value for line in printed(from_json(kept))}

    before = certificate(tess)
    assert not {"assessment_by", "reviewed_by"} & set(before)
    adopt(app, ada)
    after = certificate(omar)
    assert after["authors"] == "Ida Berg, PhD, Psychologist, California 123"
    assert (after["assessment_by"], after["reviewed_by"]) == ("Ben Ode, MSW", "Noor Haddad, LCSW, New York 77")


def test_an_administrator_adopts_and_is_told_what_is_missing(app: Flask, course: str, ada: Member, visit: Visit) -> None:
    form = visit("/provider/files", person=ada).follow("A sample course").follow("Adopt this revision")
    assert "Name the people" in form.submit("Adopt this revision", status=422).text
    partly = {"name_1": "Ida Berg", "parts_1": ["course", "assessment"], "dated_1": "2026-11-18"}
    refused = form.submit("Adopt this revision", status=422, **partly)
    assert "Write the statement of person 1" in refused.text
    assert refused.select("//input[@name='name_1']/@value") == ["Ida Berg"]
    done = refused.submit("Adopt this revision", disclosure_1="Nothing to say <b>.")
    assert "Interests that may conflict: Nothing to say <b>." in done.text
    again = done.follow("Put it right")
    assert again.select("//input[@name='name_1']/@value") == ["Ida Berg"]
    with app.app_context():
        assert db.session.scalars(select(Adoption.version)).all() == [1]


def test_a_new_revision_asks_the_same_people_for_a_new_day(app: Flask, course: str, ada: Member, visit: Visit, library: Library) -> None:
    adopt(app, ada)
    library.edit("sample/short.md", "Ask who is in it.", "Ask who belongs to it.")
    library.publish()
    form = visit("/provider/files/sample/adoption", person=ada)
    assert form.select("//input[@name='name_1']/@value") == ["Ida Berg"]
    assert form.select("//input[@name='dated_1']/@value") in ([], [""])
    assert "no clinical review is claimed" in visit("/courses/sample").text
