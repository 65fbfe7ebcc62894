"""Whether a board takes a course: what is said of it, and what somebody has to have read before they enrol. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ceapp.certificates.approvals.rules import Approval, Licensed, in_force, is_covered

USUALLY_TAKES = timedelta(days=30)
"""How long somebody usually takes from enrolling to the certificate; an approval that ends before that is warned of."""


class Notice(StrEnum):
    """What has to be ticked before enrolling, where it is so."""

    NO_APPROVAL = "no approval"
    APPROVAL_ENDS = "approval ends"
    COMPLETED_BEFORE = "completed before"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The approvals of a course on a day, and how they stand to one person's licences, each with what it is called."""

    approvals: tuple[Approval, ...]
    ending: tuple[Approval, ...] = ()
    uncovered: tuple[str, ...] = ()
    has_licences: bool = False
    completed_on: date | None = None

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What has to be ticked."""
        wanted = (
            (Notice.NO_APPROVAL, self.uncovered),
            (Notice.APPROVAL_ENDS, self.ending),
            (Notice.COMPLETED_BEFORE, self.completed_on),
        )
        return tuple(notice for notice, is_so in wanted if is_so)


def acceptance(
    approvals: Iterable[Approval],
    licences: Sequence[tuple[str, Licensed]],
    course_slug: str,
    today: date,
    *,
    completed_on: date | None = None,
) -> Acceptance:
    """What is so for somebody who enrols today; `approvals` are at least those that hold at some time until they have usually finished."""
    known, last = tuple(approvals), today + USUALLY_TAKES
    holding = in_force(known, course_slug, today)
    afterwards = in_force(known, course_slug, last)
    held = [licence for _, licence in licences]
    ending = (each for each in holding if each.is_for(held) and each.last_day < last and not _goes_on(each, afterwards))
    uncovered = tuple(title for title, licence in licences if not is_covered([licence], holding))
    return Acceptance(holding, tuple(ending), uncovered, bool(licences), completed_on)


def _goes_on(approval: Approval, afterwards: Iterable[Approval]) -> bool:
    """Whether the same body approves the same for the same people afterwards."""
    return any(
        (other.kind, other.body.casefold()) == (approval.kind, approval.body.casefold())
        and _as_wide(other.professions, approval.professions)
        and _as_wide(other.places, approval.places)
        for other in afterwards
    )


def _as_wide(named: Sequence[str], before: Sequence[str]) -> bool:
    """Whether what one names takes in what the other names; naming nothing is for all."""
    return not named or (bool(before) and set(before) <= set(named))
