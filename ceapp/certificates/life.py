"""What administrators do with certificates after they are issued, or without a completion: replace, revoke, issue by hand.

Each deed has a reason, which its holder reads: a sealed row of its own, since the record itself holds no free text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.queries import person_with_id
from ceapp.accounts.people.service import refuse_reviewer, refuse_unless_administers
from ceapp.audit.service import record
from ceapp.certificates import life_queries, queries
from ceapp.certificates.facts import CompletionFacts, Facts, PrintedLicence, decimal, from_json, plain
from ceapp.certificates.models import Certificate, CertificateDeed, CertificateRevocation, CorrectionRequest
from ceapp.certificates.service import NOT_READY, is_ready, of_completion, of_today, plain_licence, record_issue, with_approvals, write
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.mail.service import queue

LONGEST_REASON = 400
LONGEST_REQUEST = 1000
BY_HAND = "by hand"
SEALED = "sealed"
"""What the record of a certificate by hand says as its reason: the words are in its deed."""

ALREADY_REVOKED = "This certificate is revoked already. Nothing was changed."
REPLACED = "Another version replaced this certificate a moment ago. Nothing of yours was saved: look at the newer one first."
IS_SPECIMEN = "This is a specimen. Nothing was changed: it is issued with the others that wait, on the page of the provider."
SENT_BEFORE = "This form was sent before, for something else, and that stands. Nothing was changed now."
AT_ONCE = "Somebody else issued a certificate for this person and course at the same moment. Nothing of yours was saved: look at it first."
NOT_YOURS_TO_CORRECT = "This certificate is not the newest any more. Nothing was sent: look at the one that replaced it."


@dataclass(frozen=True, slots=True)
class Correction:
    """What the newer version says; everything else stays. `renews_approvals` prints the approvals that are entered now."""

    learner: str
    contact_hours: str
    category: str
    licences: tuple[PrintedLicence, ...]
    renews_approvals: bool


def supersede(certificate_id: UUID, given: Correction, *, reason: str, by: UUID, form_key: str, now: datetime) -> Certificate:
    """Put a corrected certificate in the place of one; the old code then says that it was replaced. The same form gives the first one.

    A revoked one may be replaced too: that is how a revocation by mistake is mended. Raises Missing, Refused or Malformed.
    """
    seal = _sealed(reason)

    def deed() -> Certificate:
        earlier = life_queries.deed_made_with(form_key)
        if earlier is not None:
            return _replacing(earlier, certificate_id)
        old = _current(certificate_id)
        facts = _corrected(from_json(old.facts), given, old.course_slug)
        place = {name: getattr(old, name) for name in ("person_id", "course_slug", "cycle", "basis", "reason")}
        made = write(facts, now, **place, version=old.version + 1, supersedes_id=old.id)
        record_issue(made, by, now)
        record("certificate.replaced", actor=by, now=now, certificate=old.id, by_certificate=made.id, person=old.person_id)
        _note(made, "replaced", by, form_key, seal, now)
        _answer(old.id, now)
        return made

    return _done(deed, by, REPLACED)


def revoke(certificate_id: UUID, *, by: UUID, reason: str, now: datetime, form_key: str = "") -> None:
    """Say that a certificate no longer counts; the same form once more changes nothing. Raises Missing, Refused or Malformed."""
    seal, key = _sealed(reason), form_key or str(new_id())

    def deed() -> Certificate:
        certificate = db.session.get(Certificate, certificate_id)
        if certificate is None:
            raise Missing
        earlier = life_queries.deed_made_with(key)
        if earlier is not None and (earlier.certificate_id, earlier.deed) == (certificate_id, "revoked"):
            return certificate
        if earlier is not None:
            raise Refused(SENT_BEFORE)
        if db.session.get(CertificateRevocation, certificate_id) is not None:
            raise Refused(ALREADY_REVOKED)
        if life_queries.successor_of(certificate_id) is not None:
            raise Refused(REPLACED)
        db.session.add(CertificateRevocation(certificate_id=certificate_id, revoked_at=now, revoked_by=by, reason=""))
        db.session.flush()
        record("certificate.revoked", actor=by, now=now, certificate=certificate_id)
        _note(certificate, "revoked", by, key, seal, now)
        return certificate

    _done(deed, by, ALREADY_REVOKED)


def issue_by_hand(
    person_id: UUID,
    course_slug: str,
    facts_input: CompletionFacts,
    *,
    with_approvals_of_that_day: bool,
    reason: str,
    by: UUID,
    form_key: str,
    now: datetime,
) -> Certificate:
    """A certificate without a completion here, for somebody who did the work elsewhere. The same form gives the first one.

    Certificates by hand belong to no enrolment, so their cycles count down from 0, where no enrolment's can be.
    """
    seal = _sealed(reason)

    def deed() -> Certificate:
        earlier = life_queries.deed_made_with(form_key)
        if earlier is not None:
            return _made_by_hand(earlier, person_id, course_slug)
        person = person_with_id(person_id)
        if person is None:
            raise Missing
        refuse_reviewer(person)
        if not is_ready(queries.newest_provider_facts()):
            raise Refused(NOT_READY)
        facts = of_completion(facts_input)
        cycle = min(1, life_queries.lowest_cycle(person_id, course_slug)) - 1
        place = {"person_id": person_id, "course_slug": course_slug, "cycle": cycle, "version": 1, "basis": BY_HAND, "reason": SEALED}
        made = write(with_approvals(facts, course_slug) if with_approvals_of_that_day else facts, now, **place)
        record_issue(made, by, now)
        record("certificate.issued-by-hand", actor=by, now=now, certificate=made.id, person=person_id)
        _note(made, BY_HAND, by, form_key, seal, now)
        return made

    return _done(deed, by, AT_ONCE)


def ask_for_correction(person_id: UUID, certificate_id: UUID, words: str, *, now: datetime) -> CorrectionRequest:
    """The holder says what is wrong; while one request is open, a second is the same one. Raises Missing or Refused."""
    key_id, ciphertext = current_keys().seal(_fit(words, LONGEST_REQUEST))
    try:
        with transaction() as session:
            held = queries.certificate_held_by(person_id, certificate_id)
            if held is None:
                raise Missing
            if life_queries.successor_of(certificate_id) is not None:
                raise Refused(NOT_YOURS_TO_CORRECT)
            waiting = life_queries.open_request_about(certificate_id)
            if waiting is not None:
                return waiting
            asked = CorrectionRequest(certificate_id=certificate_id, asked_at=now, key_id=key_id, ciphertext=ciphertext)
            session.add(asked)
            session.flush()
            record("certificate.correction-asked", actor=person_id, now=now, request=asked.id, certificate=certificate_id)
            return asked
    except IntegrityError:  # The other click of a double click was first.
        waiting = life_queries.open_request_about(certificate_id)
        if waiting is None:
            raise
        return waiting


def answer_request(request_id: UUID, *, by: UUID, now: datetime) -> None:
    """Close a request without a new certificate; a second time changes nothing."""
    with transaction() as session:
        refuse_unless_administers(by)
        request = session.get(CorrectionRequest, request_id)
        if request is None:
            raise Missing
        if request.answered_at is None:
            request.answered_at = now
            record("certificate.correction-answered", actor=by, now=now, request=request_id, certificate=request.certificate_id)


def _done(deed: Callable[[], Certificate], by: UUID, lost: str) -> Certificate:
    """Do it in one transaction. These deeds take turns, so that the same form twice finds what it did, and of two the later is told."""
    try:
        with transaction():
            one_at_a_time("certificates")
            refuse_unless_administers(by)
            return deed()
    except IntegrityError as problem:
        raise Refused(lost) from problem


def _current(certificate_id: UUID) -> Certificate:
    """The certificate that can be replaced. Raises Missing or Refused."""
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None:
        raise Missing
    if certificate.is_specimen:
        raise Refused(IS_SPECIMEN)
    if life_queries.successor_of(certificate_id) is not None:
        raise Refused(REPLACED)
    if not is_ready(queries.newest_provider_facts()):
        raise Refused(NOT_READY)
    return certificate


def _corrected(printed: Facts, given: Correction, course_slug: str) -> Facts:
    old, hours, learner = of_today(printed), decimal(given.contact_hours), plain(given.learner)
    facts = replace(
        old,
        learner=learner,
        contact_hours=hours,
        exact_hours=old.exact_hours if hours == old.contact_hours else hours,
        category=plain(given.category),
        licences=tuple(plain_licence(each, learner) for each in given.licences),
    )
    return with_approvals(facts, course_slug) if given.renews_approvals else facts


def _replacing(earlier: CertificateDeed, certificate_id: UUID) -> Certificate:
    """What this form made when it was sent before."""
    made = db.session.get_one(Certificate, earlier.certificate_id)
    if earlier.deed != "replaced" or made.supersedes_id != certificate_id:
        raise Refused(SENT_BEFORE)
    return made


def _made_by_hand(earlier: CertificateDeed, person_id: UUID, course_slug: str) -> Certificate:
    made = db.session.get_one(Certificate, earlier.certificate_id)
    if earlier.deed != BY_HAND or (made.person_id, made.course_slug) != (person_id, course_slug):
        raise Refused(SENT_BEFORE)
    return made


def _note(certificate: Certificate, deed: str, by: UUID, form_key: str, seal: tuple[str, bytes], now: datetime) -> None:
    """Keep who did it and why, and owe the holder a letter."""
    key_id, ciphertext = seal
    row = CertificateDeed(
        certificate_id=certificate.id, deed=deed, done_at=now, done_by=by, form_key=form_key, key_id=key_id, ciphertext=ciphertext
    )
    db.session.add(row)
    db.session.flush()
    values = {"certificate": str(certificate.id)}
    name = f"certificate-{deed.replace(' ', '-')}"
    queue(name, f"{name}:{certificate.id}", person_id=certificate.person_id, values=values, now=now)


def _answer(certificate_id: UUID, now: datetime) -> None:
    waiting = life_queries.open_request_about(certificate_id)
    if waiting is not None:
        waiting.answered_at = now


def _sealed(reason: str) -> tuple[str, bytes]:
    return current_keys().seal(_fit(reason, LONGEST_REASON))


def _fit(text: str, most: int) -> str:
    text = text.strip()
    if not 1 <= len(text) <= most:
        raise Malformed(f"Write between 1 and {most} characters. Nothing was changed.")
    return text


def completion_of_hand(
    *,
    name: str,
    course_title: str,
    category: str,
    contact_hours: str,
    days: tuple[date, date],
    time_zone: str,
    licences: tuple[PrintedLicence, ...],
) -> CompletionFacts:
    """The facts of work that was done elsewhere, as an administrator types them: no revision of ours, and never a score."""
    started_on, completed_on = days
    return CompletionFacts(
        name=name,
        course_title=course_title,
        course_revision="",
        category=category,
        contact_hours=contact_hours,
        started_on=started_on,
        completed_on=completed_on,
        time_zone=time_zone,
        licences=licences,
    )
