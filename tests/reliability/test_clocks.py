"""R9: a clock that jumps. What lasts takes no less than no time, no day is certified that was not, and nothing that ended comes back."""

from __future__ import annotations

import itertools
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from ceapp.accounts import mailed_codes, sign_ins
from ceapp.accounts.guesses import Caller
from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.mailed_codes import SIGN_IN, CodeEnded, WrongCode
from ceapp.accounts.models import MailedCode, SetUpLink, SignIn
from ceapp.accounts.set_up import refuse_spent_link
from ceapp.accounts.tokens import SKEW, token_hash
from ceapp.certificates.facts import from_json
from ceapp.certificates.models import Certificate
from ceapp.commands.serve import prepare
from ceapp.config import load_settings
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused, Unavailable
from ceapp.learning import service
from ceapp.learning.models import Answer, Attempt, Completion, Enrolment, Score
from tests.accounts.inviting import accept_anew, invite, link
from tests.conftest import NOW, Agency, Member
from tests.harness.courses import LIBRARY
from tests.harness.pages import Visitor
from tests.learning.conftest import GOOD_PATH, Learner
from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation, Somebody
from tests.reliability.journeys import begin, choosing, enrol, page
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import WORKERS, rounds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN_YEARS = timedelta(days=3652)
JUMPS = (-HOUR, HOUR, -DAY, DAY, -TEN_YEARS, timedelta(minutes=-1), timedelta())
STARTS = {
    "an afternoon": NOW,
    "before midnight": datetime(2026, 11, 21, 4, 59, 30, tzinfo=UTC),  # 23:59:30 in Toronto
    "the hour that comes twice": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    "the hour that is skipped": datetime(2027, 3, 14, 6, 59, tzinfo=UTC),
    "29 February": datetime(2028, 2, 29, 17, 0, tzinfo=UTC),
    "31 December": datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
}
GOOD = "Ask who is in it."
CALLER = Caller("192.0.2.1/32")
FAKETIME = Path("/usr/lib") / (sysconfig.get_config_var("MULTIARCH") or "") / "faketime" / "libfaketimeMT.so.1"


# Work


def wrong_times(engine: Engine, now: datetime, *whose: ColumnElement[bool]) -> list[str]:
    """Everything in the record that took less than no time, or was certified for a day that was not (of these enrolments, or of all)."""
    with Session(engine) as session:
        return [*_negative(session), *_wrong_days(session, now, whose)]


def _negative(session: Session) -> Iterator[str]:
    for attempt in session.scalars(select(Attempt)):
        answers = session.scalars(select(Answer).where(Answer.attempt_id == attempt.id).order_by(Answer.position)).all()
        ends = [each for each in (attempt.closed_at, attempt.abandoned_at) if each]
        times = [attempt.began_at, *(answer.answered_at for answer in answers), *ends]
        if times != sorted(times):
            yield f"attempt {attempt.number}: something took less than no time"
        scored = session.scalars(select(Score.scored_at).where(Score.attempt_id == attempt.id)).all()
        if any(each < times[-1] for each in scored):
            yield f"attempt {attempt.number}: scored before it was handed in"


def _wrong_days(session: Session, now: datetime, whose: tuple[ColumnElement[bool], ...]) -> Iterator[str]:
    complete = select(Completion, Enrolment).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(*whose)
    for completion, enrolment in session.execute(complete):
        zone = ZoneInfo(completion.time_zone)
        began, today = enrolment.began_at.astimezone(zone).date(), (now + SKEW).astimezone(zone).date()
        if not began <= completion.completed_on <= today:
            yield f"completed on {completion.completed_on}, begun on {began}, today is {today}"
        facts = session.scalars(select(Certificate.facts).where(Certificate.person_id == enrolment.person_id)).all()
        yield from (problem for each in facts for problem in _wrong_facts(each, today))


def _wrong_facts(text: str, today: date) -> Iterator[str]:
    facts = from_json(text)
    if not facts.started_on <= facts.completed_on <= facts.issued_on <= today.isoformat():
        yield f"a certificate says {facts.started_on}, {facts.completed_on}, {facts.issued_on}; today is {today}"


def complete_across(learner: Learner, start: datetime, jumps: tuple[timedelta, timedelta]) -> datetime:
    """Begin, jump, hand in, jump, and hand in the last answer; when it is refused, once more after the clock was put right."""
    now = start
    learner.enrol(now)
    first, second = learner.begin(now=now), learner.begin("short", now=now)
    now += jumps[0] + timedelta(minutes=5)
    learner.work_through(first, GOOD_PATH, now=now)
    now += jumps[1] + timedelta(minutes=5)
    try:
        learner.answer(second, "now", ("ask",), now=now)
    except Unavailable as refusal:
        assert "clock" in refusal.message
        now = start + TEN_YEARS + HOUR
        learner.answer(second, "now", ("ask",), now=now)
    return now


@pytest.mark.both_databases
def test_r9_work_across_every_jump_takes_time_and_is_certified_for_a_real_day(
    app: Flask, engine: str, course: str, make_person: Callable[..., Member], figures: Callable[..., Figures]
) -> None:
    cases = list(itertools.product(STARTS.values(), JUMPS, JUMPS))[:: max(1, 24 // rounds(1, 24))]
    row = figures("R9 jumps", engine, len(cases))
    for number, (start, *jumps) in enumerate(cases):
        learner = Learner(app, make_person(f"p{number}@example.org", f"Person {number}"))
        now = complete_across(learner, start, (jumps[0], jumps[1]))
        with app.app_context():
            wrong = wrong_times(db.engine, now, Enrolment.person_id == learner.person.id)
        row.done, row.lost = row.done + 1, row.lost + len(wrong)
        assert (start, jumps, wrong) == (start, jumps, [])
    with app.app_context():
        assert faults_of(db.engine) == []


def test_r9_a_course_is_not_completed_on_a_day_before_it_was_begun(app: Flask, learner: Learner) -> None:
    learner.enrol()
    learner.work_through(learner.begin())
    last = learner.begin("short")
    with pytest.raises(Unavailable, match="clock is behind"):
        learner.answer(last, "now", ("ask",), now=NOW - DAY)
    assert learner.answer(last, "now", ("ask",), now=NOW + HOUR).completed
    with app.app_context():
        assert wrong_times(db.engine, NOW + HOUR) == []


@pytest.mark.parametrize("jump", [-HOUR, -DAY, -TEN_YEARS])
def test_r9_control_a_record_that_believes_the_clock_is_seen(
    app: Flask, learner: Learner, monkeypatch: pytest.MonkeyPatch, jump: timedelta, figures: Callable[..., Figures]
) -> None:
    row = figures("R9 jumps", "control", 1)
    monkeypatch.setattr(service, "not_before", lambda _earlier, now: now)
    monkeypatch.setattr(service, "day_that_counts", lambda _earlier, now, _zone: now)
    now = complete_across(learner, NOW, (timedelta(), jump))
    with app.app_context():
        wrong = wrong_times(db.engine, now)
    found = "; ".join(wrong)
    assert "less than no time" in found
    assert ("completed on" in found) is (jump < -HOUR)
    row.done, row.lost, row.control = 1, len(wrong), "tripped"


# Proofs, codes, links, sign-ins


@pytest.mark.parametrize("ahead", [HOUR, DAY, TEN_YEARS])
def test_r9_a_proof_from_the_future_is_none(app: Flask, tess: Member, browser_of: Callable[[Member], Visitor], ahead: timedelta) -> None:
    with app.app_context(), transaction() as session:
        sign_in = session.scalars(select(SignIn).where(SignIn.person_id == tess.id)).one()
        now, sign_in.proved_at = sign_in.proved_at, sign_in.proved_at + ahead
    with app.app_context():
        assert not sign_ins.has_proved(tess.id, tess.token, now=now)
        assert sign_ins.has_proved(tess.id, tess.token, now=now + ahead)
    with time_machine.travel(now, tick=False):
        browser_of(tess).get("/account/email", status=303)
    with time_machine.travel(now + ahead, tick=False):
        browser_of(tess).get("/account/email", status=303 if ahead > sign_ins.LONGEST_IDLE else 200)


def asked_code(now: datetime) -> tuple[str, str]:
    """The browser's secret and the code that was mailed at this moment."""
    secret = mailed_codes.ask(SIGN_IN, "tess@example.org", person_id=None, caller=CALLER, now=now)
    with transaction() as session:
        row = session.scalars(select(MailedCode).where(MailedCode.token_hash == token_hash(secret))).one()
        code_id = row.id
    code = mailed_codes.mint(code_id, works=True, now=now)
    assert code
    return secret, code


@pytest.mark.parametrize("back", [HOUR, DAY, TEN_YEARS])
def test_r9_a_code_from_the_future_and_one_that_was_found_too_old_stay_ended(app: Flask, back: timedelta) -> None:
    with app.app_context():
        secret, code = asked_code(NOW)
        with pytest.raises(CodeEnded):
            mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=NOW - back)
        secret, code = asked_code(NOW)
        with pytest.raises(CodeEnded, match="older than ten minutes"):
            mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=NOW + HOUR)
        with pytest.raises(CodeEnded):
            mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=NOW + timedelta(minutes=1))
        secret, code = asked_code(NOW)
        used = mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=NOW)
        mailed_codes.use(used, now=NOW)
        for moment in (NOW - back, NOW, NOW + back):
            with pytest.raises(CodeEnded):
                mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=moment)


def test_r9_control_a_code_of_now_works(app: Flask) -> None:
    with app.app_context():
        secret, code = asked_code(NOW)
        with pytest.raises(WrongCode):
            mailed_codes.try_code(secret, SIGN_IN, "x", caller=CALLER, now=NOW - timedelta(minutes=1))
        assert mailed_codes.try_code(secret, SIGN_IN, code, caller=CALLER, now=NOW - timedelta(minutes=1)).email == "tess@example.org"


@pytest.mark.parametrize("back", [HOUR, DAY, TEN_YEARS])
def test_r9_links_from_the_future_open_nothing_and_spent_ones_stay_spent(app: Flask, agency: Agency, ines: Member, back: timedelta) -> None:
    with app.app_context():
        invite(agency, ines)
        token = link()
        with pytest.raises(Missing):
            invitations.opened(token, now=NOW - back)
        with pytest.raises((Missing, Refused)):
            accept_anew(token, now=NOW - back)
        accept_anew(token)
        for moment in (NOW - back, NOW, NOW + back):
            with pytest.raises((Missing, Refused)):
                accept_anew(token, now=moment)
        with transaction() as session:
            session.add(SetUpLink(token_hash=token_hash("a link"), created_at=NOW))
        with pytest.raises(Missing):
            refuse_spent_link("a link", now=NOW - back)
        refuse_spent_link("a link", now=NOW)


@pytest.mark.parametrize("jump", [-TEN_YEARS, -DAY, -HOUR, HOUR, DAY])
def test_r9_a_sign_in_lasts_no_longer_than_the_jump_beyond_its_limit(app: Flask, tess: Member, jump: timedelta) -> None:
    """Its end is stored when it begins: no visit and no jump moves it."""
    with app.app_context():
        token = sign_ins.begin(tess.id, now=NOW)
        row = db.session.scalars(select(SignIn).where(SignIn.token_hash == token_hash(token))).one()
        sign_in_id, ends = row.id, row.expires_at
        assert ends == NOW + sign_ins.LONGEST
        for moment in (NOW + jump, NOW + jump + DAY, NOW):
            sign_ins.touch(sign_in_id, now=moment)
        db.session.expire_all()
        assert db.session.get_one(SignIn, sign_in_id).expires_at == ends


# A start


@pytest.mark.parametrize("back", [-HOUR, timedelta(0), HOUR, TEN_YEARS])
def test_r9_a_start_before_what_was_last_done_is_one_line_in_the_log(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, back: timedelta
) -> None:
    settings = load_settings({}, instance=str(tmp_path), scenarios=str(LIBRARY), database_url=database_url)
    with time_machine.travel(NOW, tick=False):
        prepare(settings)  # Publishing is a deed.
    assert caplog.records == []
    with time_machine.travel(NOW - back, tick=False):
        prepare(settings)
    seconds = int(back.total_seconds())
    expected = f"The clock was set back: the newest entry of the audit record is {seconds} seconds later than now. Set the clock right."
    assert [record.getMessage() for record in caplog.records] == ([expected] if seconds > 0 else [])


# A real server


@contextmanager
def faked(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Callable[[timedelta], None]]:
    """Servers that are started meanwhile read their time with what was last given to the callable added to it."""
    offset = folder / "offset"
    offset.write_text("+0")
    monkeypatch.setenv("LD_PRELOAD", str(FAKETIME))
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(offset))
    monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
    monkeypatch.setenv("FAKETIME_DONT_RESET", "1")
    try:
        yield lambda jump: _replace(offset, f"{jump.total_seconds():+.0f}")
    finally:
        for name in ("LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "FAKETIME_DONT_RESET"):
            monkeypatch.delenv(name)


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def test_the_package_faketime_is_installed() -> None:
    assert FAKETIME.exists()
    told = subprocess.run(["faketime", "2001-02-03 04:05:06", "date", "+%Y"], capture_output=True, text=True, check=True)
    assert told.stdout == "2001\n"


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.full_form)])
def test_r9_a_server_whose_clock_jumps_keeps_a_true_record(
    kind: str, installations: Installations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, figures: Callable[..., Figures]
) -> None:
    row, began = figures("R9 servers", kind, 4 * rounds(1, 25)), datetime.now(UTC) - HOUR
    with installations(kind, workers=WORKERS) as installation:
        installation.edit("sample/course.md", "[every-kind, short]", "[short]")
        installation.edit("sample/course.md", "optional: [extra]", "optional: [extra, every-kind]")
        people = [installation.somebody() for _ in range(row.asked)]
        try:
            with faked(monkeypatch, tmp_path) as jump:
                installation.server.start()
                for number, person in enumerate(people):
                    _complete_in_a_jump(installation, person, jump, (-DAY, -HOUR, -TEN_YEARS, HOUR)[number % 4])
                    row.done += 1
        finally:
            installation.server.kill()  # Under a faked clock it does not hear a polite end.
        row.acknowledged = installation.count(Completion)
        row.lost = row.done - row.acknowledged
        assert row.lost == 0
        with installation.engine() as engine:
            assert faults_of(engine) == []
            assert wrong_times(engine, datetime.now(UTC) + HOUR) == []
            with Session(engine) as session:
                assert all(each >= began for each in session.scalars(select(Completion.completed_at)))


def _complete_in_a_jump(installation: Installation, person: Somebody, jump: Callable[[timedelta], None], ahead: timedelta) -> None:
    """Begin, have the clock jump, hand in the last answer; where that was refused, again when the clock is right."""
    jump(timedelta())
    visitor = installation.visitor(person)
    enrol(visitor)
    address = f"{begin(visitor, 'short')}/1"
    last = choosing(page(visitor, address), 1, GOOD)
    jump(ahead)
    status = last.send(visitor).status
    jump(timedelta())
    if status != 303:  # The form's seal is from the future, or the day would be wrong.
        assert status in (403, 503)
        assert choosing(page(visitor, address), 1, GOOD).send(visitor).status == 303
    visitor.close()


@pytest.fixture
def learner(app: Flask, course: str, tess: Member) -> Learner:
    """Tess, in the published sample course."""
    assert course == "sample"
    return Learner(app, tess)
