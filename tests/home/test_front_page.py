"""One front page for all roles, the practice space that is nobody else's, and the way into organisations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from ceapp.accounts.models import Membership
from ceapp.database import scoped_to, transaction
from ceapp.supervision.models import Cover, ReflectionReading
from tests.conftest import JOINED_ON, NOW, Agency, Member
from tests.harness.assignments import assign, hand_in
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner

MOST = 11
"""Of a person who is everything: sign-in, courses (3), organisations, practice, assignments, supervisors and covers, readings."""

Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def _warm(visit: Visit) -> None:
    """The provider's name and contact are read with the first page and then kept for a while."""
    visit("/verify")


@pytest.fixture
def everything(app: Flask, make_person: Callable[..., Member]) -> Member:
    return make_person("eve@example.org", "Eve Rytha", is_administrator=True)


def headings(page: Page) -> list[str]:
    return [" ".join("".join(each.itertext()).split()) for each in page.select("//main//h2")]


def read_reflection(app: Flask, agency: Agency, reader: Member, trainee: Member, attempt_id: UUID, times: int = 1) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        for number in range(times):
            values = {"reader_id": reader.id, "trainee_id": trainee.id, "attempt_id": attempt_id, "question_id": "note"}
            session.add(ReflectionReading(organisation_id=agency.id, read_at=NOW + timedelta(minutes=number), **values))


def test_a_plain_learner_sees_courses_and_practice_alone(visit: Visit, tess: Member, course: str, app: Flask) -> None:
    page = visit("/", person=tess)
    assert page.h1 == "Home"
    assert headings(page) == ["Your courses", "Practice: only you can see this"]
    assert "A sample course" in page.text
    Learner(app, tess).enrol()
    visit("/courses/sample", person=tess)
    page = visit("/", person=tess)
    assert "What is left before your certificate" in page.text
    assert page.queries <= 6


def test_a_completed_course_shows_its_certificate(visit: Visit, tess: Member, course: str, app: Flask) -> None:
    Learner(app, tess).complete()
    assert "/certificates/" in visit("/", person=tess).link("Open the specimen")


def test_a_trainee_sees_due_under_way_and_done_in_this_order(
    app: Flask, visit: Visit, browser_of: Callable[..., Visitor], tess: Member, sam: Member, ines: Member, agency: Agency, course: str,
    supervise: Callable[..., UUID]
) -> None:  # fmt: skip
    supervise(agency, sam, tess, scope="answers")
    days = {"first_day": JOINED_ON, "last_day": date(2099, 1, 1), "made_by": sam.id, "made_at": NOW}
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.add(Cover(organisation_id=agency.id, supervisor_id=sam.id, colleague_id=ines.id, **days))  # Ines is no supervisor.
    tasks = assign(app, agency, sam, [tess], course, {"short": date(2099, 1, 2), "every-kind": date(2026, 1, 2)}, now=NOW)
    done = assign(app, agency, sam, [tess], course, ["extra"], now=NOW).task(tess)
    _, attempt_id = hand_in(app, agency, tess, done, course, "extra", passed=True, now=NOW)
    read_reflection(app, agency, sam, tess, attempt_id, times=4)
    browser_of(tess).most_queries = MOST
    page = visit("/", person=tess)
    assert headings(page) == [
        "For your supervision",
        "Your courses",
        "Practice: only you can see this",
        "Who supervises you",
        "Who read your reflections",
    ]
    assert page.select("//main//h3/text()")[:2] == ["Due", "Done"]
    titles = ["".join(link.itertext()).strip() for link in page.select("//a[@class='my-task-title']")]
    assert titles == ["Every kind", "Short", "Extra"]
    assert "days late" in page.text
    assert "stands in" not in page.text
    assert "Sam Okafor (Harbour Clinic) sees status, scores and the choices in each scenario" in page.text
    assert "Administrators of Harbour Clinic see what is begun, handed in, passed or late" in page.text
    assert len(page.select("//h2[@id='readings-title']/following-sibling::ul/li")) == 3
    assert len(page.follow("Everybody who read one").select("//main//ul[@class='plain-list']/li")) == 4
    step = visit(f"/assignments/{tasks.task(tess, 'short')}", person=tess).submit("Begin")
    assert step.status == 200
    assert visit("/", person=tess).select("//main//h3/text()")[:3] == ["Due", "Under way", "Done"]


def test_a_person_who_is_everything_has_one_page_in_twelve_queries(
    app: Flask, visit: Visit, browser_of: Callable[..., Visitor], everything: Member, sam: Member, make_agency: Callable[..., Agency],
    supervise: Callable[..., UUID], course: str
) -> None:  # fmt: skip
    harbour = make_agency("harbour", "Harbour Clinic", {everything.id: "trainee supervisor administrator", sam.id: "supervisor"})
    elsewhere = make_agency("elsewhere", "Elsewhere House", {everything.id: "administrator"})
    learner = Learner(app, everything)
    learner.complete()
    learner.begin("short", purpose="practice")
    supervise(harbour, sam, everything)
    task_id = assign(app, harbour, sam, [everything], course, ["short"], now=NOW).task(everything)
    _, attempt_id = hand_in(app, harbour, everything, task_id, course, "short", passed=True, now=NOW)
    read_reflection(app, harbour, sam, everything, attempt_id)
    browser_of(everything).most_queries = MOST + 1  # Administrators are told what is late for CE Broker.
    page = visit("/", person=everything)
    assert headings(page) == [
        "For your supervision",
        "Your organisations",
        "This server",
        "Your courses",
        "Practice: only you can see this",
        "Who supervises you",
        "Who read your reflections",
    ]
    organisations = {nav.get("aria-label"): nav for nav in page.select("//main//nav")}
    assert {harbour.name, elsewhere.name, "Administration"} == set(organisations)
    for nav in organisations.values():
        for address in nav.xpath(".//a/@href"):
            visit(address, person=everything)
    assert organisations[harbour.name].xpath(".//a[.='Progress']/@href") == ["/organisations/harbour/progress"]
    few = page.queries
    for number in range(8):
        assign(app, harbour, sam, [everything], course, ["extra"], now=NOW + timedelta(minutes=number))
    assert visit("/", person=everything).queries == few


def test_supervision_leads_to_the_only_organisation_or_asks_which(
    visit: Visit, sam: Member, ines: Member, tess: Member, agency: Agency, make_agency: Callable[..., Agency]
) -> None:
    assert visit("/supervision", person=sam, status=303).response.headers["Location"] == "/organisations/harbour/progress"
    assert visit("/supervision", person=ines, status=303).response.headers["Location"] == "/organisations/harbour"
    assert "You supervise nobody and administer no organisation" in visit("/supervision", person=tess).text
    make_agency("elsewhere", "Elsewhere House", {sam.id: "administrator"})
    page = visit("/supervision", person=sam)
    names = ["".join(each.itertext()).strip() for each in page.select("//main//p[@class='organisation-name']")]
    assert names == ["Elsewhere House", "Harbour Clinic"]


@pytest.mark.parametrize("values", [{"suspended_at": NOW}, {"left_on": NOW.date()}])
def test_who_no_longer_works_in_an_organisation_has_no_way_into_it(
    app: Flask, visit: Visit, browser_of: Callable[..., Visitor], agency: Agency, sam: Member, values: dict[str, Any]
) -> None:
    browser_of(sam).most_queries = MOST
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == sam.id).values(**values))
    assert "Your organisation" not in headings(visit("/", person=sam))
    assert "Harbour Clinic" not in visit("/supervision", person=sam).text


def test_practice_is_on_no_page_but_ones_own(
    app: Flask, visit: Visit, browser_of: Callable[..., Visitor], tess: Member, sam: Member, ines: Member, ada: Member, agency: Agency,
    supervise: Callable[..., UUID], course: str
) -> None:  # fmt: skip
    supervise(agency, sam, tess)
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=NOW, accepts_own_pass=True).task(tess)
    learner = Learner(app, tess)
    attempt = learner.begin("extra", purpose="practice")
    learner.answer(attempt, "now", ("ask",))
    same = learner.begin("short", purpose="practice")
    learner.answer(same, "now", ("ask",))
    browser_of(tess).most_queries = MOST
    assert "An extra one" in visit("/", person=tess).text
    assert "An extra one" in visit("/practice", person=tess).text
    assert "Practice: only you can see this" in visit(f"/attempts/{attempt.id}/result", person=tess).text
    for person in (sam, ines, ada):
        browser = browser_of(person)
        browser.most_queries = 99
        seen = set()
        waiting = ["/", "/practice"]
        while waiting:
            address = waiting.pop()
            seen.add(address)
            page = browser.client.get(address)
            html = page.get_data(as_text=True) if page.mimetype == "text/html" else ""
            for planted in (str(attempt.id), str(same.id)):
                assert planted not in html, f"{planted} on {address}"
            from_main = html.split("<main", 1)[-1]
            links = {part.split('"')[0].split("#")[0] for part in from_main.split('href="')[1:]}
            waiting += sorted(link for link in links if link.startswith(("/organisations/harbour", "/people")) and link not in seen)
        assert len(seen) > 2
        for address in (f"/attempts/{attempt.id}", f"/attempts/{same.id}/result", f"/assignments/{task_id}"):
            visit(address, person=person, status=404)


def test_practice_without_enrolling_where_attempts_are_not_numbered(visit: Visit, tess: Member, course: str) -> None:
    page = visit("/courses/sample/short", person=tess)
    assert "only you can see it" in page.text
    step = page.submit("Practise without enrolling")
    assert "Practice: only you can see this" in step.text
    assert "Go on: A short one" in visit("/practice", person=tess).text


def test_practice_is_paginated(app: Flask, visit: Visit, tess: Member, course: str) -> None:
    learner = Learner(app, tess)
    for number in range(21):
        at = NOW + timedelta(minutes=number)
        learner.answer(learner.begin("short", purpose="practice", now=at), "now", ("like",), now=at)
    page = visit("/practice", person=tess)
    assert len(page.select("//ul[@class='my-tasks']/li")) == 20
    assert len(page.follow("Next").select("//ul[@class='my-tasks']/li")) == 1
