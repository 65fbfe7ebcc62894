"""Taking stock: bringing the ledger up to the certificates, licences and settings of now. What was sent stays as it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from uuid import UUID

from ceapp.accounts.licences.queries import licences_of
from ceapp.certificates.facts import Facts, from_json
from ceapp.certificates.queries import licences_to_print
from ceapp.database import db, one_at_a_time, transaction
from ceapp.keys import current_keys
from ceapp.reporting.ce_broker import queries
from ceapp.reporting.ce_broker.models import CeBrokerEntry
from ceapp.reporting.ce_broker.queries import ToLookAt, Words
from ceapp.reporting.ce_broker.rules import Line, Setting, State, lines_of

JOB = "ce broker"
EVERY_SECONDS = 120
LEDGER = "ce-broker"
"""Whoever changes the ledger takes turns."""

_BATCH = 100
_CHANGES_WITH_THE_RECORD = (State.READY, State.REJECTED, State.MISSING, State.NOT_REPORTED)
"""What was not sent, or came back, follows the certificate; what is under way or accepted says what was sent."""


def take_some(now: datetime) -> bool:
    """Look at some certificates that the ledger does not know as they are now; whether there may be more to do at once."""
    if not queries.certificates_to_look_at(1) and not queries.open_entries_of_revoked(1):
        db.session.rollback()
        return False
    with transaction():
        one_at_a_time(LEDGER)
        settings, found = queries.settings_by_course(), queries.certificates_to_look_at(_BATCH)
        for each in found:
            _look_at(each, settings.get(each.certificate.course_slug, []), now)
        for entry in queries.open_entries_of_revoked(_BATCH):
            _change(entry, State.NOT_REPORTED, now)
    return len(found) == _BATCH


def take_all(now: datetime) -> None:
    """The whole ledger, for whoever is about to make a file."""
    while take_some(now):
        pass


def _look_at(seen: ToLookAt, settings: Iterable[Setting], now: datetime) -> None:
    certificate = seen.certificate
    facts = from_json(certificate.facts)
    held = licences_to_print(each for each in licences_of(certificate.person_id) if each.is_printed)
    completed_on, approvals = date.fromisoformat(facts.completed_on), _approvals(facts)
    counting = [each for each in settings if each.counts(completed_on, approvals)]
    lines = lines_of(counting, facts.licences, held)
    known = queries.entries_of(certificate.person_id, certificate.course_slug, certificate.cycle)
    for key, entry in known.items():
        entry.certificate_id, entry.settings, entry.licences = certificate.id, seen.settings, seen.licences
        if key not in lines and entry.state in (State.READY, State.MISSING):
            _change(entry, State.NOT_REPORTED, now)
    for key, line in lines.items():
        _put(known.get(key) or _new(seen, key, now), line, facts, now)
    if not lines:
        entry = known.get("") or _new(seen, "", now)
        is_missing = bool(counting) and not facts.licences and not held and set(known) <= {""}
        entry.completed_on = completed_on
        entry.due_on = completed_on + timedelta(days=min((each.days for each in counting), default=0))
        _seal(entry, Words(learner=facts.learner))
        if entry.changed_by is None:
            _change(entry, State.MISSING if is_missing else State.NOT_REPORTED, now)
    db.session.flush()


def _put(entry: CeBrokerEntry, line: Line, facts: Facts, now: datetime) -> None:
    if entry.setting_id is not None and entry.state not in _CHANGES_WITH_THE_RECORD:
        return
    entry.setting_id = line.setting.id
    entry.completed_on = date.fromisoformat(facts.completed_on)
    entry.due_on = entry.completed_on + timedelta(days=line.setting.days)
    _seal(entry, Words(facts.learner, line.licence.title, line.licence.number))
    if entry.state == State.NOT_REPORTED and entry.changed_by is None:  # What somebody took out by hand stays out.
        _change(entry, State.READY, now)


def _new(seen: ToLookAt, key: str, now: datetime) -> CeBrokerEntry:
    certificate = seen.certificate
    entry = CeBrokerEntry(
        person_id=certificate.person_id,
        course_slug=certificate.course_slug,
        cycle=certificate.cycle,
        licence_key=key,
        certificate_id=certificate.id,
        settings=seen.settings,
        licences=seen.licences,
        state=State.NOT_REPORTED.value,
        row=0,
        changed_at=now,
    )
    db.session.add(entry)
    return entry


def _change(entry: CeBrokerEntry, state: State, now: datetime, by: UUID | None = None) -> None:
    if entry.state != state:
        entry.state, entry.changed_at, entry.changed_by = state.value, now, by


def _seal(entry: CeBrokerEntry, words: Words) -> None:
    if queries.words_of(entry) != words:
        entry.key_id, entry.ciphertext = current_keys().seal(json.dumps(asdict(words)))


def _approvals(facts: Facts) -> set[str]:
    """The ids of the approvals that a certificate prints."""
    return {each.version.partition("/")[0] for each in facts.approvals}
