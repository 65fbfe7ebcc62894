"""Mailed codes: five tries, ten minutes, one use, one browser. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts import code_sign_ins, mailed_codes, proofs, queries, service, sign_ins
from ceapp.accounts.code_sign_ins import Entered
from ceapp.accounts.guesses import LIMITS, Caller
from ceapp.accounts.mailed_codes import CodeEnded, WrongCode
from ceapp.accounts.models import GuessWindow, MailedCode, Person, SignIn
from ceapp.accounts.people import service as people
from ceapp.accounts.tokens import token_hash
from ceapp.audit.models import AuditEntry
from ceapp.database import db, transaction
from ceapp.errors import Refused, TooMany
from ceapp.mail import outbox
from ceapp.mail.models import Message
from ceapp.mail.service import cancel_mail_of, queue
from tests.accounts.parallel import at_once
from tests.conftest import NOW, Member
from tests.harness.letters import code_in, letters, newest_code

pytestmark = pytest.mark.both_databases

HERE = Caller("192.0.2.1/32")
LATER = NOW + timedelta(minutes=1)


def ask(email: str = "tess@example.org", *, now: datetime = NOW, **changes: Any) -> str:
    return code_sign_ins.ask_to_sign_in(email, now=now, **{"caller": HERE, **changes})


def enter(secret: str | None, code: str, *, now: datetime = LATER, **changes: Any) -> Entered:
    return code_sign_ins.sign_in_by_code(secret, code, now=now, **{"may_sign_up": True, "caller": HERE, **changes})


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06d}"


def tries() -> list[int]:
    return list(db.session.scalars(select(MailedCode.tries).order_by(MailedCode.id)))


def asked_and_mailed(app: Flask, email: str = "tess@example.org") -> tuple[str, str]:
    with app.app_context():
        secret = ask(email)
    return secret, newest_code(app, NOW)


def test_the_code_signs_in_where_it_was_asked_for(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        entered = enter(secret, code, browser="Firefox on Windows")
        found = queries.signed_in(token_hash(entered.token), now=LATER, seen_since=NOW)
        assert found and found.person.id == tess.id and found.proved_at == LATER
        assert not entered.is_new and not entered.lost_password
        assert db.session.scalars(select(SignIn.browser).where(SignIn.created_at == LATER)).one() == "Firefox on Windows"
        assert sorted(db.session.scalars(select(AuditEntry.deed))) == ["person.email-confirmed", "person.signed-in"]


def test_d5_only_hashes_are_stored_and_the_codes_needs_a_secret_outside_the_database(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        row = db.session.scalars(select(MailedCode)).one()
        assert row.token_hash == token_hash(secret)
        kept = " ".join(str(getattr(row, column.key)) for column in MailedCode.__table__.columns)
        assert code not in kept.replace(str(row.id), "").replace(row.code_hash, "").replace(row.token_hash, "") and secret not in kept
        assert row.code_hash not in {token_hash(code), token_hash(f"mailed code\n{row.id}\n{code}")}


def test_a_code_goes_before_what_waited_longer(app: Flask, tess: Member) -> None:
    with app.app_context():
        for number in range(3):
            queue("invitation", f"invitation:{number}", person_id=None, values={}, now=NOW - timedelta(minutes=10))
        ask()
        taken = outbox.take_due(NOW)
        assert taken is not None and taken.letter == "code"


def test_the_code_is_worth_nothing_in_another_browser(app: Flask, tess: Member) -> None:
    """An attacker asks, and has the victim's code read to them or typed elsewhere: each browser has a secret of its own."""
    _, first_code = asked_and_mailed(app)
    with app.app_context():
        other = ask()
        for secret in (None, "", "made up", "\ud800"):
            with pytest.raises(CodeEnded):
                enter(secret, first_code)
    mine = newest_code(app, NOW)
    with app.app_context():
        assert enter(other, mine)


def test_two_browsers_that_ask_do_not_disturb_each_other(app: Flask, tess: Member) -> None:
    with app.app_context():
        first = ask()
        ask(caller=Caller("198.51.100.1/32"))
    code = code_in(letters(app, NOW)[0])
    with app.app_context():
        assert enter(first, code)


def test_asking_again_in_the_same_browser_ends_the_code_before(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        ask(replacing=secret)
        with pytest.raises(CodeEnded):
            enter(secret, code)
    assert len(letters(app, NOW)) == 1


def test_d5_a_code_works_once(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        enter(secret, code)
        with pytest.raises(CodeEnded):
            enter(secret, code)


def test_five_tries_and_what_is_left_is_said(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        for left in ("4 tries are left", "3 tries are left", "2 tries are left", "One try is left"):
            with pytest.raises(WrongCode, match=left):
                enter(secret, another(code))
        with pytest.raises(CodeEnded, match="five times"):
            enter(secret, another(code))
        with pytest.raises(CodeEnded, match="five times"):
            enter(secret, code)
        assert tries() == [5]


@pytest.mark.parametrize(("minutes", "works"), [(9.9, True), (10, False), (60, False)])
def test_ten_minutes_from_the_mailing(app: Flask, tess: Member, minutes: float, works: bool) -> None:
    with app.app_context():
        secret = ask()
    mailed_at = NOW + timedelta(minutes=20)
    code = newest_code(app, mailed_at)
    with app.app_context():
        if works:
            assert enter(secret, code, now=mailed_at + timedelta(minutes=minutes))
        else:
            with pytest.raises(CodeEnded, match="older than ten minutes"):
                enter(secret, code, now=mailed_at + timedelta(minutes=minutes))


def test_a_code_that_waited_an_hour_is_not_mailed_any_more(app: Flask, tess: Member) -> None:
    with app.app_context():
        ask()
    assert len(letters(app, NOW + timedelta(minutes=59))) == 1
    assert letters(app, NOW + timedelta(minutes=60)) == []


def test_composing_again_replaces_the_code_and_gives_no_new_tries(app: Flask, tess: Member) -> None:
    secret, first = asked_and_mailed(app)
    with app.app_context(), pytest.raises(WrongCode):
        enter(secret, another(first))
    second = newest_code(app, NOW)
    with app.app_context():
        if first != second:
            with pytest.raises(WrongCode, match="3 tries"):
                enter(secret, first)
        assert enter(secret, second)


def test_d5_fifty_tries_at_once_look_at_five_and_sign_in_once(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "code-try", ())
    secret, code = asked_and_mailed(app)
    results = at_once(app, 50, lambda _: enter(secret, code))
    assert sum(isinstance(result, Entered) for result in results) == 1
    assert sum(isinstance(result, CodeEnded) for result in results) == 49
    with app.app_context():
        assert tries()[0] <= 5
        assert db.session.scalar(select(func.count()).where(SignIn.created_at == LATER)) == 1


def test_d4_fifty_wrong_ones_at_once_look_at_five(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "code-try", ())
    looked_at: list[str] = []
    look = mailed_codes._code_hash
    secret, code = asked_and_mailed(app)
    monkeypatch.setattr(mailed_codes, "_code_hash", lambda id_, typed, secret: looked_at.append(typed) or look(id_, typed, secret))
    results = at_once(app, 50, lambda _: enter(secret, another(code)))
    assert len(looked_at) == 5
    assert all(isinstance(result, Refused) for result in results)


def test_d4_asking_is_limited_by_address_and_by_network(app: Flask, tess: Member) -> None:
    with app.app_context():
        for _ in range(5):
            ask()
        with pytest.raises(TooMany, match="Try again in"):
            ask(caller=Caller("198.51.100.1/32"))
        ask(caller=Caller("192.0.2.1/32", "a browser of hers"))  # A stranger does not keep the owner out.
        ask(now=NOW + timedelta(minutes=15))  # Nor anybody for good.
        for number in range(25):
            ask(f"stranger-{number}@example.org")
        with pytest.raises(TooMany):
            ask("stranger-26@example.org")


def test_d4_tries_are_limited_over_all_codes_of_an_address(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "code", ())
    refusals = []
    for _ in range(6):
        with app.app_context():
            secret = ask()
        for _ in range(5):
            with app.app_context(), pytest.raises((WrongCode, CodeEnded, TooMany)) as refusal:
                enter(secret, "000000")
            refusals.append(refusal.type)
    assert refusals.count(TooMany) == 5


def test_d4_a_right_code_gives_its_guess_back(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        enter(secret, code)
        counted = db.session.scalar(select(func.sum(GuessWindow.guesses)).where(GuessWindow.purpose == "code-try"))
        assert counted == 0


def test_an_unknown_address_gets_an_account_by_the_code(app: Flask) -> None:
    with app.app_context():
        secret = ask("new@example.org", time_zone="Europe/Berlin")
    (letter,) = letters(app, NOW)
    assert letter.to == "new@example.org" and "make an account" in letter.subject
    code = newest_code(app, NOW)
    with app.app_context():
        assert queries.person_by_email("new@example.org") is None
        entered = enter(secret, code)
        person = queries.person_by_email("new@example.org")
        assert person and entered.is_new
        assert (person.time_zone, person.password_hash, person.email_confirmed_at, person.is_administrator) == (
            "Europe/Berlin",
            "",
            LATER,
            False,
        )
        with pytest.raises(Refused):
            service.sign_in("new@example.org", "", caller=HERE, now=LATER)


def test_two_codes_for_one_new_address_make_one_account(app: Flask) -> None:
    with app.app_context():
        first, second = ask("new@example.org"), ask("new@example.org")
    codes = [code_in(letter) for letter in letters(app, NOW)]
    results = at_once(app, 2, lambda number: enter((first, second)[number], codes[number]))
    assert any(isinstance(result, Entered) for result in results)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1


class TestInvitedOnly:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"sign_up": "invited"}

    def test_an_unknown_address_gets_a_letter_and_no_code(self, app: Flask) -> None:
        with app.app_context():
            secret = ask("new@example.org")
        (letter,) = letters(app, NOW)
        assert letter.subject == "There is no account with this address"
        assert "by invitation" in letter.text
        with app.app_context():
            with pytest.raises(WrongCode, match="4 tries are left"):
                enter(secret, "000000", may_sign_up=False)
            assert queries.person_by_email("new@example.org") is None
            with pytest.raises(CodeEnded, match="older than ten minutes"):
                enter(secret, "000000", now=NOW + timedelta(minutes=10))


class TestEnrolmentCode:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"sign_up": "code", "sign_up_code": "harbour-2026"}

    def test_only_who_gave_the_enrolment_code_gets_a_code(self, app: Flask) -> None:
        with app.app_context():
            ask("new@example.org")
            ask("other@example.org", letter=mailed_codes.SIGN_UP_LETTER)
        without, with_it = letters(app, NOW)
        assert "no account" in without.subject and "enrolment code" in without.text
        assert "make an account" in with_it.subject


def test_a_suspended_person_gets_no_code_and_the_right_one_is_refused(app: Flask, tess: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        with transaction() as session:
            session.execute(update(Person).where(Person.id == tess.id).values(suspended_at=NOW))
        with pytest.raises(WrongCode):
            enter(secret, another(code))
        with pytest.raises(Refused, match="suspended"):
            enter(secret, code)
        waiting = ask()
    assert letters(app, NOW) == []
    with app.app_context(), pytest.raises(CodeEnded, match="older than ten minutes"):  # As for everybody.
        enter(waiting, "000000", now=NOW + timedelta(minutes=10))


def test_suspending_while_the_code_is_used_waits_and_ends_the_sign_in(app: Flask, tess: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both lock the person first, so neither waits for the other in a circle."""
    secret, code = asked_and_mailed(app)
    is_used, use = threading.Event(), mailed_codes.use

    def use_slowly(tried: mailed_codes.Tried, *, now: datetime) -> None:
        use(tried, now=now)
        is_used.set()
        suspending.join(1)

    def suspend() -> None:
        is_used.wait(10)
        with app.app_context():
            people.suspend(tess.id, actor=None, now=LATER)
            db.session.remove()

    monkeypatch.setattr(mailed_codes, "use", use_slowly)
    suspending = threading.Thread(target=suspend)
    suspending.start()
    with app.app_context():
        assert enter(secret, code).email == tess.email
        db.session.remove()
        suspending.join(10)
        assert db.session.get_one(Person, tess.id).suspended_at == LATER
        assert db.session.scalar(select(func.count()).where(SignIn.person_id == tess.id)) == 0


def test_the_locked_person_is_read_anew(app: Flask, tess: Member) -> None:
    with app.app_context(), transaction() as session:
        assert queries.person_to_change(tess.id).suspended_at is None
        session.execute(update(Person).values(suspended_at=NOW), execution_options={"synchronize_session": False})
        assert queries.person_to_change(tess.id).suspended_at == NOW


def test_a6_suspending_cancels_the_mail_with_the_code(app: Flask, tess: Member) -> None:
    with app.app_context():
        ask()
        cancel_mail_of(tess.id, now=NOW)
        assert db.session.scalars(select(Message.cancelled_at)).one() == NOW


def test_the_first_code_ends_what_somebody_else_may_have_prepared(app: Flask, make_person: Callable[..., Member]) -> None:
    """Somebody makes an account with another's address and a password, and waits: the owner's first code throws them out."""
    tess = make_person("tess@example.org", password_hash="somebody's")
    with app.app_context():
        prepared = mailed_codes.ask("change-email", "eve@example.org", person_id=tess.id, caller=HERE, now=NOW)
    secret, code = asked_and_mailed(app)
    with app.app_context():
        entered = enter(secret, code)
        assert entered.lost_password
        person = db.session.get_one(Person, tess.id)
        assert (person.password_hash, person.email_confirmed_at) == ("", LATER)
        assert db.session.scalars(select(SignIn.token_hash)).all() == [token_hash(entered.token)]
        assert db.session.scalars(select(MailedCode.used_at).where(MailedCode.token_hash == token_hash(prepared))).one() == LATER


def test_a_later_code_leaves_password_and_other_browsers(app: Flask, make_person: Callable[..., Member]) -> None:
    make_person("tess@example.org", password_hash="hers", email_confirmed_at=NOW)
    secret, code = asked_and_mailed(app)
    with app.app_context():
        assert not enter(secret, code).lost_password
        assert db.session.scalars(select(Person.password_hash)).one() == "hers"
        assert db.session.scalar(select(func.count()).select_from(SignIn)) == 2


def test_d5_a_code_is_for_one_purpose_and_one_person(app: Flask, tess: Member, omar: Member) -> None:
    secret, code = asked_and_mailed(app)
    with app.app_context():
        for person in (tess, omar):
            with pytest.raises(CodeEnded):
                proofs.prove_by_code(person.id, person.token, secret, code, caller=HERE, now=LATER)
        proof = proofs.ask_for_code(tess.id, caller=HERE, now=NOW)
    proving = newest_code(app, NOW)
    with app.app_context():
        with pytest.raises(CodeEnded):
            enter(proof, proving)
        with pytest.raises(CodeEnded):
            proofs.prove_by_code(omar.id, omar.token, proof, proving, caller=HERE, now=LATER)
        assert tries() == [0, 0]


def test_a_proof_counts_in_one_browser(app: Flask, make_person: Callable[..., Member]) -> None:
    tess = make_person("tess@example.org", email_confirmed_at=NOW)
    with app.app_context():
        elsewhere = sign_ins.begin(tess.id, now=NOW - timedelta(hours=1))
        here = sign_ins.begin(tess.id, now=NOW - timedelta(hours=1))
        secret = proofs.ask_for_code(tess.id, caller=HERE, now=NOW)
    code = newest_code(app, NOW)
    with app.app_context():
        assert proofs.prove_by_code(tess.id, here, secret, code, caller=HERE, now=LATER) == here
        assert sign_ins.has_proved(tess.id, here, now=NOW)
        assert not sign_ins.has_proved(tess.id, elsewhere, now=NOW)


def test_an_ended_sign_in_cannot_be_proved(app: Flask, tess: Member, omar: Member) -> None:
    with app.app_context():
        for token in (None, "", "made up", omar.token):
            with pytest.raises(Refused, match="has ended"):
                sign_ins.prove(tess.id, token, now=NOW)


def test_a_proof_that_first_confirms_keeps_the_password_and_ends_the_other_browsers(app: Flask, make_person: Callable[..., Member]) -> None:
    tess = make_person("tess@example.org", password_hash="hers")
    with app.app_context():
        here = sign_ins.begin(tess.id, now=NOW)
        secret = proofs.ask_for_code(tess.id, caller=HERE, now=NOW)
    code = newest_code(app, NOW)
    with app.app_context():
        token = proofs.prove_by_code(tess.id, here, secret, code, caller=HERE, now=LATER)
        assert db.session.scalars(select(SignIn.token_hash)).all() == [token_hash(token)]
        assert db.session.scalars(select(Person.password_hash)).one() == "hers"


def test_old_rows_are_forgotten(app: Flask, tess: Member) -> None:
    with app.app_context():
        ask()
        ask(now=NOW + timedelta(days=1, seconds=1))
        assert len(tries()) == 1
    assert len(letters(app, NOW + timedelta(days=1, seconds=2))) == 1
