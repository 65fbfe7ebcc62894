"""A trainee's work as supervisors see it: choices, reflections and who read them, signing off."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.accounts.access import Here
from ceapp.accounts.models import Membership
from ceapp.accounts.queries import belonging
from ceapp.audit.models import AuditEntry
from ceapp.database import db, everybody, new_id, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning.models import Reflection
from ceapp.supervision import notes
from ceapp.supervision.models import Cover, Extension, Note, ReflectionReading, SignOff, Supervision, Task
from ceapp.supervision.review import service as work
from ceapp.supervision.review.access import work_for
from tests.conftest import JOINED_ON, NOW, Agency, Member
from tests.harness.assignments import Assigned, assign, release
from tests.harness.pages import Page, Visitor, words
from tests.supervision.working import GOOD_PATH, RISKY_PATH, Trainee, join

Visit = Callable[..., Page]
DUE = date(2026, 11, 27)
REFLECTED = "MARKTEXT I would write that down"
WORST_CASE = 13
"""Queries of the page of a piece of work with everything on it, once for each process two more for a text."""


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceapp.clock.now", lambda: NOW)


@pytest.fixture
def visit(browser_of: Callable[[Member], Visitor]) -> Visit:
    def open_page(address: str, person: Member, status: int = 200) -> Page:
        browser_of(person).most_queries = WORST_CASE + 2
        return browser_of(person).get(address, status=status)

    return open_page


@pytest.fixture
def assigned(app: Flask, agency: Agency, sam: Member, tess: Member, omar: Member, course: str) -> Assigned:
    return assign(app, agency, sam, [tess, omar], course, ["every-kind"], due_on=DUE, now=NOW - timedelta(days=7), title="Week one")


@pytest.fixture
def task_id(app: Flask, agency: Agency, assigned: Assigned, tess: Member) -> UUID:
    """Tess's task, handed in once badly and with a reflection, then passed."""
    trainee = Trainee(app, agency, tess)
    found = assigned.task(tess)
    trainee.work_through(found, RISKY_PATH, text=REFLECTED, now=NOW - timedelta(days=2))
    trainee.work_through(found, GOOD_PATH, text="MARKLATER a text of the second attempt", now=NOW - timedelta(days=1))
    return found


def address_of(person: Member, task_id: UUID | str = "", slug: str = "harbour") -> str:
    return f"/organisations/{slug}/trainees/{person.id}" + (f"/{task_id}" if task_id else "")


def here_of(app: Flask, agency: Agency, person: Member) -> Here:
    with app.app_context(), scoped_to(person.id, agency.id):
        found = belonging(agency.slug, person.id)
        assert found is not None
        return Here(found.organisation, found.membership, NOW.date())


def rows_of(app: Flask, model: Any) -> list[Any]:
    with app.app_context(), everybody("a test looks at everything"):
        return list(db.session.scalars(select(model)))


# What each scope sees


@pytest.mark.both_databases
@pytest.mark.parametrize("scope", ["status", "scores", "answers", "reflections"])
def test_a5_each_scope_sees_its_part_of_the_work(
    visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, scope: str
) -> None:
    supervise(agency, sam, tess, scope=scope)
    page = visit(address_of(tess, task_id), person=sam)
    reach = ["status", "scores", "answers", "reflections"].index(scope)
    text = words(page.tree.find(".//main"))
    assert "Passed" in text
    assert ("100%" in text) is (reach >= 1)
    assert ("Risky" in text) is (reach >= 1)
    assert ("Wait and see what comes" in text) is (reach >= 2)
    assert ("Tess Adeyemi chose" in text) is (reach >= 2)
    assert ("The path of the first attempt" in text) is (reach >= 2)
    assert ("KEYMARK-discuss" in text) is (reach >= 2)
    assert ("Reflection, 6 words, handed in on" in text) is (reach >= 3)
    assert ("Read it" in text) is (reach >= 3)
    assert "MARK" not in page.html.replace("KEYMARK", "")
    assert ("Sign off" in [words(each) for each in page.tree.xpath("//main//a")]) is (reach >= 1)


def test_a5_an_administrator_sees_the_state_and_nothing_else(visit: Visit, ines: Member, tess: Member, task_id: UUID) -> None:
    page = visit(address_of(tess, task_id), person=ines)
    text = words(page.tree.find(".//main"))
    assert "Passed" in text
    for more in ("100%", "Risky", "Wait and see", "Reflection", "words"):
        assert more not in text
    assert not page.tree.xpath("//main//form")


def test_the_first_attempt_is_shown_and_the_later_ones_only_listed(
    visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess)
    text = words(visit(address_of(tess, task_id), person=sam).tree.find(".//main"))
    assert "Tess Adeyemi chose: Wait and see what comes." in text
    assert "Tess Adeyemi chose: Raise it" not in text
    assert "Attempt 2: 100%, passed" in text


def test_an_attempt_under_way_shows_no_choice(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, assigned: Assigned
) -> None:
    supervise(agency, sam, tess)
    trainee = Trainee(app, agency, tess)
    attempt = trainee.begin(assigned.task(tess))
    trainee.answer(attempt, RISKY_PATH[:-1])
    trainee.draft(attempt, "MARKDRAFT not handed in")
    page = visit(address_of(tess, assigned.task(tess)), person=sam)
    assert "Under way" in page.html
    for text in ("Wait and see", "MARK", "Read it"):
        assert text not in page.html


def test_a_released_pass_of_ones_own_shows_its_day_and_nothing_of_the_attempt(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, assigned: Assigned
) -> None:
    supervise(agency, sam, tess)
    trainee = Trainee(app, agency, tess)
    attempt = trainee.begin_alone("credit")
    trainee.answer(attempt, GOOD_PATH, text="MARKTEXT of the person alone")
    release(app, agency, assigned.task(tess), attempt.id, passed_on=date(2026, 10, 5), now=NOW)
    page = visit(address_of(tess, assigned.task(tess)), person=sam)
    text = words(page.tree.find(".//main"))
    assert "Passed on 5 October 2026" in text
    for more in ("%", "chose", "MARK", "Read it", str(attempt.id)):
        assert more not in text


def test_withdrawn_work_is_not_looked_into(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess)
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(update(Task).where(Task.organisation_id == agency.id, Task.id == task_id).values(withdrawn_at=NOW))
    page = visit(address_of(tess, task_id), person=sam)
    assert "Withdrawn" in page.html
    assert "chose" not in page.html
    visit(f"{address_of(tess, task_id)}/sign-off", person=sam, status=404)


# Who finds nothing


def test_a1_whoever_has_no_business_there_finds_nothing(
    visit: Visit, agency: Agency, elsewhere: Agency, sam: Member, rita: Member, omar: Member, tess: Member, task_id: UUID, supervise: Any
) -> None:
    supervise(agency, sam, omar)
    for person in (rita, omar, tess, sam):
        for address in (address_of(tess), address_of(tess, task_id), f"{address_of(tess, task_id)}/sign-off"):
            visit(address, person=person, status=404)
    visit(address_of(tess, task_id, "elsewhere"), person=rita, status=404)
    visit(address_of(tess, slug="elsewhere"), person=rita, status=404)


def test_a2_the_ids_in_an_address_belong_together(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, omar: Member, assigned: Assigned, task_id: UUID,
    elsewhere: Agency, rita: Member, make_person: Any, course: str,
) -> None:  # fmt: skip
    supervise(agency, sam, tess)
    supervise(agency, sam, omar)
    visit(address_of(omar, task_id), person=sam, status=404)
    visit(address_of(tess, assigned.task(omar)), person=sam, status=404)
    foreign = assign(app, elsewhere, rita, [rita], course, ["short"], now=NOW)
    visit(address_of(tess, foreign.task(rita)), person=sam, status=404)
    visit(address_of(tess, new_id()), person=sam, status=404)


def test_a5_when_the_relation_ends_the_work_is_lost_and_the_sign_off_kept(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    relation_id = supervise(agency, sam, tess, scope="scores")
    page = visit(f"{address_of(tess, task_id)}/sign-off", person=sam)
    page.submit("Sign off", action_contains="sign-off", note="MARKNOTE well argued")
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Supervision).where(Supervision.organisation_id == agency.id, Supervision.id == relation_id).values(ended_at=NOW)
        )
    for address in (address_of(tess), address_of(tess, task_id), f"{address_of(tess, task_id)}/sign-off"):
        visit(address, person=sam, status=404)
    kept = visit("/organisations/harbour/signed-off", person=sam)
    assert "Every kind: <bdi>Tess Adeyemi</bdi>" in kept.html
    assert "MARKNOTE well argued" in kept.html
    assert str(task_id) not in kept.html


def test_a_cover_lends_the_scope_and_no_more(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, omar: Member, ines: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess, scope="answers")
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        values = {"supervisor_id": sam.id, "colleague_id": ines.id, "first_day": JOINED_ON, "last_day": date(2027, 1, 1)}
        session.add(Cover(organisation_id=agency.id, made_by=sam.id, made_at=NOW, **values))
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == ines.id).values(is_supervisor=True)
        )
    text = words(visit(address_of(tess, task_id), person=ines).tree.find(".//main"))
    assert "Wait and see" in text
    assert "Read it" not in text


# Reflections


@pytest.mark.both_databases
def test_h4_a_reading_is_written_down_before_the_text_is_shown(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    supervise(agency, sam, tess)
    page = visit(address_of(tess, task_id), person=sam)
    assert rows_of(app, ReflectionReading) == []
    with caplog.at_level(logging.DEBUG):
        read = page.submit("Read it", status=200, follow=False)
    assert REFLECTED in read.html
    assert "MARK" not in caplog.text
    (row,) = rows_of(app, ReflectionReading)
    assert (row.reader_id, row.trainee_id, row.question_id, row.read_at) == (sam.id, tess.id, "note", NOW)
    (entry,) = [each for each in rows_of(app, AuditEntry) if each.deed == "reflection.read"]
    assert "MARK" not in str(entry.subjects)
    page.submit("Read it", status=200, follow=False)
    assert len(rows_of(app, ReflectionReading)) == 2


@pytest.mark.parametrize("scope", ["status", "scores", "answers"])
def test_h4_a_narrower_scope_opens_no_reflection(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, scope: str
) -> None:
    supervise(agency, sam, tess, scope=scope)
    here = here_of(app, agency, sam)
    with app.app_context(), scoped_to(sam.id, agency.id), pytest.raises(Missing):
        work.read_reflection(here, tess.id, task_id, "note", now=NOW)
    assert rows_of(app, ReflectionReading) == []


BEFORE, AFTER = NOW - timedelta(days=3), NOW - timedelta(days=1)
"""The first attempt was handed in two days ago, between these."""


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("relations", "opens"),
    [
        ([("answers", BEFORE, AFTER), ("reflections", AFTER, None)], False),  # the scope was widened since
        ([("reflections", AFTER, None)], False),  # somebody new
        ([("reflections", BEFORE, AFTER), ("answers", AFTER, None)], False),  # narrowed since
        ([("reflections", BEFORE, AFTER), ("reflections", AFTER, None)], True),  # renewed
        ([("reflections", BEFORE, None)], True),
    ],
)
def test_h4_a_reflection_opens_only_to_whom_it_was_shown_when_it_was_written(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, relations: Any, opens: bool
) -> None:
    for scope, made_at, ended_at in relations:
        supervise(agency, sam, tess, scope=scope, made_at=made_at, ended_at=ended_at)
    assert ("Read it" in visit(address_of(tess, task_id), person=sam).text) is opens
    here = here_of(app, agency, sam)
    with app.app_context(), scoped_to(sam.id, agency.id):
        if opens:
            assert work.read_reflection(here, tess.id, task_id, "note", now=NOW) == REFLECTED
        else:
            with pytest.raises(Missing):
                work.read_reflection(here, tess.id, task_id, "note", now=NOW)
    assert len(rows_of(app, ReflectionReading)) == opens


def test_h4_no_administrator_opens_one(browser_of: Any, visit: Visit, ines: Member, tess: Member, task_id: UUID) -> None:
    token = visit("/account", person=ines).tree.xpath("//input[@name='csrf_token']")[0].get("value")
    browser_of(ines).post(f"{address_of(tess, task_id)}/reflection", {"csrf_token": token, "question": "note"}, status=404)


def test_h4_drafts_later_attempts_and_own_attempts_are_never_opened(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, assigned: Assigned
) -> None:
    supervise(agency, sam, tess)
    trainee, here = Trainee(app, agency, tess), here_of(app, agency, sam)
    for purpose in ("practice", "credit"):
        trainee.answer(trainee.begin_alone(purpose), GOOD_PATH, text=REFLECTED)
    attempt = trainee.begin(assigned.task(tess))
    trainee.answer(attempt, GOOD_PATH[:-1])
    trainee.draft(attempt, REFLECTED)
    with app.app_context(), scoped_to(sam.id, agency.id), pytest.raises(Missing):
        work.read_reflection(here, tess.id, assigned.task(tess), "note", now=NOW)
    trainee.answer(attempt, GOOD_PATH[-1:], saves=1)  # Handed in without the text: the draft is gone.
    trainee.work_through(assigned.task(tess), GOOD_PATH, text=REFLECTED)
    with app.app_context(), scoped_to(sam.id, agency.id), pytest.raises(Missing):
        work.read_reflection(here, tess.id, assigned.task(tess), "note", now=NOW)
    assert rows_of(app, ReflectionReading) == []


def test_h4_a_deleted_text_is_said_to_be_gone(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess)
    with app.app_context(), transaction() as session:
        for row in session.scalars(select(Reflection)):
            session.delete(row)
    page = visit(address_of(tess, task_id), person=sam)
    assert "left out, or deleted since" in page.html
    assert "Read it" not in page.html


def test_h4_an_id_that_is_no_reflection_opens_nothing(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess)
    here = here_of(app, agency, sam)
    for question_id in ("first", "nonsense", ""):
        with app.app_context(), scoped_to(sam.id, agency.id), pytest.raises(Missing):
            work.read_reflection(here, tess.id, task_id, question_id, now=NOW)


@pytest.mark.both_databases
def test_a_relation_that_ended_meanwhile_opens_nothing(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess, ended_at=NOW - timedelta(minutes=1))
    here = here_of(app, agency, sam)
    with app.app_context(), scoped_to(sam.id, agency.id), pytest.raises(Missing):
        work.read_reflection(here, tess.id, task_id, "note", now=NOW)


# Signing off


def signed(app: Flask, agency: Agency, sam: Member, tess: Member, task_id: UUID, note: str = "", shown: str | None = None) -> None:
    here = here_of(app, agency, sam)
    with app.app_context(), scoped_to(sam.id, agency.id):
        seal = work.facts_of(work_for(here, tess.id, task_id, now=NOW)).seal if shown is None else shown
        work.sign_off(here, tess.id, task_id, note=note, shown=seal, now=NOW)


@pytest.mark.both_databases
def test_a_sign_off_keeps_what_was_seen_without_names_and_happens_once(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess, scope="scores")
    for _ in range(2):
        signed(app, agency, sam, tess, task_id, note="MARKNOTE")
    (row,) = rows_of(app, SignOff)
    assert (row.supervisor_id, row.trainee_id, row.signed_at) == (sam.id, tess.id, NOW)
    assert row.facts["scenario"] == "Every kind"
    assert row.facts["assignment"] == "Week one"
    assert row.facts["attempts"] == 2
    assert row.facts["first_percent"] < 80
    assert row.facts["done_on"] == "2026-11-19"
    for personal in ("Tess", "Sam", "MARKNOTE", "example.org"):
        assert personal not in str(row.facts)
    (note,) = rows_of(app, Note)
    assert b"MARKNOTE" not in note.ciphertext
    with app.app_context(), scoped_to(agency.id):
        assert notes.texts([agency.id], [row.note_id]) == {row.note_id: "MARKNOTE"}


@pytest.mark.parametrize("scope", ["status", "scores"])
def test_signing_asks_for_the_scope_of_scores(
    app: Flask, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, scope: str
) -> None:
    supervise(agency, sam, tess, scope=scope)
    if scope == "status":
        with pytest.raises(Missing):
            signed(app, agency, sam, tess, task_id)
    else:
        signed(app, agency, sam, tess, task_id)
    assert len(rows_of(app, SignOff)) == (scope == "scores")


def test_what_is_not_handed_in_cannot_be_signed(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, assigned: Assigned
) -> None:
    supervise(agency, sam, tess)
    with pytest.raises(Refused, match="Nothing was changed"):
        signed(app, agency, sam, tess, assigned.task(tess))
    visit(f"{address_of(tess, assigned.task(tess))}/sign-off", person=sam, status=404)
    assert rows_of(app, SignOff) == []


def test_work_that_changed_since_the_page_is_shown_again_with_the_note(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, assigned: Assigned
) -> None:
    supervise(agency, sam, tess)
    trainee = Trainee(app, agency, tess)
    trainee.work_through(assigned.task(tess), RISKY_PATH)
    page = visit(f"{address_of(tess, assigned.task(tess))}/sign-off", person=sam)
    trainee.work_through(assigned.task(tess), GOOD_PATH)
    again = page.submit("Sign off", action_contains="sign-off", note="What I thought", status=422)
    assert "The work has changed" in again.html
    assert "What I thought" in again.html
    assert rows_of(app, SignOff) == []
    again.submit("Sign off", action_contains="sign-off")
    assert len(rows_of(app, SignOff)) == 1


def test_a_note_that_is_too_long_is_refused_and_kept_in_the_form(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    supervise(agency, sam, tess)
    page = visit(f"{address_of(tess, task_id)}/sign-off", person=sam)
    again = page.submit("Sign off", action_contains="sign-off", note="x" * 4001, status=422)
    assert "x" * 4001 in again.html
    assert rows_of(app, SignOff) == []


def test_a5_a_refused_note_shows_nothing_once_the_scope_is_narrower(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID
) -> None:
    relation_id = supervise(agency, sam, tess)
    page = visit(f"{address_of(tess, task_id)}/sign-off", person=sam)
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Supervision).where(Supervision.organisation_id == agency.id, Supervision.id == relation_id).values(ended_at=NOW)
        )
    supervise(agency, sam, tess, "status")
    page.submit("Sign off", action_contains="sign-off", note="x" * 4001, status=404)


def test_what_others_signed_is_not_in_ones_own_list(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, task_id: UUID, make_person: Any
) -> None:
    supervise(agency, sam, tess)
    signed(app, agency, sam, tess, task_id, note="MARKNOTE")
    other = make_person("cleo@example.org", "Cleo")
    join(app, agency, other)
    page = visit("/organisations/harbour/signed-off", person=other)
    assert "You have not signed anything off yet" in page.html
    assert "MARKNOTE" not in page.html
    supervise(agency, other, tess, scope="status")
    page = visit(address_of(tess, task_id), person=other)
    assert "Sam Okafor" in page.html
    assert "MARKNOTE" not in page.html


# The page of a trainee


def test_the_page_of_a_trainee_lists_what_was_assigned_here(
    app: Flask, visit: Visit, supervise: Any, agency: Agency, elsewhere: Agency, rita: Member, sam: Member, tess: Member, task_id: UUID,
    course: str,
) -> None:  # fmt: skip
    supervise(agency, sam, tess, scope="scores")
    join(app, elsewhere, tess, "is_trainee")
    foreign = assign(app, elsewhere, rita, [tess], course, ["short"], now=NOW, title="MARK of the other organisation")
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        note_id = notes.write(agency.id, sam.id, "You were ill", now=NOW)
        session.add(
            Extension(
                organisation_id=agency.id, task_id=task_id, due_on=date(2026, 12, 4), note_id=note_id, extended_by=sam.id, extended_at=NOW
            )
        )
    signed(app, agency, sam, tess, task_id)
    page = visit(address_of(tess), person=sam)
    text = words(page.tree.find(".//main"))
    assert re.search(r"Passed on 19 November 2026 First attempt: \d+% weakest choice Risky", text)
    assert "extended to 4 December 2026 by Sam Okafor: You were ill" in text
    assert "Sam Okafor, 20 November 2026" in text
    assert "MARK" not in page.html
    assert str(foreign.task(tess)) not in page.html


def test_the_lists_are_in_pages(app: Flask, visit: Visit, supervise: Any, agency: Agency, sam: Member, tess: Member, course: str) -> None:
    supervise(agency, sam, tess)
    many = assign(app, agency, sam, [tess], course, [f"work-{number:02}" for number in range(23)], now=NOW)
    first, second = (visit(f"{address_of(tess)}?page={page}", person=sam) for page in (1, 2))
    assert [len(page.tree.xpath("//tbody/tr")) for page in (first, second)] == [20, 3]
    visit(f"{address_of(tess)}?page=3", person=sam, status=404)
    assert first.queries >= second.queries
    own = Trainee(app, agency, tess).begin_alone("credit")
    for task_id in many.tasks.values():
        release(app, agency, task_id, own.id, passed_on=NOW.date(), now=NOW)
        signed(app, agency, sam, tess, task_id)
    pages = [visit(f"/organisations/harbour/signed-off?page={page}", person=sam) for page in (1, 2)]
    assert [len(page.tree.xpath("//main//div[@class='card']")) for page in pages] == [20, 3]
    assert pages[0].queries == pages[1].queries <= 7
    visit("/organisations/harbour/signed-off?page=3", person=sam, status=404)
