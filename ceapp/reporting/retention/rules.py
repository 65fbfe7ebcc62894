"""How long each kind of record is kept, and from when. Pure.

The periods of boards and approvers that were found (2026-11-20) are three to six years, the longest from memory, and those of some were not
found. Seven years satisfy all that were found. A provider may keep longer by setting, and never shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ceapp.config import KEPT_AT_LEAST

AROUND_THE_WORLD = timedelta(days=2)
"""From the start of a day in UTC until that day is over in every time zone takes less than this."""


class Kind(StrEnum):
    """What the rules are about."""

    COMPLETED = "completed courses"
    BY_HAND = "certificates by hand"
    UNFINISHED = "unfinished courses"
    COURSE_FILES = "course files"
    EVALUATIONS = "evaluations"
    ACCOMMODATIONS = "accommodations"
    GRIEVANCES = "grievances"
    TRAINING = "assigned work"
    REFLECTIONS = "reflections"
    PRACTICE = "practice"
    MAILS = "mails"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is kept, at least how many years, from when, and the setting that may make it longer."""

    kind: Kind
    holds: str
    since: str
    setting: str


RECORDS, TRAINING, PRIVATE, MAIL = KEPT_AT_LEAST
"""The settings."""

RULES = (
    Rule(
        Kind.COMPLETED,
        "Enrolments that were completed, with attempts, answers, scores, attestation, payment and certificates.",
        "the day of completion, or the last deed about the certificate",
        RECORDS,
    ),
    Rule(Kind.BY_HAND, "Certificates for work that was not done here.", "the last deed about the certificate", RECORDS),
    Rule(Kind.UNFINISHED, "Enrolments that were not completed, with their attempts.", "the last attempt, or the enrolment", RECORDS),
    Rule(
        Kind.COURSE_FILES,
        "Revisions of courses that are no longer offered and that nobody is enrolled in to complete.",
        "the last completion by that revision, or its publishing",
        RECORDS,
    ),
    Rule(Kind.EVALUATIONS, "What was said of a course, without a person.", "the end of the month", RECORDS),
    Rule(
        Kind.ACCOMMODATIONS, "Requests for accommodations, with what was answered.", "the last answer or reading, or the request", RECORDS
    ),
    Rule(Kind.GRIEVANCES, "Grievances that are closed, with what was answered.", "the last answer", RECORDS),
    Rule(Kind.TRAINING, "Assigned work, with its attempts and sign-offs.", "the last attempt, sign-off or the assignment", TRAINING),
    Rule(Kind.REFLECTIONS, "Texts that people wrote, and drafts; that something was written stays.", "the last save", PRIVATE),
    Rule(Kind.PRACTICE, "Attempts for practice.", "the end of the attempt, or what was done in it last", PRIVATE),
    Rule(Kind.MAILS, "That a mail was sent, cancelled or given up; its text is never kept.", "its end", MAIL),
)


def may_go_on(start: date, years: int) -> date:
    """The first day, in UTC, on which what began to be kept on `start` may go: the years are over wherever `start` was a day."""
    return _years_later(start, years) + AROUND_THE_WORLD


def last_start(today: date, years: int) -> date:
    """The newest day of which what began to be kept may go today: `start <= last_start(today)` just where `may_go_on(start) <= today`."""
    over = today - AROUND_THE_WORLD
    year = over.year - years
    try:
        return over.replace(year=year)
    except ValueError:  # 29 February, in a year without one
        return date(year, 2, 28)


def before(last: date) -> datetime:
    """The moment at which a day is over in UTC: what began before it, began on that day or earlier."""
    return datetime.combine(last + timedelta(days=1), time(), UTC)


def first_month_kept(last: date) -> date:
    """The first day of the earliest month that is not over by the end of `last`."""
    return (last + timedelta(days=1)).replace(day=1)


def years_of(rule: Rule, settings: Mapping[str, int]) -> int:
    """How long by setting, and never shorter than the rule."""
    return max(KEPT_AT_LEAST[rule.setting], settings[rule.setting])


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, in a year without one: not a day early
        return date(day.year + years, 3, 1)
