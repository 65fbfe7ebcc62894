"""The words that a learner reads on the ways through a scenario; contact hours rest on the shortest way that passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ceapp.scenarios.counting import count, question_words, scene_words
from ceapp.scenarios.position import exits, next_in_file, paths
from ceapp.scenarios.scoring import credit, is_critical, passes, percentage
from ceapp.scenarios.values import END, Scenario, Scene, Scoring

__all__ = ["PathWords", "count", "path_words", "question_words", "scene_words", "step_words"]


@dataclass(frozen=True, slots=True)
class PathWords:
    """Words on the shortest way that passes with its scored questions, and words on the shortest and the longest way at all.

    Counted are scenes, questions with the feedback of all their options, posts, notes, hints, explanations and rubrics; not the title, the
    front matter, references, or what only supervisors see.
    """

    shortest_passing: int
    shortest: int
    longest: int
    questions: int


@dataclass(frozen=True, slots=True, order=True)
class _Way:
    """A way up to some scene: what it costs in words, what it lost in credit, and how many scored questions lay on it."""

    words: int
    lost: Fraction
    questions: int


def path_words(scenario: Scenario, pass_mark: int, scheme: Scoring) -> PathWords:
    """The words on the ways through a scenario.

    A learner can answer every question on a way rightly, except where the way itself is a choice that costs credit.
    """
    extremes = paths(scenario)
    passing = [(way.words, way.questions) for way in _complete_ways(scenario, scheme) if _passes(way, pass_mark)]
    words, questions = min(passing, default=(extremes.words_min, extremes.scored_min))
    return PathWords(words, extremes.words_min, extremes.words_max, questions)


def step_words(scenario: Scenario) -> dict[str, int]:
    """Question id → the most words of a step: the scenes that may be read on the way to it, and the question with its feedback."""
    found: dict[str, int] = {}
    arriving: dict[str, int] = {}
    for scene in scenario.scenes:
        words = arriving.get(scene.id, 0) + scene_words(scene)
        for question in scene.questions:
            found[question.id], words = words + question_words(question), 0
        for target in exits(scenario, scene):
            arriving[target] = max(words, arriving.get(target, 0))
    return found


def _passes(way: _Way, pass_mark: int) -> bool:
    return passes(percentage(way.questions - way.lost, way.questions), pass_mark)


def _complete_ways(scenario: Scenario, scheme: Scoring) -> list[_Way]:
    """The ways from the first scene to an end that no other way beats; scenes in file order are in the order of the story."""
    arriving: dict[str, list[_Way]] = {scene_id: [] for scene_id in (*(scene.id for scene in scenario.scenes), END)}
    if scenario.scenes:
        arriving[scenario.scenes[0].id].append(_Way(0, Fraction(0), 0))
    for scene in scenario.scenes:
        words = scene_words(scene) + sum(question_words(question) for question in scene.questions)
        scored = sum(question.is_scored for question in scene.questions)
        ways = [_Way(way.words + words, way.lost, way.questions + scored) for way in _unbeaten(arriving[scene.id])]
        for target, lost in _exits_with_loss(scenario, scene, scheme):
            arriving[target] += [_Way(way.words, way.lost + lost, way.questions) for way in ways]
    return arriving[END]


def _exits_with_loss(scenario: Scenario, scene: Scene, scheme: Scoring) -> Iterator[tuple[str, Fraction]]:
    """Where the story may go on, with the least credit that going there costs; a critical choice cannot pass and is left out."""
    after = scene.to or next_in_file(scenario, scene)
    if not scene.questions or not scene.questions[-1].branches:
        yield after, Fraction(0)
        return
    question = scene.questions[-1]
    losses: dict[str, Fraction] = {}
    for option in question.options:
        if not is_critical(question, (option.id,)):
            lost = 1 - (credit(question, (option.id,), scheme) or Fraction(0))
            target = option.to or after
            losses[target] = min(lost, losses.get(target, lost))
    yield from losses.items()


def _unbeaten(ways: Iterable[_Way]) -> list[_Way]:
    """Of the ways with the same number of questions, those that no other matches in both words and credit."""
    kept: dict[int, _Way] = {}
    unbeaten: list[_Way] = []
    for way in sorted(ways):
        best = kept.get(way.questions)
        if best is None or way.lost < best.lost:
            kept[way.questions] = way
            unbeaten.append(way)
    return unbeaten
