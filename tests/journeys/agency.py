"""Harbour Clinic of New York: how it is founded, whom it takes on, and what its trainees are assigned, all through the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.conftest import Member
from tests.harness.pages import Page
from tests.journeys.days import GOOD, Days, Somebody, answer_every_kind, answer_one, chosen, table_of

PLACE = "/organisations/harbour"
ZONE = "America/New_York"
TRAINEES = {
    "tara": "Tara Quist",
    "otto": "Otto Brandt",
    "petra": "Petra Lang",
    "rolf": "Rolf Amsel",
    "lena": "Lena Okoye",
    "bea": "Bea Winter",
    "carl": "Carl Ames",
    "ed": "Ed Moreau",
    "wilma": "Wilma Stone",
    "leo": "Leo Fenn",
    "sue": "Sue Park",
    "nils": "Nils Holm",
}
IN_BERLIN = "bea"
HAVE_ACCOUNTS = ("otto", "petra")
MONDAYS = ("tara", "otto", "petra", "rolf", "lena", "bea")
NOTE = "Bring your questions to our next hour.\nNo names of clients, please."

LIST_WITH_FAULTS = "\n".join(
    [
        "email,name,roles",
        *(f"{key}@example.org,{name},trainee" for key, name in TRAINEES.items()),
        "sam@example.org,Sam Okafor,trainee",
        "nobody-at-all,,trainee",
        "TARA@example.org,Tara again,trainee",
        "gus@example.org,=1+1,trainee",
    ]
)


@dataclass
class Agency:
    """The clinic with everybody in it, and who runs the server."""

    days: Days
    people: dict[str, Somebody] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Somebody:
        return self.people[key]

    def join(self, key: str, name: str, zone: str = ZONE) -> Somebody:
        self.people[key] = self.days.somebody(key, name, zone)
        return self.people[key]

    def page(self, key: str, path: str, status: int = 200) -> Page:
        """A page of the clinic as somebody there."""
        return self[key].open(f"{PLACE}{path}", status=status)

    def task(self, key: str, title: str) -> Page:
        """The page of an assignment of one's own, from the front page."""
        front = self[key].home()
        (address,) = front.select(f"//a[starts-with(@href, '/assignments/') and normalize-space(.) = '{title}']/@href")
        return self[key].open(address)

    def progress(self, key: str = "sam", query: str = "") -> dict[str, list[str]]:
        return table_of(self.page(key, f"/progress{query}"))


def found(agency: Agency, make_person: Callable[..., Member]) -> None:
    """The provider's administrator makes the organisation; its first administrator comes in by the link in her mail."""
    ada, ines = agency.join("ada", "Ada Lindqvist"), agency.join("ines", "Ines Castro")
    make_person(ada.email, ada.name, is_administrator=True, time_zone=ZONE)
    facts: dict[str, Any] = {
        "name": "Harbour Street Training",
        "address": "12 Harbour Street, Springfield",
        "contact": "ce@harbour.example",
    }
    saved = ada.open("/provider").submit("Save", **facts, responsible_name="Miriam Okonkwo", responsible_title="Program director")
    assert "Certificates that are issued from now on print these facts." in saved.text
    form = ada.home().follow("Organisations").follow("New organisation")
    made = form.submit("Make the organisation", name="Harbour Clinic", slug="harbour", time_zone=ZONE, administrator=ines.email)
    assert "ines@example.org is invited to administer it" in made.text
    agency.days.run_jobs()
    came_in = ines.browser.get(ines.link("/invitations/")).submit("Accept", name=ines.name, time_zone=ZONE)
    assert came_in.h1 == "Harbour Clinic"
    assert "You are administrator here" in came_in.text


def take_on(agency: Agency) -> None:
    """Two supervisors one by one, twelve trainees from a list that has faults in it; everybody accepts."""
    for key in HAVE_ACCOUNTS:
        agency.join(key, TRAINEES[key]).sign_up()
    _own_course(agency["otto"])
    for key, name in (("sam", "Sam Okafor"), ("cora", "Cora Diaz")):
        agency.join(key, name)
        form = agency.page("ines", "/members").follow("Invite somebody")
        assert f"{key}@example.org is invited." in form.submit("Invite", email=f"{key}@example.org", name=name, roles=["supervisor"]).text
        _accept(agency, key)
    review = agency.page("ines", "/members").follow("Invite from a list").submit("Look it over", text=LIST_WITH_FAULTS, status=200)
    assert "12 new 1 in this organisation already 0 invited already 3 refused" in review.text
    for key, name in TRAINEES.items():
        if key not in HAVE_ACCOUNTS:
            agency.join(key, name, "Europe/Berlin" if key == IN_BERLIN else ZONE)
    agency.days.run_jobs()
    assert not any("Invitation" in mail.subject for key in TRAINEES for mail in agency[key].box)  # a look sends nothing
    assert "12 invited" in review.submit("Invite 12 people").text
    for key in TRAINEES:
        _accept(agency, key)
    assert "No invitation is open" in agency.page("ines", "/invitations").text


def _own_course(otto: Somebody) -> None:
    """Somebody is enrolled by himself and has passed a scenario before any agency knew him."""
    page = otto.open("/courses/sample").submit("Enrol")
    passed = answer_one(otto.open("/courses/sample/short").submit("Begin"))
    assert "Passed" in passed.text
    assert page.status == 200


def _accept(agency: Agency, key: str) -> None:
    agency.days.run_jobs()
    person = agency[key]
    link = person.link("/invitations/")
    if key in HAVE_ACCOUNTS:
        done = person.open(link).submit(f"Accept as {person.email}")
    else:
        page = person.browser.get(link)
        assert page.form("/invitations/").values("name") == [person.name]  # as the list has it
        done = page.submit("Accept", time_zone=person.zone)
    assert "You are in." in done.text


def supervise(agency: Agency) -> None:
    """Sam sees the answers of everybody, and of Tara the reflections too; half of them are a group."""
    others = [name for key, name in TRAINEES.items() if key != "tara"]
    for names, scope in ((others, "answers"), (["Tara Quist"], "reflections")):
        form = agency.page("ines", "/supervision").follow("Let somebody supervise")
        (sam,) = [option.get("value") for option in form.select("//select[@name='supervisor']/option") if "Sam" in (option.text or "")]
        done = form.submit("Let them supervise", supervisor=sam, trainees=chosen(form, *names), scope=scope)
        assert "made. The trainees read it on their front page." in done.text
    group = agency.page("ines", "/groups").submit("Make the group", name="Mondays")
    assert "6 people added" in group.submit("Add the ticked", people=chosen(group, *(TRAINEES[key] for key in MONDAYS))).text
    front = agency["tara"].home().text
    assert "Sam Okafor (Harbour Clinic) sees" in front
    assert "reflections" in front


def assign_plan(agency: Agency) -> None:
    """Three scenarios in four weeks, due on Sundays, with a week left out; a group and the others one by one."""
    form = agency.page("sam", "").follow("Assign")
    plan: dict[str, Any] = {
        "what": "plan",
        "scenarios": ["every-kind", "short", "extra"],
        "first_due": "2026-10-18",
        "skip": "2026-10-25",
        "week-every-kind": "1",
        "week-short": "2",
        "week-extra": "4",
    }
    alone = [name for key, name in TRAINEES.items() if key not in MONDAYS]
    preview = form.submit(
        "See what each person gets",
        status=200,
        groups=chosen(form, "All of Mondays"),
        people=chosen(form, *alone),
        note=NOTE,
        accepts_own_pass="y",
        **plan,
    )
    for words in ("12 people get", "Sunday 18 October 2026", "Sunday 1 November 2026", "Sunday 8 November 2026", "Bring your questions"):
        assert words in preview.text
    assert "25 October" not in preview.text
    assert "Assigned to 12 people." in preview.submit("Assign to 12 people").text


def work(agency: Agency, key: str, title: str, way: dict[str, str] = GOOD) -> Page:
    """Begin an assignment and answer everything; the result."""
    page = agency.task(key, title)
    page = page.submit("Try again" if "Try again" in page.text else "Begin")
    return answer_every_kind(page, way) if title == "Every kind of question" else answer_one(page)
