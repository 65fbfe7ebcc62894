"""Assigning and changing what was assigned: decided on fresh rows, in one transaction, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from ceapp.accounts.models import Membership, Person
from ceapp.audit.models import AuditEntry
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.models import AttemptGrant, Series
from ceapp.supervision.assigning import changes as assignment_changes
from ceapp.supervision.assigning import service as assigning
from ceapp.supervision.assigning.orders import Order, What
from ceapp.supervision.assigning.planning import Span
from ceapp.supervision.assigning.service import Assigned, report
from ceapp.supervision.models import Assignment, Extension, Note, Supervision, Task
from ceapp.supervision.notes import texts
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import hand_in, release

pytestmark = pytest.mark.both_databases

TODAY = date(2026, 11, 20)
LATER = TODAY + timedelta(days=14)
ORDER = Order(What.SCENARIOS, "sample", ("every-kind",), "", LATER, (), "America/Toronto", (), "", None, accepts_own_pass=False)


class Desk:
    """The services as one member uses them."""

    def __init__(self, app: Flask, agency: Agency, member: Member) -> None:
        self.app, self.agency, self.member = app, agency, member

    @contextmanager
    def scope(self) -> Iterator[None]:
        with self.app.app_context(), scoped_to(self.agency.id, self.member.id):
            yield

    def assign(self, people: list[Any], *, key: str = "", now: datetime = NOW, **changes: Any) -> Assigned:
        order = replace(ORDER, people=tuple(each if isinstance(each, UUID) else each.id for each in people), **changes)
        with self.scope():
            return assigning.assign(self.agency.id, self.member.id, order, form_key=key or str(uuid4()), now=now)

    def do(self, deed: Callable[..., None], *ids: UUID, now: datetime = NOW, **values: Any) -> None:
        with self.scope():
            deed(self.agency.id, self.member.id, *ids, **values, now=now)


@pytest.fixture
def desk_of(app: Flask, agency: Agency, course: str) -> Callable[[Member], Desk]:
    return lambda member: Desk(app, agency, member)


def rows(app: Flask, model: Any) -> list[Any]:
    with app.app_context(), everybody("a test counts what was written"):
        return list(db.session.scalars(select(model).order_by(model.id)))


def deeds(app: Flask) -> list[str]:
    return [each.deed for each in rows(app, AuditEntry) if each.deed.startswith(("assignment.", "task."))]


def change(app: Flask, agency: Agency, model: Any, *conditions: Any, **values: Any) -> None:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        session.execute(update(model).where(model.organisation_id == agency.id, *conditions).values(**values))


def task_of(app: Flask, person: Member) -> Task:
    (found,) = [each for each in rows(app, Task) if each.trainee_id == person.id]
    assert isinstance(found, Task)
    return found


def test_everybody_gets_every_scenario_and_it_is_written_down(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, omar: Member
) -> None:
    made = desk_of(ines).assign([tess, omar], scenarios=("every-kind", "short"), note=" Mind the dates. ", attempts=3)
    assert {(each.trainee_id, each.position) for each in rows(app, Task)} == {(who.id, n) for who in (tess, omar) for n in (1, 2)}
    (assignment,) = rows(app, Assignment)
    assert (assignment.id, assignment.assigned_by, assignment.attempts) == (made.id, ines.id, 3)
    with app.app_context(), scoped_to(agency.id):
        assert texts([agency.id], [assignment.note_id]) == {assignment.note_id: "Mind the dates."}
    assert b"Mind" not in rows(app, Note)[0].ciphertext
    assert deeds(app) == ["assignment.made"]
    assert report(made) == "Assigned to 2 people."


def test_the_same_form_again_is_the_first_assignment(app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member) -> None:
    first, again = (desk_of(ines).assign([tess], key="k" * 24) for _ in range(2))
    assert first.id == again.id
    assert again.done is None
    assert len(rows(app, Assignment)) == len(rows(app, Task)) == 1
    assert deeds(app) == ["assignment.made"]


def test_the_key_of_somebody_else_gives_nothing_of_theirs(
    app: Flask, desk_of: Callable[[Member], Desk], supervise: Callable[..., UUID], agency: Agency, ines: Member, sam: Member, tess: Member
) -> None:
    supervise(agency, sam, tess)
    desk_of(ines).assign([tess], key="k" * 24)
    with pytest.raises(Refused, match="Nothing was assigned"):
        desk_of(sam).assign([tess], key="k" * 24, scenarios=("short",))
    assert len(rows(app, Assignment)) == 1


@pytest.mark.parametrize("why", ["withdrawn", "withdrawn from her", "passed", "passed on her own", "failed"])
def test_whoever_has_it_open_is_left_out(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, omar: Member, why: str
) -> None:
    desk, first = desk_of(ines), desk_of(ines).assign([tess])
    task = task_of(app, tess)
    if why == "withdrawn":
        desk.do(assignment_changes.withdraw, first.id)
    elif why == "withdrawn from her":
        desk.do(assignment_changes.withdraw_from, first.id, tess.id)
    else:
        _, attempt_id = hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=why == "passed", now=NOW)
        if why == "passed on her own":
            release(app, agency, task.id, attempt_id, passed_on=TODAY, now=NOW)
    second = desk.assign([tess, omar])
    sentence = "Assigned to 1 person; 1 was left out: Tess Adeyemi has it already."
    assert report(second) == (sentence if why == "failed" else "Assigned to 2 people.")


def test_of_several_scenarios_only_the_missing_ones_are_given(
    app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member
) -> None:
    desk_of(ines).assign([tess])
    second = desk_of(ines).assign([tess], scenarios=("every-kind", "short"))
    assert [(each.assignment_id == second.id, each.position) for each in rows(app, Task)] == [(False, 1), (True, 2)]


def test_when_nobody_is_left_nothing_is_written(app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member) -> None:
    desk_of(ines).assign([tess])
    with pytest.raises(Refused, match=r"Nothing was assigned: Tess Adeyemi has it already\."):
        desk_of(ines).assign([tess], note="Not kept")
    assert len(rows(app, Assignment)) == 1
    assert rows(app, Note) == []


def test_a_supervisor_assigns_only_to_those_whom_they_supervise_now(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    supervise: Callable[..., UUID],
    agency: Agency,
    elsewhere: Agency,
    sam: Member,
    rita: Member,
    tess: Member,
    omar: Member,
) -> None:
    supervise(agency, sam, tess)
    for stranger in (omar, rita, UUID(int=7)):
        with pytest.raises(Refused, match="Nothing was assigned: 1 of those chosen is not among your trainees"):
            desk_of(sam).assign([stranger])
    made = desk_of(sam).assign([tess, omar, rita])
    assert report(made) == "Assigned to 1 person; 2 were left out: 2 of those chosen are not among your trainees."
    assert [each.trainee_id for each in rows(app, Task)] == [tess.id]


def test_a_relation_that_ended_counts_no_more_and_its_trainee_is_named(
    app: Flask, desk_of: Callable[[Member], Desk], supervise: Callable[..., UUID], agency: Agency, sam: Member, tess: Member, omar: Member
) -> None:
    supervise(agency, sam, tess)
    relation = supervise(agency, sam, omar)
    change(app, agency, Supervision, Supervision.id == relation, last_day=TODAY - timedelta(days=1))
    made = desk_of(sam).assign([tess, omar])
    assert report(made) == "Assigned to 1 person; 1 was left out: Omar Demir is not one of your trainees now."


@pytest.mark.parametrize(
    "values", [{"suspended_at": NOW}, {"left_on": TODAY}, {"left_on": TODAY, "is_trainee": False}], ids=["suspended", "left", "left wholly"]
)
def test_who_is_not_active_is_left_out_and_named(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, omar: Member, values: dict[str, Any]
) -> None:
    change(app, agency, Membership, Membership.person_id == omar.id, **values)
    made = desk_of(ines).assign([tess, omar])
    assert report(made) == "Assigned to 1 person; 1 was left out: Omar Demir is not active here."


@pytest.mark.parametrize("values", [{}, {"suspended_at": NOW}, {"left_on": TODAY}], ids=["here", "suspended", "left"])
def test_whoever_supervised_somebody_before_does_not_learn_that_they_are_gone(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    supervise: Callable[..., UUID],
    agency: Agency,
    sam: Member,
    tess: Member,
    omar: Member,
    values: dict[str, Any],
) -> None:
    supervise(agency, sam, tess)
    supervise(agency, sam, omar, ended_at=NOW - timedelta(days=3))
    if values:
        change(app, agency, Membership, Membership.person_id == omar.id, **values)
    made = desk_of(sam).assign([tess, omar])
    assert report(made) == "Assigned to 1 person; 1 was left out: Omar Demir is not one of your trainees now."


def test_a_suspended_account_is_left_out(app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member, omar: Member) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Person).where(Person.id == omar.id).values(suspended_at=NOW))
    assert report(desk_of(ines).assign([tess, omar])).endswith("Omar Demir is not active here.")


@pytest.mark.parametrize("values", [{"suspended_at": NOW}, {"left_on": TODAY}, {"is_administrator": False, "is_trainee": True}])
def test_who_may_not_assign_any_more_finds_nothing(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, values: dict[str, Any]
) -> None:
    change(app, agency, Membership, Membership.person_id == ines.id, **values)
    with pytest.raises(Missing):
        desk_of(ines).assign([tess])
    assert rows(app, Assignment) == []


@pytest.mark.parametrize(
    ("changes", "now", "sentence"),
    [
        ({"due_on": TODAY - timedelta(days=1)}, NOW, "This day is over"),
        ({"due_on": TODAY}, datetime.fromisoformat("2026-11-21T05:00:00+00:00"), "This day is over"),  # midnight in Toronto
        ({"due_on": TODAY, "time_zone": "Asia/Tokyo"}, NOW, "This day is over"),
        ({"scenarios": ("unknown",)}, NOW, "Choose at least one scenario"),
        ({"course": "unknown"}, NOW, "not offered any more"),
        ({"what": What.PLAN, "skipped": (Span(date.min, date.max),)}, NOW, "does not end"),
    ],
)
def test_what_cannot_be_assigned_is_refused_again_when_it_is_sent(
    app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member, changes: dict[str, Any], now: datetime, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        desk_of(ines).assign([tess], now=now, **changes)
    assert rows(app, Assignment) == []


def test_due_today_is_in_time_until_midnight_of_the_zone(app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member) -> None:
    assert desk_of(ines).assign([tess], due_on=TODAY, now=datetime.fromisoformat("2026-11-21T04:59:59+00:00")).done


def test_a_note_that_is_too_long_undoes_everything(app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member) -> None:
    with pytest.raises(Malformed):
        desk_of(ines).assign([tess], note="x" * 4001)
    assert rows(app, Assignment) == rows(app, Task) == []


def test_five_hundred_people_take_as_many_statements_as_two(
    app: Flask, desk_of: Callable[[Member], Desk], make_agency: Callable[..., Agency], make_person: Callable[..., Member]
) -> None:
    boss = make_person("boss@example.org", "Boss")
    big = make_agency("big", "Big", {boss.id: "administrator"})
    people = crowd(app, big, 500)
    desk = Desk(app, big, boss)
    counts = [statements(app, lambda some=some: desk.assign(some, scenarios=("every-kind", "short"))) for some in (people[:2], people[2:])]
    assert counts[0] == counts[1]
    assert len(rows(app, Task)) == 1000


def crowd(app: Flask, agency: Agency, number: int) -> list[UUID]:
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        people = [Person(email=f"{n}@crowd.example", name=f"Person {n}", password_hash="", created_at=NOW) for n in range(number)]
        session.add_all(people)
        session.flush()
        session.add_all(Membership(organisation_id=agency.id, person_id=each.id, joined_on=TODAY, is_trainee=True) for each in people)
        session.flush()
        return [each.id for each in people]


def statements(app: Flask, work: Callable[[], object]) -> int:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", counted)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", counted)
    return count


def test_withdrawing_twice_is_withdrawing_once(
    app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member, omar: Member
) -> None:
    made = desk_of(ines).assign([tess, omar])
    for minutes in (0, 5):
        desk_of(ines).do(assignment_changes.withdraw, made.id, now=NOW + timedelta(minutes=minutes))
    (assignment,) = rows(app, Assignment)
    assert (assignment.withdrawn_at, assignment.withdrawn_by) == (NOW, ines.id)
    assert [each.withdrawn_at for each in rows(app, Task)] == [NOW, NOW]
    assert deeds(app) == ["assignment.made", "assignment.withdrawn"]


def test_withdrawing_keeps_what_was_done(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, omar: Member
) -> None:
    made = desk_of(ines).assign([tess, omar])
    series_id, _ = hand_in(app, agency, tess, task_of(app, tess).id, "sample", "every-kind", passed=False, now=NOW)
    for _ in range(2):
        desk_of(ines).do(assignment_changes.withdraw_from, made.id, tess.id)
    assert (task_of(app, tess).withdrawn_at, task_of(app, tess).series_id) == (NOW, series_id)
    assert task_of(app, omar).withdrawn_at is None
    assert deeds(app) == ["assignment.made", "task.withdrawn"]


DEEDS: list[tuple[str, Callable[[Desk, UUID, UUID, UUID], None]]] = [
    ("withdraw", lambda desk, assignment, task, trainee: desk.do(assignment_changes.withdraw, assignment)),
    ("withdraw_from", lambda desk, assignment, task, trainee: desk.do(assignment_changes.withdraw_from, assignment, trainee)),
    (
        "extend",
        lambda desk, assignment, task, trainee: desk.do(
            assignment_changes.extend, task, due_on=LATER + timedelta(days=1), reason="Illness"
        ),
    ),
    (
        "give_attempt",
        lambda desk, assignment, task, trainee: desk.do(assignment_changes.give_attempt, task, reason="Illness", form_key="k" * 24),
    ),
]


@pytest.mark.parametrize("deed", [deed for _, deed in DEEDS], ids=[name for name, _ in DEEDS])
def test_strangers_change_nothing(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    agency: Agency,
    elsewhere: Agency,
    ines: Member,
    sam: Member,
    omar: Member,
    rita: Member,
    tess: Member,
    deed: Callable[[Desk, UUID, UUID, UUID], None],
) -> None:
    """A supervisor of nobody, a trainee, the trainee herself, another organisation's administrator there and, with nothing, here."""
    made = desk_of(ines).assign([tess], attempts=1)
    task = task_of(app, tess)
    hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=False, now=NOW, allowed=1)
    desks = [desk_of(sam), desk_of(omar), desk_of(tess), desk_of(rita), Desk(app, elsewhere, rita)]
    for desk in desks:
        with pytest.raises(Missing):
            deed(desk, made.id, task.id, tess.id)
    assert deeds(app) == ["assignment.made"]
    assert task_of(app, tess).withdrawn_at is None
    deed(desk_of(ines), made.id, task.id, tess.id)
    assert len(deeds(app)) == 2


@pytest.mark.parametrize("deed", [deed for _, deed in DEEDS[1:]], ids=[name for name, _ in DEEDS[1:]])
def test_administrators_change_nothing_for_themselves(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    supervise: Callable[..., UUID],
    agency: Agency,
    ines: Member,
    sam: Member,
    deed: Callable[[Desk, UUID, UUID, UUID], None],
) -> None:
    """Nobody gives themselves more time or another attempt."""
    change(app, agency, Membership, Membership.person_id == ines.id, is_trainee=True)
    supervise(agency, sam, ines)
    made = desk_of(sam).assign([ines], attempts=1)
    task = task_of(app, ines)
    hand_in(app, agency, ines, task.id, "sample", "every-kind", passed=False, now=NOW, allowed=1)
    with pytest.raises(Missing):
        deed(desk_of(ines), made.id, task.id, ines.id)
    deed(desk_of(sam), made.id, task.id, ines.id)


def test_a_supervisor_changes_what_a_colleague_assigned_to_their_trainee_alone(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    supervise: Callable[..., UUID],
    agency: Agency,
    ines: Member,
    sam: Member,
    tess: Member,
    omar: Member,
) -> None:
    supervise(agency, sam, tess)
    made = desk_of(ines).assign([tess, omar])
    desk = desk_of(sam)
    with pytest.raises(Missing):
        desk.do(assignment_changes.withdraw, made.id)
    with pytest.raises(Missing):
        desk.do(assignment_changes.withdraw_from, made.id, omar.id)
    desk.do(assignment_changes.withdraw_from, made.id, tess.id)
    assert task_of(app, tess).withdrawn_at == NOW


def test_an_extension_is_appended_with_its_reason_and_the_same_again_changes_nothing(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member, omar: Member
) -> None:
    desk_of(ines).assign([tess, omar])
    task = task_of(app, tess)
    days = (LATER + timedelta(days=7), LATER + timedelta(days=7), LATER + timedelta(days=9))
    for day in days:
        desk_of(ines).do(assignment_changes.extend, task.id, due_on=day, reason=f"Until {day}")
    extensions = rows(app, Extension)
    assert [each.due_on for each in extensions] == [days[0], days[2]]
    assert task_of(app, tess).due_on == days[2]
    assert task_of(app, omar).due_on is None
    with app.app_context(), scoped_to(agency.id):
        assert texts([agency.id], [extensions[0].note_id])[extensions[0].note_id] == f"Until {days[0]}"
    assert deeds(app) == ["assignment.made", "task.extended", "task.extended"]


@pytest.mark.parametrize(
    ("order", "done", "day", "sentence"),
    [
        ({}, "", LATER, "Choose a day after"),
        ({}, "", LATER - timedelta(days=1), "Choose a day after"),
        ({}, "", LATER + timedelta(days=4000), "more than five years"),
        ({"due_on": None}, "", LATER, "has no due day"),
        ({}, "passed", LATER + timedelta(days=1), "passed already"),
        ({}, "withdrawn", LATER + timedelta(days=1), "was withdrawn"),
    ],
)
def test_what_cannot_be_extended(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    agency: Agency,
    ines: Member,
    tess: Member,
    order: dict[str, Any],
    done: str,
    day: date,
    sentence: str,
) -> None:
    made = desk_of(ines).assign([tess], **order)
    task = task_of(app, tess)
    if done == "passed":
        hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=True, now=NOW)
    elif done:
        desk_of(ines).do(assignment_changes.withdraw, made.id)
    with pytest.raises(Refused, match=sentence):
        desk_of(ines).do(assignment_changes.extend, task.id, due_on=day, reason="Illness")
    assert rows(app, Extension) == []


def test_what_is_late_is_extended_only_to_a_day_that_is_not_over(
    app: Flask, desk_of: Callable[[Member], Desk], ines: Member, tess: Member
) -> None:
    desk_of(ines).assign([tess], due_on=TODAY)
    afterwards = NOW + timedelta(days=10)
    with pytest.raises(Refused, match="This day is over"):
        desk_of(ines).do(assignment_changes.extend, task_of(app, tess).id, due_on=TODAY + timedelta(days=5), reason="x", now=afterwards)
    desk_of(ines).do(assignment_changes.extend, task_of(app, tess).id, due_on=TODAY + timedelta(days=10), reason="x", now=afterwards)


def test_another_attempt_is_one_more_for_one_person_once(
    app: Flask, desk_of: Callable[[Member], Desk], agency: Agency, ines: Member, tess: Member
) -> None:
    desk_of(ines).assign([tess], attempts=1)
    task = task_of(app, tess)
    with pytest.raises(Refused, match="not begun yet"):
        desk_of(ines).do(assignment_changes.give_attempt, task.id, reason="Illness", form_key="a" * 24)
    hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=False, now=NOW, allowed=1)
    for _ in range(2):
        desk_of(ines).do(assignment_changes.give_attempt, task.id, reason="Illness", form_key="b" * 24)
    assert [each.allowed for each in rows(app, Series)] == [2]
    (granted,) = rows(app, AttemptGrant)
    assert (granted.granted_by, b"Illness" in granted.ciphertext) == (ines.id, False)
    with pytest.raises(Refused, match="attempts left"):
        desk_of(ines).do(assignment_changes.give_attempt, task.id, reason="Illness", form_key="c" * 24)


@pytest.mark.parametrize(("attempts", "passed", "sentence"), [(None, False, "no limit"), (1, True, "passed already")])
def test_where_no_attempt_can_be_given(
    app: Flask,
    desk_of: Callable[[Member], Desk],
    agency: Agency,
    ines: Member,
    tess: Member,
    attempts: int | None,
    passed: bool,
    sentence: str,
) -> None:
    desk_of(ines).assign([tess], attempts=attempts)
    task = task_of(app, tess)
    hand_in(app, agency, tess, task.id, "sample", "every-kind", passed=passed, now=NOW, allowed=attempts)
    with pytest.raises(Refused, match=sentence):
        desk_of(ines).do(assignment_changes.give_attempt, task.id, reason="Illness", form_key="b" * 24)
    assert rows(app, AttemptGrant) == []
