"""Saying where completions are reported. Nothing is rewritten: a change is a new version, and lines that were sent keep what they said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import db, one_at_a_time, transaction
from ceapp.errors import Missing, Refused
from ceapp.reporting.ce_broker import queries
from ceapp.reporting.ce_broker.models import CeBrokerSetting

THERE_ALREADY = "Completions of this course are reported for these licences already. Nothing was saved: change the setting that is there."
CHANGED_MEANWHILE = "Somebody else changed this setting a moment ago. Nothing of yours was saved: compare both, then save again."
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."

SETTINGS = "ce-broker-settings"
"""Whoever changes them takes turns, so that the second click finds what the first one saved."""


@dataclass(frozen=True, slots=True)
class Board:
    """Whose completions are reported: of a course, for the licences of one profession in one place."""

    course_slug: str
    place: str
    profession: str
    profession_words: str


@dataclass(frozen=True, slots=True)
class SettingInput:
    """What an administrator typed."""

    is_active: bool
    provider_number: str
    course_number: str
    own_number: str
    publishing_number: str
    profession_code: str
    subject_code: str
    hours: str
    days: int
    first_day: date
    approval_id: UUID | None


def enter(board: Board, given: SettingInput, *, by: UUID, form_key: str, now: datetime) -> CeBrokerSetting:
    """Report completions somewhere; the same form again gives the first. Raises Missing or Refused."""
    try:
        with transaction():
            refuse_unless_administers(by)
            one_at_a_time(SETTINGS)
            earlier = queries.setting_made_with(form_key)
            if earlier is not None:
                return _same(earlier, board, given)
            if course_by_slug(board.course_slug) is None:
                raise Missing
            if queries.newest_setting(board.course_slug, board.place, board.profession, board.profession_words) is not None:
                raise Refused(THERE_ALREADY)
            return _write(board, given, 1, by, form_key, now)
    except IntegrityError as problem:
        raise Refused(THERE_ALREADY) from problem


def change(setting_id: UUID, given: SettingInput, *, after_version: int, by: UUID, form_key: str, now: datetime) -> CeBrokerSetting:
    """Put another version in the place of the one that the person saw. Saying the same again changes nothing. Raises Missing or Refused."""
    try:
        with transaction():
            refuse_unless_administers(by)
            one_at_a_time(SETTINGS)
            seen = queries.setting_seen(setting_id)
            if seen is None:
                raise Missing
            if _says(seen.row, given):
                return seen.row
            if seen.row.version != after_version:
                raise Refused(CHANGED_MEANWHILE)
            return _write(board_of(seen.row), given, after_version + 1, by, form_key, now)
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem


def board_of(row: CeBrokerSetting) -> Board:
    return Board(row.course_slug, row.place, row.profession, row.profession_words)


def _write(board: Board, given: SettingInput, version: int, by: UUID, form_key: str, now: datetime) -> CeBrokerSetting:
    setting = CeBrokerSetting(**asdict(board), **asdict(given), version=version, form_key=form_key, set_at=now, set_by=by)
    db.session.add(setting)
    db.session.flush()
    record("ce-broker.setting-set", actor=by, now=now, setting=setting.id)
    return setting


def _same(earlier: CeBrokerSetting, board: Board, given: SettingInput) -> CeBrokerSetting:
    if board_of(earlier) != board or not _says(earlier, given):
        raise Refused(SENT_BEFORE)
    return earlier


def _says(row: CeBrokerSetting, given: SettingInput) -> bool:
    return all(getattr(row, name) == value for name, value in asdict(given).items())
