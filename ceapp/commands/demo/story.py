"""Four invented weeks at a clinic, played through the product's own services, so that every screen shows what could have happened."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.audit.service import record
from ceapp.catalogue.queries import current_course
from ceapp.certificates.provider import ProviderInput, set_provider_facts
from ceapp.commands.demo import cast
from ceapp.commands.demo.cast import Habit, Somebody
from ceapp.commands.demo.learners import work_through
from ceapp.database import db, scoped_to, transaction
from ceapp.learning import acts, starting
from ceapp.learning.models import Attempt, Score
from ceapp.learning.queries import answers_of
from ceapp.supervision.access import acting
from ceapp.supervision.assigning import changes as assignment_changes
from ceapp.supervision.assigning.orders import Order, What
from ceapp.supervision.assigning.service import assign
from ceapp.supervision.groups import service as groups
from ceapp.supervision.models import Task
from ceapp.supervision.relations import covers
from ceapp.supervision.relations import service as relations
from ceapp.supervision.review import service as work
from ceapp.supervision.review.access import work_for
from ceapp.supervision.scopes import Scope
from ceapp.supervision.tasks import service as tasks
from ceapp.web.audience import SUPERVISOR

COURSE = "social-media-ethics"
SCENARIOS = ("friend-request", "colleague-posts-phi", "a-post-you-regret", "googling-a-client")
ZONE = "America/Toronto"
LENGTH = timedelta(days=25)
EVENING = time(19, 10)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment of the story."""

    at: datetime
    what: Callable[[datetime], object]


class Story:
    """The people with their ids, and what happens to them. Everything is decided by one seed: two runs tell the same."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.begin = _morning(now - LENGTH)
        self._chance = Random(7)  # noqa: S311 - a story, the same each time
        self.ids: dict[str, UUID] = {}
        self.clinic: UUID
        self.centre: UUID

    def tell(self) -> None:
        """Play everything up to now, in the order in which it happened."""
        self._people()
        for event in sorted(self._events(), key=lambda event: event.at):
            if event.at < self.now:
                event.what(event.at)

    def _people(self) -> None:
        with transaction() as session:
            for number, somebody in enumerate(cast.EVERYBODY):
                person = Person(
                    email=somebody.email,
                    name=somebody.name,
                    time_zone=somebody.zone,
                    password_hash="",
                    email_confirmed_at=self.begin,
                    is_administrator=somebody.administrator,
                    created_at=self.begin - timedelta(days=30) + timedelta(minutes=number),
                )
                session.add(person)
                session.flush()
                self.ids[somebody.key] = person.id
                if somebody.administrator:
                    record("person.made-administrator", actor=None, now=person.created_at, person=person.id)
            self.clinic = self._organisation(cast.CLINIC, cast.CLINIC_NAME, {each: each.clinic for each in cast.EVERYBODY})
            self.centre = self._organisation(cast.CENTRE, cast.CENTRE_NAME, {each: each.centre for each in cast.EVERYBODY})
        set_provider_facts(
            ProviderInput(
                name="Harbour Lane Training (invented)",
                address="1 Invented Street, Nowhere",
                contact="help@demo.example",
                responsible_name="Ada Lindqvist (invented)",
                responsible_title="Program director",
            ),
            after_version=0,
            by=self.ids["ada"],
            now=self.begin,
        )

    def _organisation(self, slug: str, name: str, roles: dict[Somebody, str]) -> UUID:
        organisation = Organisation(slug=slug, name=name, time_zone=ZONE, created_at=self.begin - timedelta(days=40))
        db.session.add(organisation)
        db.session.flush()
        with scoped_to(organisation.id):
            for somebody, held in roles.items():
                if held:
                    joined_on = (self.begin - timedelta(days=20)).date()
                    columns = {f"is_{role}": True for role in held.split()}
                    db.session.add(
                        Membership(organisation_id=organisation.id, person_id=self.ids[somebody.key], joined_on=joined_on, **columns)
                    )
            db.session.flush()
        return organisation.id

    def _events(self) -> Iterator[Event]:
        yield Event(self.begin, self._organise)
        yield Event(self.begin + timedelta(hours=2), self._assign_plans)
        yield Event(self.begin + timedelta(hours=3), self._assign_at_the_centre)
        yield Event(self.begin + timedelta(days=1), self._enrol)
        for number, (somebody, habit) in enumerate(cast.TRAINEES):
            yield from self._weeks_of(somebody, habit, number)
        yield from self._course_of("lea", 0.98)
        yield Event(datetime.combine(self._due(2), time(10), ZoneInfo(ZONE)) - timedelta(days=1), self._extend)
        yield Event(self.now - timedelta(days=2), self._review)

    def _organise(self, now: datetime) -> None:
        first, second = self._halves()
        with scoped_to(self.clinic):
            for supervisor, trainees, scope in (("sam", first, Scope.REFLECTIONS), ("noor", second, Scope.ANSWERS)):
                relations.supervise(
                    self.clinic,
                    self.ids["ines"],
                    supervisor_id=self.ids[supervisor],
                    trainee_ids=trainees,
                    first_day=now.date(),
                    last_day=None,
                    scope=scope,
                    now=now,
                )
            for name, trainees in (("First years", first), ("Second years", second)):
                group_id = groups.make_group(self.clinic, self.ids["ines"], name, now=now)
                groups.add_members(self.clinic, self.ids["ines"], group_id, trainees, now=now)
            today = self.now.astimezone(ZoneInfo(ZONE)).date()
            covers.cover(
                self.clinic,
                self.ids["ines"],
                supervisor_id=self.ids["sam"],
                colleague_id=self.ids["noor"],
                first_day=today - timedelta(days=1),
                last_day=today + timedelta(days=5),
                now=now,
            )

    def _assign_plans(self, now: datetime) -> None:
        note = "One scenario a week. Read the feedback to every choice, not only to yours; we begin each meeting with the hardest one."
        with scoped_to(self.clinic):
            for supervisor, trainees in zip(("sam", "noor"), self._halves(), strict=True):
                order = self._order(What.PLAN, SCENARIOS, self._due(0), tuple(trainees), note)
                assign(self.clinic, self.ids[supervisor], order, form_key=secrets.token_urlsafe(18), now=now)

    def _assign_at_the_centre(self, now: datetime) -> None:
        people = tuple(self.ids[each] for each in ("ines", "yusuf", "greta"))
        with scoped_to(self.centre):
            relations.supervise(
                self.centre,
                self.ids["rita"],
                supervisor_id=self.ids["rita"],
                trainee_ids=people,
                first_day=now.date(),
                last_day=None,
                scope=Scope.SCORES,
                now=now,
            )
            due_on = self.now.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=3)
            order = self._order(What.SCENARIOS, SCENARIOS[:2], due_on, people, "")
            assign(self.centre, self.ids["rita"], order, form_key=secrets.token_urlsafe(18), now=now)

    def _order(self, what: What, scenarios: tuple[str, ...], due_on: date, people: tuple[UUID, ...], note: str) -> Order:
        return Order(what, COURSE, scenarios, "", due_on, (), ZONE, people, note, None, True)

    def _enrol(self, now: datetime) -> None:
        for key in ("lea", "ama", "sofia"):
            starting.enrol(self.ids[key], COURSE, now=now)

    def _weeks_of(self, somebody: Somebody, habit: Habit, number: int) -> Iterator[Event]:
        for week, slug in enumerate(SCENARIOS[: habit.stops_after]):
            at = datetime.combine(self._due(week) - timedelta(days=habit.days_before), EVENING, ZoneInfo(ZONE)) + timedelta(
                minutes=7 * number
            )
            if habit.practises:
                yield Event(at - timedelta(days=1), partial(self._practise, somebody.key, slug))
            yield Event(at, partial(self._do_task, somebody.key, week, habit.care))
            yield Event(at + timedelta(days=2), partial(self._do_task, somebody.key, week, 1.0))

    def _course_of(self, key: str, care: float) -> Iterator[Event]:
        """Everything that the course asks for, one scenario every two days, and the rest on the day after."""
        required = current_course(COURSE).course.required
        for number, slug in enumerate(required):
            yield Event(self.begin + timedelta(days=2 + 2 * number, hours=10), partial(self._for_credit, key, slug, care))
        yield Event(self.begin + timedelta(days=2 + 2 * len(required), hours=10), partial(self._finish, key))

    def _practise(self, key: str, slug: str, now: datetime) -> None:
        attempt = starting.begin(self.ids[key], COURSE, slug, purpose="practice", form_key=secrets.token_urlsafe(18), now=now)
        work_through(self.ids[key], attempt.id, 0.6, self._chance, now=now)

    def _for_credit(self, key: str, slug: str, care: float, now: datetime) -> None:
        attempt = starting.begin(self.ids[key], COURSE, slug, purpose="credit", form_key=secrets.token_urlsafe(18), now=now)
        work_through(self.ids[key], attempt.id, care, self._chance, now=now)

    def _finish(self, key: str, now: datetime) -> None:
        """The closing cases where there are some, the evaluation and the signature; the certificate comes with it."""
        for form in current_course(COURSE).forms[:1]:
            self._for_credit(key, form.slug, 1.0, now)
        acts.evaluate(self.ids[key], COURSE, {"learned": 4, "useful": 5, "level": 4}, {"comment": cast.COMMENT}, now=now)
        acts.attest(self.ids[key], COURSE, next(each.name for each in cast.EVERYBODY if each.key == key), now=now)

    def _do_task(self, key: str, week: int, care: float, now: datetime) -> None:
        """Work on the assignment of a week; who has passed it leaves it, and on the last evenings some are in the middle of it."""
        person_id, task_id = self.ids[key], self._task(self.ids[key], week)
        if self._has_passed(person_id, task_id):
            return
        with scoped_to(person_id):
            attempt = tasks.begin(person_id, task_id, form_key=secrets.token_urlsafe(18), now=now)
        most = 2 if self.now - now < timedelta(days=2) else 99
        work_through(person_id, attempt.id, care, self._chance, now=now, most=most)

    def _extend(self, now: datetime) -> None:
        with scoped_to(self.clinic):
            assignment_changes.extend(
                self.clinic,
                self.ids["sam"],
                self._task(self.ids["omar"], 2),
                due_on=self._due(2) + timedelta(days=10),
                reason="Two weeks of illness; agreed in our meeting.",
                now=now,
            )

    def _review(self, now: datetime) -> None:
        """The supervisors sign off what is passed in the first weeks; Sam reads what Tess wrote."""
        for supervisor, trainees in zip(("sam", "noor"), self._halves(), strict=True):
            for trainee_id in trainees[::2]:
                for week, note in enumerate(("Discussed in our meeting.", "")):
                    self._sign_off(self.ids[supervisor], trainee_id, self._task(trainee_id, week), note, now)
        self._read_reflections(self.ids["sam"], self.ids["tess"], now)

    def _sign_off(self, supervisor_id: UUID, trainee_id: UUID, task_id: UUID, note: str, now: datetime) -> None:
        with scoped_to(self.clinic, supervisor_id):
            here = acting(self.clinic, supervisor_id, SUPERVISOR, now=now)
            seen = work_for(here, trainee_id, task_id, now=now)
            if seen.may_be_signed_off:
                work.sign_off(here, trainee_id, task_id, note=note, shown=work.facts_of(seen).seal, now=now)

    def _read_reflections(self, supervisor_id: UUID, trainee_id: UUID, now: datetime) -> None:
        with scoped_to(self.clinic, supervisor_id):
            here, task_id = acting(self.clinic, supervisor_id, SUPERVISOR, now=now), self._task(trainee_id, 0)
            first = work_for(here, trainee_id, task_id, now=now).work.first_id
            for answer in answers_of(first) if first else []:
                if answer.text_id is not None:
                    work.read_reflection(here, trainee_id, task_id, answer.question_id, now=now)

    def _task(self, trainee_id: UUID, week: int) -> UUID:
        """The trainee's task of a week of the plan."""
        with scoped_to(trainee_id):
            statement = select(Task.id).where(Task.trainee_id == trainee_id, Task.organisation_id == self.clinic, Task.position == week + 1)
            return db.session.scalars(statement).one()

    def _has_passed(self, trainee_id: UUID, task_id: UUID) -> bool:
        with scoped_to(trainee_id):
            statement = (
                select(Score.id)
                .join(Attempt, Attempt.id == Score.attempt_id)
                .join(Task, Task.series_id == Attempt.series_id)
                .where(Task.trainee_id == trainee_id, Task.id == task_id, Score.passed)
            )
            return db.session.scalars(statement).first() is not None

    def _halves(self) -> tuple[list[UUID], list[UUID]]:
        trainees = [self.ids[somebody.key] for somebody, _ in cast.TRAINEES]
        return trainees[:6], trainees[6:]

    def _due(self, week: int) -> date:
        return (self.begin + timedelta(days=6, weeks=week)).date()


def _morning(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(ZoneInfo(ZONE)).date(), time(9), ZoneInfo(ZONE))
