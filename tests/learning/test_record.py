"""Somebody's record: opened with a reason, shown as it was, and never more than that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.queries import published_scenario
from ceapp.database import db, new_id, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.models import Attempt, Score, Series
from ceapp.learning.record.access import own_replay, subject_of
from ceapp.learning.record.models import OpeningReason, RecordOpening
from ceapp.learning.record.queries import Looker
from ceapp.learning.record.service import open_record
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign, hand_in
from tests.harness.courses import Library
from tests.harness.pages import Page
from tests.learning.conftest import GOOD_PATH, Learner
from tests.learning.test_pages import begin, value_of

pytestmark = pytest.mark.both_databases

SECRET = "MARKER-of-a-reflection that nobody else may ever read here"
Visit = Callable[..., Page]


def opened(visit: Visit, admin: Member, person: Member, subject_id: UUID, reason: str = "An appeal against the score.") -> Page:
    page = visit(f"/people/{person.id}/record/{subject_id}", person=admin, status=303)
    page = visit(page.response.location, person=admin)
    return page.submit("Open the record", reason=reason)


@pytest.fixture
def enrolment(learner: Learner) -> UUID:
    """Tess's, with two attempts for credit and one of practice, and a reflection in each."""
    made = learner.enrol()
    for purpose in ("credit", "practice", "credit"):
        attempt = learner.begin(purpose=purpose)
        for question, given in GOOD_PATH:
            learner.answer(attempt, question, given, text=SECRET if question == "note" else "")
    return made


def attempts(app: Flask, purpose: str) -> list[UUID]:
    with app.app_context():
        found = select(Attempt.id).join(Series, Series.id == Attempt.series_id).where(Series.purpose == purpose).order_by(Attempt.number)
        return list(db.session.scalars(found))


def test_h4_an_administrator_opens_a_record_with_a_reason_that_the_person_reads(
    app: Flask, visit: Visit, ada: Member, tess: Member, enrolment: UUID
) -> None:
    page = opened(visit, ada, tess, enrolment)
    assert "Open to you in this browser until" in page.text
    first, _ = attempts(app, "credit")
    page = visit(f"/people/{tess.id}/record/{enrolment}/{first}", person=ada)
    assert "A text of 8 words was handed in" in page.text
    assert "KEYMARK-best" in page.html
    said = visit("/account/record", person=tess).text
    assert "Ada Lindqvist" in said and "An appeal against the score." in said and "Attempts for credit in A sample course" in said
    with app.app_context():
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "record.opened")).one()
        opening = db.session.scalars(select(RecordOpening)).one()
        assert entry.actor_id == ada.id
        assert entry.subjects == {"opening": str(opening.id), "person": str(tess.id), "enrolment": str(enrolment)}
        sealed = db.session.scalars(select(OpeningReason.ciphertext)).one()
        assert b"appeal" not in sealed


def test_h4_practice_and_what_was_written_are_never_in_it(app: Flask, visit: Visit, ada: Member, tess: Member, enrolment: UUID) -> None:
    pages = [opened(visit, ada, tess, enrolment)]
    pages += [visit(f"/people/{tess.id}/record/{enrolment}/{each}", person=ada) for each in attempts(app, "credit")]
    assert not [page.address for page in pages if "MARKER" in page.html]
    (practice,) = attempts(app, "practice")
    assert str(practice) not in "".join(page.html for page in pages)
    opened(visit, ada, tess, tess.id)
    for subject in (enrolment, tess.id):
        visit(f"/people/{tess.id}/record/{subject}/{practice}", person=ada, status=404)


def test_an_opening_counts_for_half_an_hour_in_one_browser_of_one_administrator_and_one_subject(
    app: Flask, make_person: Callable[..., Member], ada: Member, tess: Member, learner: Learner
) -> None:
    enrolment, browser = learner.enrol(), new_id()
    berta = make_person("berta@example.org", "Berta", is_administrator=True)
    with app.app_context():
        deed = {"actor": ada.id, "sign_in_id": browser, "form_key": "k" * 30}
        first = open_record(tess.id, enrolment, "An audit.", **deed, now=NOW)
        assert open_record(tess.id, enrolment, "An audit.", **deed, now=NOW).id == first.id
        for other in ({"person_id": tess.id, "subject_id": tess.id, "reason": "An audit."}, {"reason": "Another."}):
            with pytest.raises(Refused):
                open_record(**{"person_id": tess.id, "subject_id": enrolment, **deed, "now": NOW, **other})
        counts: list[tuple[UUID, UUID, UUID, timedelta, bool]] = [
            (ada.id, browser, enrolment, timedelta(minutes=29), True),
            (ada.id, browser, enrolment, timedelta(minutes=31), False),
            (ada.id, browser, enrolment, -timedelta(minutes=1), False),
            (ada.id, new_id(), enrolment, timedelta(), False),
            (berta.id, browser, enrolment, timedelta(), False),
            (ada.id, browser, tess.id, timedelta(), False),
        ]
        for by, where, what, later, wanted in counts:
            assert (subject_of(tess.id, what, Looker(by, where, NOW + later)).opening is not None) is wanted
        assert db.session.scalar(select(func.count()).select_from(RecordOpening)) == 1


def test_who_is_no_administrator_opens_nothing_and_no_reason_is_none(app: Flask, sam: Member, ada: Member, learner: Learner) -> None:
    enrolment = learner.enrol()
    with app.app_context():
        with pytest.raises(Missing):
            open_record(learner.person.id, enrolment, "Curious.", actor=sam.id, sign_in_id=new_id(), form_key="k" * 30, now=NOW)
        with pytest.raises(Malformed):
            open_record(learner.person.id, enrolment, "  \n", actor=ada.id, sign_in_id=new_id(), form_key="k" * 30, now=NOW)
        with pytest.raises(Missing):
            open_record(sam.id, enrolment, "Mixed up.", actor=ada.id, sign_in_id=new_id(), form_key="k" * 30, now=NOW)


def test_without_a_reason_nothing_is_opened(visit: Visit, ada: Member, tess: Member, learner: Learner) -> None:
    enrolment = learner.enrol()
    page = visit(f"/people/{tess.id}/record/{enrolment}/open", person=ada).submit("Open the record", reason="", status=422)
    assert "Give a reason" in page.text
    assert "Nobody has opened your record" in visit("/account/record", person=tess).text


def test_the_reason_may_be_deleted_and_the_opening_not(app: Flask, visit: Visit, ada: Member, tess: Member, learner: Learner) -> None:
    opened(visit, ada, tess, learner.enrol())
    with app.app_context():
        with pytest.raises(DatabaseError, match="kept as they were written"), db.engine.begin() as connection:
            connection.execute(text("DELETE FROM record_opening"))
        with transaction() as session:
            session.execute(text("DELETE FROM opening_reason"))
    page = visit("/account/record", person=tess)
    assert "The reason was removed" in page.text and "Ada Lindqvist" in page.text


def test_assigned_attempts_are_opened_together(
    app: Flask, visit: Visit, library: Library, ada: Member, tess: Member, sam: Member, agency: Agency, supervise: Callable[..., UUID]
) -> None:
    library.publish()
    supervise(agency, sam, tess)
    made = assign(app, agency, sam, [tess], "sample", ["short"], now=NOW)
    hand_in(app, agency, tess, made.task(tess, "short"), "sample", "short", passed=True, now=NOW)
    page = opened(visit, ada, tess, tess.id)
    (address,) = page.select("//main//table//th/a/@href")
    assert "assigned work" in visit(address, person=ada).text
    assert "Attempts at assigned work" in visit("/account/record", person=tess).text


# As it was


def options_shown(page: Page) -> list[str]:
    """The texts of the options on the page of a question, in order."""
    labels = page.select("//main//fieldset//label")
    return [" ".join("".join(each.itertext()).split()) for each in labels]


def options_replayed(page: Page) -> list[list[str]]:
    """The same of each question of a replay that has options."""
    lists = page.select("//main//ol[contains(@class, 'replay-options')]")
    cells = ".//*[contains(@class, 'verdict-text')]"
    hidden = re.compile(r"^(?:Chosen: |(?:Place|Belongs at) \d+(?:; the person put it at \d+)?: )")
    return [[hidden.sub("", " ".join("".join(each.itertext()).split())) for each in one.xpath(cells)] for one in lists]


def attempt_in_pages(visit: Visit, person: Member) -> tuple[str, list[list[str]]]:
    """Answer every question on its page; the address of the attempt, and what each page offered."""
    page, offered = begin(visit, person), []
    for wanted in ("Raise it at the next session.", "Others may see the message.", "Yes, a short one."):
        offered.append(options_shown(page))
        page = page.submit("Decide", given=value_of(page, wanted))
        page = visit(page.select("//p[@class='after']/a/@href")[0], person=person)
    offered.append(options_shown(page))
    places = {f"place-{value_of(page, each)}": str(place) for place, each in enumerate(offered[-1], 1)}
    page = page.submit("Decide", **places)
    page = visit(page.select("//p[@class='after']/a/@href")[0], person=person)
    page = page.submit("Hand in and go on", text=SECRET)
    return re.sub(r"/\d+$", "", page.address.split("#")[0]), offered


def test_b9_the_replay_has_the_options_in_the_order_of_the_pages_whatever_becomes_of_the_scenario(
    app: Flask, visit: Visit, library: Library, ada: Member, tess: Member
) -> None:
    library.publish()
    address, offered = attempt_in_pages(visit, tess)
    assert [len(each) for each in offered] == [4, 3, 2, 3]
    before = visit(f"{address}/replay", person=tess)
    assert options_replayed(before) == offered
    assert "MARKER" not in before.html
    for change in (_changed, _renamed, _retired):
        change(library)
        after = visit(f"{address}/replay", person=tess)
        assert options_replayed(after) == offered
        assert "KEYMARK-best: this keeps the frame" in after.text
        assert "Can we talk here?" in after.text
    with app.app_context():
        enrolment = db.session.scalars(text("SELECT id FROM enrolment")).one()
    subject = UUID(str(enrolment))
    opened(visit, ada, tess, subject)
    assert options_replayed(visit(f"/people/{tess.id}/record/{subject}/{address.split('/')[-1]}", person=ada)) == offered


def _changed(library: Library) -> None:
    library.edit("sample/every-kind.md", "Raise it at the next session.", "Say nothing at all.")
    library.edit("sample/every-kind.md", "KEYMARK-best: this keeps the frame", "KEYMARK-best: another reason")
    assert not library.publish().problems


def _renamed(library: Library) -> None:
    library.edit("sample/course.md", "every-kind", "all-kinds")
    (library.root / "sample" / "every-kind.md").rename(library.root / "sample" / "all-kinds.md")
    library.edit("sample/all-kinds.md", "status: ready", "status: ready\nformerly: [every-kind]")
    assert not library.publish().problems


def _retired(library: Library) -> None:
    library.edit("sample/course.md", "[all-kinds, short]", "[short]")
    library.edit("sample/course.md", "preview: all-kinds", "preview: short")
    (library.root / "sample" / "all-kinds.md").unlink()
    assert not library.publish().problems


def test_every_score_is_shown(app: Flask, visit: Visit, tess: Member, enrolment: UUID) -> None:
    first, _ = attempts(app, "credit")
    with app.app_context(), transaction() as session:
        later = NOW + timedelta(days=3)
        session.add(Score(attempt_id=first, version=2, percent=41, passed=False, credits={"first": "1/3"}, scored_at=later))
    page = visit(f"/attempts/{first}/replay", person=tess)
    assert "41%, not passed, 23 November 2026" in page.text and "100%, passed, 20 November 2026" in page.text
    assert "1/3 of the credit" in page.text


def test_an_attempt_that_is_under_way_has_no_replay_and_neither_has_somebody_elses(
    app: Flask, visit: Visit, omar: Member, tess: Member, enrolment: UUID, learner: Learner
) -> None:
    under_way = learner.begin()
    visit(f"/attempts/{under_way.id}/replay", person=tess, status=404)
    visit(f"/attempts/{attempts(app, 'credit')[0]}/replay", person=omar, status=404)
    (practice,) = attempts(app, "practice")
    assert "MARKER" not in visit(f"/attempts/{practice}/replay", person=tess).html


def test_b1_closing_cases_that_were_not_passed_keep_their_key(app: Flask, library: Library, tess: Member, learner: Learner) -> None:
    library.add_closing_cases()
    library.publish()
    learner.enrol()
    learner.work_through(learner.begin())
    learner.answer(learner.begin("short"), "now", ("ask",))
    attempt = learner.begin("closing-a")
    with app.app_context():
        question = published_scenario(attempt.scenario_revision_id).scenario.scenes[0].questions[0].id
    learner.answer(attempt, question, ("wait",))
    with app.app_context():
        seen = own_replay(tess.id, attempt.id)
        assert not seen.has_key and seen.steps
        assert {(each.verdict, each.feedback, each.place) for step in seen.steps for each in step.options} == {("", "", 0)}
        assert all(not step.explanations and not step.credit for step in seen.steps)


def test_a_replay_takes_few_statements(visit: Visit, app: Flask, tess: Member, enrolment: UUID) -> None:
    address = f"/attempts/{attempts(app, 'credit')[0]}/replay"
    visit(address, person=tess)
    assert visit(address, person=tess).queries <= 3
