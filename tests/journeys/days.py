"""People in front of a server, day by day: their browsers, their mail boxes, and the jobs that run while the time passes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import time_machine
from flask import Flask

from ceapp.web.jobs import run_due_jobs
from tests.harness.pages import Page, Visitor
from tests.mail.post_office import PostOffice

NEW_YORK = ZoneInfo("America/New_York")
_HOUR = timedelta(hours=1)
_MOST_TURNS = 20
WIDEST_PAGE = 14
"""Queries of a page here: a few ask more than the usual six, and tests of their own hold them to it."""


def new_york(text: str) -> datetime:
    """“2026-10-05 09:00”, or with a `*` behind it the second time that the clock shows it on the day on which it goes back."""
    local = datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=NEW_YORK, fold=int(text.endswith("*")))
    return local.astimezone(UTC)


@dataclass(frozen=True)
class Received:
    """A mail that arrived in somebody's box; `at` in New York."""

    at: datetime
    subject: str
    text: str

    @property
    def day(self) -> date:
        return self.at.date()


@dataclass
class Somebody:
    """A person with one browser and a mail box. Signing in, whenever it is asked for, is by mailed code."""

    days: Days
    email: str
    name: str
    zone: str = "America/New_York"
    box: list[Received] = field(default_factory=list)
    browser: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.new_browser()

    def new_browser(self) -> None:
        client = self.days.app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{1 + len(self.days.people)}"
        self.browser = Visitor(self.days.app, client)
        self.browser.most_queries = WIDEST_PAGE

    def open(self, address: str, status: int = 200) -> Page:
        """The page at an address, after signing in where that is asked for."""
        landed = self.browser.client.get(address)
        if landed.status_code != 303:
            return self.browser.get(address, status=status)
        return self._after_proof(landed.headers["Location"], address, status)

    def home(self) -> Page:
        """The front page of who is signed in."""
        page = self.open("/")
        if page.select("//nav//a[. = 'Sign in']"):
            self.open("/account")
            page = self.open("/")
        return page

    def sign_up(self) -> None:
        """Make an account by oneself."""
        page = self.browser.get("/account/sign-up").submit("Mail me a code", email=self.email, time_zone=self.zone)
        page = self._type_code(page, "Sign in")
        account = self.browser.get("/account")
        account.submit("Save", name=self.name, time_zone=self.zone)
        assert page.status == 200

    def link(self, contains: str) -> str:
        """The newest address in the mail box that holds this text, without the server's name."""
        found = [each for mail in self.box for each in re.findall(r"https://ce\.example\.org(\S*)", mail.text) if contains in each]
        assert found, f"no link with {contains!r} came to {self.email}"
        return str(found[-1])

    def reminders(self) -> list[Received]:
        return [mail for mail in self.box if mail.subject.startswith(("New: ", "Reminder: "))]

    def _after_proof(self, location: str, address: str, status: int) -> Page:
        path = urlsplit(location).path
        if path == "/account/sign-in":
            page = self.browser.get(location).submit("Mail me a code", email=self.email)
            page = self._type_code(page, "Sign in")
        elif path == "/account/prove":
            page = self._type_code(self.browser.get(location).submit("Mail me a code"), "Confirm")
        else:
            return self.browser.get(location, status=status)
        return self.browser.get(address, status=status) if page.status != status or urlsplit(page.address).path != address else page

    def _type_code(self, page: Page, button: str) -> Page:
        self.days.run_jobs()
        codes = re.findall(r"^ +([0-9]{6})$", self.box[-1].text, re.MULTILINE)
        assert len(codes) == 1, self.box[-1].text
        return page.submit(button, code=codes[0])


class Days:
    """The server from day to day: `days.go_to("2026-10-07 10:00")`. Every hour on the way all jobs run, as on a server."""

    def __init__(self, app: Flask, office: PostOffice, traveller: time_machine.Traveller) -> None:
        self.app, self._office, self._traveller = app, office, traveller
        self.people: dict[str, Somebody] = {}
        self._read = 0

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    def somebody(self, key: str, name: str, zone: str = "America/New_York") -> Somebody:
        person = Somebody(self, f"{key}@example.org", name, zone)
        self.people[person.email] = person
        return person

    def go_to(self, text: str) -> None:
        """Let the time pass until then."""
        until = new_york(text)
        assert until >= self.now, "time only goes forward"
        while self.now + _HOUR < until:
            self._traveller.move_to(self.now + _HOUR)
            self.run_jobs()
        self._traveller.move_to(until)
        self.run_jobs()

    def a_moment(self) -> None:
        """As long as somebody waits in front of a page."""
        self._traveller.move_to(self.now + timedelta(seconds=15))
        self.run_jobs()

    def run_jobs(self) -> None:
        """Everything that is due now, and what came of it, until nothing is left; then the mail is in the boxes."""
        for _ in range(_MOST_TURNS):
            if not run_due_jobs(self.app, self.now):
                break
        self._deliver()

    def _deliver(self) -> None:
        for mail in self._office.arrived[self._read :]:
            at = self.now.astimezone(NEW_YORK)
            for address in mail.recipients:
                if address in self.people:
                    self.people[address].box.append(Received(at, str(mail.message["Subject"]), mail.text))
        self._read = len(self._office.arrived)


def chosen(page: Page, *texts: str) -> list[str]:
    """The values of the boxes, options or places whose labels hold these texts."""
    return [_value(page, text) for text in texts]


def _value(page: Page, text: str) -> str:
    labels = page.select(f'//main//label[contains(normalize-space(.), "{text}")] | //main//option[contains(normalize-space(.), "{text}")]')
    assert len(labels) == 1, f"{len(labels)} labels with {text!r} on {page.address}"
    (label,) = labels
    if label.tag == "option":
        return str(label.get("value"))
    inside = label.xpath(".//input/@value")
    if inside:
        return str(inside[0])
    of = label.get("for")
    return str((page.select(f'//*[@id="{of}"]/@value') or [of.removeprefix("place-")])[0])


GOOD = {"first": "Raise it at the next session", "text": "Five words are enough here."}
RISKY = {"first": "Wait and see what comes", "text": "I would rather wait a little."}


def answer_every_kind(page: Page, way: dict[str, str] = GOOD) -> Page:
    """From the first question of the scenario with every kind to its result."""
    page = page.submit("Decide", given=chosen(page, way["first"])).follow("Go on: The session")
    page = page.submit("Decide", given=chosen(page, "Others may see", *(["Roles may blur"] if way is GOOD else []))).follow("Go on")
    page = page.submit("Decide", given=chosen(page, "Yes, a short one" if way is GOOD else "No, nothing happened")).follow("Go on")
    places: dict[str, Any] = {f"place-{each}": n for n, each in enumerate(chosen(page, "Consult the", "Talk with", "Write the note"), 1)}
    page = page.submit("Decide", **places).follow("Go on")
    return page.submit("Hand in and go on", text=way["text"]).follow("See the result")


def answer_one(page: Page, text: str = "Ask who is in it") -> Page:
    """From the question of a scenario with one to its result."""
    return page.submit("Decide", given=chosen(page, text)).follow("See the result")


def table_of(page: Page) -> dict[str, list[str]]:
    """The first table in main: what stands at the head of each line → the words of its cells."""
    lines: dict[str, list[str]] = {}
    for row in page.select("(//main//table)[1]//tbody/tr"):
        cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        lines[cells[0]] = cells[1:]
    return lines


def days_of(mails: Sequence[Received]) -> list[str]:
    """“10-07” for each mail."""
    return [f"{mail.day:%m-%d}" for mail in mails]
