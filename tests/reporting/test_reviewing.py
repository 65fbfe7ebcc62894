"""A board's reviewer: invited to one course until a day, sees all of it and nothing else, and is counted nowhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.accounts.models import Person, SignIn
from ceapp.accounts.people import service as people
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.catalogue.queries import current_course, published_scenario
from ceapp.certificates import life
from ceapp.certificates.provider import set_provider_facts
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning import starting
from ceapp.learning.models import Attempt, Enrolment
from ceapp.learning.pathmap import whole
from ceapp.reporting.reviewing import service
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.reporting.reviewing.service import ReviewerInput
from tests.accounts.parallel import at_once
from tests.certificates.conftest import completion, provider_input
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.letters import letters, newest_code
from tests.harness.pages import Page, Visitor

Visit = Callable[..., Page]
EMAIL = "bea@board.example"
KEY = "review-form-number-{:020}"
LATER = NOW + timedelta(days=30)


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": "https://ce.example.org", "mail_url": "smtp://127.0.0.1:9", "mail_from": "CE office <ce@example.org>"}


def given(**changes: Any) -> ReviewerInput:
    values: dict[str, Any] = {"email": EMAIL, "name": "Bea Moss", "board": "Board of Examples", "expires_at": LATER}
    return ReviewerInput(**{**values, **changes})


def invite(app: Flask, ada: Member, key: int = 0, now: datetime = NOW, **changes: Any) -> UUID:
    with app.app_context():
        return service.invite("sample", given(**changes), by=ada.id, form_key=KEY.format(key), now=now).id


@pytest.fixture
def bea(app: Flask, course: str, ada: Member, make_person: Callable[..., Member]) -> Member:
    """Reviews the sample course for thirty days from today, and is signed in."""
    person = make_person(EMAIL, "Bea Moss", is_reviewer=True)
    invite(app, ada, now=datetime.now(UTC), expires_at=datetime.now(UTC) + timedelta(days=30))
    return person


@pytest.mark.both_databases
def test_an_invitation_is_one_whatever_is_sent_twice(app: Flask, course: str, ada: Member, tess: Member) -> None:
    first = invite(app, ada)
    assert invite(app, ada) == first
    with pytest.raises(Refused, match="sent before"):
        invite(app, ada, board="Another board")
    with pytest.raises(Refused, match="reviews the course already"):
        invite(app, ada, 1)
    with pytest.raises(Refused, match="no reviewer"):
        invite(app, ada, 2, email=tess.email)
    with app.app_context():
        with pytest.raises(Missing):
            service.invite("nowhere", given(), by=ada.id, form_key=KEY.format(3), now=NOW)
        with pytest.raises(Missing):
            service.invite("sample", given(), by=tess.id, form_key=KEY.format(4), now=NOW)
        service.end(first, by=ada.id, now=NOW + timedelta(days=1))
        service.end(first, by=ada.id, now=NOW + timedelta(days=2))
        assert db.session.get_one(CourseReview, first).ended_at == NOW + timedelta(days=1)
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("UPDATE course_review SET board = 'x'"))
    again = invite(app, ada, 5, now=NOW + timedelta(days=3))
    with app.app_context():
        assert again != first
        assert db.session.scalar(select(func.count()).select_from(Person).where(Person.email == EMAIL)) == 1
        deeds = list(db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("reviewer.")).order_by(AuditEntry.id)))
        assert deeds == ["reviewer.invited", "reviewer.ended", "reviewer.invited"]


@pytest.mark.both_databases
def test_two_invitations_at_once_are_one(app: Flask, course: str, ada: Member) -> None:
    results = at_once(app, 3, lambda number: invite(app, ada, number))
    assert sum(isinstance(each, UUID) for each in results) == 1
    assert all(isinstance(each, Refused) for each in results if not isinstance(each, UUID))


def test_they_are_invited_sign_in_by_code_and_see_the_course(
    app: Flask, library: Library, ada: Member, visit: Visit, browser_of: Callable[[Member | None], Visitor]
) -> None:
    library.add_acts()
    library.add_closing_cases()
    library.publish()
    form = visit("/provider/files/sample/reviewers", person=ada).follow("Invite a reviewer")
    over = form.submit("Invite", email="x", name="Bea Moss", board="Board of Examples", last_day="2020-01-01", status=422)
    assert "not an e-mail address" in over.text and "This day is over" in over.text
    last_day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    assert EMAIL in over.submit("Invite", email=EMAIL, last_day=last_day).text
    (letter,) = letters(app, datetime.now(UTC), service.LETTER)
    assert letter.to == EMAIL and "Board of Examples" in letter.text and "/account/sign-in" in letter.text
    browser = browser_of(None)
    page = browser.get("/account/sign-in").submit("Mail me a code", email=EMAIL)
    front = page.submit("Sign in", code=newest_code(app, datetime.now(UTC)), follow=False)
    assert front.response.headers["Location"] == "/"
    home = browser.get("/review")
    assert browser.client.get("/").headers["Location"] == "/review"
    course = home.follow("A sample course")
    assert "How much did you learn?" in course.text and "Learners sign this" in course.text
    for scenario, key in (("every-kind", "KEYMARK"), ("extra", "an awkward call"), ("closing-a", "KEYMARK"), ("closing-b", "KEYMARK")):
        assert key in browser.get(f"/review/sample/scenarios/{scenario}").text, scenario
    graded = browser.get("/review/sample/scenarios/short").text
    assert "Credit 1." in graded and "Best" in graded
    assert browser.client.get("/review/sample/specimen.pdf").get_data().startswith(b"%PDF")
    token = course.select("//main//input[@name='csrf_token']/@value")[0]
    dossier = browser.client.post("/review/sample/dossier", data={"csrf_token": token})
    with zipfile.ZipFile(io.BytesIO(dossier.get_data())) as archive:
        assert "dossier.pdf" in archive.namelist()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 0
        assert db.session.scalar(select(func.count()).select_from(Attempt)) == 0


def test_attachments_of_the_course_are_theirs_and_no_others(
    app: Flask, bea: Member, ada: Member, browser_of: Callable[..., Visitor]
) -> None:
    with app.app_context():
        vita = AttachmentInput(Kind.CV, "Vita", date(2026, 11, 18), b"Worked.", "sample")
        first = attachments.add(vita, by=ada.id, form_key=KEY.format(1), now=NOW).id
        newer = attachments.replace(first, vita, after_version=1, by=ada.id, form_key=KEY.format(2), now=NOW).id
    client = browser_of(bea).client
    assert client.get(f"/review/sample/attachments/{newer}").get_data() == b"Worked."
    assert client.get(f"/review/sample/attachments/{first}").status_code == 404
    assert client.get(f"/provider/attachments/{newer}/file").status_code == 404


def test_public_pages_are_those_of_a_visitor_and_no_others_open(bea: Member, visit: Visit) -> None:
    page = visit("/courses/sample", person=bea)
    assert page.select("//nav[@id='site-menu']//a[@href='/review']")
    assert not page.select("//nav[@id='site-menu']//a[@href='/account']")
    for address in ("/account", "/certificates", "/practice", "/people", "/courses/sample/again", "/review/nowhere"):
        visit(address, person=bea, status=404)


def test_what_is_over_is_closed_and_says_so(app: Flask, course: str, ada: Member, make_person: Callable[..., Member], visit: Visit) -> None:
    past = make_person("past@board.example", "Pat", is_reviewer=True)
    began = datetime.now(UTC) - timedelta(days=20)
    invite(app, ada, now=began, email=past.email, expires_at=began + timedelta(days=10))
    assert "the course is closed to you" in visit("/review", person=past).text
    visit("/review/sample", person=past, status=404)
    visit("/review/sample/scenarios/short", person=past, status=404)


def test_ending_it_signs_the_reviewer_out(app: Flask, bea: Member, ada: Member, visit: Visit) -> None:
    assert visit("/review/sample", person=bea).h1 == "A sample course"
    page = visit("/provider/files/sample/reviewers", person=ada).submit("End now")
    assert "over since" in page.text
    with app.app_context():
        assert not db.session.scalar(select(func.count()).select_from(SignIn).where(SignIn.person_id == bea.id))
    assert not letters(app, datetime.now(UTC), service.LETTER)  # nothing to say any more


def test_their_account_does_nothing_else(app: Flask, bea: Member, ada: Member) -> None:
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
        with pytest.raises(Refused, match="only reviews"):
            starting.enrol_by_hand(bea.id, "sample", "Why not", actor=ada.id, now=NOW)
        with pytest.raises(Refused, match="only reviews"):
            people.make_administrator(bea.id, actor=ada.id, now=NOW)
        with pytest.raises(Refused, match="only reviews"):
            life.issue_by_hand(
                bea.id,
                "sample",
                completion(),
                with_approvals_of_that_day=False,
                reason="Why not",
                by=ada.id,
                form_key=KEY.format(9),
                now=NOW,
            )


def test_the_whole_map_has_every_scene_and_arrow(app: Flask, course: str) -> None:
    with app.app_context():
        listed = current_course("sample").listed("every-kind")
        assert listed is not None
        scenario = published_scenario(listed.revision_id).scenario
    drawn = whole(scenario)
    assert [node.id for node in drawn.nodes] == [*(scene.id for scene in scenario.scenes), "end"]
    assert {node.state for node in drawn.nodes} == {"taken"}
    assert drawn.edges and all(edge.taken for edge in drawn.edges)
