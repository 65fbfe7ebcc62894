"""Taking a completed course again: the next cycle, nothing of the one before reset, and its certificates reachable for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.catalogue.models import Course
from ceapp.certificates.facts import from_json
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning import starting
from ceapp.learning.acceptance import Notice
from ceapp.learning.models import Acknowledgement, Completion, Enrolment
from tests.accounts.parallel import at_once
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Visitor
from tests.learning.conftest import Learner

TICKED = (Notice.COMPLETED_BEFORE,)
LATER = NOW + timedelta(days=400)


def enrol_again(app: Flask, learner: Learner) -> UUID:
    with app.app_context():
        return starting.enrol_again(learner.person.id, "sample", acknowledged=TICKED, now=LATER).id


def certificates(app: Flask, person: Member) -> list[Certificate]:
    with app.app_context():
        return list(db.session.scalars(select(Certificate).where(Certificate.person_id == person.id).order_by(Certificate.cycle)))


@pytest.mark.both_databases
def test_the_next_cycle_begins_at_the_beginning_in_the_newest_text(app: Flask, learner: Learner, library: Library) -> None:
    learner.complete()
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    library.publish()
    second = enrol_again(app, learner)
    assert enrol_again(app, learner) == second
    with app.app_context():
        first, now_ = db.session.scalars(select(Enrolment).order_by(Enrolment.cycle))
        assert (first.cycle, now_.cycle, now_.id) == (1, 2, second)
        assert now_.course_revision_id == db.session.get_one(Course, "sample").revision_id
        assert first.course_revision_id != now_.course_revision_id
    assert not learner.answer(learner.begin("short", now=LATER), "now", ("ask",), now=LATER).completed  # passes before do not count
    learner.work_through(learner.begin(now=LATER), now=LATER)
    one, two = certificates(app, learner.person)
    assert [one.cycle, two.cycle] == [1, 2]
    assert from_json(one.facts).completed_on < from_json(two.facts).completed_on
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Completion)) == 2
        assert [(each.enrolment_id, each.notice) for each in db.session.scalars(select(Acknowledgement))] == [(second, "completed before")]


@pytest.mark.both_databases
def test_asked_twenty_times_at_once_it_is_one_cycle(app: Flask, learner: Learner) -> None:
    learner.complete()
    assert len(set(at_once(app, 20, lambda _: starting.enrol_again(learner.person.id, "sample", acknowledged=TICKED, now=LATER).id))) == 1
    with app.app_context():
        assert list(db.session.scalars(select(Enrolment.cycle).order_by(Enrolment.cycle))) == [1, 2]


def test_only_after_completing_and_only_while_the_course_is_open(app: Flask, learner: Learner) -> None:
    with pytest.raises(Missing):
        enrol_again(app, learner)
    first = learner.enrol()
    assert enrol_again(app, learner) == first  # not completed: the cycle goes on
    learner.complete()
    retire(app)
    with pytest.raises(Refused, match="no longer open"):
        enrol_again(app, learner)


def retire(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.get_one(Course, "sample").retired_at = LATER


def test_certificates_of_all_cycles_stay_when_the_course_is_retired(
    app: Flask, learner: Learner, ada: Member, browser_of: Callable[[Member | None], Visitor]
) -> None:
    learner.complete()
    enrol_again(app, learner)
    learner.work_through(learner.begin(now=LATER), now=LATER)
    learner.answer(learner.begin("short", now=LATER), "now", ("ask",), now=LATER)
    retire(app)
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=LATER)
    visitor = browser_of(learner.person)
    page = visitor.get("/certificates")
    assert len(page.select("//section")) == 2
    course = visitor.get("/courses/sample")
    assert "cannot be taken again, because it is no longer offered" in course.text
    assert not course.select("//a[contains(@href, '/again')]")
    visitor.get("/courses/sample/again", status=409)
    for each in certificates(app, learner.person):
        assert visitor.get(f"/certificates/{each.id}").h1 == "Specimen: not a certificate"
        assert visitor.get(f"/certificates/{each.id}.pdf").response.data.startswith(b"%PDF")
        browser_of(None).get(f"/verify/{each.code}")
        browser_of(ada).get(f"/issued-certificates/{each.id}")


def test_the_page_warns_before_it_is_begun(learner: Learner, browser_of: Callable[[Member], Visitor]) -> None:
    visitor = browser_of(learner.person)
    visitor.get("/courses/sample/again", status=404)
    learner.complete()
    page = visitor.get("/courses/sample").follow("Take this course again")
    assert "You completed this course on 20 November 2026. Some boards do not accept the same course twice." in page.text
    page = page.submit("Enrol again", status=422)
    assert "Tick this to enrol" in page.text
    page = page.submit("Enrol again", completed_before="y")
    assert "You are enrolled again" in page.text
    assert "0 of 2" in page.text
    visitor.get("/courses/sample/again", status=404)
