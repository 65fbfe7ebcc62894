"""The checker: what must hold in every database, whatever was done to the server, and whether everything acknowledged is in it.

A control in `test_ledger.py` damages databases in each of the ways that are looked for here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ceapp.accounts.models import Person
from ceapp.catalogue.models import CourseRevisionScenario, ScenarioRevision
from ceapp.certificates.models import Certificate
from ceapp.database import Model
from ceapp.keys import Keys
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Reflection, Score, Series
from ceapp.learning.queries import given
from ceapp.scenarios import structure
from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import score
from ceapp.scenarios.values import Scenario, Scoring
from tests.reliability.journeys import Filled

ONCE: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Answer, ("attempt_id", "question_id")),
    (Answer, ("attempt_id", "position")),
    (Answer, ("form_key",)),
    (Attempt, ("series_id", "number")),
    (Attempt, ("form_key",)),
    (Reflection, ("attempt_id", "question_id")),
    (Score, ("attempt_id", "version")),
    (Enrolment, ("person_id", "course_slug", "cycle")),
    (Series, ("enrolment_id", "scenario_slug")),
    (Completion, ("enrolment_id",)),
    (Certificate, ("person_id", "course_slug", "cycle", "version")),
    (Certificate, ("code",)),
    (Person, ("email",)),
)
"""What may be there once only; where one of the values is missing it says nothing."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A form whose answer somebody has seen: the server said that it is saved."""

    attempt_id: UUID
    form: Filled


def faults_of(
    engine: Engine, acknowledged: Iterable[Acknowledged] = (), begun: Iterable[Acknowledged] = (), keys: Keys | None = None
) -> list[str]:
    """Everything that does not hold; nothing in a sound database. All is read at one moment of it."""
    with Session(engine) as session:
        return [
            *_damage(session),
            *_twice(session),
            *_attempts(session),
            *_limits(session),
            *_completions(session),
            *_not_begun(session, begun),
            *_not_stored(session, acknowledged, keys),
        ]


def _damage(session: Session) -> Iterator[str]:
    if session.get_bind().dialect.name == "sqlite":
        connection = session.connection()
        yield from (f"integrity: {row[0]}" for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok")
        yield from (f"a row of {row[0]} points to nothing" for row in connection.exec_driver_sql("PRAGMA foreign_key_check"))


def _twice(session: Session) -> Iterator[str]:
    for table, columns in ONCE:
        counts = Counter(tuple(getattr(row, column) for column in columns) for row in session.scalars(select(table)))
        yield from (
            f"{table.__tablename__}: {count} times the same {' and '.join(columns)}"
            for values, count in counts.items()
            if count > 1 and None not in values
        )


def _attempts(session: Session) -> Iterator[str]:
    """Answers without a gap, closed exactly when the story has ended, scored exactly when closed, and scored right."""
    scenarios = {row.id: structure.load_scenario(row.structure) for row in session.scalars(select(ScenarioRevision))}
    answers, scores = _by_attempt(session, Answer), _by_attempt(session, Score)
    for attempt in session.scalars(select(Attempt)):
        rows = sorted(answers[attempt.id], key=lambda each: each.position)
        if [row.position for row in rows] != list(range(1, len(rows) + 1)):
            yield f"attempt {attempt.id}: a gap in the answers"
        yield from _half_scored(attempt, scenarios[attempt.scenario_revision_id], rows, scores[attempt.id])


def _half_scored(attempt: Attempt, scenario: Scenario, answers: list[Answer], scores: list[Score]) -> Iterator[str]:
    has_ended, is_closed = walk(scenario, given(answers)).ended, attempt.closed_at is not None
    if has_ended != is_closed:
        yield f"attempt {attempt.id}: {'all answered and not closed' if has_ended else 'closed before the last answer'}"
    if is_closed != bool(scores):
        yield f"attempt {attempt.id}: {'closed and not scored' if is_closed else 'scored and not closed'}"
    if has_ended and scores:
        right = score(scenario, given(answers), pass_mark=attempt.pass_mark, scheme=Scoring(attempt.scoring))
        if any((each.percent, each.passed) != (right.percent, right.passed) for each in scores):
            yield f"attempt {attempt.id}: another score than its answers give"


def _limits(session: Session) -> Iterator[str]:
    attempts = defaultdict(list)
    for attempt in session.scalars(select(Attempt)):
        attempts[attempt.series_id].append(attempt)
    for series in session.scalars(select(Series)):
        begun = attempts[series.id]
        if series.allowed is not None and len(begun) > series.allowed:
            yield f"series {series.id}: {len(begun)} attempts, allowed are {series.allowed}"
        if sum(attempt.is_open for attempt in begun) > 1:
            yield f"series {series.id}: {sum(attempt.is_open for attempt in begun)} attempts open at once"
        if sorted(attempt.number for attempt in begun) != list(range(1, len(begun) + 1)):
            yield f"series {series.id}: the attempts are not numbered one after the other"


def _completions(session: Session) -> Iterator[str]:
    """Complete exactly when every required scenario is passed; one first certificate for each completion, and none without."""
    required, passed = defaultdict(set), defaultdict(set)
    for listed in session.scalars(select(CourseRevisionScenario).where(CourseRevisionScenario.is_required)):
        required[listed.course_revision_id].add(listed.slug)
    for enrolment_id, slug in session.execute(
        select(Series.enrolment_id, Series.scenario_slug)
        .join(Attempt, Attempt.series_id == Series.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(Score.passed)
    ):
        passed[enrolment_id].add(slug)
    complete = {row.enrolment_id for row in session.scalars(select(Completion))}
    certified = Counter(
        (row.person_id, row.course_slug, row.cycle) for row in session.scalars(select(Certificate).where(Certificate.version == 1))
    )
    for enrolment in session.scalars(select(Enrolment)):
        is_met = required[enrolment.course_revision_id] <= passed[enrolment.id]
        if is_met != (enrolment.id in complete):
            yield f"enrolment {enrolment.id}: {'everything is passed and it is not complete' if is_met else 'complete too early'}"
        first = certified.pop((enrolment.person_id, enrolment.course_slug, enrolment.cycle), 0)
        if first != (enrolment.id in complete):
            yield f"enrolment {enrolment.id}: {first} first certificates"
    yield from (f"a certificate without an enrolment: {place}" for place in certified)


def _not_begun(session: Session, begun: Iterable[Acknowledged]) -> Iterator[str]:
    stored = {row.form_key: row.id for row in session.scalars(select(Attempt))}
    for each in begun:
        if stored.get(each.form.key) != each.attempt_id:
            yield f"an acknowledged beginning is lost: {each.form.action}"


def _not_stored(session: Session, acknowledged: Iterable[Acknowledged], keys: Keys | None) -> Iterator[str]:
    answers, texts = defaultdict(list), {row.id: row for row in session.scalars(select(Reflection))}
    for answer in session.scalars(select(Answer)):
        answers[answer.form_key].append(answer)
    for each in acknowledged:
        rows = answers[each.form.key]
        if len(rows) != 1:
            yield f"an acknowledged answer is stored {len(rows)} times: {each.form.action}"
            continue
        attempt = session.get_one(Attempt, each.attempt_id)
        if rows[0].attempt_id != each.attempt_id or list(rows[0].given) != _meant(attempt, each.form):
            yield f"an acknowledged answer is stored as another: {each.form.action}"
        text = texts.get(rows[0].text_id) if rows[0].text_id else None
        typed = "".join(each.form.values("text"))
        if keys and typed and (text is None or keys.unseal(text.key_id, text.ciphertext) != typed or text.handed_in_at is None):
            yield f"an acknowledged text is lost: {each.form.action}"


def _meant(attempt: Attempt, form: Filled) -> list[str]:
    """The option ids of the scenario file that a sent form stands for."""
    known = {page_id: option_id for pairs in attempt.option_order.values() for page_id, option_id in pairs}
    placed = sorted((int(place), name.removeprefix("place-")) for name, place in form.fields if name.startswith("place-"))
    return [known[page_id] for page_id in ([name for _, name in placed] or form.values("given"))]


def _by_attempt(session: Session, table: type[Answer] | type[Score]) -> dict[UUID, list]:  # type: ignore[type-arg]
    found = defaultdict(list)
    for row in session.scalars(select(table)):
        found[row.attempt_id].append(row)
    return found
