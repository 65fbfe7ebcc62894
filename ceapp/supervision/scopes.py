"""How much of a trainee's work a supervisor sees; each step includes those before it. Pure."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    STATUS = "status"
    SCORES = "scores"
    ANSWERS = "answers"
    REFLECTIONS = "reflections"

    def includes(self, other: Scope) -> bool:
        return _STEPS.index(self) >= _STEPS.index(other)


_STEPS = (Scope.STATUS, Scope.SCORES, Scope.ANSWERS, Scope.REFLECTIONS)

SAYS = {
    Scope.STATUS: "what is begun, handed in, passed or late",
    Scope.SCORES: "status and scores",
    Scope.ANSWERS: "status, scores and the choices in each scenario",
    Scope.REFLECTIONS: "status, scores, choices, and the reflections that are handed in from then on",
}
"""For sentences such as “Sam sees …”."""


def widest(scopes: list[Scope]) -> Scope:
    """Of several relations with one trainee, what they allow together."""
    return max(scopes, key=_STEPS.index)
