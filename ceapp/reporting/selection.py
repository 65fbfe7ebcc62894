"""Which certificates an export is about. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Selection:
    """Certificates of one course, completed from one day to another, both included, of the members of one organisation, or of one holder.

    What is left out does not narrow it.
    """

    course_slug: str = ""
    first_day: date | None = None
    last_day: date | None = None
    organisation_id: UUID | None = None
    holder_id: UUID | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: str(value) for name, value in asdict(self).items() if value}

    @property
    def words(self) -> str:
        """For a file's name: `social-media-ethics-2026-01-01-to-2026-12-31`."""
        days = [f"from-{self.first_day}" if self.first_day else "", f"to-{self.last_day}" if self.last_day else ""]
        return "-".join(part for part in (self.course_slug or "all-courses", *days) if part)


def selection_from(stored: dict[str, Any]) -> Selection:
    """The selection that `to_json` wrote."""
    return Selection(
        stored.get("course_slug", ""),
        _day(stored.get("first_day")),
        _day(stored.get("last_day")),
        _id(stored.get("organisation_id")),
        _id(stored.get("holder_id")),
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
