"""What learners are asked about a course itself, where the course says nothing else, or besides its own questions.

A rating of each objective and the two questions about the whole are what sponsors of continuing education ask for; the wording is ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from ceapp.scenarios.values import EvaluationItem, ItemKind, Objective

OF_OBJECTIVE = "objective-"
WHOLE = (
    ("learned", "How much did you learn?"),
    ("useful", "How useful is it for your work?"),
    ("level", "How well did the level fit what you knew before?"),
    ("format", "How well did it work as a course that is read and decided online: pages, speed, accessibility?"),
    ("balance", "How free was it of bias and of commercial interests?"),
)
COMMENT = ("comment", "What should be better, or stay as it is?")


def standard_items(objectives: Iterable[Objective], own: Iterable[EvaluationItem] = ()) -> tuple[EvaluationItem, ...]:
    """A rating for each objective, five for the whole, the course's own questions, and one comment."""
    each = (EvaluationItem(f"{OF_OBJECTIVE}{objective.id}", objective.text, ItemKind.RATING) for objective in objectives)
    whole = (EvaluationItem(item_id, text, ItemKind.RATING) for item_id, text in WHOLE)
    return (*each, *whole, *own, EvaluationItem(*COMMENT, ItemKind.COMMENT))


def is_ours(item_id: str) -> bool:
    """Whether a standard question has this id: answers are kept by it, so that no course may ask something else under it."""
    return item_id.startswith(OF_OBJECTIVE) or item_id in (COMMENT[0], *(each for each, _ in WHOLE))
