"""Making the file of everything about oneself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ceapp.accounts.models import Person
from ceapp.certificates.rendering import Paper
from ceapp.database import db
from ceapp.learning.record.queries import kept_of
from ceapp.learning.record.replay import replay, shows_key_to_its_person
from ceapp.reporting import exporting, transcript_service, transcripts
from ceapp.reporting.own_data.holdings import EVERYWHERE_LEFT_OUT, HOLDINGS, NOBODYS
from ceapp.reporting.own_data.queries import Found, attempts_of, everything_of
from ceapp.reporting.own_data.readme import Told, readme
from ceapp.reporting.packs import as_file, attempt_values
from ceapp.reporting.selection import Selection
from ceapp.reporting.transcripts import Wanted
from ceapp.supervision.tasks import training
from ceapp.web.archives import Entry
from ceapp.web.spreadsheets import csv_rows

IN_OFFICE = (
    "What you did in an office, such as assigning work, inviting or setting something, is about others. That you did it stands in"
    " audit_entry.json; whom it was about does not. What supervisors and administrators note for themselves is theirs: ask for it."
)
_AUDIT = ("The entries of the audit record about what you did, and about what was done to something of yours.",)


def ask(person_id: UUID, paper: Paper, *, now: datetime) -> UUID:
    """Begin the file: the PDFs of certificates that were never printed are made first, beside the server's other work."""
    return exporting.ask(person_id, Selection(holder_id=person_id), paper, now=now)


def note_download(person_id: UUID, *, now: datetime) -> None:
    """Write down that somebody took everything about themselves."""
    exporting.note_download(person_id, "own-data", Selection(holder_id=person_id), now=now)


def files(person: Person, paper: Paper, *, address: str, now: datetime) -> Iterator[Entry]:
    """The file, part by part. What is read from the tables is read at once, so that nothing breaks off in the middle; PDFs stream."""
    parts, holder = list(_parts(person, address, now)), Selection(holder_id=person.id)
    db.session.rollback()
    return _with_certificates(parts, holder, paper, now)


def _with_certificates(parts: list[Entry], holder: Selection, paper: Paper, now: datetime) -> Iterator[Entry]:
    yield from parts
    yield from exporting.archive(holder, paper, now=now)


def _parts(person: Person, address: str, now: datetime) -> Iterator[Entry]:
    found = everything_of(person.id)
    yield "README.txt", _readme(person, found, address, now).encode(), now
    lines = transcripts.rows(transcript_service.transcript_of(person, Wanted(), now=now))
    yield "transcript.csv", "".join(csv_rows(lines, byte_order_mark=True)).encode(), now
    for record in training.training_records(person.id, now=now):
        done = training.rows(record, person.name)
        yield f"training-record-{record.organisation.slug}.csv", "".join(csv_rows(done, byte_order_mark=True)).encode(), now
    yield from _attempts(person.id)
    for table, rows in found.rows.items():
        yield as_file(f"{table}.json", rows, now)


def _attempts(person_id: UUID) -> Iterator[Entry]:
    """Those that are over; one that is under way has no replay for its person anywhere."""
    for number, (attempt_id, title) in enumerate(attempts_of(person_id), 1):
        kept = kept_of(person_id, attempt_id)
        if kept is not None and not kept.attempt.is_open:
            seen = replay(kept, with_key=shows_key_to_its_person(kept))
            name = f"attempt-{number:03}-{seen.series.scenario_slug}-{seen.attempt.number}.json"
            yield as_file(name, attempt_values(seen, title), seen.attempt.closed_at or seen.attempt.began_at)


def _readme(person: Person, found: Found, address: str, now: datetime) -> str:
    told = [
        Told(
            table,
            tuple(each.words for each in HOLDINGS if each.table == table) or _AUDIT,
            len(rows),
            _left_out(table),
        )
        for table, rows in found.rows.items()
    ]
    return readme(
        name=person.name or person.email,
        address=address,
        made_on=now.astimezone(ZoneInfo(person.zone)).date().isoformat(),
        tables=told,
        nobodys=NOBODYS,
        in_office=IN_OFFICE,
    )


def _left_out(table: str) -> dict[str, str]:
    holdings = [each for each in HOLDINGS if each.table == table]
    columns = {column.name for each in holdings for column in each.model.__table__.columns}
    everywhere = {column: reason for column, reason in EVERYWHERE_LEFT_OUT.items() if column in columns}
    return {**everywhere, **{column: reason for each in holdings for column, reason in each.left_out.items()}}
