"""The chains of seals over the record of deeds: what is hashed, and what a broken chain tells. Pure.

One chain for each organisation and one for the server. The hash of a seal is the SHA-256 of a text with its chain, its number, the hash of
the seal before it and every column of its entry (as in a hash chain after Haber and Stornetta, 1991). So whoever changes, swaps, removes or
puts in something has to make every later hash anew, and then the last one is another than the one that was kept outside.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Protocol

SERVER = "server"
FORMAT = "ceapp audit seal 1"
FIRST = "0" * 64
"""What stands for the hash before the first."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_COMPARED = 200
"""Seals of one chain that do not fit and are looked at for a swap: each is tried in the place of each other one."""


class Entry(Protocol):
    """An audit entry, as a row or as an object."""

    id: Any
    at: Any
    actor_id: Any
    deed: Any
    subjects: Any
    organisation_id: Any


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of a chain."""

    chain: str
    number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal with its entry; None when there is no such entry any more."""

    chain: str
    number: int
    sha256: str
    entry: Entry | None


class Fault(StrEnum):
    """What can be wrong with a chain."""

    ALTERED = "altered"
    SWAPPED = "swapped"
    GONE = "gone"
    INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong at a number of a chain, or from there to `last`; of a swap, the number where it belongs."""

    fault: Fault
    chain: str
    number: int
    last: int = 0


@dataclass(frozen=True, slots=True)
class _Unfit:
    """A seal whose hash is not that of its entry at its place."""

    row: Sealed
    previous: str


def chain_of(subjects: Mapping[str, str]) -> str:
    """The chain that an entry belongs to: that of the organisation among its subjects, else the server's."""
    organisation = subjects.get("organisation", "")
    return organisation if _UUID.fullmatch(organisation) else SERVER


def sealed_text(chain: str, number: int, previous: str, entry: Entry) -> str:
    """What is hashed: JSON without spaces, keys in order, times in UTC with microseconds."""
    about = [
        FORMAT,
        chain,
        number,
        previous,
        str(entry.id),
        _moment(entry.at),
        None if entry.actor_id is None else str(entry.actor_id),
        entry.deed,
        entry.subjects,
        None if entry.organisation_id is None else str(entry.organisation_id),
    ]
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def seal_sha256(chain: str, number: int, previous: str, entry: Entry) -> str:
    """The hash of the seal of an entry."""
    return hashlib.sha256(sealed_text(chain, number, previous, entry).encode()).hexdigest()


def flaws_in(rows: Iterable[Sealed]) -> Iterator[Flaw]:
    """What is wrong with chains whose seals come by chain and number; holds no more than what does not fit."""
    for chain, of_chain in groupby(rows, key=lambda row: row.chain):
        yield from _flaws_of(chain, of_chain)


def _flaws_of(chain: str, rows: Iterable[Sealed]) -> Iterator[Flaw]:
    last, previous, unfit = 0, FIRST, list[_Unfit]()
    for row in rows:
        if row.number < 1:
            yield Flaw(Fault.INSERTED, chain, row.number)
            continue
        follows = row.number == last + 1
        if not follows:
            yield Flaw(Fault.GONE, chain, last + 1, row.number - 1)
        if row.entry is None:
            yield Flaw(Fault.GONE, chain, row.number, row.number)
        elif follows and seal_sha256(chain, row.number, previous, row.entry) != row.sha256:
            unfit.append(_Unfit(row, previous))
        elif chain_of(row.entry.subjects) != chain:
            yield Flaw(Fault.INSERTED, chain, row.number)
        last, previous = row.number, row.sha256
    yield from _told(chain, unfit)


def _told(chain: str, unfit: list[_Unfit]) -> Iterator[Flaw]:
    """What does not fit in its place, and fits in that of another, was swapped; else it was altered."""
    few = unfit if len(unfit) <= _MOST_COMPARED else []
    for each in unfit:
        place = next((other.row.number for other in few if other is not each and _fits(chain, each, other)), 0)
        yield Flaw(Fault.SWAPPED if place else Fault.ALTERED, chain, each.row.number, place)


def _fits(chain: str, each: _Unfit, place: _Unfit) -> bool:
    """Whether the entry of one belongs to the place of the other, with the hash that stands there or with its own."""
    assert each.row.entry is not None
    return seal_sha256(chain, place.row.number, place.previous, each.row.entry) in (place.row.sha256, each.row.sha256)


def written_heads(heads: Iterable[Head]) -> str:
    """Heads as lines of text, to be kept outside: chain, number, hash."""
    return "".join(
        f"{each.chain} {each.number} {each.sha256}\n" for each in sorted(heads, key=lambda each: (each.chain != SERVER, each.chain))
    )


def read_heads(text: str) -> list[Head]:
    """The heads in such a text; lines that begin with # and empty ones are passed over. Raises ValueError for anything else."""
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in lines:
        if len(line) != 3 or not line[1].isdecimal() or not re.fullmatch("[0-9a-f]{64}", line[2]):
            raise ValueError("no list of heads")
    return [Head(chain, int(number), sha256) for chain, number, sha256 in lines]


def digest_of(heads: Iterable[Head]) -> str:
    """One hash over all heads: the SHA-256 of their lines."""
    return hashlib.sha256(written_heads(heads).encode()).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
