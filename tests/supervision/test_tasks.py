"""A trainee's own assignments: reading, beginning, releasing a pass, and what all that means for courses and certificates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts.models import Membership, Person
from ceapp.audit.models import AuditEntry
from ceapp.certificates.models import Certificate
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.errors import CeappError, Missing, Refused
from ceapp.learning import service
from ceapp.learning.models import Attempt, Completion, Series
from ceapp.learning.service import Submission
from ceapp.learning.starting import begin_anew
from ceapp.supervision.models import Assignment, Extension, ReleasedPass, Task
from ceapp.supervision.notes import write
from ceapp.supervision.tasks import service as tasks
from ceapp.supervision.tasks.details import seen_words, task_details
from ceapp.supervision.tasks.queries import PAGE, my_task, on_the_front, tasks_in
from ceapp.supervision.tasks.rules import Part, Place, Work, obstacle, part_of
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import Assigned, assign
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import GOOD_PATH, Learner

both = pytest.mark.both_databases
HOUR = timedelta(hours=1)
Visit = Callable[..., Page]


class Trainee:
    """Somebody with assignments, at the level of services."""

    def __init__(self, app: Flask, person: Member) -> None:
        self._app, self.person, self.learner = app, person, Learner(app, person)

    @contextmanager
    def context(self) -> Iterator[None]:
        with self._app.app_context(), scoped_to(self.person.id):
            yield

    def begin(self, task_id: UUID, *, key: str = "", now: Any = NOW) -> Attempt:
        with self.context():
            return tasks.begin(self.person.id, task_id, form_key=key or self.learner.key(), now=now)

    def release(self, task_id: UUID, attempt_id: UUID, *, now: Any = NOW) -> None:
        with self.context():
            tasks.release(self.person.id, task_id, attempt_id, now=now)

    def decide(self, attempt: Attempt, choice: str = "ask", *, now: Any = NOW) -> Any:
        with self.context():
            return service.hand_in(self.person.id, attempt.id, Submission("now", (choice,), "", self.learner.key(), NOW), now=now)

    def pass_own(self, *, purpose: str = "practice", now: Any = NOW) -> Attempt:
        attempt = self.learner.begin("short", purpose=purpose, now=now)
        self.decide(attempt, now=now)
        return attempt


@pytest.fixture
def trainee(app: Flask, course: str, tess: Member) -> Trainee:
    return Trainee(app, tess)


@pytest.fixture
def make(app: Flask, agency: Agency, sam: Member, tess: Member, course: str) -> Callable[..., Assigned]:
    def assigned(scenarios: Any = ("short",), trainees: Any = None, **options: Any) -> Assigned:
        return assign(app, agency, sam, trainees or [tess], course, scenarios, **{"now": NOW - timedelta(days=7), **options})

    return assigned


def change(app: Flask, model: Any, row_id: UUID, organisation_id: UUID, **values: Any) -> None:
    with app.app_context(), scoped_to(organisation_id), transaction() as session:
        session.execute(update(model).where(model.id == row_id, model.organisation_id == organisation_id).values(**values))


def change_membership(app: Flask, agency: Agency, person: Member, **values: Any) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(
            update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == person.id).values(**values)
        )


def count(app: Flask, model: Any, *conditions: Any) -> int:
    with app.app_context(), everybody("a test counts"):
        return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


@pytest.mark.parametrize(
    ("work", "ended", "part"),
    [
        (Work(), False, Part.DUE),
        (Work(), True, Part.ENDED),
        (Work(begun=1, is_open=True), False, Part.UNDER_WAY),
        (Work(begun=1, is_open=True), True, Part.ENDED),
        (Work(begun=1, left=1), False, Part.DUE),
        (Work(begun=1, closed=1, handed_in_at=NOW), False, Part.DONE),
        (Work(begun=1, closed=1, handed_in_at=NOW), True, Part.DONE),
        (Work(begun=2, closed=1, is_open=True, handed_in_at=NOW), False, Part.UNDER_WAY),
        (Work(begun=2, closed=1, is_open=True, handed_in_at=NOW), True, Part.DONE),
        (Work(released_at=NOW), False, Part.DONE),
        (Work(released_at=NOW), True, Part.DONE),
    ],
)
def test_where_an_assignment_stands(work: Work, ended: bool, part: Part) -> None:
    assert part_of(work, has_ended=ended) is part


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("Harbour", is_withdrawn=False, has_left=False, is_suspended=False), ""),
        (Place("Harbour", is_withdrawn=True, has_left=True, is_suspended=True), "withdrawn"),
        (Place("Harbour", is_withdrawn=False, has_left=True, is_suspended=True), "no longer a trainee of Harbour"),
        (Place("Harbour", is_withdrawn=False, has_left=False, is_suspended=True), "suspended"),
    ],
)
def test_what_stands_in_the_way(place: Place, words: str) -> None:
    assert (words in obstacle(place)) if words else obstacle(place) == ""


def test_attempts_left() -> None:
    assert Work().has_left(None)
    assert Work(begun=1, left=1).has_left(2)
    assert not Work(begun=1, closed=1).has_left(1)
    assert not Work(begun=2, closed=1, left=1).has_left(2)


@both
def test_beginning_makes_the_series_and_keeps_it(app: Flask, trainee: Trainee, make: Callable[..., Assigned]) -> None:
    task_id = make(attempts=2).task(trainee.person)
    attempt = trainee.begin(task_id, key="a" * 24)
    assert trainee.begin(task_id, key="a" * 24).id == attempt.id
    assert trainee.begin(task_id, key="b" * 24).id == attempt.id
    with app.app_context(), everybody("a test looks"):
        series = db.session.scalars(select(Series)).one()
        task = db.session.scalars(select(Task)).one()
    assert (series.purpose, series.allowed, series.person_id) == ("assigned", 2, trainee.person.id)
    assert task.series_id == series.id == attempt.series_id


@both
def test_an_attempt_left_for_a_newer_text_gives_no_further_one(
    app: Flask, library: Library, trainee: Trainee, make: Callable[..., Assigned]
) -> None:
    task_id = make(attempts=1).task(trainee.person)
    left = trainee.begin(task_id)
    library.edit("sample/short.md", "Like it.", "Press like.")
    library.publish()
    with trainee.context():
        begun = begin_anew(trainee.person.id, left.id, form_key="n" * 24, now=NOW)
    trainee.decide(begun, "like")
    with trainee.context():
        assert not my_task(trainee.person.id, task_id, now=NOW).can_begin
    with pytest.raises(Refused, match="are used"):
        trainee.begin(task_id)


def test_who_sees_it_names_nobody_who_is_gone(
    app: Flask, agency: Agency, sam: Member, trainee: Trainee, make: Callable[..., Assigned], supervise: Callable[..., UUID]
) -> None:
    task_id = make().task(trainee.person)
    supervise(agency, sam, trainee.person, "reflections")

    def said() -> str:
        with trainee.context():
            return seen_words(my_task(trainee.person.id, task_id, now=NOW), now=NOW)

    assert "handing in a reflection shows it too" in said()
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        gone = update(Membership).where(Membership.organisation_id == agency.id, Membership.person_id == sam.id)
        session.execute(gone.values(left_on=NOW.date()))
    assert "supervisor" not in said() and "administrators see" in said()


def test_who_supervises_in_another_organisation_of_the_same_name_is_not_shown(
    app: Flask, make_agency: Any, make_person: Any, sam: Member, trainee: Trainee, make: Callable[..., Assigned], supervise: Any
) -> None:
    task_id = make().task(trainee.person)
    noor = make_person("noor@example.org", "Noor Haddad")
    twin = make_agency("twin", "Harbour Clinic", {noor.id: "supervisor", trainee.person.id: "trainee"})
    supervise(twin, noor, trainee.person)
    with trainee.context():
        assert task_details(db.session.get_one(Person, trainee.person.id), task_id, now=NOW).seen_by == ()


@both
def test_two_tabs_begin_one_series(app: Flask, trainee: Trainee, make: Callable[..., Assigned]) -> None:
    task_id, tabs = make(attempts=1).task(trainee.person), 8
    barrier = Barrier(tabs)

    def tab(number: int) -> object:
        barrier.wait()
        try:
            return trainee.begin(task_id, key=f"key-of-tab-number-{number:06}").id
        except CeappError as refusal:
            return refusal
        finally:
            with app.app_context():
                db.session.remove()

    with ThreadPoolExecutor(tabs) as threads:
        begun = list(threads.map(tab, range(tabs)))
    assert len(set(begun)) == 1
    assert count(app, Series) == count(app, Attempt) == 1


@both
def test_attempts_of_an_assignment_are_limited(trainee: Trainee, make: Callable[..., Assigned]) -> None:
    task_id = make(attempts=2).task(trainee.person)
    for _ in range(2):
        trainee.decide(trainee.begin(task_id), "like")
    with pytest.raises(Refused, match="used"):
        trainee.begin(task_id)


@both
def test_nobody_begins_or_releases_what_is_not_theirs(
    app: Flask, trainee: Trainee, make: Callable[..., Assigned], omar: Member, sam: Member, rita: Member, elsewhere: Agency
) -> None:
    task_id = make(accepts_own_pass=True).task(trainee.person)
    for person in (omar, sam, rita):
        other = Trainee(app, person)
        own = other.pass_own()
        with pytest.raises(Missing):
            other.begin(task_id)
        with pytest.raises(Missing):
            other.release(task_id, own.id)
    assert count(app, Series, Series.purpose == "assigned") == count(app, ReleasedPass) == 0


@both
@pytest.mark.parametrize(
    ("what", "words"),
    [("assignment", "withdrawn"), ("task", "withdrawn"), ("left", "no longer"), ("role", "no longer"), ("suspended", "suspended")],
)
def test_what_has_ended_cannot_be_begun_or_released(
    app: Flask, trainee: Trainee, make: Callable[..., Assigned], agency: Agency, what: str, words: str
) -> None:
    assigned = make(accepts_own_pass=True)
    task_id, own = assigned.task(trainee.person), trainee.pass_own()
    if what == "assignment":
        change(app, Assignment, assigned.id, agency.id, withdrawn_at=NOW)
    elif what == "task":
        change(app, Task, task_id, agency.id, withdrawn_at=NOW)
    else:
        values: dict[str, dict[str, Any]] = {
            "left": {"left_on": NOW.date()},
            "role": {"is_trainee": False, "is_supervisor": True},
            "suspended": {"suspended_at": NOW},
        }
        change_membership(app, agency, trainee.person, **values[what])
    with pytest.raises(Refused, match=words):
        trainee.begin(task_id)
    with pytest.raises(Refused, match=words):
        trainee.release(task_id, own.id)
    assert count(app, ReleasedPass) == 0


@both
def test_beginning_needs_a_name(app: Flask, trainee: Trainee, make: Callable[..., Assigned]) -> None:
    task_id = make().task(trainee.person)
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == trainee.person.id).values(name=""))
    with pytest.raises(Refused, match="name"):
        trainee.begin(task_id)


@both
@pytest.mark.parametrize("purpose", ["practice", "credit"])
def test_a_pass_of_ones_own_stands_once_released_and_shows_its_day_alone(
    app: Flask, trainee: Trainee, make: Callable[..., Assigned], agency: Agency, purpose: str
) -> None:
    trainee.learner.enrol(NOW - timedelta(days=60))
    late_evening = NOW.replace(month=11, day=4, hour=3)  # Still 3 November in Toronto.
    own = trainee.pass_own(purpose=purpose, now=late_evening)
    task_id = make(accepts_own_pass=True).task(trainee.person)
    assert count(app, ReleasedPass) == 0
    trainee.release(task_id, own.id)
    trainee.release(task_id, own.id, now=NOW + HOUR)
    with app.app_context(), scoped_to(agency.id):
        row = db.session.scalars(select(ReleasedPass).where(ReleasedPass.organisation_id == agency.id)).one()
        deeds = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "pass.released")).all()
    assert (row.passed_on, row.released_at, row.task_id) == (date(2026, 11, 3), NOW, task_id)
    assert len(deeds) == 1
    with pytest.raises(Refused, match="own pass stands"):
        trainee.begin(task_id)


@both
def test_what_is_no_pass_or_not_asked_for_is_not_released(
    app: Flask, trainee: Trainee, make: Callable[..., Assigned], omar: Member
) -> None:
    own, failed = trainee.pass_own(), trainee.learner.begin("short", purpose="practice", now=NOW + HOUR)
    trainee.decide(failed, "like")
    of_other_scenario = trainee.learner.begin("extra", purpose="practice")
    trainee.decide(of_other_scenario)
    of_omar = Trainee(app, omar).pass_own()
    wants, wants_not = make(accepts_own_pass=True).task(trainee.person), make().task(trainee.person)
    for attempt in (failed, of_other_scenario, of_omar):
        with pytest.raises(Refused):
            trainee.release(wants, attempt.id)
    with pytest.raises(Refused):
        trainee.release(wants_not, own.id)
    assert count(app, ReleasedPass) == 0


@both
def test_a_pass_of_one_assignment_does_not_stand_for_another(trainee: Trainee, make: Callable[..., Assigned]) -> None:
    first, second = make().task(trainee.person), make(accepts_own_pass=True).task(trainee.person)
    attempt = trainee.begin(first)
    trainee.decide(attempt)
    with pytest.raises(Refused):
        trainee.release(second, attempt.id)


@both
def test_an_assigned_pass_completes_the_course_and_issues_the_certificate(
    app: Flask, trainee: Trainee, make: Callable[..., Assigned]
) -> None:
    learner = trainee.learner
    learner.enrol(NOW - HOUR)
    learner.work_through(learner.begin(now=NOW - HOUR), now=NOW - HOUR)
    assert count(app, Completion) == 0
    receipt = trainee.decide(trainee.begin(make().task(trainee.person)))
    assert receipt.completed
    assert count(app, Completion) == count(app, Certificate) == 1


@both
def test_an_assigned_pass_from_before_enrolling_does_not_count(app: Flask, trainee: Trainee, make: Callable[..., Assigned]) -> None:
    trainee.decide(trainee.begin(make().task(trainee.person), now=NOW - HOUR), now=NOW - HOUR)
    learner = trainee.learner
    learner.enrol(NOW)
    learner.work_through(learner.begin())
    assert count(app, Completion) == count(app, Certificate) == 0


@both
def test_the_lists_are_parts_of_one_whole(app: Flask, trainee: Trainee, make: Callable[..., Assigned], agency: Agency) -> None:
    days = [NOW.date() + timedelta(days=number) for number in (-2, 5)]
    due = [make(due_on=day).task(trainee.person) for day in days]
    dayless, open_one, done, gone = (make().task(trainee.person) for _ in range(4))
    trainee.begin(open_one)
    trainee.decide(trainee.begin(done), "like")
    change(app, Task, gone, agency.id, withdrawn_at=NOW)
    with trainee.context():
        lists = {part: [each.id for each in tasks_in(trainee.person.id, part, 1, now=NOW).tasks] for part in Part}
        front = on_the_front(trainee.person.id, now=NOW)
    assert lists == {Part.DUE: [*due, dayless], Part.UNDER_WAY: [open_one], Part.DONE: [done], Part.ENDED: [gone]}
    assert [each.id for each in front.due] == [*due, dayless]
    assert [each.id for each in front.under_way] == [open_one]
    assert [each.id for each in front.done] == [done]
    assert front.due[0].standing.words == "not begun, 2 days late"


@both
def test_lists_are_paginated_and_of_one_person(trainee: Trainee, make: Callable[..., Assigned], omar: Member, tess: Member) -> None:
    for _ in range(PAGE + 1):
        make(trainees=[tess, omar])
    with trainee.context():
        first, second = (tasks_in(tess.id, Part.DUE, page, now=NOW) for page in (1, 9))
        front = on_the_front(tess.id, now=NOW)
    assert (len(first.tasks), first.pages, len(second.tasks), second.page) == (PAGE, 2, 1, 2)
    assert front.has_more
    assert {each.task.trainee_id for each in (*first.tasks, *second.tasks)} == {tess.id}


# Pages


def test_the_page_says_what_is_asked_by_whom_and_who_sees_it(
    app: Flask,
    visit: Visit,
    browser_of: Callable[..., Visitor],
    tess: Member,
    sam: Member,
    agency: Agency,
    make: Callable[..., Assigned],
    supervise: Callable[..., UUID],
) -> None:
    supervise(agency, sam, tess, scope="answers")
    with app.app_context(), scoped_to(agency.id):
        note_id = write(agency.id, sam.id, "Look at <b>the second scene</b>.", now=NOW)
        reason_id = write(agency.id, sam.id, "You were ill.", now=NOW)
    assigned = make(due_on=date(2026, 11, 24), attempts=2, note_id=note_id, title="Week 3")
    task_id = assigned.task(tess)
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        values = {"task_id": task_id, "due_on": date(2026, 11, 27), "note_id": reason_id, "extended_by": sam.id, "extended_at": NOW}
        session.add(Extension(organisation_id=agency.id, **values))
    change(app, Task, task_id, agency.id, due_on=date(2026, 11, 27))
    browser_of(tess).most_queries = 7  # The sign-in, the task, its course and extension, attempts, notes, supervisors, and their covers.
    page = visit(f"/assignments/{task_id}", person=tess)
    for text in (
        "Sam Okafor of Harbour Clinic asks",
        "Week 3",
        "Friday 27 November 2026 (Toronto time, UTC−05:00)",
        "Sam Okafor gave you until this day: You were ill.",
        "0 used of 2",
        "Look at <b>the second scene</b>.",
        "Sam Okafor (Harbour Clinic) sees status, scores and the choices in each scenario",
        "Administrators of Harbour Clinic see whether it is begun",
        "Enrol there so that a pass counts",
    ):
        assert text in page.text, text


def test_a_due_day_is_said_in_ones_own_zone_too(
    visit: Visit, make_person: Any, make_agency: Any, app: Flask, sam: Member, course: str
) -> None:
    away = make_person("away@example.org", "Avi Away", time_zone="Europe/Berlin")
    agency = make_agency("harbour", "Harbour Clinic", {away.id: "trainee", sam.id: "supervisor"})
    assigned = assign(app, agency, sam, [away], course, ["short"], due_on=date(2026, 11, 27), now=NOW)
    page = visit(f"/assignments/{assigned.task(away)}", person=away)
    assert "Friday 27 November 2026 (Toronto time, UTC−05:00); for you it ends on Saturday 28 November 2026 at 06:00" in page.text


def test_working_through_an_assignment_from_its_page_and_back(
    visit: Visit, tess: Member, sam: Member, agency: Agency, make: Callable[..., Assigned], supervise: Callable[..., UUID]
) -> None:
    supervise(agency, sam, tess, scope="reflections")
    assigned = make(("short", "extra"))
    step = visit(f"/assignments/{assigned.task(tess, 'short')}", person=tess).submit("Begin")
    assert "Your supervisor at Harbour Clinic sees the choices you make here" in step.text
    assert "only you can see" not in step.text.lower()
    choice = step.select("//label[contains(., 'Ask who is in it')]//input/@value")[0]
    page = step.submit("Decide", given=choice).follow("See the result")
    assert "You are not enrolled in A sample course" in page.text
    assert not page.select("//button[contains(., 'Practise')]")
    assert page.follow("Next: Extra").h1 == "Extra"
    back = page.follow("Back to the assignment")
    assert back.h1 == "Short"
    assert "You passed." in back.text
    assert "Attempt 1: 100%, passed" in back.text
    assert not back.select("//main//form")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (None, "its administrators see"),
        ("status", "and not your choices"),
        ("scores", "sees the score, and not your choices"),
        ("answers", "and no reflections"),
    ],
)
def test_the_step_says_how_much_is_seen(
    visit: Visit,
    tess: Member,
    sam: Member,
    agency: Agency,
    make: Callable[..., Assigned],
    supervise: Callable[..., UUID],
    scope: str,
    words: str,
) -> None:
    if scope:
        supervise(agency, sam, tess, scope=scope)
    assert words in visit(f"/assignments/{make().task(tess)}", person=tess).submit("Begin").text


def test_a_withdrawn_assignment_stays_readable(
    app: Flask, visit: Visit, trainee: Trainee, tess: Member, agency: Agency, make: Callable[..., Assigned]
) -> None:
    assigned = make()
    attempt = trainee.begin(assigned.task(tess))
    trainee.decide(attempt, "like")
    before = visit(f"/assignments/{assigned.task(tess)}", person=tess)
    change(app, Assignment, assigned.id, agency.id, withdrawn_at=NOW)
    refused = before.submit("Try again", status=409)
    assert "has withdrawn this assignment" in refused.text
    page = visit(f"/assignments/{assigned.task(tess)}", person=tess)
    assert "Nothing more can be done here: Harbour Clinic has withdrawn this assignment" in page.text
    assert page.follow("Attempt 1").h1 == "Your result: A short one"


def test_foreign_assignments_do_not_exist(
    browser_of: Callable[..., Visitor], visit: Visit, tess: Member, omar: Member, sam: Member, ines: Member, rita: Member, ada: Member,
    elsewhere: Agency, make: Callable[..., Assigned]
) -> None:  # fmt: skip
    task_id = make().task(tess)
    for person in (omar, sam, ines, rita, ada):
        for address in (f"/assignments/{task_id}", f"/assignments/{task_id}/release"):
            visit(address, person=person, status=404)
        token = browser_of(person).get("/account").select("//input[@name='csrf_token']/@value")[0]
        for deed in ("begin", "release"):
            data = {"csrf_token": token, "key": "k" * 24, "attempt": str(task_id), "confirmed": "y"}
            browser_of(person).post(f"/assignments/{task_id}/{deed}", data, status=404)


def test_releasing_a_pass_asks_first(visit: Visit, trainee: Trainee, tess: Member, make: Callable[..., Assigned], app: Flask) -> None:
    trainee.pass_own(now=NOW - timedelta(days=17))
    page = visit(f"/assignments/{make(accepts_own_pass=True).task(tess)}", person=tess)
    asked = page.follow("Let my pass of 3 November 2026 stand for this")
    assert "cannot be taken back" in asked.text
    refused = asked.submit("Let this pass stand", status=422)
    assert "Tick the box to confirm" in refused.text
    assert count(app, ReleasedPass) == 0
    done = refused.submit("Let this pass stand", confirmed="y")
    assert "You let your own pass of 3 November 2026 stand for this." in done.text
    assert not done.select("//button[.='Begin']")
    visit(done.address + "/release", person=tess, status=409)


def test_without_a_pass_or_a_wish_for_it_nothing_is_offered(
    visit: Visit, trainee: Trainee, tess: Member, make: Callable[..., Assigned]
) -> None:
    accepts = make(accepts_own_pass=True).task(tess)
    assert "stand for this" not in visit(f"/assignments/{accepts}", person=tess).text
    trainee.pass_own()
    assert "stand for this" not in visit(f"/assignments/{make().task(tess)}", person=tess).text
    visit(f"/assignments/{accepts}/release", person=tess)


def test_the_list_by_state(visit: Visit, trainee: Trainee, tess: Member, make: Callable[..., Assigned]) -> None:
    make(due_on=date(2026, 11, 18))
    done = make().task(tess)
    trainee.decide(trainee.begin(done))
    page = visit("/assignments", person=tess)
    assert "days late" in page.text or "day late" in page.text
    assert len(page.select("//ul[@class='my-tasks']/li")) == 1
    assert "Passed" in page.follow("Done").text
    assert "Nothing is under way." in page.follow("Under way").text
    visit("/assignments?state=nonsense", person=tess, status=404)


def test_a_scenario_with_a_reflection_from_its_page_to_the_result(
    visit: Visit, browser_of: Callable[..., Visitor], trainee: Trainee, tess: Member, sam: Member, agency: Agency,
    make: Callable[..., Assigned], supervise: Callable[..., UUID],
) -> None:  # fmt: skip
    supervise(agency, sam, tess, scope="reflections")
    trainee.learner.enrol()
    task_id = make(("every-kind",)).task(tess)
    attempt = trainee.begin(task_id)
    trainee.learner.work_through(attempt, GOOD_PATH[:-1])
    visit("/verify")  # Reads the provider's name and contact, which are then kept for a while.
    page = visit(f"/attempts/{attempt.id}", person=tess)
    assert "handing in a reflection shows it too" in page.text
    assert "Only you can read it" not in page.text
    browser_of(tess).most_queries = 7  # Sign-in, attempt, answers, what was written, enrolment, assignment and the next, who sees it.
    result = page.submit("Hand in and go on").follow("See the result")
    assert "This pass counts for your course too." in result.text
    assert result.link("Back to the assignment") == f"/assignments/{task_id}"


def test_who_has_no_name_is_asked_for_it_first(
    visit: Visit, make_person: Any, make_agency: Any, app: Flask, sam: Member, course: str
) -> None:
    nameless = make_person("new@example.org")
    agency = make_agency("harbour", "Harbour Clinic", {nameless.id: "trainee", sam.id: "supervisor"})
    task_id = assign(app, agency, sam, [nameless], course, ["short"], now=NOW).task(nameless)
    page = visit(f"/assignments/{task_id}", person=nameless).submit("Begin", follow=False)
    assert page.response.headers["Location"] == f"/account/name?next=/assignments/{task_id}"
    assert count(app, Series) == 0


def test_of_supervision_one_module_reads_what_is_not_assigned() -> None:
    """It serves the page of the person whose own it is, and nothing else."""
    folder = Path(tasks.__file__).parent
    naming = {path.name for path in folder.glob("*.py") if re.search(r"[\"'](practice|credit)[\"']", path.read_text())}
    assert naming == {"details.py"}
    importing = {path.name for path in folder.rglob("*.py") if "supervision.tasks.details import" in path.read_text()}
    assert importing == {"service.py", "views.py"}
