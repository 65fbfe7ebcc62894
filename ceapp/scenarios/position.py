"""The place in a story, computed from the answers and never stored.

Arrows only go forward, so scenes in file order are a topological order: whatever is asked about all paths is answered in one pass
from the last scene to the first, without listing the paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from ceapp.scenarios.counting import question_words, scene_words
from ceapp.scenarios.values import END, Question, Scenario, Scene

Answers = Mapping[str, tuple[str, ...]]
"""Question id → the option ids given: in the chosen order for ORDER questions, empty for a reflection."""

WORDS_PER_MINUTE = 200
"""A cautious speed for reading on a screen; adults read non-fiction at about 240 (Brysbaert 2019, doi:10.1016/j.jml.2019.104047)."""
SECONDS_PER_QUESTION = 30
"""Our own allowance for making up one's mind, on top of reading; not measured."""


@dataclass(frozen=True, slots=True)
class Step:
    """One question as the learner meets it, with the scenes entered since the step before (none for a further question of a scene)."""

    number: int
    scenes: tuple[Scene, ...]
    scene: Scene | None
    question: Question | None


@dataclass(frozen=True, slots=True)
class Walk:
    """The steps answered so far, in order, and then the current one unless the attempt has ended."""

    steps: tuple[Step, ...]
    ended: bool
    epilogue: tuple[Scene, ...]

    @property
    def current(self) -> Step | None:
        """The step that waits for an answer, or None when the attempt has ended."""
        return None if self.ended else self.steps[-1]

    @property
    def visited(self) -> tuple[str, ...]:
        """The ids of the scenes entered, in order, the epilogue included."""
        entered = [scene.id for step in self.steps for scene in step.scenes]
        return tuple(entered + [scene.id for scene in self.epilogue])


@dataclass(frozen=True, slots=True)
class Remaining:
    """What may still lie ahead, the current step included."""

    questions_min: int
    questions_max: int
    words_min: int
    words_max: int


@dataclass(frozen=True, slots=True)
class Paths:
    """All ways through a scenario at once: how many, and their extremes."""

    count: int
    questions_min: int
    questions_max: int
    scored_min: int
    scored_max: int
    words_min: int
    words_max: int


def walk(scenario: Scenario, answers: Answers) -> Walk:
    """Follow the answers through the story as far as they reach.

    Raises ValueError when an answer to a branching question names an option that the question does not have.
    """
    steps: list[Step] = []
    entered: list[Scene] = []
    scene = scenario.scenes[0] if scenario.scenes else None
    while scene is not None:
        entered.append(scene)
        for question in scene.questions:
            steps.append(Step(len(steps) + 1, tuple(entered), scene, question))
            entered = []
            if question.id not in answers:
                return Walk(tuple(steps), ended=False, epilogue=())
        scene = _next_scene(scenario, scene, answers)
    return Walk(tuple(steps), ended=True, epilogue=tuple(entered))


def exits(scenario: Scenario, scene: Scene) -> tuple[str, ...]:
    """The ids of the scenes that may follow, each once, END included; in the order of the options."""
    after = next_in_file(scenario, scene)
    if scene.questions and scene.questions[-1].branches:
        return tuple(dict.fromkeys(option.to or after for option in scene.questions[-1].options))
    return (scene.to or after,)


def next_in_file(scenario: Scenario, scene: Scene) -> str:
    """The id of the scene that follows in the file, END after the last one."""
    ids = [candidate.id for candidate in scenario.scenes]
    after = ids.index(scene.id) + 1
    return ids[after] if after < len(ids) else END


def remaining(scenario: Scenario, walk: Walk) -> Remaining:
    """The least and the most that lies ahead of the learner, counted from the current step on."""
    if walk.current is None or walk.current.scene is None:
        return Remaining(0, 0, 0, 0)
    step, scene = walk.current, walk.current.scene
    unanswered = scene.questions[_index_of(scene, step.question) :]
    words = sum(scene_words(entered) for entered in step.scenes) + sum(question_words(question) for question in unanswered)
    ahead = _ahead(scenario)
    following = [ahead[scene_id] for scene_id in exits(scenario, scene)]
    return Remaining(
        len(unanswered) + min(paths.questions_min for paths in following),
        len(unanswered) + max(paths.questions_max for paths in following),
        words + min(paths.words_min for paths in following),
        words + max(paths.words_max for paths in following),
    )


def paths(scenario: Scenario) -> Paths:
    """The extremes over all paths from the first scene to an end."""
    ahead = _ahead(scenario)
    return ahead[scenario.scenes[0].id] if scenario.scenes else ahead[END]


def minutes(words: int, questions: int = 0) -> int:
    """Whole minutes, rounded up, for reading so many words and answering so many questions."""
    return ceil(words / WORDS_PER_MINUTE + questions * SECONDS_PER_QUESTION / 60)


def reachable(scenario: Scenario) -> frozenset[str]:
    """The ids of the scenes that some path enters."""
    found = {scenario.scenes[0].id} if scenario.scenes else set()
    for scene in scenario.scenes:
        if scene.id in found:
            found.update(exits(scenario, scene))
    return frozenset(found - {END})


def _ahead(scenario: Scenario) -> dict[str, Paths]:
    """For each scene id, what lies ahead of somebody who is about to enter it."""
    ahead = {END: Paths(1, 0, 0, 0, 0, 0, 0)}
    for scene in reversed(scenario.scenes):
        ahead[scene.id] = _through(scene, [ahead[scene_id] for scene_id in exits(scenario, scene)])
    return ahead


def _through(scene: Scene, following: list[Paths]) -> Paths:
    questions = len(scene.questions)
    scored = sum(question.is_scored for question in scene.questions)
    words = scene_words(scene) + sum(question_words(question) for question in scene.questions)
    return Paths(
        sum(paths.count for paths in following),
        questions + min(paths.questions_min for paths in following),
        questions + max(paths.questions_max for paths in following),
        scored + min(paths.scored_min for paths in following),
        scored + max(paths.scored_max for paths in following),
        words + min(paths.words_min for paths in following),
        words + max(paths.words_max for paths in following),
    )


def _next_scene(scenario: Scenario, scene: Scene, answers: Answers) -> Scene | None:
    target = _chosen_target(scene, answers) or scene.to or next_in_file(scenario, scene)
    return None if target == END else scenario.scene(target)


def _chosen_target(scene: Scene, answers: Answers) -> str:
    if not scene.questions or not scene.questions[-1].branches:
        return ""
    question = scene.questions[-1]
    given = answers[question.id]
    for option in question.options:
        if option.id in given:
            return option.to
    raise ValueError(f"The answer {given} to #{question.id} names none of its options.")


def _index_of(scene: Scene, question: Question | None) -> int:
    return next(index for index, candidate in enumerate(scene.questions) if candidate is question or candidate == question)
