"""The whole product as a small model: what every deed answers, and what is true afterwards. It knows nothing of databases.

One course of two required scenarios, "short" with one question and "extra" with a question and a text; two attempts at each. Every
method is a deed: it changes the model and gives `OK`, or gives how it is refused and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

OK, REFUSED, MISSING, BEHIND = "ok", "refused", "missing", "behind"
ALLOWED = 2
QUESTIONS = {"short": ("now",), "extra": ("now", "note")}
SKEW = timedelta(minutes=5)

Name = str


@dataclass
class Go:
    """One attempt."""

    revision: int
    began: datetime
    answers: list[str] = field(default_factory=list)
    latest: datetime | None = None
    closed: datetime | None = None
    left: bool = False
    saves: int = 0

    @property
    def is_open(self) -> bool:
        return self.closed is None and not self.left

    @property
    def passed(self) -> bool:
        return self.closed is not None and self.answers[0] == "ask"


@dataclass
class Row:
    """A series of attempts."""

    person: Name
    scenario: str
    purpose: str
    allowed: int | None
    gos: list[Go] = field(default_factory=list)
    asked: bool = False

    @property
    def open(self) -> Go | None:
        return next((go for go in self.gos if go.is_open), None)

    @property
    def passed(self) -> bool:
        return any(go.passed for go in self.gos)

    @property
    def used_up(self) -> bool:
        return self.open is None and self.allowed is not None and len(self.gos) >= self.allowed


@dataclass
class Given:
    """A task: one scenario of one assignment for one trainee."""

    trainee: Name
    scenario: str
    allowed: int | None
    due: int | None
    accepts_own: bool = False
    row: Row | None = None
    withdrawn: bool = False
    released: bool = False
    signed: set[Name] = field(default_factory=set)

    @property
    def passed(self) -> bool:
        return self.row is not None and self.row.passed

    @property
    def done(self) -> bool:
        return self.released or (self.row is not None and any(go.closed for go in self.row.gos))

    @property
    def is_met(self) -> bool:
        return self.passed or self.released


class Model:
    """Trainees, supervisors, what they did and may do. Days are counted; `now` is a moment."""

    def __init__(self, now: datetime) -> None:
        self.now, self.revision = now, 1
        self.enrolled: dict[Name, tuple[int, datetime]] = {}
        self.rows: dict[tuple[Name, str, str], Row] = {}
        self.tasks: list[Given] = []
        self.completed: dict[Name, datetime] = {}
        self.revoked: set[Name] = set()
        self.suspended: set[Name] = set()
        self.left: set[Name] = set()
        self.relations: set[tuple[Name, Name]] = set()
        self.covers: set[tuple[Name, Name]] = set()

    # Learning

    def enrol(self, person: Name) -> str:
        self.enrolled.setdefault(person, (self.revision, self.now))
        return OK

    def begin(self, person: Name, scenario: str, purpose: str) -> str:
        if person not in self.enrolled or (purpose == "practice" and not self._may_practise(person, scenario)):
            return REFUSED
        allowed = ALLOWED if purpose == "credit" else None
        row = self.rows.setdefault((person, scenario, purpose), Row(person, scenario, purpose, allowed))
        return self._next(row, self.enrolled[person][0])

    def _may_practise(self, person: Name, scenario: str) -> bool:
        row = self.rows.get((person, scenario, "credit"))
        return self.is_met(person, scenario) or (row is not None and bool(row.gos) and row.used_up)

    def _next(self, row: Row, revision: int) -> str:
        if row.open is None:
            if row.used_up:
                return REFUSED
            row.gos.append(Go(revision, self.now))
        return OK

    def answer(self, row: Row, question: str, given: str) -> str:
        """Answer the newest attempt of a row; the last answer closes it, and may complete the course."""
        go = row.gos[-1]
        if len(go.answers) < len(QUESTIONS[row.scenario]) and QUESTIONS[row.scenario][len(go.answers)] != question:
            return REFUSED
        if not go.is_open:
            return REFUSED
        moment = max(self.now, go.latest or go.began)
        closes = len(go.answers) + 1 == len(QUESTIONS[row.scenario])
        if closes and row.purpose != "practice" and self._is_behind(row, go, given, moment):
            return BEHIND
        go.answers.append(given)
        go.latest = moment
        if closes:
            go.closed = moment
            if row.purpose != "practice":
                self._complete(row.person)
        return OK

    def _is_behind(self, row: Row, go: Go, given: str, moment: datetime) -> bool:
        """Whether this would complete the course on a day after today."""
        go.closed, go.answers = moment, [*go.answers, given]
        would = self._would_complete(row.person)
        go.closed, go.answers = None, go.answers[:-1]
        return would is not None and would - self.now > SKEW and would.date() > self.now.date()

    def _would_complete(self, person: Name) -> datetime | None:
        if person not in self.enrolled or person in self.completed or not all(self.is_met(person, each) for each in QUESTIONS):
            return None
        meeting = [self._first_pass(person, scenario) for scenario in QUESTIONS]
        return max(self.now, self.enrolled[person][1], *meeting)

    def _complete(self, person: Name) -> None:
        moment = self._would_complete(person)
        if moment is not None:
            self.completed[person] = moment

    def _passes(self, person: Name, scenario: str) -> list[datetime]:
        """When it was passed: for credit first, then for assignments since the enrolment began."""
        credit = self.rows.get((person, scenario, "credit"))
        own = [go.closed for go in credit.gos if go.passed and go.closed] if credit else []
        rows = [task.row for task in self.tasks if task.row and (task.trainee, task.scenario) == (person, scenario)]
        began = self.enrolled[person][1] if person in self.enrolled else self.now
        return own + [go.closed for row in rows for go in row.gos if go.passed and go.closed and go.closed >= began]

    def _first_pass(self, person: Name, scenario: str) -> datetime:
        return self._passes(person, scenario)[0]

    def is_met(self, person: Name, scenario: str) -> bool:
        return person in self.enrolled and bool(self._passes(person, scenario))

    def draft(self, row: Row, saves: int) -> str:
        go = row.gos[-1]
        if not go.is_open or row.scenario != "extra" or len(go.answers) != 1 or saves < go.saves:
            return REFUSED
        go.saves += 1
        return OK

    def ask(self, person: Name, scenario: str) -> str:
        if person not in self.enrolled:
            return MISSING
        if not self._may_be_granted(person, scenario):
            return REFUSED
        self.rows[person, scenario, "credit"].asked = True
        return OK

    def grant(self, person: Name, scenario: str) -> str:
        if not self._may_be_granted(person, scenario):
            return REFUSED
        row = self.rows[person, scenario, "credit"]
        row.allowed, row.asked = (row.allowed or 0) + 1, False
        return OK

    def _may_be_granted(self, person: Name, scenario: str) -> bool:
        row = self.rows.get((person, scenario, "credit"))
        return row is not None and bool(row.gos) and row.used_up and not self.is_met(person, scenario)

    def publish(self) -> None:
        self.revision += 1

    def move(self, person: Name) -> str:
        if person not in self.enrolled:
            return MISSING
        if person in self.completed:
            return REFUSED
        self.enrolled[person] = (self.revision, self.enrolled[person][1])
        return OK

    def begin_anew(self, row: Row) -> str:
        go = row.gos[-1]
        if not go.is_open or go.revision == self.revision:
            return REFUSED
        go.left = True
        row.allowed = row.allowed + 1 if row.allowed is not None else None
        row.gos.append(Go(self.revision, self.now))
        if row.purpose == "credit" and row.person not in self.completed:
            self.move(row.person)
        return OK

    def revoke(self, person: Name) -> str:
        if person not in self.completed:
            return MISSING
        if person in self.revoked:
            return REFUSED
        self.revoked.add(person)
        return OK

    # Supervision

    @property
    def out(self) -> set[Name]:
        """Who has no place here now."""
        return self.suspended | self.left

    def sees(self, supervisor: Name) -> set[Name]:
        if supervisor in self.out:
            return set()
        stands_for = {supervisor} | {other for other, colleague in self.covers if colleague == supervisor and other not in self.out}
        return {trainee for other, trainee in self.relations if other in stands_for and trainee not in self.out}

    def relate(self, supervisor: Name, trainee: Name) -> str:
        if {supervisor, trainee} & self.out:
            return REFUSED
        self.relations.add((supervisor, trainee))
        return OK

    def part(self, supervisor: Name, trainee: Name) -> None:
        self.relations.discard((supervisor, trainee))

    def cover(self, supervisor: Name, colleague: Name) -> str:
        if {supervisor, colleague} & self.out:
            return REFUSED
        self.covers.add((supervisor, colleague))
        return OK

    def uncover(self, supervisor: Name, colleague: Name) -> None:
        self.covers.discard((supervisor, colleague))

    def suspend(self, member: Name) -> str:
        if member in self.left:
            return MISSING
        self.suspended.add(member)
        return OK

    def restore(self, member: Name) -> str:
        if member in self.left:
            return MISSING
        self.suspended.discard(member)
        return OK

    def leave(self, member: Name) -> str:
        if member in self.left:
            return MISSING
        self.left.add(member)
        return OK

    def assign(self, supervisor: Name, trainee: Name, scenario: str, allowed: int | None, due: int | None, *, accepts_own: bool) -> str:
        if supervisor in self.out:
            return MISSING
        has_it = any((task.trainee, task.scenario) == (trainee, scenario) and not task.withdrawn and not task.is_met for task in self.tasks)
        if trainee not in self.sees(supervisor) or has_it:
            return REFUSED
        self.tasks.append(Given(trainee, scenario, allowed, due, accepts_own))
        return OK

    def release(self, task: Given) -> str:
        """Let a pass of one's own stand for it; a second time changes nothing."""
        own = [self.rows.get((task.trainee, task.scenario, purpose)) for purpose in ("credit", "practice")]
        if task.released:
            return OK
        if task.withdrawn or task.trainee in self.out or task.passed or not task.accepts_own or not any(row and row.passed for row in own):
            return REFUSED
        task.released = True
        return OK

    def begin_task(self, task: Given) -> str:
        if task.withdrawn or task.released or task.trainee in self.out:
            return REFUSED
        row = task.row or Row(task.trainee, task.scenario, "assigned", task.allowed)
        told = self._next(row, self.revision)
        if told == OK:
            task.row = row
        return told

    def withdraw(self, supervisor: Name, task: Given) -> str:
        if task.trainee not in self.sees(supervisor):
            return MISSING
        task.withdrawn = True
        return OK

    def extend(self, supervisor: Name, task: Given, due: int) -> str:
        if task.trainee not in self.sees(supervisor):
            return MISSING
        if task.withdrawn or task.is_met or task.due is None or due <= task.due:
            return REFUSED
        task.due = due
        return OK

    def give_attempt(self, supervisor: Name, task: Given) -> str:
        if task.trainee not in self.sees(supervisor):
            return MISSING
        if task.withdrawn or task.is_met or task.row is None or not task.row.used_up:
            return REFUSED
        task.row.allowed = (task.row.allowed or 0) + 1
        return OK

    def sign_off(self, supervisor: Name, task: Given) -> str:
        if task.trainee not in self.sees(supervisor) or task.withdrawn:
            return MISSING
        if supervisor not in task.signed and not task.done:
            return REFUSED
        task.signed.add(supervisor)
        return OK
