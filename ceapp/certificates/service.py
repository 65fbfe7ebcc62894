"""Issuing certificates: for a completion, and for the specimens that waited. What happens to them later is in `life`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from ceapp.audit.service import record
from ceapp.certificates import codes, queries
from ceapp.certificates.approvals.queries import approvals_for
from ceapp.certificates.approvals.rules import printed_approvals
from ceapp.certificates.facts import (
    DELIVERY,
    FORMAT,
    LOCATION,
    NOTICE,
    CompletionFacts,
    Facts,
    PrintedLicence,
    canonical,
    decimal,
    from_json,
    plain,
    sha256,
)
from ceapp.certificates.models import Certificate, ProviderFacts, SerialCounter
from ceapp.certificates.provider import with_provider
from ceapp.certificates.site import has_public_address, verify_address
from ceapp.database import db, transaction
from ceapp.errors import Refused

NOT_READY = "Certificates can be issued when the provider is named and the server has its public address. Nothing was issued."


def issue(
    *,
    person_id: UUID,
    course_slug: str,
    cycle: int,
    facts_input: CompletionFacts,
    now: datetime,
    basis: str = "completion",
    reason: str = "",
    by: UUID | None = None,
) -> Certificate:
    """The certificate for a completion, or a specimen while the provider or the public address is not set.

    Called inside the transaction that decides the completion. A second call for the same person, course and cycle gives the first one.
    """
    with transaction() as session:
        place = {"person_id": person_id, "course_slug": course_slug, "cycle": cycle, "version": 1, "basis": basis, "reason": reason}
        try:
            with session.begin_nested():
                certificate = write(with_approvals(of_completion(facts_input), course_slug), now, **place)
        except IntegrityError:
            # It was issued before. That is tried and not looked up: it hardly ever happens, and on PostgreSQL others may do it meanwhile.
            existing = queries.current_certificate(person_id, course_slug, cycle)
            if existing is None:
                raise
            return existing
        record_issue(certificate, by, now)
        return certificate


def issue_waiting(*, by: UUID, now: datetime) -> int:
    """Replace every waiting specimen by a certificate; returns how many. Raises Refused while that is not possible."""
    with transaction() as session:
        if not is_ready(_provider_in_turn()):
            raise Refused(NOT_READY)
        waiting = queries.waiting_specimens()
        for specimen in waiting:
            place = {name: getattr(specimen, name) for name in ("person_id", "course_slug", "cycle", "basis", "reason")}
            facts = with_approvals(of_today(from_json(specimen.facts)), specimen.course_slug)
            certificate = write(facts, now, **place, version=specimen.version + 1, supersedes_id=specimen.id)
            record_issue(certificate, by, now)
        session.flush()
        return len(waiting)


def write(facts: Facts, now: datetime, **place: object) -> Certificate:
    """Fill in what only the moment of issue knows, and write the row."""
    provider = queries.newest_provider_facts()
    issued_on = now.astimezone(ZoneInfo(facts.time_zone)).date()
    serial = _next_serial(issued_on.year) if provider and is_ready(provider) else None
    complete = replace(
        with_provider(facts, provider),
        issued_on=issued_on.isoformat(),
        code=codes.new_code(),
        serial=serial or "",
        verify_address=verify_address(),
    )
    text = canonical(complete)
    certificate = Certificate(code=complete.code, serial=serial, facts=text, facts_sha256=sha256(text), issued_at=now, **place)
    db.session.add(certificate)
    db.session.flush()
    return certificate


def of_completion(given: CompletionFacts) -> Facts:
    return Facts(
        learner=plain(given.name),
        course_title=plain(given.course_title),
        course_revision=given.course_revision,
        category=plain(given.category),
        delivery=DELIVERY,
        contact_hours=decimal(given.contact_hours),
        started_on=given.started_on.isoformat(),
        completed_on=given.completed_on.isoformat(),
        time_zone=given.time_zone,
        authors=_plain_all(given.authors),
        notice=NOTICE,
        location=LOCATION,
        exact_hours=decimal("0" if given.exact_hours.startswith("-") else given.exact_hours or given.contact_hours),
        licences=tuple(plain_licence(each, plain(given.name)) for each in given.licences),
        assessment_by=_plain_all(given.assessment_by),
        reviewed_by=_plain_all(given.reviewed_by),
    )


def of_today(facts: Facts) -> Facts:
    """The same facts as certificates are written today."""
    return replace(facts, format=FORMAT, location=facts.location or LOCATION, exact_hours=facts.exact_hours or facts.contact_hours)


def with_approvals(facts: Facts, course_slug: str) -> Facts:
    """The facts with the approvals that hold on the day of completion, as they are entered now."""
    found = approvals_for(course_slug, date.fromisoformat(facts.completed_on))
    exact, own = Decimal(facts.exact_hours), Decimal(facts.contact_hours)
    return replace(facts, approvals=printed_approvals(found, facts.licences, exact=exact, own=own))


def plain_licence(licence: PrintedLicence, learner: str) -> PrintedLicence:
    name = plain(licence.name)
    return replace(licence, title=plain(licence.title), number=plain(licence.number), name="" if name == learner else name)


def _plain_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(plain(text) for text in texts)


def is_ready(provider: ProviderFacts | None) -> bool:
    return provider is not None and has_public_address()


def _provider_in_turn() -> ProviderFacts | None:
    """The newest facts, locked, so that two administrators who issue at once take turns."""
    return db.session.scalar(select(ProviderFacts).order_by(ProviderFacts.version.desc()).limit(1).with_for_update())


def _next_serial(year: int) -> str:
    insert = (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(SerialCounter)
    counted = insert.values(year=year, last=1).on_conflict_do_update(index_elements=["year"], set_={"last": SerialCounter.last + 1})
    return f"{year}-{db.session.execute(counted.returning(SerialCounter.last)).scalar_one():06}"


def record_issue(certificate: Certificate, by: UUID | None, now: datetime) -> None:
    deed = "certificate.specimen-made" if certificate.is_specimen else "certificate.issued"
    record(deed, actor=by, now=now, certificate=certificate.id, person=certificate.person_id)
