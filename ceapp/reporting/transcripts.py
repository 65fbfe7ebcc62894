"""A transcript: what somebody completed, by days and by licence, as values. It lists; each certificate speaks for itself. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ceapp.certificates import codes
from ceapp.certificates.facts import Facts, hours_words
from ceapp.certificates.standing import Standing

COLUMNS = (
    "Completed",
    "Course",
    "Category",
    "Contact hours",
    "Format",
    "Name on the certificate",
    "Licences",
    "Approvals",
    "Provider",
    "Serial",
    "Code",
    "State",
)
STATEMENT = "A list of completions on this server. Whether each certificate still counts is said by checking its code."


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate in a transcript."""

    facts: Facts
    standing: Standing
    since: datetime | None

    @property
    def counts(self) -> bool:
        return self.standing is Standing.VALID

    @property
    def code(self) -> str:
        return codes.show(self.facts.code)

    @property
    def state(self) -> str:
        """In words, with the day since when it is so."""
        if self.standing is Standing.SPECIMEN:
            return "completed; certificate not issued yet"
        return self.standing.value + (f" on {self.since:%Y-%m-%d} (UTC)" if self.since else "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which completions: from a day, until a day, and for a licence (the key of how it is printed); empty is all."""

    first_day: date | None = None
    last_day: date | None = None
    licence: str = ""

    def takes(self, entry: Entry) -> bool:
        completed = date.fromisoformat(entry.facts.completed_on)
        return (
            (self.first_day is None or completed >= self.first_day)
            and (self.last_day is None or completed <= self.last_day)
            and (not self.licence or any(licence_key(each.words) == self.licence for each in entry.facts.licences))
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """Somebody's completions in the order of their days, and the licences that certificates print."""

    name: str
    entries: tuple[Entry, ...]
    wanted: Wanted
    licences: tuple[tuple[str, str], ...]
    made_on: date

    @property
    def hours(self) -> str:
        """The contact hours of the certificates that count."""
        return _sum(self.entries)

    @property
    def by_category(self) -> tuple[tuple[str, str], ...]:
        """The same for each category."""
        names = sorted({entry.facts.category for entry in self.entries if entry.counts})
        return tuple((name or "no category", _sum(e for e in self.entries if e.facts.category == name)) for name in names)

    @property
    def about(self) -> str:
        """Which completions these are."""
        days = (self.wanted.first_day, self.wanted.last_day)
        spans = [f"{word} {day.isoformat()}" for word, day in zip(("from", "until"), days, strict=True) if day]
        licence = dict(self.licences).get(self.wanted.licence, "")
        return ", ".join(["Completions", *spans]) + (f"; for {licence}" if licence else "")


def transcript(name: str, every: Iterable[Entry], wanted: Wanted, *, made_on: date) -> Transcript:
    """The transcript of what is wanted, the first completion first."""
    entries = tuple(every)
    licences = {licence_key(each.words): each.words for entry in entries for each in entry.facts.licences}
    chosen = sorted((each for each in entries if wanted.takes(each)), key=lambda each: (each.facts.completed_on, each.facts.serial))
    return Transcript(name, tuple(chosen), wanted, tuple(sorted(licences.items(), key=lambda pair: pair[1])), made_on)


def licence_key(words: str) -> str:
    """What a licence is called in an address, without its number."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def cells(entry: Entry) -> list[str]:
    """The cells of one certificate, in the order of COLUMNS; days as 2026-11-20."""
    facts = entry.facts
    return [
        facts.completed_on,
        facts.course_title,
        facts.category,
        facts.contact_hours,
        facts.delivery,
        facts.learner,
        "; ".join(each.words for each in facts.licences),
        "; ".join(each.details for each in facts.approvals),
        facts.provider_name,
        facts.serial,
        entry.code,
        entry.state,
    ]


def rows(found: Transcript) -> Iterator[Sequence[str]]:
    """The transcript as a table."""
    yield COLUMNS
    yield from (cells(entry) for entry in found.entries)


def drawn(found: Transcript, *, paper: str, provider: str, verify_address: str) -> dict[str, object]:
    """What `transcript.typ` draws."""
    total = f"{found.hours} {hours_words(found.hours)} in all"
    parts = ", ".join(f"{hours} {name}" for name, hours in found.by_category)
    return {
        "paper": paper,
        "provider": provider,
        "title": f"Transcript: {found.name}",
        "name": found.name,
        "about": found.about,
        "made": f"Made on {found.made_on.isoformat()}",
        "day": [found.made_on.year, found.made_on.month, found.made_on.day],
        "total": f"{total}, of certificates that count" + (f": {parts}." if len(found.by_category) > 1 else "."),
        "note": f"{STATEMENT} Codes are checked at {verify_address}.",
        "rows": [_drawn_row(entry) for entry in found.entries],
    }


def _drawn_row(entry: Entry) -> list[list[str]]:
    """Cells of one or more lines."""
    facts = entry.facts
    course = [facts.course_title, *(each.words for each in facts.licences), *(each.details for each in facts.approvals)]
    hours = f"{facts.contact_hours} {facts.category}".strip()
    return [[facts.completed_on], course, [hours, facts.delivery], [facts.serial, entry.code], [entry.state]]


def _sum(entries: Iterable[Entry]) -> str:
    total = sum((Decimal(entry.facts.contact_hours) for entry in entries if entry.counts), Decimal(0))
    return f"{total.normalize():f}"
