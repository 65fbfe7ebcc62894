"""What learners are asked about a course itself, where the course says nothing else.

A rating of each objective and the two questions about the whole are what sponsors of continuing education ask for; the wording is ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from ceapp.scenarios.values import EvaluationItem, ItemKind, Objective

WHOLE = (
    ("learned", "How much did you learn?"),
    ("useful", "How useful is it for your work?"),
    ("level", "How well did the level fit what you knew before?"),
    ("format", "How well did it work as a course that is read and decided online: pages, speed, accessibility?"),
    ("balance", "How free was it of bias and of commercial interests?"),
)
COMMENT = ("comment", "What should be better, or stay as it is?")


def standard_items(objectives: Iterable[Objective]) -> tuple[EvaluationItem, ...]:
    """A rating for each objective, five for the whole, and one comment."""
    each = (EvaluationItem(f"objective-{objective.id}", objective.text, ItemKind.RATING) for objective in objectives)
    whole = (EvaluationItem(item_id, text, ItemKind.RATING) for item_id, text in WHOLE)
    return (*each, *whole, EvaluationItem(*COMMENT, ItemKind.COMMENT))
