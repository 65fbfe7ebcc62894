"""The operator's page of the outbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.accounts.models import SignIn
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.mail.models import Message
from tests.conftest import Member
from tests.harness.pages import Page, Visitor
from tests.mail.conftest import SECRET, Outbox, office, outbox
from tests.mail.post_office import PostOffice

__all__ = ["office", "outbox"]

Visit = Callable[..., Page]


@pytest.fixture
def settings_overrides(office: PostOffice) -> dict[str, Any]:
    return {"mail_url": office.url(), "mail_from": "CE office <ce@example.org>"}


def deeds(app: Flask) -> list[tuple[str, dict[str, str]]]:
    with app.app_context():
        return [(each.deed, each.subjects) for each in db.session.scalars(select(AuditEntry).where(AuditEntry.deed.like("mail.%")))]


def test_nobody_has_to_wait(visit: Visit, ada: Member) -> None:
    page = visit("/courses", person=ada).follow("Administration").follow("Mail")
    assert page.h1 == "Mail"
    assert "No message waits, and none was given up." in page.text
    assert "There is no mail server" not in page.text
    assert page.follow("Messages that were sent or cancelled").follow("Messages that wait").h1 == "Mail"


def test_what_waits_and_what_was_given_up_is_listed_without_its_text(
    visit: Visit, app: Flask, ada: Member, tess: Member, outbox: Outbox, office: PostOffice
) -> None:
    office.refused.add("person1@example.org")
    outbox.queue(1, person_id=tess.id)
    outbox.send()
    outbox.queue(2)
    page = visit("/outbox", person=ada)
    rows = [" ".join("".join(row.itertext()).split()) for row in page.select("//tbody/tr")]
    assert len(rows) == 2
    assert "no account" in rows[0]
    assert "waiting, not before" in rows[0]
    assert "given up" in rows[1]
    assert "the mail server refuses the recipient (550)" in rows[1]
    assert page.select(f"//a[@href='/people/{tess.id}']")
    for hidden in (SECRET, "@example.org", tess.name):
        assert hidden not in page.html
    assert not page.select("//button[starts-with(@aria-label, 'Show')]")


def test_many_messages_have_pages_and_the_same_number_of_queries(visit: Visit, ada: Member, outbox: Outbox) -> None:
    outbox.queue(1)
    visit("/outbox", person=ada)
    few = visit("/outbox", person=ada).queries
    for number in range(2, 53):
        outbox.queue(number)
    first = visit("/outbox", person=ada)
    assert len(first.select("//tbody/tr")) == 50
    assert len(first.follow("Next").select("//tbody/tr")) == 2
    assert first.queries == few


def test_send_again(visit: Visit, app: Flask, ada: Member, outbox: Outbox, office: PostOffice) -> None:
    office.refused.add("person1@example.org")
    made = outbox.queue()
    outbox.send()
    page = visit("/outbox", person=ada).submit("Send again")
    assert "The message waits again" in page.text
    message = outbox.message(made)
    assert (message.state, message.tries) == ("waiting", 0)
    assert deeds(app) == [("mail.sent_again", {"message": str(made)})]
    office.refused.clear()
    assert outbox.send(minutes=60 * 24 * 4000).sent == 1
    assert SECRET in office.arrived[0].text


def test_what_was_not_given_up_is_not_sent_again(browser_of: Callable[[Member], Visitor], app: Flask, ada: Member, outbox: Outbox) -> None:
    made = outbox.queue()
    browser = browser_of(ada)
    token = browser.get("/outbox").form("cancel").values("csrf_token")
    page = browser.post(f"/outbox/{made}/again", {"csrf_token": token}, status=409)
    assert "nothing to send again" in page.text
    browser.post(f"/outbox/{uuid4()}/again", {"csrf_token": token}, status=404)
    browser.post(f"/outbox/{uuid4()}/cancel", {"csrf_token": token}, status=404)
    browser.post(f"/outbox/{uuid4()}/show", {"csrf_token": token}, status=404)
    assert deeds(app) == []


def test_cancel(visit: Visit, app: Flask, ada: Member, outbox: Outbox, office: PostOffice) -> None:
    made = outbox.queue()
    page = visit("/outbox", person=ada)
    cancelled = page.submit("Cancel")
    assert "The message is cancelled" in cancelled.text
    assert (outbox.message(made).state, outbox.message(made).values) == ("cancelled", b"")
    assert outbox.send().sent == 0
    assert "sent or cancelled before" in page.submit("Cancel", status=409).text
    assert "cancelled" in cancelled.follow("Messages that were sent or cancelled").text
    assert deeds(app) == [("mail.cancelled", {"message": str(made)})]


def test_with_a_mail_server_no_text_is_shown(browser_of: Callable[[Member], Visitor], app: Flask, ada: Member, outbox: Outbox) -> None:
    made = outbox.queue()
    browser = browser_of(ada)
    token = browser.get("/outbox").form("cancel").values("csrf_token")
    page = browser.post(f"/outbox/{made}/show", {"csrf_token": token}, status=409)
    assert SECRET not in page.html
    assert deeds(app) == []


def test_an_old_proof_is_not_enough(browser_of: Callable[[Member], Visitor], app: Flask, ada: Member, outbox: Outbox) -> None:
    made = outbox.queue()
    browser = browser_of(ada)
    token = browser.get("/outbox").form("cancel").values("csrf_token")
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=datetime.now(UTC) - timedelta(minutes=16)))
    browser.post(f"/outbox/{made}/cancel", {"csrf_token": token}, status=403)
    assert outbox.message(made).state == "waiting"


class TestWithoutAMailServer:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {}

    def test_show(self, visit: Visit, app: Flask, ada: Member, outbox: Outbox) -> None:
        made = outbox.queue()
        page = visit("/outbox", person=ada)
        assert "There is no mail server" in page.text
        shown = page.submit("Show", status=200)
        assert f"To: person1@example.org Subject: Your code Hello, your code is {SECRET}." in shown.text
        message: Message = outbox.message(made)
        assert (message.state, message.tries) == ("waiting", 0)
        assert deeds(app) == [("mail.shown", {"message": str(made)})]
        assert shown.follow("Back to the mail").h1 == "Mail"

    def test_show_what_has_nothing_to_say_any_more(self, visit: Visit, ada: Member, outbox: Outbox) -> None:
        outbox.queue(over=True)
        shown = visit("/outbox", person=ada).submit("Show", status=200)
        assert "It does not wait any more" in shown.text

    def test_show_what_cannot_be_composed(self, visit: Visit, ada: Member, outbox: Outbox) -> None:
        outbox.queue()

        def break_it(_message: Message) -> None:
            raise ValueError(SECRET)

        outbox.before = break_it
        shown = visit("/outbox", person=ada).submit("Show", status=409)
        assert "could not be composed" in shown.text
        assert SECRET not in shown.html
