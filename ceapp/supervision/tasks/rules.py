"""What an assignment is for the trainee who has it: due, under way, done or ended; and what stands in the way of beginning. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Part(StrEnum):
    """Where an assignment stands among a trainee's own."""

    DUE = "due"
    UNDER_WAY = "under way"
    DONE = "done"
    ENDED = "withdrawn"


@dataclass(frozen=True, slots=True)
class Work:
    """What was done for an assignment. An attempt left for a newer text was begun, and costs nothing."""

    begun: int = 0
    closed: int = 0
    left: int = 0
    is_open: bool = False
    handed_in_at: datetime | None = None
    passed_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def is_released(self) -> bool:
        return self.released_at is not None

    @property
    def done_at(self) -> datetime | None:
        return self.handed_in_at or self.released_at

    @property
    def is_done(self) -> bool:
        return self.closed > 0 or self.is_released

    @property
    def used(self) -> int:
        """How many attempts count."""
        return self.begun - self.left

    def has_left(self, allowed: int | None) -> bool:
        """Whether another attempt can be begun, of those allowed. Each one that was left had raised that number by one."""
        return allowed is None or self.begun < allowed


@dataclass(frozen=True, slots=True)
class Place:
    """What a person is in the organisation that assigned something, and whether it still wants it."""

    organisation: str
    is_withdrawn: bool
    has_left: bool
    is_suspended: bool

    @property
    def has_ended(self) -> bool:
        return self.is_withdrawn or self.has_left


def part_of(work: Work, *, has_ended: bool) -> Part:
    """In which of the four lists an assignment is."""
    if work.is_open and not has_ended:
        return Part.UNDER_WAY
    if work.is_done:
        return Part.DONE
    return Part.ENDED if has_ended else Part.DUE


def obstacle(place: Place) -> str:
    """Why nothing more can be done for an assignment, as the end of a sentence; empty when nothing stands in the way."""
    if place.is_withdrawn:
        return f"{place.organisation} has withdrawn this assignment"
    if place.has_left:
        return f"you are no longer a trainee of {place.organisation}"
    if place.is_suspended:
        return f"your place in {place.organisation} is suspended; its administrators can tell you more"
    return ""
