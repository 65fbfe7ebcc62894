"""Answering an ordering question by single choices: which comes first, which comes next. In the end it posts what the ordering posts.

What was picked stands in the address, so that nothing is stored before the answer, and going back a page takes a choice back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ceapp.scenarios.learner import LearnerOption, LearnerQuestion


@dataclass(frozen=True, slots=True)
class OneByOne:
    """How far somebody has come: what they put in front, in order, and what is left, as it was shown. One that is left comes last."""

    picked: tuple[LearnerOption, ...]
    left: tuple[LearnerOption, ...]
    count: int

    @property
    def is_whole(self) -> bool:
        return not self.left

    @property
    def before_last(self) -> tuple[str, ...]:
        """The ids of what was picked, without the last choice: of a whole order, the one before the last item, which nobody chose."""
        chosen = [option.id for option in self.picked][: self.count - 1]
        return tuple(chosen[:-1])


def one_by_one(question: LearnerQuestion, wanted: Iterable[str]) -> OneByOne:
    """From ids as they came with the address: what is no option of the question, or comes twice, does not count."""
    options: Mapping[str, LearnerOption] = {option.id: option for option in question.options}
    picked = [options[each] for each in dict.fromkeys(wanted) if each in options]
    left = [option for option in question.options if option not in picked]
    if len(left) == 1:
        picked, left = [*picked, *left], []
    return OneByOne(tuple(picked), tuple(left), len(options))
