"""D11: the second factor as a service: once only, in one sign-in, out of everybody's sight. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ceapp.accounts import (
    code_sign_ins,
    email_changes,
    own_passwords,
    passwords,
    proofs,
    second_factor_changes,
    second_factors,
    service,
    sign_ins,
    totp,
)
from ceapp.accounts.guesses import Caller
from ceapp.accounts.models import Person, RecoveryCode, SecondFactor, SecondFactorReset, SignIn
from ceapp.accounts.people import service as people
from ceapp.accounts.second_factors import RECOVERY_WRONG, USED, WRONG, Given, WrongFactor
from ceapp.accounts.sign_ins import Standing
from ceapp.accounts.tokens import token_hash
from ceapp.audit.models import AuditEntry
from ceapp.database import db, everybody, transaction
from ceapp.errors import Malformed, Missing, Refused, TooMany, Unsafe
from tests.accounts.parallel import at_once
from tests.conftest import NOW, PASSWORD, Member
from tests.harness.factors import switched_on
from tests.harness.letters import letters, newest_code

pytestmark = pytest.mark.both_databases

HERE = Caller("192.0.2.1/32")
LATER = NOW + timedelta(minutes=1)
NEW_PASSWORD = "seven lanterns on gravel"
KEY = "a-form-key-of-this-test-"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def sam(make_person: Callable[..., Member], password_hash: str) -> Member:
    return make_person("sam@example.org", "Sam Okafor", password_hash=password_hash, email_confirmed_at=NOW - timedelta(days=9))


def given(typed: str, caller: Caller = HERE) -> Given:
    return Given(typed, caller)


def half(person: Member, now: datetime = NOW) -> str:
    """A sign-in that waits for its second factor."""
    return sign_ins.begin(person.id, now=now)


def factor_of_sign_in(token: str) -> datetime | None:
    return db.session.scalars(select(SignIn.factor_at).where(SignIn.token_hash == token_hash(token))).one()


def sign_ins_of(person: Member) -> set[str]:
    return set(db.session.scalars(select(SignIn.token_hash).where(SignIn.person_id == person.id)))


def deeds() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.deed).order_by(AuditEntry.at, AuditEntry.id)))


def codes_left(person: Member) -> int:
    state = second_factors.state_of(person.id)
    assert state
    return state.codes_left


# At sign-in


def test_d11_the_code_completes_the_sign_in_and_renews_its_token(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        waiting = half(sam)
        assert factor_of_sign_in(waiting) is None
        token = second_factors.complete_sign_in(sam.id, waiting, given(factor.code(NOW)), now=NOW)
        assert factor_of_sign_in(token) == NOW
        assert sign_ins_of(sam) == {token_hash(factor.token), token_hash(token)}
        assert "person.second-factor-given" in deeds()


@pytest.mark.parametrize(("steps", "gets_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_d11_one_step_early_or_late_is_right(app: Flask, sam: Member, steps: int, gets_in: bool) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        typed = given(factor.code(NOW, steps))
        if gets_in:
            assert second_factors.complete_sign_in(sam.id, half(sam), typed, now=NOW)
        else:
            with pytest.raises(WrongFactor, match=WRONG[:30]):
                second_factors.complete_sign_in(sam.id, half(sam), typed, now=NOW)


def test_d11_a_code_works_once_and_so_does_the_one_that_switched_it_on(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        earlier = NOW - timedelta(seconds=60)
        with pytest.raises(WrongFactor, match=USED[:30]):
            second_factors.complete_sign_in(sam.id, half(sam, earlier), given(factor.code(earlier)), now=earlier)
        second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW)), now=NOW)
        with pytest.raises(WrongFactor, match=USED[:30]):
            second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW)), now=NOW)
        with pytest.raises(WrongFactor, match=USED[:30]):  # Nor the one before it, which would still be near enough.
            second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW, -1)), now=NOW)
        assert second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW, 1)), now=NOW)


def test_d11_a_clock_that_is_set_back_revives_no_code(app: Flask, sam: Member) -> None:
    factor, ahead = switched_on(app, sam, NOW), NOW + timedelta(hours=1)
    with app.app_context():
        used = factor.code(ahead)
        second_factors.complete_sign_in(sam.id, half(sam, ahead), given(used), now=ahead)
        for now in (ahead, NOW + timedelta(minutes=5), ahead + timedelta(seconds=20)):
            with pytest.raises(WrongFactor):
                second_factors.complete_sign_in(sam.id, half(sam, now), given(used), now=now)
        with pytest.raises(WrongFactor, match=USED[:30]):  # Codes of the time that was lived twice stay used; a recovery code opens.
            second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW)), now=NOW)
        assert second_factors.complete_sign_in(sam.id, half(sam), given(factor.codes[0]), now=NOW)


def test_d11_fifty_uses_of_one_code_at_once_sign_in_once(app: Flask, sam: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    factor = switched_on(app, sam, NOW)
    _without_limit(monkeypatch)
    with app.app_context():
        waiting = [half(sam) for _ in range(50)]
    typed = given(factor.code(NOW))
    got = at_once(app, 50, lambda number: second_factors.complete_sign_in(sam.id, waiting[number], typed, now=NOW))
    assert sum(isinstance(each, str) for each in got) == 1
    assert sum(isinstance(each, WrongFactor) for each in got) == 49
    with app.app_context():
        complete = select(func.count()).select_from(SignIn).where(SignIn.person_id == sam.id, SignIn.factor_at == NOW)
        assert db.session.scalar(complete) == 1


def test_d11_fifty_uses_of_one_recovery_code_at_once_sign_in_once(app: Flask, sam: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    factor = switched_on(app, sam, NOW)
    _without_limit(monkeypatch)
    with app.app_context():
        waiting = [half(sam) for _ in range(50)]
    got = at_once(app, 50, lambda number: second_factors.complete_sign_in(sam.id, waiting[number], given(factor.codes[3]), now=NOW))
    assert sum(isinstance(each, str) for each in got) == 1
    with app.app_context():
        assert codes_left(sam) == 9
        assert deeds().count("person.recovery-code-used") == 1


def _without_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is under test is the code itself, not how often it may be tried."""
    monkeypatch.setitem(second_factors.guesses.LIMITS, "second-factor", ())


def test_d11_each_recovery_code_works_once_and_for_its_owner(app: Flask, sam: Member, tess: Member) -> None:
    factor, other = switched_on(app, sam, NOW), switched_on(app, tess, NOW)
    with app.app_context():
        second_factors.complete_sign_in(sam.id, half(sam), given(factor.codes[0].lower()), now=NOW)
        for code in (factor.codes[0], other.codes[0], "0000-0000-0000"):
            with pytest.raises(WrongFactor, match=RECOVERY_WRONG[:30]):
                second_factors.complete_sign_in(sam.id, half(sam), given(code), now=NOW)
        assert (codes_left(sam), codes_left(tess)) == (9, 10)
    (letter,) = [each for each in letters(app, NOW) if each.subject == "A recovery code was used"]
    assert letter.to == sam.email and "Left: 9." in letter.text and factor.codes[0] not in letter.text


@pytest.mark.parametrize("now", [NOW + timedelta(minutes=15), NOW - timedelta(minutes=6)])
def test_d11_a_sign_in_waits_a_quarter_of_an_hour_at_most(app: Flask, sam: Member, now: datetime) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        waiting = half(sam, NOW)
        with pytest.raises(Refused, match="has ended"):
            second_factors.complete_sign_in(sam.id, waiting, given(factor.code(now)), now=now)


def test_d8_what_ended_meanwhile_is_not_completed(app: Flask, sam: Member, tess: Member) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        complete = second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW)), now=NOW)
        ended, of_another = half(sam), half(tess)
        sign_ins.end(ended)
        for number, token in enumerate((ended, of_another, complete, "made up", None)):
            with pytest.raises(Refused, match="has ended"):
                second_factors.complete_sign_in(sam.id, token, given(factor.codes[number]), now=NOW)
        assert codes_left(sam) == 10  # What did not open anything was not used up.
        waiting = half(sam)
        with transaction() as session:
            session.execute(update(Person).where(Person.id == sam.id).values(suspended_at=NOW))
        with pytest.raises(Refused, match="suspended"):
            second_factors.complete_sign_in(sam.id, waiting, given(factor.codes[0]), now=NOW)


def test_d4_tries_are_limited_for_an_account_and_right_ones_do_not_count(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW)
    wrong = next(f"{number:06d}" for number in range(9) if totp.matching_step(factor.seed, f"{number:06d}", LATER) is None)
    with app.app_context():
        second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(NOW)), now=NOW)
        for number in range(10):
            with pytest.raises(WrongFactor):
                second_factors.complete_sign_in(sam.id, half(sam), given(wrong, Caller(f"198.51.100.{number}/32")), now=LATER)
        for typed in (factor.code(LATER), factor.codes[0]):
            with pytest.raises(TooMany):
                second_factors.complete_sign_in(sam.id, half(sam), given(typed), now=LATER)
        known = Caller("192.0.2.1/32", "a browser where it was given before")
        assert second_factors.complete_sign_in(sam.id, half(sam), given(factor.code(LATER), known), now=LATER)


# Proofs


def test_d11_d12_a_proof_needs_the_code_where_there_is_one(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        assert not sign_ins.has_proved(sam.id, factor.token, now=NOW)
        for typed in (None, given(""), given("000000" if factor.code(NOW) != "000000" else "000001")):
            with pytest.raises(WrongFactor):
                proofs.prove_by_password(sam.id, factor.token, PASSWORD, now=NOW, factor=typed)
        assert not sign_ins.has_proved(sam.id, factor.token, now=NOW)
        with pytest.raises(Refused, match="not your password"):
            proofs.prove_by_password(sam.id, factor.token, "another one", now=NOW, factor=given(factor.code(NOW)))
        proofs.prove_by_password(sam.id, factor.token, PASSWORD, now=NOW, factor=given(factor.code(NOW)))
        assert sign_ins.has_proved(sam.id, factor.token, now=NOW)


def test_d11_d12_a_mailed_code_alone_proves_nothing(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        secret = proofs.ask_for_code(sam.id, caller=HERE, now=NOW)
    code = newest_code(app, NOW)
    with app.app_context():
        with pytest.raises(WrongFactor):
            proofs.prove_by_code(sam.id, factor.token, secret, code, caller=HERE, now=NOW)
        assert not sign_ins.has_proved(sam.id, factor.token, now=NOW)
        proofs.prove_by_code(sam.id, factor.token, secret, code, caller=HERE, now=NOW, factor=given(factor.code(NOW)))
        assert sign_ins.has_proved(sam.id, factor.token, now=NOW)


def test_d11_nothing_is_proved_in_a_sign_in_that_waits(app: Flask, sam: Member) -> None:
    """However it was tried: a half signed-in browser changes neither password nor address nor factor."""
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        waiting = half(sam)
        assert not sign_ins.has_proved(sam.id, waiting, now=NOW)
        for deed in (
            lambda: own_passwords.set_own_password(sam.id, waiting, NEW_PASSWORD, now=NOW),
            lambda: own_passwords.remove_password(sam.id, waiting, now=NOW),
            lambda: service.change_password(sam.id, PASSWORD, NEW_PASSWORD, ending=waiting, now=NOW),
            lambda: email_changes.ask_to_change_email(sam.id, waiting, "new@example.org", caller=HERE, now=NOW),
            lambda: second_factor_changes.switch_off(sam.id, waiting, now=NOW),
            lambda: second_factor_changes.make_recovery_codes(sam.id, waiting, now=NOW),
            lambda: proofs.prove_by_password(sam.id, waiting, PASSWORD, now=NOW, factor=given(factor.code(NOW))),
        ):
            with pytest.raises(Refused):
                deed()
        assert sign_ins_of(sam) == {token_hash(factor.token), token_hash(waiting)}


# Nothing else switches it off


def test_d11_another_password_or_none_leaves_it_on(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        token = own_passwords.set_own_password(sam.id, factor.token, NEW_PASSWORD, now=NOW)
        assert factor_of_sign_in(token) is not None
        token = service.change_password(sam.id, NEW_PASSWORD, PASSWORD, ending=token, now=NOW)
        token = own_passwords.remove_password(sam.id, token, now=NOW)
        assert factor_of_sign_in(token) is not None
        service.set_password(sam.email, NEW_PASSWORD, now=NOW)
        assert factor_of_sign_in(service.sign_in(sam.email, NEW_PASSWORD, caller=HERE, now=NOW)) is None
        assert second_factors.state_of(sam.id)


def test_d11_neither_a_mailed_code_nor_a_reset_of_the_sign_in_gets_past_it(app: Flask, sam: Member, ada: Member) -> None:
    switched_on(app, sam, NOW)
    with app.app_context():
        people.reset_sign_in(sam.id, actor=ada.id, form_key=KEY, now=NOW)
        secret = code_sign_ins.ask_to_sign_in(sam.email, caller=HERE, now=NOW)
    code = newest_code(app, NOW)
    with app.app_context():
        entered = code_sign_ins.sign_in_by_code(secret, code, may_sign_up=True, caller=HERE, now=NOW)
        assert factor_of_sign_in(entered.token) is None
        assert not sign_ins.has_proved(sam.id, entered.token, now=NOW)


def test_d11_a_first_confirmation_of_the_address_leaves_it_on(app: Flask, make_person: Callable[..., Member]) -> None:
    """Otherwise whoever reads the mailbox of an administrator who never confirmed it would need no second factor."""
    noor = make_person("noor@example.org")
    switched_on(app, noor, NOW)
    with app.app_context():
        secret = code_sign_ins.ask_to_sign_in(noor.email, caller=HERE, now=NOW)
    code = newest_code(app, NOW)
    with app.app_context():
        entered = code_sign_ins.sign_in_by_code(secret, code, may_sign_up=True, caller=HERE, now=NOW)
        assert factor_of_sign_in(entered.token) is None
        assert second_factors.state_of(noor.id)


def test_d11_another_address_leaves_it_on_and_proves_nothing_new(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        secret = email_changes.ask_to_change_email(sam.id, factor.token, "new@example.org", caller=HERE, now=NOW)
    code, later = newest_code(app, NOW + timedelta(minutes=30)), NOW + timedelta(minutes=31)
    with app.app_context():
        token = email_changes.change_email(sam.id, factor.token, secret, code, caller=HERE, now=later)
        assert factor_of_sign_in(token) is not None
        assert not sign_ins.has_proved(sam.id, token, now=later)
        assert second_factors.state_of(sam.id)


def test_d12_changing_the_password_needs_a_fresh_proof_besides(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        with pytest.raises(Refused, match="last 15 minutes"):
            service.change_password(sam.id, PASSWORD, NEW_PASSWORD, ending=factor.token, now=NOW)
        proofs.prove_by_password(sam.id, factor.token, PASSWORD, now=NOW, factor=given(factor.code(NOW)))
        assert service.change_password(sam.id, PASSWORD, NEW_PASSWORD, ending=factor.token, now=NOW)


# Switching on, off, anew


def test_d11_switching_on_needs_a_proof_and_a_code_and_ends_other_sign_ins(app: Flask, sam: Member) -> None:
    seed = totp.new_seed()
    code = totp.code_at(seed, totp.step_at(NOW))
    with app.app_context():
        here, stale = half(sam), half(sam, NOW - timedelta(minutes=15))
        for token, digits in ((stale, code), (None, code), (here, totp.code_at(seed, totp.step_at(NOW) + 9))):
            with pytest.raises(Refused):
                second_factor_changes.switch_on(sam.id, token, seed, digits, now=NOW)
        assert second_factors.state_of(sam.id) is None
        done = second_factor_changes.switch_on(sam.id, here, seed, code, now=NOW)
        assert sign_ins_of(sam) == {token_hash(done.token)}
        assert sign_ins.has_proved(sam.id, done.token, now=NOW)
        assert (len(done.codes), codes_left(sam)) == (10, 10)
        with pytest.raises(Refused, match="on already"):
            second_factor_changes.switch_on(sam.id, done.token, seed, code, now=NOW)
        assert deeds() == ["person.second-factor-on"]
    (letter,) = letters(app, NOW)
    assert (letter.to, letter.subject) == (sam.email, "Your second factor is on")


def test_d11_switched_on_in_two_tabs_at_once_is_on_once(app: Flask, sam: Member) -> None:
    seeds = [totp.new_seed() for _ in range(8)]
    with app.app_context():
        here = half(sam)
    got = at_once(
        app, 8, lambda n: second_factor_changes.switch_on(sam.id, here, seeds[n], totp.code_at(seeds[n], totp.step_at(NOW)), now=NOW)
    )
    assert sum(not isinstance(each, Refused) for each in got) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SecondFactor)) == 1
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 10


def test_d11_switching_off_needs_a_fresh_proof_and_leaves_nothing(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        with pytest.raises(Refused, match="last 15 minutes"):
            second_factor_changes.switch_off(sam.id, factor.token, now=NOW)
        proofs.prove_by_password(sam.id, factor.token, PASSWORD, now=NOW, factor=given(factor.code(NOW)))
        token = second_factor_changes.switch_off(sam.id, factor.token, now=NOW)
        assert second_factors.state_of(sam.id) is None
        assert sign_ins_of(sam) == {token_hash(token)}
        assert db.session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        with pytest.raises(Refused):
            second_factor_changes.switch_off(sam.id, token, now=NOW)
        assert deeds()[-1] == "person.second-factor-off"
    assert letters(app, NOW)[-1].subject == "Your second factor is off"


def test_d11_new_recovery_codes_need_a_fresh_proof_and_end_the_old_ones(app: Flask, sam: Member) -> None:
    factor = switched_on(app, sam, NOW - timedelta(hours=1))
    with app.app_context():
        with pytest.raises(Refused, match="last 15 minutes"):
            second_factor_changes.make_recovery_codes(sam.id, factor.token, now=NOW)
        proofs.prove_by_password(sam.id, factor.token, PASSWORD, now=NOW, factor=given(factor.codes[0]))
        assert codes_left(sam) == 9
        codes = second_factor_changes.make_recovery_codes(sam.id, factor.token, now=NOW)
        assert codes_left(sam) == 10
        with pytest.raises(WrongFactor):
            second_factors.complete_sign_in(sam.id, half(sam), given(factor.codes[1]), now=NOW)
        assert second_factors.complete_sign_in(sam.id, half(sam), given(codes[1]), now=NOW)
    assert "New recovery codes were made" in [each.subject for each in letters(app, NOW)]


# An administrator takes it away


def test_d11_an_administrator_takes_it_away_with_a_reason(app: Flask, sam: Member, ada: Member, tess: Member) -> None:
    switched_on(app, sam, NOW)
    with app.app_context():
        for actor in (tess.id, uuid4()):
            with pytest.raises(Missing):
                people.reset_second_factor(sam.id, "Lost it", actor=actor, form_key=KEY, now=NOW)
        for reason in ("", "  ", "x" * 401):
            with pytest.raises(Malformed):
                people.reset_second_factor(sam.id, reason, actor=ada.id, form_key=KEY, now=NOW)
        half(sam)
        for _ in range(2):  # The same form again changes nothing.
            people.reset_second_factor(sam.id, " Met her; the telephone is lost. ", actor=ada.id, form_key=KEY, now=NOW)
        assert second_factors.state_of(sam.id) is None
        assert sign_ins_of(sam) == set()
        with pytest.raises(Refused, match="no second factor"):
            people.reset_second_factor(sam.id, "Again", actor=ada.id, form_key="another-form-key-of-it-", now=NOW)
        (reset,) = db.session.scalars(select(SecondFactorReset))
        assert (reset.person_id, reset.reset_by, b"telephone" in reset.ciphertext) == (sam.id, ada.id, False)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "person.second-factor-reset")).one()
        assert (entry.actor_id, entry.subjects) == (ada.id, {"person": str(sam.id), "reset": str(reset.id)})
    told = [each for each in letters(app, NOW) if each.subject == "Your second factor was taken away"]
    assert [each.to for each in told] == [sam.email]
    assert "Met her; the telephone is lost." in told[0].text


def test_d11_nobody_takes_their_own_away_there(app: Flask, ada: Member) -> None:
    switched_on(app, ada, NOW)
    with app.app_context():
        with pytest.raises(Refused, match="their own second factor"):
            people.reset_second_factor(ada.id, "It is mine", actor=ada.id, form_key=KEY, now=NOW)
        people.reset_second_factor(ada.id, "In the terminal", actor=None, form_key=KEY, now=NOW)
        assert second_factors.state_of(ada.id) is None


# At rest


def test_d11_the_seed_and_the_codes_are_nowhere_in_the_clear(app: Flask, sam: Member, caplog: pytest.LogCaptureFixture) -> None:
    factor = switched_on(app, sam, NOW)
    with app.app_context():
        second_factors.complete_sign_in(sam.id, half(sam), given(factor.codes[0]), now=NOW)
        with pytest.raises(WrongFactor):
            second_factors.complete_sign_in(sam.id, half(sam), given(factor.codes[0]), now=NOW)
        with everybody("every table is searched"):
            everything = "\n".join(str(tuple(row)) for table in db.metadata.sorted_tables for row in db.session.execute(select(table)))
        written = everything + caplog.text + "".join(each.text for each in letters(app, NOW))
    for secret in (factor.seed, totp.in_groups(factor.seed), *factor.codes):
        assert secret not in written
    assert str(sam.id) in written  # The control: what is in the clear is found.


def test_d11_a_seed_in_the_row_of_somebody_else_opens_nothing(app: Flask, sam: Member, tess: Member) -> None:
    switched_on(app, sam, NOW)
    own = switched_on(app, tess, NOW)
    with app.app_context():
        with transaction() as session:
            mine = session.scalars(select(SecondFactor).where(SecondFactor.person_id == tess.id)).one()
            hers = session.scalars(select(SecondFactor).where(SecondFactor.person_id == sam.id)).one()
            hers.key_id, hers.ciphertext = mine.key_id, mine.ciphertext
        with pytest.raises(Unsafe, match="somebody else"):
            second_factors.complete_sign_in(sam.id, half(sam), given(own.code(NOW)), now=NOW)


def test_a_sign_in_goes_on_as_far_as_it_was(app: Flask, sam: Member) -> None:
    """What takes the place of a sign-in has what was shown there, and of one that has ended nothing."""
    with app.app_context():
        after = sign_ins.begin(sam.id, now=LATER, after=Standing(proved_at=NOW, factor_at=NOW))
        assert sign_ins.standing_of(sam.id, after) == Standing(NOW, NOW)
        after = sign_ins.begin(sam.id, now=LATER, after=Standing(proved_at=NOW, factor_at=None))
        assert sign_ins.standing_of(sam.id, after) == Standing(LATER, None)
        assert sign_ins.standing_of(sam.id, "ended") is None
