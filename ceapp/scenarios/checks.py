"""What a scenario must obey as a whole: arrows, ways through, limits, objectives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from ceapp.scenarios.limits import QUESTIONS, SCENES
from ceapp.scenarios.parser import Draft
from ceapp.scenarios.position import paths, reachable
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.questions import CHOOSE_ONE, check_questions
from ceapp.scenarios.values import END, Question, Scenario, Scene

UNEVEN = 1
"""Two paths may differ by so many scored questions."""


def check_draft(draft: Draft, problems: Problems) -> None:
    """Everything that can be said of the scenes before they are a scenario. Reports errors only, apart from wording."""
    _check_limits(draft, problems)
    check_questions(draft.scenes, draft.doubtful, problems)
    for scene in draft.scenes:
        _check_places_of_arrows(scene, draft, problems)
    _check_targets(draft, problems)
    _check_falling_through(draft, problems)


def check_ways(scenario: Scenario, problems: Problems) -> None:
    """Warnings about the ways through a scenario whose arrows are in order."""
    entered = reachable(scenario)
    for scene in scenario.scenes:
        if scene.id not in entered:
            hint = "add an arrow to it, or delete it"
            problems.add("unreachable-scene", scene.line, f"no path leads to the scene #{scene.id}", hint=hint)
    extremes = paths(scenario)
    if extremes.scored_max - extremes.scored_min > UNEVEN:
        message = f"the shortest path has {extremes.scored_min} scored questions and the longest {extremes.scored_max}"
        hint = "a score means more when all paths are about as long"
        problems.add("uneven-paths", scenario.scenes[0].line, message, hint=hint)


def check_objectives(named: Collection[str], known: Collection[str], line: int, problems: Problems) -> None:
    """Each objective of a scenario is one of its course."""
    for objective in named:
        if objective not in known:
            hint = problems.did_you_mean(objective, known) or "objectives are listed in course.md"
            problems.add("unknown-objective", line, f"the course has no objective {objective}", hint=hint)


def _check_limits(draft: Draft, problems: Problems) -> None:
    if not draft.scenes:
        problems.add("no-scenes", 1, "the scenario has no text below its front matter")
    if len(draft.scenes) > SCENES:
        problems.add("too-many", draft.scenes[SCENES].line, f"a scenario has at most {SCENES} scenes", hint="divide it")
    questions = [question for scene in draft.scenes for question in scene.questions]
    if len(questions) > QUESTIONS:
        problems.add("too-many", questions[QUESTIONS].line, f"a scenario has at most {QUESTIONS} questions", hint="divide it")


def _check_places_of_arrows(scene: Scene, draft: Draft, problems: Problems) -> None:
    branching = [question for question in scene.questions if question.branches]
    for question in branching:
        if question.kind not in CHOOSE_ONE and question.id not in draft.doubtful:
            hint = "end the scene with a paragraph -> #id instead"
            problems.add("misplaced-arrow", _first_arrow(question), "only a choose-one question may have arrows", hint=hint)
    if len(branching) > 1:
        hint = "give the later one a scene of its own"
        problems.add("misplaced-arrow", _first_arrow(branching[1]), "only one question of a scene may have arrows", hint=hint)
    elif branching and branching[0] is not scene.questions[-1]:
        hint = "begin a new scene with the question that follows"
        problems.add("misplaced-arrow", _first_arrow(branching[0]), "only the last question of a scene may have arrows", hint=hint)
    if branching and scene.id in draft.arrows:
        message = "this scene has a question with arrows, so that it cannot have its own"
        problems.add("misplaced-arrow", draft.arrows[scene.id], message, hint="give each option its arrow")


def _check_targets(draft: Draft, problems: Problems) -> None:
    place = {scene.id: index for index, scene in reversed(list(enumerate(draft.scenes)))}
    questions = {question.id for scene in draft.scenes for question in scene.questions}
    for index, scene in enumerate(draft.scenes):
        for target, line in _arrows(scene, draft):
            if target == END or not target:
                continue
            if target in questions and target not in place:
                hint = "an arrow leads to a scene, a heading with ##"
                problems.add("unknown-target", line, f"#{target} is a question", hint=hint)
            elif target not in place:
                hint = problems.did_you_mean(target, [*place, END], "#") or "scenes are headings with ##"
                problems.add("unknown-target", line, f"there is no scene #{target[:64]}", hint=hint)
            elif place[target] <= index:
                hint = "the story only goes forward"
                problems.add("arrow-back", line, f"the arrow to #{target} leads back", hint=hint)


def _check_falling_through(draft: Draft, problems: Problems) -> None:
    """Falling into a scene that arrows lead to is how one branch slips into its sibling."""
    targets = {target for scene in draft.scenes for target, _ in _arrows(scene, draft)}
    for scene, following in pairwise(draft.scenes):
        if following.id not in targets or scene.to or scene.id in draft.arrows:
            continue
        branching = next((question for question in scene.questions if question.branches), None)
        if branching is None:
            hint = f"end it with -> #{following.id}, or where it should lead"
            problems.add("falls-through", scene.line, f"this scene falls into #{following.id}, which arrows lead to", hint=hint)
            continue
        for option in branching.options:
            if not option.to:
                hint = f"end it with -> #{following.id}, or where it should lead"
                message = f"this option has no arrow and falls into #{following.id}, which arrows lead to"
                problems.add("falls-through", option.line, message, hint=hint)


def _arrows(scene: Scene, draft: Draft) -> Iterator[tuple[str, int]]:
    for question in scene.questions:
        for option in question.options:
            if option.to:
                yield option.to, option.line
    if scene.to:
        yield scene.to, draft.arrows.get(scene.id, scene.line)


def _first_arrow(question: Question) -> int:
    return next(option.line for option in question.options if option.to)
