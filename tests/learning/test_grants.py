"""Another attempt where all are used up: asked for, granted with a reason, declined."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.accounts.people import service as people
from ceapp.audit.models import AuditEntry
from ceapp.certificates.site import Site, SiteCache
from ceapp.database import Model, db, everybody, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning import grants, starting
from ceapp.learning.models import Attempt, AttemptGrant, AttemptRequest, Series
from ceapp.mail.letters import Letter, composer
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Visitor
from tests.learning.conftest import Learner

REASON = "The power failed in quartz lane"
KEY = "form-key-number-{:020}"


@pytest.fixture
def two_attempts(library: Library) -> str:
    """The sample course with two attempts at each scenario, published."""
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
    assert not library.publish().problems
    return "sample"


@pytest.fixture
def stuck(app: Flask, two_attempts: str, tess: Member) -> Learner:
    """Tess, who has used both attempts at the short scenario."""
    return use_up(Learner(app, tess))


def use_up(learner: Learner) -> Learner:
    learner.enrol()
    for _ in range(2):
        learner.answer(learner.begin("short"), "now", ("like",))
    return learner


def grant(app: Flask, learner: Learner, actor: Member, *, key: str = KEY.format(0), reason: str = REASON, scenario: str = "short") -> UUID:
    enrolled = learner.enrol()
    with app.app_context():
        return grants.grant(learner.person.id, enrolled, scenario, reason, actor=actor.id, form_key=key, now=NOW).id


def ask(app: Flask, learner: Learner, scenario: str = "short") -> UUID:
    with app.app_context():
        return grants.ask(learner.person.id, "sample", scenario, now=NOW).id


def rows(app: Flask, table: type[Model]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def deeds(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.at, AuditEntry.id))
        return [deed for deed in found if deed in ("attempt.asked", "attempt.granted", "attempt.declined")]


def letters(app: Flask, name: str) -> list[Letter | None]:
    """The letters of this name that wait, as they would be sent now."""
    with app.app_context():
        messages = db.session.scalars(select(Message).where(Message.letter == name, Message.cancelled_at.is_(None))).all()
        return [composer(name)(message, json.loads(current_keys().unseal(message.key_id, message.values)), NOW) for message in messages]


def allowed(app: Flask) -> int | None:
    with app.app_context():
        return db.session.scalars(select(Series.allowed).where(Series.scenario_slug == "short")).one()


# Granting


@pytest.mark.both_databases
def test_a_grant_is_one_more_attempt_with_the_right_number(app: Flask, stuck: Learner, ada: Member) -> None:
    with pytest.raises(Refused):
        stuck.begin("short")
    grant(app, stuck, ada)
    third = stuck.begin("short")
    assert (third.number, third.allowed) == (3, 3)
    stuck.answer(third, "now", ("like",))
    with pytest.raises(Refused):
        stuck.begin("short")
    assert deeds(app) == ["attempt.granted"]


@pytest.mark.both_databases
def test_two_grants_both_count(app: Flask, stuck: Learner, ada: Member) -> None:
    for number in range(2):
        grant(app, stuck, ada, key=KEY.format(number))
        stuck.answer(stuck.begin("short"), "now", ("like",))
    assert allowed(app) == 4
    assert rows(app, AttemptGrant) == 2
    assert rows(app, Attempt) == 4


@pytest.mark.both_databases
def test_twenty_grants_with_one_form_are_one(app: Flask, stuck: Learner, ada: Member) -> None:
    enrolled = stuck.enrol()
    given = at_once(
        app, 20, lambda _: grants.grant(stuck.person.id, enrolled, "short", REASON, actor=ada.id, form_key=KEY.format(0), now=NOW).id
    )
    assert len(set(given)) == 1
    assert allowed(app) == 3
    assert rows(app, AttemptGrant) == 1
    assert len(letters(app, "attempt-granted")) == 1


@pytest.mark.both_databases
def test_twenty_grants_with_forms_of_their_own_are_one_too(app: Flask, stuck: Learner, ada: Member) -> None:
    """After the first an attempt is left, so the others are refused."""
    enrolled = stuck.enrol()
    given = at_once(
        app, 20, lambda n: grants.grant(stuck.person.id, enrolled, "short", REASON, actor=ada.id, form_key=KEY.format(n), now=NOW).id
    )
    assert sum(isinstance(each, Refused) for each in given) == 19
    assert allowed(app) == 3


@pytest.mark.both_databases
def test_one_form_for_two_people_grants_once(app: Flask, two_attempts: str, tess: Member, omar: Member, ada: Member) -> None:
    learners = [use_up(Learner(app, person)) for person in (tess, omar)]
    enrolled = [learner.enrol() for learner in learners]

    def one(number: int) -> UUID:
        learner = learners[number % 2]
        return grants.grant(learner.person.id, enrolled[number % 2], "short", REASON, actor=ada.id, form_key=KEY.format(0), now=NOW).id

    at_once(app, 8, one)
    assert rows(app, AttemptGrant) == 1


@pytest.mark.both_databases
def test_what_is_not_used_up_is_not_granted(app: Flask, stuck: Learner, ada: Member, library: Library) -> None:
    with pytest.raises(Refused, match="attempts left"):
        grant(app, stuck, ada, scenario="every-kind")  # never begun
    stuck.begin("every-kind")
    with pytest.raises(Refused, match="attempts left"):
        grant(app, stuck, ada, scenario="every-kind")
    grant(app, stuck, ada)
    with pytest.raises(Refused, match="attempts left"):
        grant(app, stuck, ada, key=KEY.format(1))
    third = stuck.begin("short")
    with pytest.raises(Refused, match="attempts left"):  # under way, with the last number
        grant(app, stuck, ada, key=KEY.format(1))
    stuck.answer(third, "now", ("ask",))
    with pytest.raises(Refused, match="passed already"):
        grant(app, stuck, ada, key=KEY.format(1))
    assert rows(app, AttemptGrant) == 1


def test_attempts_without_limit_are_not_granted(app: Flask, learner: Learner, ada: Member) -> None:
    use_up(learner)
    with pytest.raises(Refused, match="no limit"):
        grant(app, learner, ada)
    with pytest.raises(Refused, match="no limit"):
        ask(app, learner)


def test_an_attempt_left_for_a_newer_text_costs_nothing_here_either(app: Flask, library: Library, stuck: Learner, ada: Member) -> None:
    grant(app, stuck, ada)
    stuck.begin("short")
    library.edit("sample/short.md", "Like it.", "Press like.")
    library.publish()
    with app.app_context():
        left = db.session.scalars(select(Attempt).where(Attempt.closed_at.is_(None))).one().id
        begun = starting.begin_anew(stuck.person.id, left, form_key="k" * 24, now=NOW)
        assert (begun.number, begun.allowed) == (4, 4)
    stuck.answer(begun, "now", ("like",))
    grant(app, stuck, ada, key=KEY.format(1))
    assert stuck.begin("short").number == 5


@pytest.mark.both_databases
def test_granting_needs_a_reason_of_a_fitting_length(app: Flask, stuck: Learner, ada: Member) -> None:
    for reason in ("", "  \n ", "x" * 401):
        with pytest.raises(Malformed):
            grant(app, stuck, ada, reason=reason)
    grant(app, stuck, ada, reason="x" * 400)


@pytest.mark.both_databases
def test_granting_needs_an_administrator_of_this_moment_and_an_enrolment_of_the_person(
    app: Flask, stuck: Learner, ada: Member, tess: Member, omar: Member, make_person: Callable[..., Member]
) -> None:
    request_id = ask(app, stuck)
    suspended = make_person("old@example.org", is_administrator=True, suspended_at=NOW)
    for actor in (tess, omar, suspended):
        with pytest.raises(Missing):
            grant(app, stuck, actor)
        with app.app_context(), pytest.raises(Missing):
            grants.grant_request(request_id, REASON, actor=actor.id, form_key=KEY.format(0), now=NOW)
        with app.app_context(), pytest.raises(Missing):
            grants.decline(request_id, actor=actor.id, now=NOW)
    enrolled = stuck.enrol()
    with app.app_context():
        for person_id, enrolment in ((omar.id, enrolled), (tess.id, uuid4()), (uuid4(), enrolled)):
            with pytest.raises(Missing):
                grants.grant(person_id, enrolment, "short", REASON, actor=ada.id, form_key=KEY.format(0), now=NOW)
        with pytest.raises(Missing):
            grants.grant(tess.id, enrolled, "nonsense", REASON, actor=ada.id, form_key=KEY.format(0), now=NOW)
        with pytest.raises(Missing):
            grants.grant_request(uuid4(), REASON, actor=ada.id, form_key=KEY.format(0), now=NOW)
        with pytest.raises(Missing):
            grants.decline(uuid4(), actor=ada.id, now=NOW)
    assert rows(app, AttemptGrant) == 0


@pytest.mark.both_databases
def test_h2_the_reason_is_nowhere_in_the_clear(app: Flask, stuck: Learner, ada: Member, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(app, stuck)
    grant(app, stuck, ada)
    with app.app_context(), everybody("every table is searched"):
        stored = db.session.scalars(select(AttemptGrant)).one()
        assert current_keys().unseal(stored.key_id, stored.ciphertext) == REASON
        written = b"".join(
            repr(tuple(row)).encode() for table in Model.metadata.sorted_tables for row in db.session.execute(select(table)).all()
        )
        if db.engine.dialect.name == "sqlite":
            path = Path(db.engine.url.database or "")
            written += b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    for marker in ("quartz", "power failed"):
        assert marker.encode() not in written
        assert marker not in caplog.text
        assert all(marker not in letter.text + letter.subject for letter in letters(app, "attempt-granted") if letter)


# Asking


@pytest.mark.both_databases
def test_asking_is_one_request_and_one_letter_to_each_open_administrator(
    app: Flask, stuck: Learner, ada: Member, make_person: Callable[..., Member]
) -> None:
    make_person("bea@example.org", is_administrator=True)
    make_person("old@example.org", is_administrator=True, suspended_at=NOW)
    asked = at_once(app, 12, lambda _: grants.ask(stuck.person.id, "sample", "short", now=NOW).id)
    assert len(set(asked)) == 1
    assert rows(app, AttemptRequest) == 1
    found = letters(app, "attempt-asked")
    assert sorted(letter.to for letter in found if letter) == ["ada@example.org", "bea@example.org"]
    assert all(letter and "/requests" in letter.text and stuck.person.name not in letter.text for letter in found)
    assert deeds(app) == ["attempt.asked"]


@pytest.mark.both_databases
def test_asking_is_refused_while_attempts_are_left(app: Flask, stuck: Learner, ada: Member, omar: Member) -> None:
    with pytest.raises(Refused, match="attempts left"):
        ask(app, stuck, "every-kind")
    with pytest.raises(Missing):
        ask(app, stuck, "nonsense")
    with app.app_context(), pytest.raises(Missing):
        grants.ask(omar.id, "sample", "short", now=NOW)  # not enrolled
    assert rows(app, AttemptRequest) == rows(app, Message) == 0


@pytest.mark.both_databases
def test_granting_answers_the_request_and_the_letter_to_administrators_is_off(app: Flask, stuck: Learner, ada: Member) -> None:
    ask(app, stuck)
    grant(app, stuck, ada)
    with app.app_context():
        assert db.session.scalars(select(AttemptRequest.answered_at)).one() == NOW
    assert letters(app, "attempt-asked") == [None]
    (letter,) = letters(app, "attempt-granted")
    assert letter
    assert letter.to == stuck.person.email
    assert "http://127.0.0.1:8000/courses/sample/short" in letter.text
    assert "A short one" in letter.text


@pytest.mark.both_databases
def test_granting_by_the_request_happens_once(app: Flask, stuck: Learner, ada: Member) -> None:
    request_id = ask(app, stuck)
    given = at_once(app, 12, lambda n: grants.grant_request(request_id, REASON, actor=ada.id, form_key=KEY.format(n % 2), now=NOW).id)
    assert len({each for each in given if isinstance(each, UUID)}) == 1
    assert allowed(app) == 3


@pytest.mark.both_databases
def test_declining_answers_once_and_one_may_ask_again(app: Flask, stuck: Learner, ada: Member) -> None:
    request_id = ask(app, stuck)
    with app.app_context():
        grants.decline(request_id, actor=ada.id, now=NOW)
        grants.decline(request_id, actor=ada.id, now=NOW)
        with pytest.raises(Refused, match="answered"):
            grants.grant_request(request_id, REASON, actor=ada.id, form_key=KEY.format(0), now=NOW)
    (letter,) = letters(app, "attempt-declined")
    assert letter
    assert "ask whoever runs your course" in letter.text
    assert deeds(app) == ["attempt.asked", "attempt.declined"]
    assert ask(app, stuck) != request_id
    assert allowed(app) == 2


def test_what_was_granted_is_not_declined_afterwards(app: Flask, stuck: Learner, ada: Member) -> None:
    request_id = ask(app, stuck)
    grant(app, stuck, ada)
    with app.app_context(), pytest.raises(Refused, match="answered"):
        grants.decline(request_id, actor=ada.id, now=NOW + timedelta(hours=1))


@pytest.mark.parametrize("name", ["attempt-granted", "attempt-declined"])
def test_a6_nothing_is_mailed_to_who_is_suspended_meanwhile(app: Flask, stuck: Learner, ada: Member, name: str) -> None:
    request_id = ask(app, stuck)
    with app.app_context():
        if name == "attempt-granted":
            grants.grant_request(request_id, REASON, actor=ada.id, form_key=KEY.format(0), now=NOW)
        else:
            grants.decline(request_id, actor=ada.id, now=NOW)
        with transaction() as session:
            session.get_one(Person, stuck.person.id).suspended_at = NOW
    assert letters(app, name) == [None]


def test_who_no_longer_administers_gets_no_letter_about_asking(
    app: Flask, stuck: Learner, ada: Member, make_person: Callable[..., Member]
) -> None:
    make_person("bea@example.org", is_administrator=True)
    ask(app, stuck)
    with app.app_context():
        people.take_administrator(ada.id, actor=None, now=NOW)
    assert [letter.to for letter in letters(app, "attempt-asked") if letter] == ["bea@example.org"]


def test_the_letter_of_a_decline_names_the_contact(app: Flask, stuck: Learner, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteCache, "site", lambda _self: Site("Harbour", "help@example.org"))
    request_id = ask(app, stuck)
    with app.app_context():
        grants.decline(request_id, actor=ada.id, now=NOW)
    (letter,) = letters(app, "attempt-declined")
    assert letter
    assert "write to: help@example.org" in letter.text


# The pages


def test_asking_granting_and_going_on_in_the_pages(
    browser_of: Callable[[Member | None], Visitor], stuck: Learner, ada: Member, tess: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = browser_of(tess).get("/courses/sample/short")
    asked = page.submit("Ask for another attempt")
    assert "Asked on" in asked.text
    assert not asked.select("//button[contains(., 'Ask for another')]")
    waiting = browser_of(ada).get("/people").follow("Requests for another attempt")
    assert "Tess Adeyemi" in waiting.text
    assert "2 attempts used" in waiting.text
    done = waiting.submit("Grant one attempt", reason=REASON)
    assert "Another attempt is granted" in done.text
    assert "Nobody waits" in done.text
    page = browser_of(tess).get("/courses/sample/short")
    assert "You were given another attempt on" in page.text
    assert REASON in page.text
    assert "Attempt 3 of 3" in page.text
    step = page.submit("Try again")
    assert step.address.startswith("/attempts/")
    assert "quartz" not in caplog.text


def test_the_result_page_asks_and_answers_too(
    app: Flask, browser_of: Callable[[Member | None], Visitor], stuck: Learner, ada: Member, tess: Member
) -> None:
    page = browser_of(tess).get("/courses/sample/short").follow("Attempt 2")
    assert "Asked on" in page.submit("Ask for another attempt").text
    assert "Asked on" in browser_of(tess).get(page.address).text
    grant(app, stuck, ada)
    assert REASON in browser_of(tess).get(page.address).text


def test_a_decline_stands_on_the_page_and_one_can_ask_again(
    browser_of: Callable[[Member | None], Visitor], stuck: Learner, ada: Member, tess: Member
) -> None:
    browser_of(tess).get("/courses/sample/short").submit("Ask for another attempt")
    assert "declined" in browser_of(ada).get("/requests").submit("Decline").text
    page = browser_of(tess).get("/courses/sample/short")
    assert "Your request was declined on" in page.text
    assert "Asked on" in page.submit("Ask for another attempt").text


def test_who_has_attempts_left_sees_no_button_and_the_address_refuses(
    browser_of: Callable[[Member | None], Visitor], stuck: Learner, tess: Member
) -> None:
    page = browser_of(tess).get("/courses/sample/every-kind")
    assert not page.select("//form[contains(@action, '/ask')]")
    data = {"csrf_token": page.form("/begin").values("csrf_token")[0], "key": KEY.format(0)}
    refused = browser_of(tess).post("/courses/sample/every-kind/ask", data, status=409)
    assert "There are attempts left" in refused.text


def test_the_enrolments_page_shows_attempts_for_credit_and_nothing_else(
    browser_of: Callable[[Member | None], Visitor], stuck: Learner, ada: Member, tess: Member
) -> None:
    stuck.answer(stuck.begin("short", purpose="practice"), "now", ("ask",))
    page = browser_of(ada).get(f"/people/{tess.id}").follow("Enrolments and attempts")
    row = " ".join("".join(page.select("//tr[th='A short one']")[0].itertext()).split())
    assert "Attempts used up" in row
    assert row.count("not passed") == 2
    assert "2 finished of 2 allowed" in row
    assert "100%" not in row
    assert "Like it" not in page.html
    assert "Ask who is in it" not in page.html


def test_granting_on_the_enrolments_page_keeps_what_was_typed(
    browser_of: Callable[[Member | None], Visitor], app: Flask, stuck: Learner, ada: Member, tess: Member
) -> None:
    address = f"/people/{tess.id}/enrolments"
    page = browser_of(ada).get(address)
    refused = page.submit("Grant one attempt", status=422, reason="x" * 401)
    assert refused.form("/attempts").values("reason") == ["x" * 401]
    blank = refused.submit("Grant one attempt", status=422, reason="  ")
    assert "Give a reason" in blank.text
    granted = blank.submit("Grant one attempt", reason=REASON)
    assert REASON in granted.text
    assert not granted.select("//form[contains(@action, '/attempts')]")
    late = page.submit("Grant one attempt", status=422, reason="Another reason")
    assert "This form was sent before" in late.text
    assert late.form("/attempts").values("reason") == ["Another reason"]
    assert allowed(app) == 3


def test_an_administrator_who_comes_late_keeps_the_reason(
    browser_of: Callable[[Member | None], Visitor], app: Flask, stuck: Learner, ada: Member, tess: Member
) -> None:
    page = browser_of(ada).get(f"/people/{tess.id}/enrolments")
    grant(app, stuck, ada)
    late = page.submit("Grant one attempt", status=422, reason="Another reason")
    assert "There are attempts left" in late.text
    assert late.form("/attempts").values("reason") == ["Another reason"]


def test_the_completion_and_its_certificate_stand_there(
    browser_of: Callable[[Member | None], Visitor], learner: Learner, ada: Member, tess: Member
) -> None:
    learner.complete()
    page = browser_of(ada).get(f"/people/{tess.id}/enrolments")
    assert "Completed on 20 November 2026, with a specimen" in page.text
    assert not page.select("//main//a[contains(@href, '/certificates')]")


def test_somebody_without_enrolments_and_somebody_unknown(
    browser_of: Callable[[Member | None], Visitor], ada: Member, tess: Member
) -> None:
    assert "not enrolled in any course" in browser_of(ada).get(f"/people/{tess.id}/enrolments").text
    browser_of(ada).get(f"/people/{uuid4()}/enrolments", status=404)


def test_sixty_requests_cost_as_many_queries_as_one(
    app: Flask, browser_of: Callable[[Member | None], Visitor], two_attempts: str, ada: Member, make_person: Callable[..., Member]
) -> None:
    def waits(number: int) -> None:
        ask(app, use_up(Learner(app, make_person(f"p{number:02}@example.org", f"Person {number:02}"))))

    waits(0)
    browser_of(ada).get("/requests")  # reads once what every page keeps
    few = browser_of(ada).get("/requests").queries
    for number in range(1, 60):
        waits(number)
    page = browser_of(ada).get("/requests")
    assert page.queries == few
    assert "60 requests wait" in page.text
    assert len(page.select("//section")) == 25
    assert "Person 59" in page.follow("Next").follow("Next").text


def test_as_a_learner_everything_of_administrators_is_missing(
    browser_of: Callable[[Member | None], Visitor], app: Flask, stuck: Learner, tess: Member
) -> None:
    request_id, visitor = ask(app, stuck), browser_of(tess)
    for address in (f"/people/{tess.id}/enrolments", "/requests"):
        visitor.get(address, status=404)
    token = visitor.get("/account").form("/account").values("csrf_token")[0]
    data = {"csrf_token": token, "key": KEY.format(0), "reason": REASON}
    for address in (
        f"/people/{tess.id}/enrolments/{stuck.enrol()}/short/attempts",
        f"/requests/{request_id}/grant",
        f"/requests/{request_id}/decline",
    ):
        visitor.post(address, data, status=404)
    assert rows(app, AttemptGrant) == 0
