"""R19: hypothesis does one deed of the product after another, and the services must answer what the small model answers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select, update

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.accounts.organisations import service as organisations
from ceapp.catalogue.service import sync
from ceapp.certificates import life as certificates
from ceapp.certificates.models import Certificate, CertificateRevocation
from ceapp.database import db, new_id, scoped_to, transaction
from ceapp.errors import Malformed, Missing, Refused, Unavailable
from ceapp.learning import grants, reflections, service, starting
from ceapp.learning.models import Answer, Attempt, AttemptRequest, Completion, Enrolment, Series
from ceapp.learning.queries import enrolled_course
from ceapp.learning.service import Submission
from ceapp.supervision.access import acting, trainees_seen
from ceapp.supervision.assigning import changes
from ceapp.supervision.assigning import service as assigning
from ceapp.supervision.assigning.orders import Order, What
from ceapp.supervision.models import Cover, SignOff, Supervision, Task
from ceapp.supervision.relations import covers as covering
from ceapp.supervision.relations import service as relating
from ceapp.supervision.review import service as reviewing
from ceapp.supervision.review.access import work_for
from ceapp.supervision.scopes import Scope
from ceapp.supervision.tasks import service as tasks
from ceapp.supervision.tasks.details import task_details
from ceapp.supervision.tasks.queries import my_task
from tests.conftest import NOW
from tests.harness.courses import Library
from tests.reliability.model.small import BEHIND, MISSING, OK, QUESTIONS, REFUSED, Given, Model, Row

TRAINEES, SUPERVISORS = ("Tess", "Omar"), ("Sam", "Rita")
COURSE = "sample"
MOST_LEAVE = 1
"""Who has left does nothing any more, and there are four."""

_NUMBERS = itertools.count()

trainees, supervisors = st.sampled_from(TRAINEES), st.sampled_from(SUPERVISORS)
scenarios, choices = st.sampled_from(sorted(QUESTIONS)), st.sampled_from(("ask", "like"))
TEXT = "These are at least five words."


class Differs(AssertionError):
    """The product did something else than the model says."""


@dataclass
class World:
    """Where the machines of one test work: an application with the course published in it."""

    app: Flask
    library: Library
    publications: Iterator[int] = field(default_factory=itertools.count)
    sequences: int = 0
    deeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often the machines did what, and what they were told."""

    def prepare(self) -> None:
        """Two required scenarios of one step and of two, and two attempts at each."""
        self.library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
        self.library.edit("sample/course.md", "[every-kind, short]", "[extra, short]")
        self.library.edit("sample/course.md", "optional: [extra]", "optional: [every-kind]")
        file = self.library.root / "sample" / "extra.md"
        file.write_text(f"{file.read_text()}\n### What would you write? {{#note}}\n\n[____] (at least 5 words)\n")
        report = self.library.publish()
        assert not report.problems, [str(each) for each in report.problems]

    def publish(self) -> None:
        """A new revision of every scenario."""
        number = next(self.publications)
        for slug in QUESTIONS:
            file = self.library.root / "sample" / f"{slug}.md"
            before, after = "online." if number == 0 else f"online, {number - 1}.", f"online, {number}."
            assert before in file.read_text()
            file.write_text(file.read_text().replace(before, after, 1))
        (report,) = sync(self.library.root, now=NOW)
        assert not report.problems


class Machine(RuleBasedStateMachine):
    """One organisation with two trainees, two supervisors and an administrator of its own; every rule is one deed."""

    world: World

    # Before the first deed

    @initialize()
    def people(self) -> None:
        self.context = self.world.app.app_context()
        self.context.push()
        self.world.sequences += 1
        self.model = Model(NOW)
        self.keys = (f"key-{next(_NUMBERS):020}" for _ in itertools.count())
        self.attempts: dict[int, UUID] = {}
        self.task_ids: list[UUID] = []
        self.sent: list[tuple[str, UUID, Submission]] = []
        number = next(_NUMBERS)
        with transaction() as session:
            self.ids = {name: self._person(session, f"{name}{number}") for name in (*TRAINEES, *SUPERVISORS, "Ines", "Ada")}
            session.execute(update(Person).where(Person.id == self.ids["Ada"]).values(is_administrator=True))
            organisation = Organisation(slug=f"office-{number}", name="Office", time_zone="UTC", created_at=NOW)
            session.add(organisation)
            session.flush()
            self.place = organisation.id
        with scoped_to(self.place), transaction() as session:
            roles = {**dict.fromkeys(TRAINEES, "is_trainee"), **dict.fromkeys(SUPERVISORS, "is_supervisor"), "Ines": "is_administrator"}
            for name, role in roles.items():
                about = {"organisation_id": self.place, "person_id": self.ids[name], "joined_on": NOW.date()}
                session.add(Membership(**about, **{role: True}))
        for name in TRAINEES:  # What most deeds need is there; its opposites come soon enough.
            self.enrol(name)
            self.relate(SUPERVISORS[0], name)
            self.assign(SUPERVISORS[0], name, "short", 1, 5, own=True)

    def teardown(self) -> None:
        if hasattr(self, "context"):
            db.session.remove()
            self.context.pop()

    def _person(self, session: Any, name: str) -> UUID:
        person = Person(email=f"{name}@example.org".lower(), name=name, time_zone="UTC", password_hash="", created_at=NOW)
        session.add(person)
        session.flush()
        return person.id

    # Deeds of learners

    @rule(person=trainees)
    def enrol(self, person: str) -> None:
        self._same(self.model.enrol(person), lambda: starting.enrol(self.ids[person], COURSE, now=self.model.now))

    @rule(person=trainees, scenario=scenarios, purpose=st.sampled_from(("credit", "credit", "practice")))
    def begin(self, person: str, scenario: str, purpose: str) -> None:
        expected = self.model.begin(person, scenario, purpose)
        begun = self._same(
            expected,
            lambda: starting.begin(self.ids[person], COURSE, scenario, purpose=purpose, form_key=next(self.keys), now=self.model.now),
        )
        self._note(self.model.rows.get((person, scenario, purpose)), begun)

    @precondition(lambda self: self.attempts)
    @rule(number=st.integers(0, 99), given=choices, skips=st.booleans())
    def answer(self, number: int, given: str, skips: bool) -> None:
        row, _ = self._some_row(number)
        done = len(row.gos[-1].answers)
        questions = QUESTIONS[row.scenario]
        question = questions[-1 if skips else min(done, len(questions) - 1)]
        if question not in questions[:done]:  # Sending another answer to one that is answered is told apart in `again`.
            self._hand_in(row, question, given)

    @rule(
        person=trainees,
        scenario=scenarios,
        purpose=st.sampled_from(("credit", "credit", "practice")),
        given=choices,
        times=st.integers(1, 2),
    )
    def work_through(self, person: str, scenario: str, purpose: str, given: str, times: int) -> None:
        """Begin and go on to the end: so that what comes after the end, and after the last attempt, is tried often."""
        for _ in range(times):
            self.begin(person, scenario, purpose)
            self._finish(self.model.rows.get((person, scenario, purpose)), given)

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99), given=choices)
    def work_through_task(self, number: int, given: str) -> None:
        self.begin_task(number)
        self._finish(self._some_task(number)[0].row, given)

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 99))
    def again(self, number: int) -> None:
        """The same form once more: nothing happens, and nobody is told off."""
        person, attempt_id, submission = self.sent[number % len(self.sent)]
        receipt = self._same(OK, lambda: service.hand_in(self.ids[person], attempt_id, submission, now=self.model.now))
        _refuse("again", (receipt.was_answered, receipt.completed), (False, False))

    @precondition(lambda self: self.attempts)
    @rule(number=st.integers(0, 99), behind=st.integers(0, 1))
    def draft(self, number: int, behind: int) -> None:
        row, attempt_id = self._some_row(number)
        saves = max(0, row.gos[-1].saves - behind)
        self._same(
            self.model.draft(row, saves),
            lambda: reflections.save_draft(self.ids[row.person], attempt_id, "note", "Some words", saves, now=self.model.now),
        )

    @precondition(lambda self: self.attempts)
    @rule(number=st.integers(0, 99))
    def begin_anew(self, number: int) -> None:
        row, attempt_id = self._some_row(number)
        begun = self._same(
            self.model.begin_anew(row),
            lambda: starting.begin_anew(self.ids[row.person], attempt_id, form_key=next(self.keys), now=self.model.now),
        )
        self._note(row, begun)

    @rule(person=trainees)
    def move(self, person: str) -> None:
        self._same(self.model.move(person), lambda: starting.move_to_current(self.ids[person], COURSE, now=self.model.now))

    @rule(person=trainees, scenario=scenarios)
    def ask(self, person: str, scenario: str) -> None:
        self._same(self.model.ask(person, scenario), lambda: grants.ask(self.ids[person], COURSE, scenario, now=self.model.now))

    # Deeds of administrators

    @rule(person=trainees, scenario=scenarios)
    def grant(self, person: str, scenario: str) -> None:
        enrolled = enrolled_course(self.ids[person], COURSE)
        if enrolled is not None:
            self._same(
                self.model.grant(person, scenario),
                lambda: grants.grant(
                    self.ids[person],
                    enrolled.enrolment.id,
                    scenario,
                    "A reason.",
                    actor=self.ids["Ada"],
                    form_key=next(self.keys),
                    now=self.model.now,
                ),
            )

    @rule()
    def publish(self) -> None:
        self.model.publish()
        self.world.publish()

    @precondition(lambda self: self.model.completed)
    @rule(person=trainees)
    def revoke(self, person: str) -> None:
        found = db.session.scalar(select(Certificate.id).where(Certificate.person_id == self.ids[person])) or new_id()
        self._same(
            self.model.revoke(person), lambda: certificates.revoke(found, by=self.ids["Ada"], reason="A reason.", now=self.model.now)
        )

    @rule(member=st.sampled_from((*TRAINEES, *SUPERVISORS)))
    def suspend(self, member: str) -> None:
        self._same(
            self.model.suspend(member),
            lambda: organisations.suspend_member(self.place, self.ids[member], actor=self.ids["Ines"], now=self.model.now),
        )

    @precondition(lambda self: self.model.suspended)
    @rule(member=st.sampled_from((*TRAINEES, *SUPERVISORS)))
    def restore(self, member: str) -> None:
        self._same(
            self.model.restore(member),
            lambda: organisations.restore_member(self.place, self.ids[member], actor=self.ids["Ines"], now=self.model.now),
        )

    @precondition(lambda self: len(self.model.left) < MOST_LEAVE)
    @rule(member=st.sampled_from((*TRAINEES, *SUPERVISORS)))
    def leave(self, member: str) -> None:
        self._same(self.model.leave(member), lambda: organisations.leave(self.place, self.ids[member], now=self.model.now))

    @rule(supervisor=supervisors, trainee=trainees)
    def relate(self, supervisor: str, trainee: str) -> None:
        if (supervisor, trainee) in self.model.relations:
            return
        about = {"supervisor_id": self.ids[supervisor], "trainee_ids": [self.ids[trainee]], "last_day": None, "scope": Scope.REFLECTIONS}
        self._same(
            self.model.relate(supervisor, trainee),
            lambda: relating.supervise(self.place, self.ids["Ines"], first_day=self.model.now.date(), now=self.model.now, **about),
        )

    @precondition(lambda self: self.model.relations)
    @rule(number=st.integers(0, 99))
    def part(self, number: int) -> None:
        pairs = sorted(self.model.relations)
        supervisor, trainee = pairs[number % len(pairs)]
        wanted = (Supervision.organisation_id == self.place, Supervision.supervisor_id == self.ids[supervisor])
        with scoped_to(self.place):
            relation_id = db.session.scalars(
                select(Supervision.id).where(*wanted, Supervision.trainee_id == self.ids[trainee], Supervision.ended_at.is_(None))
            ).one()
        self.model.part(supervisor, trainee)
        self._here(lambda: relating.end_relation(self.place, self.ids["Ines"], relation_id, now=self.model.now))

    @rule(supervisor=supervisors)
    def cover(self, supervisor: str) -> None:
        (colleague,) = set(SUPERVISORS) - {supervisor}
        if (supervisor, colleague) in self.model.covers:
            return
        days = {"first_day": self.model.now.date(), "last_day": self.model.now.date() + timedelta(days=1000)}
        self._same(
            self.model.cover(supervisor, colleague),
            lambda: covering.cover(
                self.place,
                self.ids["Ines"],
                supervisor_id=self.ids[supervisor],
                colleague_id=self.ids[colleague],
                now=self.model.now,
                **days,
            ),
        )

    @precondition(lambda self: self.model.covers)
    @rule(number=st.integers(0, 99))
    def uncover(self, number: int) -> None:
        pairs = sorted(self.model.covers)
        supervisor, colleague = pairs[number % len(pairs)]
        wanted = (Cover.organisation_id == self.place, Cover.supervisor_id == self.ids[supervisor], Cover.ended_at.is_(None))
        with scoped_to(self.place):
            cover_id = db.session.scalars(select(Cover.id).where(*wanted, Cover.colleague_id == self.ids[colleague])).one()
        self.model.uncover(supervisor, colleague)
        self._here(lambda: covering.end_cover(self.place, self.ids["Ines"], cover_id, now=self.model.now))

    # Deeds about assignments

    @rule(
        supervisor=supervisors,
        trainee=trainees,
        scenario=scenarios,
        allowed=st.sampled_from((None, 1)),
        due=st.sampled_from((None, 5)),
        own=st.booleans(),
    )
    def assign(self, supervisor: str, trainee: str, scenario: str, allowed: int | None, due: int | None, own: bool) -> None:
        due_on = self.model.now.date() + timedelta(days=due) if due else None
        order = Order(What.SCENARIOS, COURSE, (scenario,), "", due_on, (), "UTC", (self.ids[trainee],), "", allowed, accepts_own_pass=own)
        day = due_on.toordinal() if due_on else None
        expected = self.model.assign(supervisor, trainee, scenario, allowed, day, accepts_own=own)
        made = self._same(
            expected, lambda: assigning.assign(self.place, self.ids[supervisor], order, form_key=next(self.keys), now=self.model.now)
        )
        if made:
            with scoped_to(self.place):
                wanted = select(Task.id).where(Task.organisation_id == self.place, Task.assignment_id == made.id)
                self.task_ids.append(db.session.scalars(wanted).one())

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99))
    def begin_task(self, number: int) -> None:
        task, task_id = self._some_task(number)
        expected = self.model.begin_task(task)
        begun = self._same(
            expected,
            lambda: tasks.begin(self.ids[task.trainee], task_id, form_key=next(self.keys), now=self.model.now),
            self.ids[task.trainee],
        )
        self._note(task.row, begun)

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99))
    def release(self, number: int) -> None:
        """The pass that the page offers, or one that nobody has."""
        task, task_id = self._some_task(number)
        trainee_id = self.ids[task.trainee]
        with scoped_to(trainee_id):
            shown = task_details(db.session.get_one(Person, trainee_id), task_id, now=self.model.now).own_pass
        attempt_id = shown.attempt_id if shown else new_id()
        self._same(self.model.release(task), lambda: tasks.release(trainee_id, task_id, attempt_id, now=self.model.now), trainee_id)

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99), supervisor=supervisors)
    def withdraw(self, number: int, supervisor: str) -> None:
        task, task_id = self._some_task(number)
        with scoped_to(self.place):
            of_task = (Task.organisation_id == self.place, Task.id == task_id)
            assignment_id = db.session.scalars(select(Task.assignment_id).where(*of_task)).one()
        self._same(
            self.model.withdraw(supervisor, task),
            lambda: changes.withdraw_from(self.place, self.ids[supervisor], assignment_id, self.ids[task.trainee], now=self.model.now),
        )

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99), supervisor=supervisors)
    def extend(self, number: int, supervisor: str) -> None:
        task, task_id = self._some_task(number)
        longest = max(self.model.now.date().toordinal(), task.due or 0) + 3
        self._same(
            self.model.extend(supervisor, task, longest),
            lambda: changes.extend(
                self.place, self.ids[supervisor], task_id, due_on=date.fromordinal(longest), reason="A reason.", now=self.model.now
            ),
        )

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99), supervisor=supervisors)
    def give_attempt(self, number: int, supervisor: str) -> None:
        task, task_id = self._some_task(number)
        self._same(
            self.model.give_attempt(supervisor, task),
            lambda: changes.give_attempt(
                self.place, self.ids[supervisor], task_id, reason="A reason.", form_key=next(self.keys), now=self.model.now
            ),
        )

    @precondition(lambda self: self.task_ids)
    @rule(number=st.integers(0, 99), supervisor=supervisors)
    def sign_off(self, number: int, supervisor: str) -> None:
        task, task_id = self._some_task(number)

        def deed() -> None:
            here = acting(self.place, self.ids[supervisor], "supervisor", now=self.model.now)
            seal = reviewing.facts_of(work_for(here, self.ids[task.trainee], task_id, now=self.model.now)).seal
            reviewing.sign_off(here, self.ids[task.trainee], task_id, note="", shown=seal, now=self.model.now)

        self._same(self.model.sign_off(supervisor, task), deed, self.place, self.ids[supervisor])

    # Time

    @rule(hours=st.sampled_from((-1, 1, 1, 7, 24, 24 * 30)))
    def time_passes(self, hours: int) -> None:
        self.model.now = max(NOW, self.model.now + timedelta(hours=hours))

    # What is true after every deed

    @invariant()
    def attempts_are_as_modelled(self) -> None:
        if not hasattr(self, "model"):
            return
        found: dict[tuple[UUID, str, str], list[tuple[int, int, int]]] = {}
        answered = select(func.count()).where(Answer.attempt_id == Attempt.id).scalar_subquery()
        people = [self.ids[name] for name in TRAINEES]
        for series, attempt, count in db.session.execute(
            select(Series, Attempt, answered).join(Attempt, Attempt.series_id == Series.id).where(Series.person_id.in_(people))
        ):
            state = 0 if attempt.is_open else 1 if attempt.closed_at else 2
            found.setdefault((series.person_id, series.scenario_slug, series.purpose), []).append((attempt.number, state, count))
        wanted: dict[tuple[UUID, str, str], list[tuple[int, int, int]]] = {}
        for row in self._rows():
            for number, go in enumerate(row.gos, 1):
                state = 0 if go.is_open else 1 if go.closed else 2
                wanted.setdefault((self.ids[row.person], row.scenario, row.purpose), []).append((number, state, len(go.answers)))
        _refuse("attempts", {key: sorted(each) for key, each in found.items()}, {key: sorted(each) for key, each in wanted.items()})
        db.session.rollback()

    @invariant()
    def completions_are_as_modelled(self) -> None:
        if not hasattr(self, "model"):
            return
        for name in TRAINEES:
            mine = Enrolment.person_id == self.ids[name]
            completed = db.session.scalars(
                select(Completion.completed_at).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(mine)
            ).all()
            held = select(func.count()).select_from(Certificate).where(Certificate.person_id == self.ids[name])
            revoked = held.join(CertificateRevocation, CertificateRevocation.certificate_id == Certificate.id)
            requests = select(func.count()).select_from(AttemptRequest).join(Series, Series.id == AttemptRequest.series_id)
            waiting = requests.where(Series.person_id == self.ids[name], AttemptRequest.answered_at.is_(None))
            expected = self.model.completed.get(name)
            _refuse("completions", list(completed), [expected] if expected else [])
            _refuse("certificates", db.session.scalar(held), int(expected is not None))
            _refuse("revocations", db.session.scalar(revoked), int(name in self.model.revoked))
            _refuse("requests", db.session.scalar(waiting), sum(row.asked for row in self.model.rows.values() if row.person == name))
        db.session.rollback()

    @invariant()
    def sight_is_as_modelled(self) -> None:
        if not hasattr(self, "model"):
            return
        with scoped_to(self.place):
            for name in SUPERVISORS:
                if name in self.model.out:
                    continue
                here = acting(self.place, self.ids[name], "supervisor", now=self.model.now)
                _refuse("sight", set(trainees_seen(here)), {self.ids[each] for each in self.model.sees(name)})
            signed = db.session.scalar(select(func.count()).select_from(SignOff).where(SignOff.organisation_id == self.place))
            _refuse("sign-offs", signed, sum(len(task.signed) for task in self.model.tasks))
        db.session.rollback()

    @invariant()
    def tasks_are_as_modelled(self) -> None:
        if not hasattr(self, "model"):
            return
        for task, task_id in zip(self.model.tasks, self.task_ids, strict=True):
            with scoped_to(self.ids[task.trainee]):
                mine = my_task(self.ids[task.trainee], task_id, now=self.model.now)
            has_ended = task.withdrawn or task.released or task.trainee in self.model.out
            used_up = task.row is not None and task.row.used_up
            seen = (mine.place.is_withdrawn, mine.work.is_done, mine.work.passed_at is not None, mine.can_begin)
            _refuse("task", seen, (task.withdrawn, task.done, task.passed, not has_ended and not task.passed and not used_up))
        db.session.rollback()

    # Between them

    def _rows(self) -> list[Row]:
        return [*self.model.rows.values(), *(task.row for task in self.model.tasks if task.row)]

    def _note(self, row: Row | None, begun: Attempt | None) -> None:
        if row is not None and begun is not None:
            self.attempts[id(row)] = begun.id

    def _finish(self, row: Row | None, given: str) -> None:
        if row is not None and row.open is not None:
            for question in QUESTIONS[row.scenario][len(row.open.answers) :]:
                self._hand_in(row, question, given)

    def _hand_in(self, row: Row, question: str, given: str) -> None:
        chosen, text = ((), TEXT) if question == "note" else ((given,), "")
        submission = Submission(question, chosen, text, next(self.keys), None, row.gos[-1].saves)
        expected, attempt_id = self.model.answer(row, question, given), self.attempts[id(row)]
        self._same(expected, lambda: service.hand_in(self.ids[row.person], attempt_id, submission, now=self.model.now))
        if expected == OK:
            self.sent.append((row.person, attempt_id, submission))

    def _some_row(self, number: int) -> tuple[Row, UUID]:
        rows = [row for row in self._rows() if id(row) in self.attempts]
        row = rows[number % len(rows)]
        return row, self.attempts[id(row)]

    def _some_task(self, number: int) -> tuple[Given, UUID]:
        place = number % len(self.task_ids)
        return self.model.tasks[place], self.task_ids[place]

    def _here(self, deed: Callable[[], Any]) -> None:
        self._same(OK, deed)

    def _same(self, expected: str, deed: Callable[[], Any], *scope: UUID) -> Any:
        """Do it; what it gave, when it succeeded. It has to end as the model says."""
        result, told = None, OK
        try:
            with _scope(scope or (self.place,)):
                result = deed()
        except Missing:
            told = MISSING
        except Unavailable:
            told = BEHIND
        except (Refused, Malformed) as refusal:
            told = REFUSED
            result_of_refusal = refusal.message
        db.session.rollback()
        name = deed.__qualname__.split(".")[1].strip("_")
        self.world.deeds[name, told] += 1
        if told != expected:
            raise Differs(f"{name}: {told}, not {expected}{': ' + result_of_refusal if told == REFUSED else ''}")
        return result


def _refuse(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Differs(f"{what}: {found}, not {wanted}")


@contextmanager
def _scope(ids: tuple[UUID, ...]) -> Iterator[None]:
    with scoped_to(*ids):
        yield
