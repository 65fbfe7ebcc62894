"""How long records are kept: nothing may go early, nothing stays late, on both engines and in every time zone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select, update

from ceapp.certificates import life
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.commands.command_line import cli
from ceapp.config import KEPT_AT_LEAST, Settings, refuse_unsafe
from ceapp.database import db, transaction
from ceapp.errors import Unsafe
from ceapp.learning import reflections
from ceapp.learning.accommodations import service as accommodations
from ceapp.learning.grievances import service as grievances
from ceapp.learning.grievances.service import AnswerInput, GrievanceInput
from ceapp.learning.models import Attempt, Completion, Enrolment, EvaluationAnswer, Reflection
from ceapp.mail.models import Message
from ceapp.reporting.retention.queries import counted, counted_at_once, ids_due
from ceapp.reporting.retention.rules import RULES, Kind, before, first_month_kept, last_start, may_go_on, years_of
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Page
from tests.learning.conftest import GOOD_PATH, Learner

DAYS = st.dates(date(1996, 1, 1), date(2090, 1, 1))
YEARS = st.integers(1, 30)
WEST, EAST = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": "https://ce.example.org"}


# The rules


def anniversary(start: date, years: int) -> date:
    """Said another way than the rules say it: day by day."""
    day = date(start.year + years, start.month, 1)
    while (day.month, day.day) < (start.month, start.day):
        day += timedelta(days=1)
    return day


@given(DAYS, YEARS)
@example(date(2020, 2, 29), 7)
@example(date(2020, 2, 29), 8)
def test_h6_nothing_goes_early_in_any_time_zone(start: date, years: int) -> None:
    over = datetime.combine(anniversary(start, years) + timedelta(days=1), datetime.min.time())
    goes = datetime.combine(may_go_on(start, years), datetime.min.time(), UTC)
    assert all(over.replace(tzinfo=zone) <= goes for zone in (WEST, UTC, EAST))


@given(DAYS, YEARS)
@example(date(2020, 2, 29), 7)
def test_h6_nothing_stays_late(start: date, years: int) -> None:
    assert may_go_on(start, years) <= anniversary(start, years) + timedelta(days=2)


@given(DAYS, DAYS, YEARS)
def test_h6_what_is_asked_of_the_database_is_the_rule(start: date, today: date, years: int) -> None:
    assert (start <= last_start(today, years)) == (may_go_on(start, years) <= today)


@given(DAYS, YEARS, st.integers(-3, 3))
@example(date(2020, 2, 29), 7, 0)
@example(date(2020, 2, 28), 8, 0)
@example(date(2020, 3, 1), 7, 0)
def test_h6_on_the_very_days_too(start: date, years: int, off: int) -> None:
    today = may_go_on(start, years) + timedelta(days=off)
    assert (start <= last_start(today, years)) == (off >= 0)


@given(DAYS)
def test_a_month_goes_whole_or_not_at_all(last: date) -> None:
    first = first_month_kept(last)
    assert first.day == 1
    assert first <= last + timedelta(days=1)  # the month before is over
    assert (first + timedelta(days=31)).replace(day=1) - timedelta(days=1) > last


@given(st.dictionaries(st.sampled_from(sorted(KEPT_AT_LEAST)), st.integers(-5, 90)))
def test_h6_a_setting_makes_it_longer_and_never_shorter(chosen: dict[str, int]) -> None:
    settings = {**KEPT_AT_LEAST, **chosen}
    for rule in RULES:
        assert years_of(rule, settings) >= max(KEPT_AT_LEAST[rule.setting], settings[rule.setting])


@pytest.mark.parametrize("setting", sorted(KEPT_AT_LEAST))
def test_h6_a_shorter_setting_is_refused(setting: str) -> None:
    refuse_unsafe(Settings(**{setting: KEPT_AT_LEAST[setting]}))
    with pytest.raises(Unsafe, match=setting):
        refuse_unsafe(Settings(**{setting: KEPT_AT_LEAST[setting] - 1}))


def test_every_kind_has_one_rule() -> None:
    assert [rule.kind for rule in RULES] == list(Kind)


# The records


def moments(number: int, seed: int) -> list[datetime]:
    dice = random.Random(seed)
    return [datetime(2015, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(12 * 365 * 86_400)) for _ in range(number)]


def compared(kind: Kind, starts: dict[UUID, date], years: int) -> None:
    """On many days, around each of the days that matter, what may go is what the rule says."""
    for today in sorted({may_go_on(start, years) + timedelta(days=off) for start in starts.values() for off in (-1, 0)}):
        wanted = {each for each, start in starts.items() if may_go_on(start, years) <= today}
        assert set(ids_due(kind, last_start(today, years))) == wanted, f"{kind} on {today}"


@pytest.mark.both_databases
def test_h6_mails_go_neither_early_nor_late(app: Flask) -> None:
    ended = moments(40, 1)
    with app.app_context():
        with transaction() as session:
            for number, at in enumerate(ended):
                end = ("sent_at", "cancelled_at", "failed_at")[number % 3]
                about = {"letter": "x", "occurrence": str(number), "key_id": "", "values": b"", "at_most_once": False}
                session.add(Message(**about, queued_at=at, due_at=at, **{end: at}))
            session.add(Message(letter="x", occurrence="waits", key_id="", values=b"", at_most_once=False, queued_at=NOW, due_at=NOW))
        rows = db.session.scalars(select(Message)).all()
        starts = {row.id: at.date() for row in rows if (at := row.sent_at or row.cancelled_at or row.failed_at)}
        compared(Kind.MAILS, starts, 1)


@pytest.mark.both_databases
def test_h6_evaluations_go_month_by_month(app: Flask, course: str) -> None:
    with app.app_context():
        with transaction() as session:
            session.add_all(
                EvaluationAnswer(id=uuid4(), course_slug="sample", month=at.date().replace(day=1), item_id="a", rating=4)
                for at in moments(25, 2)
            )
        rows = db.session.scalars(select(EvaluationAnswer)).all()
        compared(Kind.EVALUATIONS, {row.id: (row.month + timedelta(days=31)).replace(day=1) - timedelta(days=1) for row in rows}, 7)


@pytest.mark.both_databases
def test_h6_completed_courses_go_neither_early_nor_late(
    app: Flask, make_person: Callable[..., Member], learner_of: Callable[[Member], Learner]
) -> None:
    """The later of the day in UTC and the learner's own day counts."""
    for number, at in enumerate(moments(8, 3)):
        zone = ("America/Toronto", "Pacific/Auckland", "UTC")[number % 3]
        learner_of(make_person(f"p{number}@example.org", "Somebody", time_zone=zone)).complete(now=at)
    with app.app_context():
        rows = db.session.scalars(select(Completion)).all()
        days = {row.enrolment_id: max(row.completed_on, row.completed_at.astimezone(UTC).date()) for row in rows}
        assert len(days) == 8
        compared(Kind.COMPLETED, days, 7)
        assert ids_due(Kind.UNFINISHED, date(2060, 1, 1)) == []


def test_h6_a_later_deed_about_the_certificate_begins_anew(app: Flask, learner: Learner, ada: Member) -> None:
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    learner.complete(now=NOW)
    later = NOW + timedelta(days=400)
    with app.app_context():
        held = db.session.scalars(select(Certificate.id)).one()
        life.revoke(held, by=ada.id, reason="Somebody else did the work.", now=later)
        first, then = may_go_on(NOW.date(), 7), may_go_on(later.date(), 7)
        assert [len(ids_due(Kind.COMPLETED, last_start(day, 7))) for day in (first, then - timedelta(days=1), then)] == [0, 0, 1]
        assert ids_due(Kind.BY_HAND, date(2060, 1, 1)) == []


@pytest.mark.both_databases
def test_h6_unfinished_courses_and_practice_go_by_the_last_attempt(app: Flask, learner: Learner) -> None:
    learner.enrol(now=NOW)
    later = NOW + timedelta(days=30)
    learner.work_through(learner.begin(now=later), now=later)
    practice = NOW + timedelta(days=60)
    learner.work_through(learner.begin(purpose="practice", now=practice), now=practice)
    with app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id)).one()
        (attempt,) = db.session.scalars(select(Attempt.id).where(Attempt.began_at == practice)).all()
        compared(Kind.UNFINISHED, {enrolment: later.date()}, 7)
        compared(Kind.PRACTICE, {attempt: practice.date()}, 1)
        assert ids_due(Kind.COMPLETED, date(2060, 1, 1)) == []


@pytest.mark.both_databases
def test_h6_reflections_go_by_their_last_save(app: Flask, learner: Learner) -> None:
    learner.enrol()
    for _ in range(4):
        attempt = learner.begin(purpose="practice")
        for question, given_ids in GOOD_PATH:
            learner.answer(attempt, question, given_ids, text="Six words that somebody wrote here." if question == "note" else "")
    with app.app_context():
        ids, saved = db.session.scalars(select(Reflection.id)).all(), moments(4, 4)
        with transaction() as session:
            for each, at in zip(ids, saved, strict=True):
                session.execute(update(Reflection).where(Reflection.id == each).values(saved_at=at, handed_in_at=at))
        compared(Kind.REFLECTIONS, {each: at.date() for each, at in zip(ids, saved, strict=True)}, 1)


@pytest.mark.both_databases
def test_h6_assigned_work_of_every_organisation_goes_by_its_own_rule(
    app: Flask, agency: Agency, elsewhere: Agency, sam: Member, tess: Member, rita: Member, course: str
) -> None:
    made = [NOW, NOW + timedelta(days=3)]
    for at, where, by, to in ((made[0], agency, sam, tess), (made[1], elsewhere, rita, rita)):
        assign(app, where, by, [to], "sample", ["short"], now=at)
    with app.app_context():
        assert [len(ids_due(Kind.TRAINING, last_start(may_go_on(at.date(), 7), 7))) for at in made] == [1, 2]
        assert ids_due(Kind.TRAINING, last_start(may_go_on(made[0].date(), 7) - timedelta(days=1), 7)) == []


@pytest.mark.both_databases
def test_h6_course_files_stay_while_they_are_offered_or_somebody_needs_them(app: Flask, learner: Learner, library: Any) -> None:
    learner.enrol()
    with app.app_context():
        assert ids_due(Kind.COURSE_FILES, date(2060, 1, 1)) == []


@pytest.mark.both_databases
def test_h6_an_attempt_that_is_open_goes_by_its_last_answer_or_draft(app: Flask, learner: Learner) -> None:
    learner.enrol(now=NOW)
    attempt = learner.begin(purpose="practice", now=NOW)
    answered, drafted = NOW + timedelta(days=200), NOW + timedelta(days=300)
    for question, given_ids in GOOD_PATH[:4]:
        learner.answer(attempt, question, given_ids, now=answered)
    with app.app_context():
        compared(Kind.PRACTICE, {attempt.id: answered.date()}, 1)
        reflections.save_draft(learner.person.id, attempt.id, "note", "A draft.", 0, now=drafted)
        compared(Kind.PRACTICE, {attempt.id: drafted.date()}, 1)


@pytest.mark.both_databases
def test_h6_requests_and_grievances_go_by_what_was_last_said_and_open_ones_stay(app: Flask, course: str, ada: Member, tess: Member) -> None:
    said, closed = NOW + timedelta(days=90), AnswerInput("closed", "upheld", "You were right.")
    with app.app_context():
        asked = accommodations.ask(tess.id, None, "More time.", form_key="a" * 24, now=NOW)
        accommodations.answer(asked.id, "granted", "Of course.", after_number=0, by=ada.id, form_key="b" * 24, now=said)
        compared(Kind.ACCOMMODATIONS, {asked.id: said.date()}, 7)
        filed = grievances.file(tess.id, GrievanceInput("other", None, "It was late."), form_key="c" * 24, now=NOW)
        assert ids_due(Kind.GRIEVANCES, date(2060, 1, 1)) == []
        grievances.answer(filed.id, closed, after_number=0, by=ada.id, form_key="d" * 24, now=said)
        compared(Kind.GRIEVANCES, {filed.id: said.date()}, 7)
        again = AnswerInput("looked into", "", "We look again.")
        grievances.answer(filed.id, again, after_number=1, by=ada.id, form_key="e" * 24, now=said)
        assert ids_due(Kind.GRIEVANCES, date(2060, 1, 1)) == []


# Where it is seen


def test_h6_the_page_and_the_command_count_the_same(
    app: Flask, learner: Learner, visit: Callable[..., Page], ada: Member, tess: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner.complete()
    settings = app.extensions["ceapp.settings"]
    with app.app_context():
        for day in (NOW.date(), date(2050, 1, 1)):
            seen = counted_at_once(asdict(settings), day)
            assert seen == list(counted(asdict(settings), day))
        assert {each.rule.kind: (each.rows, each.due) for each in seen}[Kind.COMPLETED] == (1, 1)
    page = visit("/retention", person=ada)
    assert all(str(kind).capitalize() in page.text for kind in Kind)
    visit("/retention", person=tess, status=404)
    for name in ("instance", "database_url", "base_url"):
        monkeypatch.setenv(f"CEAPP_{name.upper()}", getattr(settings, name))
    told = CliRunner().invoke(cli, ["retention", "--on", "2050-01-01"])
    assert told.exit_code == 0
    assert "completed courses\t7\t1\t1\t0\t" in told.output
    with app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id)).one()
    listed = CliRunner().invoke(cli, ["retention", "--on", "2050-01-01", "--list", "completed courses"])
    assert listed.output == f"{enrolment}\n"


def test_the_end_of_a_day_is_its_last_moment() -> None:
    assert before(date(2026, 12, 31)) == datetime(2027, 1, 1, tzinfo=UTC)
