"""What is asked about the reports to CE Broker."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal_column, select
from sqlalchemy.orm import aliased

from ceapp.accounts.licences.places import PLACES
from ceapp.accounts.licences.professions import profession_words
from ceapp.accounts.models import Licence, Person
from ceapp.catalogue.models import Course
from ceapp.certificates.models import Certificate, CertificateRevocation
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerLine, CeBrokerSetting
from ceapp.reporting.ce_broker.rules import OPEN, SOON, Kind, Setting, State, counts_of

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Words:
    """What is sealed of an entry: whose licence it is, which, and its number."""

    learner: str = ""
    licence: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the ledger as it is shown."""

    row: CeBrokerEntry
    person: Person
    course_title: str
    file_number: int | None
    words: Words

    @property
    def state(self) -> State:
        return State(self.row.state)

    def is_late(self, today: date) -> bool:
        return self.state in OPEN and self.row.due_on < today


@dataclass(frozen=True, slots=True)
class Ledger:
    """One page of the ledger, what is due first, with how many there are of each state."""

    entries: tuple[Entry, ...]
    counts: Mapping[State, int]
    late: int
    ready: Mapping[Kind, int]
    """How many lines are ready for each kind of file."""
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Due:
    """What is late, and what will be in a few days."""

    late: int = 0
    soon: int = 0


@dataclass(frozen=True, slots=True)
class FilesPage:
    files: tuple[tuple[CeBrokerFile, int], ...]
    """Each with how many of its lines nobody has answered."""
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FileLine:
    """A row of a file, and what became of it there."""

    line: CeBrokerLine
    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class FilePage:
    file: CeBrokerFile
    lines: tuple[FileLine, ...]
    unanswered: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class SettingSeen:
    """The newest version of a setting, in words."""

    row: CeBrokerSetting
    course_title: str

    @property
    def title(self) -> str:
        """`Counselor, Florida`."""
        return f"{profession_words(self.row.profession, self.row.profession_words)}, {PLACES[self.row.place]}"


@dataclass(frozen=True, slots=True)
class SettingsPage:
    settings: tuple[SettingSeen, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """A certificate that the ledger does not know, or not with today's settings and licences."""

    certificate: Certificate
    settings: int
    licences: int


def settings_page(page: int) -> SettingsPage:
    """The settings of today by course and place; a page beyond the last is the last."""
    pages = pages_of(
        db.session.scalar(select(func.count()).select_from(CeBrokerSetting).where(CeBrokerSetting.version == 1)) or 0, PAGE_SIZE
    )
    page = min(max(1, page), pages)
    ordered = _settings().order_by(Course.title, CeBrokerSetting.place, CeBrokerSetting.profession, CeBrokerSetting.profession_words)
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return SettingsPage(tuple(SettingSeen(*row) for row in rows), page, pages)


def has_settings() -> bool:
    return db.session.scalars(select(CeBrokerSetting.id).where(CeBrokerSetting.is_active, _is_newest()).limit(1)).first() is not None


def setting_seen(setting_id: UUID) -> SettingSeen | None:
    """The newest version of the setting that one of its versions has this id of."""
    named = aliased(CeBrokerSetting)
    same = (getattr(named, name) == getattr(CeBrokerSetting, name) for name in _IDENTITY)
    row = db.session.execute(_settings().join(named, (named.id == setting_id) & and_(*same))).first()
    return SettingSeen(*row) if row else None


def newest_setting(course_slug: str, place: str, profession: str, words: str) -> CeBrokerSetting | None:
    """The setting of a course for such licences, also one that is ended. Words of a profession are compared without case."""
    wanted = select(CeBrokerSetting).where(
        CeBrokerSetting.course_slug == course_slug, CeBrokerSetting.place == place, CeBrokerSetting.profession == profession, _is_newest()
    )
    return next((each for each in db.session.scalars(wanted) if each.profession_words.casefold() == words.casefold()), None)


def setting_made_with(form_key: str) -> CeBrokerSetting | None:
    return db.session.scalars(select(CeBrokerSetting).where(CeBrokerSetting.form_key == form_key)).first()


def settings_by_course() -> dict[str, list[Setting]]:
    """The settings that hold today."""
    found: dict[str, list[Setting]] = {}
    for row in db.session.scalars(select(CeBrokerSetting).where(CeBrokerSetting.is_active, _is_newest())):
        found.setdefault(row.course_slug, []).append(setting_from(row))
    return found


def setting_from(row: CeBrokerSetting) -> Setting:
    return Setting(**{name: getattr(row, name) for name in Setting.__dataclass_fields__})


def ledger(state: State, page: int, today: date, *, late: bool = False) -> Ledger:
    """A page of the entries in a state, or of those that are late, what is due first."""
    numbers = _numbers(today)
    counts = counts_of({each: sum(number for (in_state, *_), number in numbers.items() if in_state == each) for each in State})
    number_late = sum(number for (_, _, is_late), number in numbers.items() if is_late)
    ready = {kind: sum(number for key, number in numbers.items() if key[:2] == (State.READY, kind is Kind.PARTIAL)) for kind in Kind}
    pages = pages_of(number_late if late else counts[state], PAGE_SIZE)
    page = min(max(1, page), pages)
    ordered = _entries().where(*(_late(today) if late else (CeBrokerEntry.state == state.value,)))
    rows = db.session.execute(ordered.order_by(CeBrokerEntry.due_on, CeBrokerEntry.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Ledger(tuple(_entry(*row) for row in rows), counts, number_late, ready, page, pages)


def due(today: date) -> Due:
    """How many are late, and how many will be soon, in one query."""
    wanted = (CeBrokerEntry.state.in_([each.value for each in OPEN]), CeBrokerEntry.due_on <= today + SOON)
    counted = select(CeBrokerEntry.due_on, func.count()).where(*wanted).group_by(CeBrokerEntry.due_on)
    days = [(day, number) for day, number in db.session.execute(counted)]
    late = sum(number for day, number in days if day < today)
    return Due(late, sum(number for _, number in days) - late)


def entry_with_id(entry_id: UUID) -> Entry | None:
    row = db.session.execute(_entries().where(CeBrokerEntry.id == entry_id)).first()
    return _entry(*row) if row else None


def lines_about(entry_id: UUID) -> list[tuple[CeBrokerLine, CeBrokerFile, str]]:
    """The files that an entry stood in, the newest first, with the reason of a rejection."""
    wanted = select(CeBrokerLine, CeBrokerFile).join(CeBrokerFile, CeBrokerFile.id == CeBrokerLine.file_id)
    rows = db.session.execute(wanted.where(CeBrokerLine.entry_id == entry_id).order_by(CeBrokerFile.number.desc()).limit(PAGE_SIZE))
    return [(line, file, _reason(line)) for line, file in rows]


def files_page(page: int) -> FilesPage:
    """The files, the newest first."""
    pages = pages_of(db.session.scalar(select(func.count()).select_from(CeBrokerFile)) or 0, PAGE_SIZE)
    page = min(max(1, page), pages)
    waiting = (
        select(func.count())
        .select_from(CeBrokerLine)
        .where(CeBrokerLine.file_id == CeBrokerFile.id, CeBrokerLine.outcome == "")
        .correlate(CeBrokerFile)
        .scalar_subquery()
    )
    ordered = select(CeBrokerFile, waiting).order_by(CeBrokerFile.number.desc())
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return FilesPage(tuple((file, number) for file, number in rows), page, pages)


def file_page(file_id: UUID, page: int) -> FilePage | None:
    """A page of the rows of a file."""
    file = db.session.get(CeBrokerFile, file_id)
    if file is None:
        return None
    pages = pages_of(file.lines, PAGE_SIZE)
    page = min(max(1, page), pages)
    of_file = CeBrokerLine.file_id == file_id
    unanswered = select(func.count()).select_from(CeBrokerLine).where(of_file, CeBrokerLine.outcome == "")
    ordered = _entries(CeBrokerLine).join(CeBrokerLine, CeBrokerLine.entry_id == CeBrokerEntry.id).where(of_file).order_by(CeBrokerLine.row)
    rows = db.session.execute(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    lines = tuple(FileLine(line, _entry(*rest), _reason(line)) for *rest, line in rows)
    return FilePage(file, lines, db.session.scalar(unanswered) or 0, page, pages)


def file_made_with(form_key: str) -> CeBrokerFile | None:
    return db.session.scalars(select(CeBrokerFile).where(CeBrokerFile.form_key == form_key)).first()


def file_with_number(number: int) -> CeBrokerFile | None:
    return db.session.scalars(select(CeBrokerFile).where(CeBrokerFile.number == number)).first()


def bytes_of(file: CeBrokerFile) -> bytes:
    """The file as it was made; empty once it was deleted."""
    return base64.b64decode(current_keys().unseal(file.key_id, file.ciphertext)) if file.ciphertext else b""


def words_of(entry: CeBrokerEntry) -> Words:
    return Words(**json.loads(current_keys().unseal(entry.key_id, entry.ciphertext))) if entry.ciphertext else Words()


def ready_entries(kind: Kind, most: int) -> list[tuple[CeBrokerEntry, CeBrokerSetting]]:
    """What goes into the next file of a kind, what is due first."""
    is_partial = CeBrokerSetting.subject_code != ""
    wanted = (
        select(CeBrokerEntry, CeBrokerSetting)
        .join(CeBrokerSetting, CeBrokerSetting.id == CeBrokerEntry.setting_id)
        .where(CeBrokerEntry.state == State.READY.value, is_partial if kind is Kind.PARTIAL else ~is_partial)
        .order_by(CeBrokerEntry.due_on, CeBrokerEntry.id)
        .limit(most)
    )
    return [(entry, setting) for entry, setting in db.session.execute(wanted)]


def lines_in(file_id: UUID) -> list[tuple[CeBrokerLine, CeBrokerEntry]]:
    """Every row of a file, to be changed."""
    wanted = select(CeBrokerLine, CeBrokerEntry).join(CeBrokerEntry, CeBrokerEntry.id == CeBrokerLine.entry_id)
    return [(line, entry) for line, entry in db.session.execute(wanted.where(CeBrokerLine.file_id == file_id).order_by(CeBrokerLine.row))]


def certificates_to_look_at(most: int) -> list[ToLookAt]:
    """Certificates that count, of courses that are reported somewhere, and that the ledger does not know as they are now."""
    newer, held = aliased(Certificate), _licences_held()
    settings = _counted(CeBrokerSetting.course_slug).subquery()
    looked = exists().where(
        CeBrokerEntry.certificate_id == Certificate.id, CeBrokerEntry.settings == settings.c.count, CeBrokerEntry.licences == held
    )
    wanted = (
        select(Certificate, settings.c.count, held)
        .join(settings, settings.c.course_slug == Certificate.course_slug)
        .where(
            Certificate.serial.is_not(None),
            ~exists().where(newer.supersedes_id == Certificate.id),
            ~exists().where(CertificateRevocation.certificate_id == Certificate.id),
            ~looked,
        )
        .order_by(Certificate.id)
        .limit(most)
    )
    return [ToLookAt(*row) for row in db.session.execute(wanted)]


def open_entries_of_revoked(most: int) -> list[CeBrokerEntry]:
    """What would still be sent although its certificate was revoked."""
    is_revoked = exists().where(CertificateRevocation.certificate_id == CeBrokerEntry.certificate_id)
    wanted = select(CeBrokerEntry).where(CeBrokerEntry.state.in_([State.READY.value, State.MISSING.value]), is_revoked)
    return list(db.session.scalars(wanted.limit(most)))


def entries_of(person_id: UUID, course_slug: str, cycle: int) -> dict[str, CeBrokerEntry]:
    """What the ledger has of a completion, by licence."""
    wanted = (CeBrokerEntry.person_id == person_id, CeBrokerEntry.course_slug == course_slug, CeBrokerEntry.cycle == cycle)
    return {each.licence_key: each for each in db.session.scalars(select(CeBrokerEntry).where(*wanted))}


_IDENTITY = ("course_slug", "place", "profession", "profession_words")


def _is_newest() -> ColumnElement[bool]:
    later = aliased(CeBrokerSetting)
    same = (getattr(later, name) == getattr(CeBrokerSetting, name) for name in _IDENTITY)
    return ~exists().where(*same, later.version > CeBrokerSetting.version)


def _settings() -> Select[CeBrokerSetting, str]:
    return select(CeBrokerSetting, Course.title).join(Course, Course.slug == CeBrokerSetting.course_slug).where(_is_newest())


def _entries(*also: Any) -> Select[Any]:
    return (
        select(CeBrokerEntry, Person, Course.title, CeBrokerFile.number, *also)
        .select_from(CeBrokerEntry)
        .join(Person, Person.id == CeBrokerEntry.person_id)
        .join(Course, Course.slug == CeBrokerEntry.course_slug)
        .outerjoin(CeBrokerFile, CeBrokerFile.id == CeBrokerEntry.file_id)
    )


def _entry(row: CeBrokerEntry, person: Person, course_title: str, file_number: int | None) -> Entry:
    return Entry(row, person, course_title, file_number, words_of(row))


def _reason(line: CeBrokerLine) -> str:
    return current_keys().unseal(line.key_id, line.ciphertext) if line.ciphertext else ""


def _numbers(today: date) -> dict[tuple[str, bool, bool], int]:
    """How many entries there are by state, whether of partial credit, and whether late."""
    is_open = CeBrokerEntry.state.in_([each.value for each in OPEN])
    keys = (CeBrokerEntry.state, func.coalesce(CeBrokerSetting.subject_code, "") != "", is_open & (CeBrokerEntry.due_on < today))
    counted = select(*keys, func.count()).select_from(CeBrokerEntry)
    joined = counted.outerjoin(CeBrokerSetting, CeBrokerSetting.id == CeBrokerEntry.setting_id)
    # By place: PostgreSQL takes the same condition with other bound values for another one.
    rows = db.session.execute(joined.group_by(literal_column("1"), literal_column("2"), literal_column("3")))
    return {(state, bool(is_partial), bool(is_late)): number for state, is_partial, is_late, number in rows}


def _late(today: date) -> Collection[ColumnElement[bool]]:
    return CeBrokerEntry.state.in_([each.value for each in OPEN]), CeBrokerEntry.due_on < today


def _counted(column: Any) -> Select[Any]:
    return select(column, func.count().label("count")).group_by(column)


def _licences_held() -> Any:
    """Inside a statement over certificates: how many licences the holder wants printed."""
    held = select(func.count()).select_from(Licence).where(Licence.person_id == Certificate.person_id, Licence.is_printed)
    return held.correlate(Certificate).scalar_subquery()
