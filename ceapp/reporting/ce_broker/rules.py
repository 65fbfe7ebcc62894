"""Which licences of a completion are reported where, what stands in a line of the file, and what may become of it. Pure.

The columns are those of CE Broker's help pages on Excel files, read in 2026 (decision 0029 names them): no header row, one row for each
completion and licence.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ceapp.accounts.licences.places import PLACES
from ceapp.accounts.licences.professions import OTHER
from ceapp.certificates.facts import PrintedLicence

SOON = timedelta(days=7)
"""How long before a line is late administrators are warned."""

_REJECTION = re.compile(r"^\s*(\d{1,6})\s*[,;:\t ]\s*(\S.*)$")


class Kind(StrEnum):
    """Two kinds of files: with the hours of the course, or with hours of a subject area in two more columns."""

    FULL = "full"
    PARTIAL = "partial"

    @property
    def label(self) -> str:
        return "Full credit" if self is Kind.FULL else "Partial credit"


class State(StrEnum):
    """Where a completion and licence is in the ledger."""

    READY = "ready"
    EXPORTED = "exported"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISSING = "missing"
    NOT_REPORTED = "not reported"

    @property
    def label(self) -> str:
        return _LABELS[self]


class Answer(StrEnum):
    """What an administrator says of a line."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    AGAIN = "again"
    DROPPED = "dropped"

    @property
    def label(self) -> str:
        return _ANSWERS[self]


_LABELS = {
    State.READY: "ready to be sent",
    State.EXPORTED: "in a file",
    State.ACCEPTED: "accepted",
    State.REJECTED: "rejected",
    State.MISSING: "licence missing",
    State.NOT_REPORTED: "not reported",
}
_ANSWERS = {
    Answer.ACCEPTED: "CE Broker accepted it",
    Answer.REJECTED: "CE Broker rejected it",
    Answer.AGAIN: "It is right now: send it in the next file",
    Answer.DROPPED: "It is not to be reported at all",
}
_MAY_FOLLOW = {
    State.READY: (Answer.DROPPED,),
    State.EXPORTED: (Answer.ACCEPTED, Answer.REJECTED),
    State.ACCEPTED: (Answer.REJECTED,),
    State.REJECTED: (Answer.AGAIN, Answer.DROPPED, Answer.ACCEPTED),
    State.MISSING: (Answer.DROPPED,),
    State.NOT_REPORTED: (Answer.AGAIN,),
}
_BECOMES = {
    Answer.ACCEPTED: State.ACCEPTED,
    Answer.REJECTED: State.REJECTED,
    Answer.AGAIN: State.READY,
    Answer.DROPPED: State.NOT_REPORTED,
}
OPEN = (State.READY, State.REJECTED, State.MISSING)
"""The states in which something is still to be done before the last day."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where completions of a course are reported for the licences of one profession in one place."""

    id: UUID
    course_slug: str
    place: str
    profession: str
    profession_words: str
    provider_number: str
    course_number: str
    own_number: str
    publishing_number: str
    profession_code: str
    subject_code: str
    hours: str
    days: int
    first_day: date
    approval_id: UUID | None = None

    @property
    def kind(self) -> Kind:
        return Kind.PARTIAL if self.subject_code else Kind.FULL

    def is_for(self, licence: PrintedLicence) -> bool:
        """Whether it is about such a licence; a profession in somebody's own words is compared by them."""
        if (licence.place, licence.profession) != (self.place, self.profession):
            return False
        words = licence.title.removesuffix(f", {PLACES[self.place]}")
        return self.profession != OTHER or words.casefold() == self.profession_words.casefold()

    def counts(self, completed_on: date, approvals: Collection[str]) -> bool:
        """Whether a completion of that day is to be reported, whose certificate prints the approvals with these ids."""
        return completed_on >= self.first_day and (self.approval_id is None or str(self.approval_id) in approvals)


@dataclass(frozen=True, slots=True)
class Line:
    """A licence that a completion is reported for."""

    setting: Setting
    licence: PrintedLicence


def lines_of(settings: Iterable[Setting], printed: Sequence[PrintedLicence], held: Sequence[PrintedLicence]) -> dict[str, Line]:
    """By the key of the licence: what the certificate prints, and where it prints none that a setting is for, what the account holds."""
    lines: dict[str, Line] = {}
    for setting in settings:
        fitting = [each for each in printed if setting.is_for(each)] or [each for each in held if setting.is_for(each)]
        for licence in fitting:
            lines[licence_key(licence)] = Line(setting, licence)
    return lines


def licence_key(licence: PrintedLicence) -> str:
    """What a licence is called in the ledger, without its number. Blanks and case do not make it another one."""
    number = "".join(licence.number.split()).casefold()
    said = (licence.place, licence.profession, licence.title.casefold(), number)
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def cells(setting: Setting, number: str, completed_on: date) -> tuple[str | date | Decimal, ...]:
    """A row: A provider, B course, C own number of the course, D publishing number, E licence, F day, G state, H profession; then I, J."""
    row: tuple[str | date | Decimal, ...] = (
        setting.provider_number,
        setting.course_number,
        setting.own_number,
        setting.publishing_number,
        number,
        completed_on,
        f"State={setting.place.partition('-')[2]}",
        f"Profession={setting.profession_code}",
    )
    return (*row, setting.subject_code, Decimal(setting.hours)) if setting.kind is Kind.PARTIAL else row


def answers_to(state: State, *, has_licence: bool) -> tuple[Answer, ...]:
    """What can be said of a line in this state; without a licence there is nothing to send."""
    return tuple(each for each in _MAY_FOLLOW[state] if has_licence or each is not Answer.AGAIN)


def state_after(answer: Answer) -> State:
    return _BECOMES[answer]


def rejections(text: str) -> tuple[dict[int, str], list[int]]:
    """Row → reason of a pasted list, one on each line (`3, licence not found`); and the numbers of the lines that are none."""
    found: dict[int, str] = {}
    wrong: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _REJECTION.match(line)
        if match:
            found[int(match[1])] = match[2].strip()
        elif line.strip():
            wrong.append(number)
    return found, wrong


def counts_of(numbers: Mapping[str, int]) -> dict[State, int]:
    """How many there are of each state, those of which there are none too."""
    return {state: numbers.get(state.value, 0) for state in State}
