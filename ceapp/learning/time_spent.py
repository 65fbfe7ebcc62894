"""How long somebody worked, without the time in which nothing is known of them. Pure.

The server sees a learner only at moments: an attempt begins, a question is shown, an answer comes. What lies between two of them is a
*stretch*. It counts as long as it lasted, but never longer than its allowance: ten minutes, or four times what reading the step takes where
that is more. So a night between two steps counts ten minutes, not eight hours. Stretches that lie over each other, as in two tabs, count
once. The time after the last answer of an attempt, over its result, is not seen and not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ceapp.scenarios.position import WORDS_PER_MINUTE

LEAST_ALLOWANCE = timedelta(minutes=10)
READING_TIMES = 4
"""Both are our own and not measured: long enough for a slow reader who thinks, short enough that a break does not become work."""

Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class AnsweredStep:
    """When the page of a question was last shown, as far as that is known, when its answer came, and how many words the step has."""

    shown_at: datetime | None
    answered_at: datetime
    words: int


@dataclass(frozen=True, slots=True)
class WorkedAttempt:
    """An attempt as the record has it; its steps in the order in which they were answered."""

    began_at: datetime
    steps: tuple[AnsweredStep, ...]


def allowance(words: int) -> timedelta:
    """The most that a stretch over a step of so many words counts."""
    return max(LEAST_ALLOWANCE, READING_TIMES * timedelta(minutes=words / WORDS_PER_MINUTE))


def seconds_worked(attempts: Iterable[WorkedAttempt]) -> int:
    """Whole seconds that somebody worked on these attempts, each moment counted once."""
    stretches = sorted(stretch for attempt in attempts for stretch in _stretches(attempt))
    return _covered(stretches) // timedelta(seconds=1)


def minutes_missing(seconds: int, minimum: int) -> int:
    """How many whole minutes somebody who worked so many seconds is below a minimum; 0 at or above it, and where there is none."""
    return max(0, -((seconds - 60 * minimum) // 60))


def _stretches(attempt: WorkedAttempt) -> Iterator[Stretch]:
    """From the beginning or the answer before to the showing, with the step before still on the screen; from there to the answer."""
    last = attempt.began_at
    words = attempt.steps[0].words if attempt.steps else 0
    for step in attempt.steps:
        shown = min(max(last, step.shown_at or last), step.answered_at)
        yield last, _end(last, shown, words)
        yield shown, _end(shown, step.answered_at, step.words)
        last, words = max(last, step.answered_at), step.words


def _end(began: datetime, ended: datetime, words: int) -> datetime:
    return max(began, min(ended, began + allowance(words)))


def _covered(stretches: Sequence[Stretch]) -> timedelta:
    """How much time lies under stretches that are in order."""
    total, until = timedelta(0), datetime.min.replace(tzinfo=UTC)
    for began, ended in stretches:
        total += max(timedelta(0), ended - max(began, until))
        until = max(until, ended)
    return total
