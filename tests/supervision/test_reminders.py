"""Reminders over weeks of moved time: which, to whom, when, and never twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from ceapp.accounts.models import Membership, Person
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.keys import current_keys
from ceapp.mail.letters import Letter
from ceapp.mail.models import Message
from ceapp.supervision.models import Assignment, Reminder, Task
from ceapp.supervision.reminders import service as reminders
from ceapp.supervision.reminders.letters import compose_reminders
from ceapp.web.jobs import jobs_of, run_if_due
from tests.conftest import Agency, Member
from tests.harness.assignments import Assigned, assign, hand_in, release

TORONTO = ZoneInfo("America/Toronto")
START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # ten in the morning in Toronto
both_databases = pytest.mark.both_databases


@dataclass(frozen=True)
class Sent:
    """A message: to whom, on which day in Toronto, about which (task, occasion)."""

    person_id: UUID | None
    moment: datetime
    about: tuple[tuple[UUID, str], ...]

    @property
    def day(self) -> str:
        return self.moment.astimezone(TORONTO).date().isoformat()

    @property
    def names(self) -> list[str]:
        return sorted(name for _task, name in self.about)


def run(app: Flask, now: datetime) -> int:
    with app.app_context():
        return reminders.queue_due(now)


def run_through(app: Flask, start: datetime, end: datetime, step: timedelta) -> None:
    with app.app_context():
        while start <= end:
            reminders.queue_due(start)
            start += step


def everything_sent(app: Flask, person: Member | None = None) -> list[Sent]:
    with app.app_context(), everybody("what a test finds"):
        rows = db.session.execute(select(Reminder.message_id, Reminder.task_id, Reminder.occasion)).all()
        messages = db.session.scalars(select(Message).where(Message.letter == "reminders").order_by(Message.queued_at, Message.id)).all()
    about = {message.id: tuple((task, name) for message_id, task, name in rows if message_id == message.id) for message in messages}
    found = [Sent(message.person_id, message.queued_at, about[message.id]) for message in messages]
    assert all(each.about for each in found)
    return [each for each in found if person is None or each.person_id == person.id]


def letters(app: Flask, now: datetime, person: Member | None = None) -> list[Letter | None]:
    """What the messages say when they are sent at this time, by the same composer that the sender calls."""
    found = []
    with app.app_context():
        for message in db.session.scalars(select(Message).order_by(Message.queued_at, Message.id)).all():
            if person is None or message.person_id == person.id:
                values = json.loads(current_keys().unseal(message.key_id, message.values))
                found.append(compose_reminders(message, values, now))
    return found


def set_person(app: Flask, person: Member, **columns: object) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == person.id).values(**columns))


def set_membership(app: Flask, agency: Agency, person: Member, **columns: object) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id).values(**columns)
        )


def set_task(app: Flask, agency: Agency, task_id: UUID, **columns: object) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(update(Task).where(Task.organisation_id == agency.id, Task.id == task_id).values(**columns))


def local(text: str, zone: ZoneInfo = TORONTO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@both_databases
def test_seven_weeks_of_one_task(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    task = assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 12, 4), now=START).task(tess)
    run_through(app, START, START + timedelta(weeks=7), timedelta(hours=2))
    assert [(each.day, each.about) for each in everything_sent(app)] == [
        ("2026-11-20", ((task, "assigned"),)),
        ("2026-11-27", ((task, "due-7"),)),
        ("2026-12-03", ((task, "due-1"),)),
        ("2026-12-05", ((task, "late-1"),)),
        ("2026-12-12", ((task, "late-2"),)),
        ("2026-12-19", ((task, "late-3"),)),
        ("2026-12-26", ((task, "late-4"),)),
    ]
    hours = [each.moment.astimezone(TORONTO).hour for each in everything_sent(app)]
    assert hours == [10, 8, 8, 8, 8, 8, 8]


def test_a_job_every_ten_minutes_sends_each_occasion_once(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 11, 22), now=START)
    run_through(app, START, START + timedelta(days=3), timedelta(minutes=10))
    assert [(each.day, each.names, f"{each.moment.astimezone(TORONTO):%H:%M}") for each in everything_sent(app)] == [
        ("2026-11-20", ["assigned"], "10:00"),
        ("2026-11-21", ["due-1"], "08:00"),
        ("2026-11-23", ["late-1"], "08:00"),
    ]


def test_after_a_week_down_only_the_last_days_are_caught_up(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 11, 29), now=START)
    run(app, START)
    run_through(app, START + timedelta(days=9), START + timedelta(days=12), timedelta(hours=1))
    found = [(each.day, each.names) for each in everything_sent(app)]
    assert found == [("2026-11-20", ["assigned"]), ("2026-11-29", ["due-1"]), ("2026-11-30", ["late-1"])]


def test_a_weekly_plan_of_twelve_people_over_four_weeks(
    app: Flask, agency: Agency, tess: Member, omar: Member, sam: Member, course: str
) -> None:
    days: dict[str, date | None] = {
        "short": date(2026, 11, 27),
        "every-kind": date(2026, 12, 4),
        "extra": date(2026, 12, 11),
    }
    made = assign(app, agency, sam, [tess, omar], course, days, now=START, kind="plan")
    run(app, START)
    done_at = START + timedelta(days=3)
    for slug in ("short", "extra"):
        hand_in(app, agency, omar, made.task(omar, slug), course, slug, passed=True, now=done_at)
    run_through(app, START, START + timedelta(weeks=4), timedelta(hours=3))
    slug_of = {task_id: slug for (_person, slug), task_id in made.tasks.items()}
    tess_had = [(each.day, sorted((slug_of[task], name) for task, name in each.about)) for each in everything_sent(app, tess)]
    assert tess_had == [
        ("2026-11-20", [("every-kind", "assigned"), ("extra", "assigned"), ("short", "assigned")]),
        ("2026-11-26", [("short", "due-1")]),
        ("2026-11-27", [("every-kind", "due-7")]),
        ("2026-11-28", [("short", "late-1")]),
        ("2026-12-03", [("every-kind", "due-1")]),
        ("2026-12-04", [("extra", "due-7")]),
        ("2026-12-05", [("every-kind", "late-1"), ("short", "late-2")]),
        ("2026-12-10", [("extra", "due-1")]),
        ("2026-12-12", [("every-kind", "late-2"), ("extra", "late-1"), ("short", "late-3")]),
    ]
    omar_had = [(each.day, sorted((slug_of[task], name) for task, name in each.about)) for each in everything_sent(app, omar)]
    assert omar_had == [
        ("2026-11-20", [("every-kind", "assigned"), ("extra", "assigned"), ("short", "assigned")]),
        ("2026-11-27", [("every-kind", "due-7")]),
        ("2026-12-03", [("every-kind", "due-1")]),
        ("2026-12-05", [("every-kind", "late-1")]),
        ("2026-12-12", [("every-kind", "late-2")]),
    ]


@pytest.mark.parametrize(
    ("zone", "due_on", "before", "after"),
    [
        ("America/New_York", "2026-11-01", "2026-10-31T12:00+00:00", "2026-11-02T13:00+00:00"),
        ("America/New_York", "2026-10-31", "2026-10-30T12:00+00:00", "2026-11-01T13:00+00:00"),
        ("America/New_York", "2027-03-14", "2027-03-13T13:00+00:00", "2027-03-15T12:00+00:00"),
        ("America/New_York", "2027-03-13", "2027-03-12T13:00+00:00", "2027-03-14T12:00+00:00"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T06:00+00:00", "2026-10-26T07:00+00:00"),
        ("Europe/Berlin", "2027-03-28", "2027-03-27T07:00+00:00", "2027-03-29T06:00+00:00"),
    ],
)
def test_around_a_change_of_the_clocks_it_is_eight_in_the_morning(
    app: Flask, agency: Agency, tess: Member, sam: Member, course: str, zone: str, due_on: str, before: str, after: str
) -> None:
    set_person(app, tess, time_zone=zone)
    due = date.fromisoformat(due_on)
    assigned_at = datetime(due.year, due.month, due.day, 14, tzinfo=UTC) - timedelta(days=5)
    assign(app, agency, sam, [tess], course, ["short"], due_on=due, time_zone=zone, now=assigned_at)
    run(app, assigned_at)
    run_through(app, assigned_at + timedelta(days=3), assigned_at + timedelta(days=7), timedelta(hours=1))
    found = [(each.names, each.moment) for each in everything_sent(app)]
    assert found == [
        (["assigned"], assigned_at),
        (["due-1"], datetime.fromisoformat(before)),
        (["late-1"], datetime.fromisoformat(after)),
    ]


@both_databases
def test_one_person_in_two_organisations_gets_one_message(
    app: Flask, agency: Agency, elsewhere: Agency, make_agency: Callable[..., Agency], tess: Member, sam: Member, rita: Member, course: str
) -> None:
    second = make_agency("berlin", "Haus am See", {tess.id: "trainee supervisor", rita.id: "supervisor"}, time_zone="Europe/Berlin")
    first = assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 12, 1), now=START).task(tess)
    other = assign(app, second, rita, [tess], course, ["extra"], due_on=date(2026, 12, 1), time_zone="Europe/Berlin", now=START).task(tess)
    run_through(app, START, START + timedelta(days=12), timedelta(hours=1))
    assert [(each.day, each.names, {task for task, _name in each.about}) for each in everything_sent(app)] == [
        (day, [name, name], {first, other})
        for day, name in (("2026-11-20", "assigned"), ("2026-11-24", "due-7"), ("2026-11-30", "due-1"), ("2026-12-02", "late-1"))
    ]
    (letter, *_others) = letters(app, START)
    assert letter is not None
    assert letter.subject == "New: 2 assignments for 2 organisations"
    assert letter.text.index("Harbour Clinic\n- Short: due on 1 December 2026, in 11 days") < letter.text.index("Haus am See\n- Extra")


def test_what_is_assigned_in_the_afternoon_comes_in_a_second_message(
    app: Flask, agency: Agency, tess: Member, sam: Member, course: str
) -> None:
    assign(app, agency, sam, [tess], course, ["short"], now=START)
    assert [run(app, START), run(app, START + timedelta(minutes=10))] == [1, 0]
    afternoon = START + timedelta(hours=5)
    assign(app, agency, sam, [tess], course, ["extra"], now=afternoon)
    assert [run(app, afternoon), run(app, afternoon + timedelta(minutes=10))] == [1, 0]
    assert [each.day for each in everything_sent(app)] == ["2026-11-20", "2026-11-20"]


def test_after_very_many_messages_on_one_day_the_rest_waits(
    app: Flask, agency: Agency, tess: Member, sam: Member, course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "_MOST_A_DAY", 2)
    for hour in range(3):
        assign(app, agency, sam, [tess], course, ["short"], now=START + timedelta(hours=hour))
        run(app, START + timedelta(hours=hour))
    assert [each.day for each in everything_sent(app)] == ["2026-11-20", "2026-11-20"]
    run(app, START + timedelta(days=1))
    assert [each.day for each in everything_sent(app)] == ["2026-11-20", "2026-11-20", "2026-11-21"]


def test_what_is_assigned_at_night_waits_for_the_morning(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    night = local("2026-11-20T23:55")
    assign(app, agency, sam, [tess], course, ["short"], now=night)
    run_through(app, night + timedelta(minutes=10), local("2026-11-21T12:00"), timedelta(minutes=10))
    (found,) = everything_sent(app)
    assert (found.names, found.moment) == (["assigned"], local("2026-11-21T08:05"))


def test_the_hour_is_the_persons_and_the_day_the_assignments(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    set_person(app, tess, time_zone="Asia/Tokyo")
    assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 11, 25), now=START - timedelta(days=1))
    run_through(app, START + timedelta(days=2), START + timedelta(days=5), timedelta(minutes=30))
    assert [(each.names, each.moment) for each in everything_sent(app)] == [
        (["due-1"], local("2026-11-24T14:00", ZoneInfo("Asia/Tokyo"))),  # when the 24th begins in Toronto
    ]


@both_databases
@pytest.mark.parametrize(
    "silence",
    [
        "task withdrawn",
        "assignment withdrawn",
        "passed",
        "released",
        "used up",
        "left",
        "membership suspended",
        "not a trainee",
        "person suspended",
        "unwanted",
        "joined after",
    ],
)
def test_never_about(app: Flask, agency: Agency, tess: Member, omar: Member, sam: Member, course: str, silence: str) -> None:
    made = assign(app, agency, sam, [tess, omar], course, ["short"], due_on=date(2026, 11, 21), now=START)
    silenced(app, agency, tess, sam, made, course)[silence]()
    run_through(app, START, START + timedelta(weeks=4), timedelta(hours=6))
    assert not everything_sent(app, tess)
    assert bool(everything_sent(app, omar)) is (silence != "assignment withdrawn")


def silenced(app: Flask, agency: Agency, tess: Member, sam: Member, made: Assigned, course: str) -> dict[str, Callable[[], object]]:
    """What makes a task or a person one that is not reminded of or not reminded."""
    task_id = made.task(tess)

    def withdraw_all() -> None:
        with app.app_context(), scoped_to(agency.id), transaction() as session:
            session.execute(update(Assignment).where(Assignment.organisation_id == agency.id).values(withdrawn_at=START))

    def release_own() -> None:
        before = assign(app, agency, sam, [tess], course, ["short"], now=START - timedelta(days=30)).task(tess)
        _series, attempt_id = hand_in(app, agency, tess, before, course, "short", passed=True, now=START - timedelta(days=20))
        release(app, agency, task_id, attempt_id, passed_on=date(2026, 10, 31), now=START)

    return {
        "task withdrawn": lambda: set_task(app, agency, task_id, withdrawn_at=START),
        "assignment withdrawn": withdraw_all,
        "passed": lambda: hand_in(app, agency, tess, task_id, course, "short", passed=True, now=START),
        "released": release_own,
        "used up": lambda: hand_in(app, agency, tess, task_id, course, "short", passed=False, allowed=1, now=START),
        "left": lambda: set_membership(app, agency, tess, left_on=date(2026, 11, 20)),
        "membership suspended": lambda: set_membership(app, agency, tess, suspended_at=START),
        "not a trainee": lambda: set_membership(app, agency, tess, is_trainee=False, is_supervisor=True),
        "person suspended": lambda: set_person(app, tess, suspended_at=START),
        "unwanted": lambda: set_person(app, tess, wants_reminders=False),
        "joined after": lambda: set_membership(app, agency, tess, joined_on=date(2026, 11, 22)),
    }


def test_what_was_handed_in_is_done_passed_or_not(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    task_id = assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 11, 22), now=START).task(tess)
    run(app, START)
    assert len(everything_sent(app)) == 1
    hand_in(app, agency, tess, task_id, course, "short", passed=False, allowed=2, now=START)
    run_through(app, START, START + timedelta(days=10), timedelta(hours=6))
    assert len(everything_sent(app)) == 1


def test_turned_on_again_the_past_stays_silent(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    set_person(app, tess, wants_reminders=False)
    assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 12, 4), now=START)
    run_through(app, START, START + timedelta(days=10), timedelta(hours=6))
    set_person(app, tess, wants_reminders=True)
    run_through(app, START + timedelta(days=10), START + timedelta(days=14), timedelta(hours=1))
    assert [(each.day, each.names) for each in everything_sent(app)] == [("2026-12-03", ["due-1"])]


def test_an_extension_moves_what_is_still_to_come(app: Flask, agency: Agency, tess: Member, omar: Member, sam: Member, course: str) -> None:
    made = assign(app, agency, sam, [tess, omar], course, ["short"], due_on=date(2026, 12, 4), now=START)
    run_through(app, START, START + timedelta(days=8), timedelta(hours=6))
    set_task(app, agency, made.task(tess), due_on=date(2026, 12, 18))
    run_through(app, START + timedelta(days=8), START + timedelta(days=30), timedelta(hours=1))
    assert [(each.day, each.names) for each in everything_sent(app, tess)] == [
        ("2026-11-20", ["assigned"]),
        ("2026-11-27", ["due-7"]),  # sent before the extension, so not once more for the new day
        ("2026-12-17", ["due-1"]),
        ("2026-12-19", ["late-1"]),
    ]
    assert [each.day for each in everything_sent(app, omar)][:4] == ["2026-11-20", "2026-11-27", "2026-12-03", "2026-12-05"]


@both_databases
def test_what_was_due_before_a_return_is_not_reminded_of(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    set_membership(app, agency, tess, joined_on=date(2026, 11, 27))
    days: dict[str, date | None] = {"short": date(2026, 11, 26), "extra": date(2026, 12, 4)}
    made = assign(app, agency, sam, [tess], course, days, now=START)
    run_through(app, START, START + timedelta(days=16), timedelta(hours=6))
    assert [(each.day, each.about) for each in everything_sent(app)] == [
        ("2026-11-27", ((made.task(tess, "extra"), "due-7"),)),
        ("2026-12-03", ((made.task(tess, "extra"), "due-1"),)),
        ("2026-12-05", ((made.task(tess, "extra"), "late-1"),)),
    ]


@both_databases
def test_two_jobs_at_once_send_each_occasion_once(
    app: Flask, agency: Agency, make_person: Callable[..., Member], sam: Member, course: str
) -> None:
    people = [make_person(f"trainee{number}@example.org", f"Trainee {number}") for number in range(30)]
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        for person in people:
            session.add(Membership(organisation_id=agency.id, person_id=person.id, joined_on=date(2026, 9, 21), is_trainee=True))
    assign(app, agency, sam, people, course, ["short", "extra"], now=START)
    start, queued, problems = threading.Barrier(3), [], []

    def job() -> None:
        start.wait()
        try:
            queued.append(run(app, START))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test says it
            problems.append(problem)

    threads = [threading.Thread(target=job) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert sum(queued) == 30
    found = everything_sent(app)
    assert sorted(str(each.person_id) for each in found) == sorted(str(person.id) for person in people)
    assert all(each.names == ["assigned", "assigned"] for each in found)


@both_databases
def test_everybody_is_reached_in_batches(
    app: Flask, agency: Agency, tess: Member, omar: Member, sam: Member, course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "_PEOPLE_AT_ONCE", 1)
    assign(app, agency, sam, [tess, omar], course, ["short"], now=START)
    assert run(app, START) == 2
    assert {each.person_id for each in everything_sent(app)} == {tess.id, omar.id}


@both_databases
def test_the_letter_says_what_is_true_when_it_is_sent(
    app: Flask, agency: Agency, tess: Member, omar: Member, sam: Member, course: str
) -> None:
    days: dict[str, date | None] = {"short": date(2026, 11, 20), "extra": date(2026, 11, 21), "every-kind": None}
    made = assign(app, agency, sam, [tess, omar], course, days, now=START)
    run(app, START)
    (first,) = letters(app, START, tess)
    assert first is not None
    assert (first.to, first.subject) == ("tess@example.org", "New: 3 assignments for Harbour Clinic")
    assert "- Short: due on 20 November 2026, which is today, until midnight (America/Toronto)" in first.text
    assert "- Extra: due on 21 November 2026, which is tomorrow, until midnight (America/Toronto)" in first.text
    assert "- Every kind: no due day" in first.text
    assert "http://127.0.0.1:8000/\n" in first.text
    assert "http://127.0.0.1:8000/account\n" in first.text
    assert all(word not in first.text for word in ("Omar", "Sam", "Tess", "%"))
    (later,) = letters(app, START + timedelta(days=3), tess)
    assert later is not None
    assert "- Short: was due on 20 November 2026 (America/Toronto); you can still hand it in" in later.text
    hand_in(app, agency, tess, made.task(tess, "short"), course, "short", passed=True, now=START)
    (less,) = letters(app, START, tess)
    assert less is not None
    assert "Short" not in less.text
    assert less.subject == "New: 2 assignments for Harbour Clinic"


def test_a_letter_with_nothing_to_say_is_not_sent(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    task_id = assign(app, agency, sam, [tess], course, ["short"], due_on=date(2026, 11, 21), now=START).task(tess)
    run(app, START)
    assert letters(app, START) != [None]
    for deed in ({"suspended_at": START}, {"suspended_at": None, "wants_reminders": False}):
        set_person(app, tess, **deed)
        assert letters(app, START) == [None]
    set_person(app, tess, wants_reminders=True)
    assert letters(app, START) != [None]
    set_task(app, agency, task_id, withdrawn_at=START)
    assert letters(app, START) == [None]


def test_a_message_holds_ids_and_goes_at_most_once(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=START).task(tess)
    run(app, START)
    with app.app_context():
        message = db.session.scalars(select(Message)).one()
        assert json.loads(current_keys().unseal(message.key_id, message.values)) == {"tasks": [str(task_id)], "new": True}
        assert message.at_most_once
        assert message.occurrence == f"reminders:{tess.id}:2026-11-20"
        assert app.extensions["ceapp.letters"]["reminders"] is compose_reminders


def test_the_server_runs_it_every_ten_minutes(app: Flask, agency: Agency, tess: Member, sam: Member, course: str) -> None:
    assign(app, agency, sam, [tess], course, ["short"], now=START)
    (job,) = (each for each in jobs_of(app) if each.name == "reminders")
    assert job.every == 600
    assert run_if_due(app, job, START)
    assert [each.names for each in everything_sent(app)] == [["assigned"]]
    assert not run_if_due(app, job, START + timedelta(minutes=9))
    assert run_if_due(app, job, START + timedelta(minutes=10))
    assert len(everything_sent(app)) == 1
