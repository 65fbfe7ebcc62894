"""The way through a scenario as a picture: where each scene and each arrow between scenes is drawn.

Scenes stand below one another in file order, which arrows never go against. What every way passes stands in the first lane, branches in
lanes beside it. A lane is kept for a scene from the first arrow that leads to it, so that no arrow runs through a scene it does not touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from ceapp.scenarios.position import Answers, exits
from ceapp.scenarios.values import END, Grade, Kind, Option, Question, Scenario, Scene

LANE = 28
ROW = 80
DOT = 9
TIP = 7
END_TITLE = "The end"


class State(StrEnum):
    TAKEN = "taken"
    NOT_TAKEN = "not-taken"


@dataclass(frozen=True, slots=True)
class Node:
    """A scene, or the end. `grades` are those of the decisions taken in it; `leads_to` the titles of what may follow."""

    id: str
    title: str
    row: int
    column: int
    state: State
    x: int
    y: int
    grades: tuple[Grade, ...] = ()
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow. `grade` is that of the option that leads along it, only where the question was answered and the grade is one."""

    from_id: str
    to_id: str
    grade: Grade | None
    taken: bool
    line: str
    tip: str


@dataclass(frozen=True, slots=True)
class PathMap:
    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the picture is the same for every way through a scenario: its arrows drawn, and all scenes as not entered."""

    width: int
    height: int
    nodes: tuple[tuple[Scene | None, Node], ...]
    edges: tuple[tuple[Scene, Edge], ...]


def ground(scenario: Scenario) -> Ground:
    """Place every scene and arrow; to be worked out once for a text."""
    columns = _columns(scenario)
    points = {scene_id: _point(row, column) for row, (scene_id, column) in enumerate(columns.items())}
    scenes = {scene.id: scene for scene in scenario.scenes}
    titles = {scene.id: scene.title for scene in scenario.scenes} | {END: END_TITLE}
    nodes = []
    for row, (scene_id, column) in enumerate(columns.items()):
        scene = scenes.get(scene_id)
        leads_to = tuple(titles[target] for target in exits(scenario, scene)) if scene else ()
        nodes.append((scene, Node(scene_id, titles[scene_id], row, column, State.NOT_TAKEN, *points[scene_id], leads_to=leads_to)))
    edges = [
        (scene, Edge(scene.id, target, None, False, *_drawn(points[scene.id], points[target])))
        for scene in scenario.scenes
        for target in exits(scenario, scene)
    ]
    return Ground(LANE * (max(columns.values()) + 1), ROW * len(columns), tuple(nodes), tuple(edges))


def layout(scenario: Scenario, answers: Answers, visited: Sequence[str], on: Ground | None = None) -> PathMap:
    """The way taken, on the ground of the scenario. `visited` are the ids of the scenes entered, in order, as `Walk.visited` gives them."""
    on, steps = on or ground(scenario), _steps(scenario, answers, visited)
    entered = {*visited, *(target for _, target in steps)}
    nodes = tuple(
        replace(node, state=State.TAKEN, grades=_grades(scene, answers) if scene else ()) if node.id in entered else node
        for scene, node in on.nodes
    )
    left, taken = [], []
    for scene, edge in on.edges:
        if (edge.from_id, edge.to_id) in steps:
            taken.append(replace(edge, grade=_grade_taken(scene, answers), taken=True))
        else:
            grade = _grade_left(scenario, scene, edge.to_id, answers)
            left.append(edge if grade is None else replace(edge, grade=grade))
    # What was taken is drawn last, over arrows that share its way.
    return PathMap(on.width, on.height, nodes, (*left, *taken))


def whole(scenario: Scenario) -> PathMap:
    """Every scene and every arrow as taken, with the grades of the choices that lead along it: for those who may see the key."""
    on = ground(scenario)
    nodes = tuple(replace(node, state=State.TAKEN) for _, node in on.nodes)
    edges = tuple(replace(edge, grade=_grade_along(scenario, scene, edge.to_id), taken=True) for scene, edge in on.edges)
    return PathMap(on.width, on.height, nodes, edges)


def _columns(scenario: Scenario) -> dict[str, int]:
    """The lane of each scene and of the end: the trunk in lane 0, each branch beside it."""
    trunk = _trunk(scenario)
    lanes: list[str | None] = [""]
    columns: dict[str, int] = {}
    for scene in scenario.scenes:
        column = 0 if scene.id in trunk else lanes.index(scene.id) if scene.id in lanes else _free(lanes, 1)
        columns[scene.id] = column
        if column:
            lanes[column] = None
        for target in exits(scenario, scene):
            if target not in trunk and target not in lanes:
                lanes[_free(lanes, max(column, 1))] = target
    columns[END] = lanes.index(END) if END in lanes else 0
    return columns


def _trunk(scenario: Scenario) -> frozenset[str]:
    """What every way to the last scene passes, and the end unless an arrow to it would run through one of these."""
    if not scenario.scenes:
        return frozenset({END})
    first, last = scenario.scenes[0].id, scenario.scenes[-1].id
    ways_to = {scene.id: int(scene.id == first) for scene in scenario.scenes}
    for scene in scenario.scenes:
        for target in exits(scenario, scene):
            if target != END:
                ways_to[target] += ways_to[scene.id]
    ways_from = {END: 0}
    for scene in reversed(scenario.scenes):
        ways_from[scene.id] = int(scene.id == last) + sum(ways_from[target] for target in exits(scenario, scene))
    trunk = [scene.id for scene in scenario.scenes if ways_to[scene.id] * ways_from[scene.id] == ways_from[first] > 0]
    order = [scene.id for scene in scenario.scenes]
    before_the_last = scenario.scenes[: order.index(trunk[-1])] if trunk else scenario.scenes
    ends_early = any(END in exits(scenario, scene) for scene in before_the_last)
    return frozenset(trunk if ends_early else [*trunk, END])


def _free(lanes: list[str | None], least: int) -> int:
    """The first free lane, not left of `least`; a new one where all are kept for a scene to come."""
    for lane in range(least, len(lanes)):
        if lanes[lane] is None:
            return lane
    lanes.append(None)
    return len(lanes) - 1


def _steps(scenario: Scenario, answers: Answers, visited: Sequence[str]) -> frozenset[tuple[str, str]]:
    """The arrows that were followed, as pairs of ids."""
    steps = set(pairwise(visited))
    last = scenario.scene(visited[-1]) if visited else None
    left = last is not None and all(question.id in answers for question in last.questions)
    if last is not None and left and _left_for(scenario, last, answers) == END:
        steps.add((last.id, END))
    return frozenset(steps)


def _drawn(start: tuple[int, int], stop: tuple[int, int]) -> tuple[str, str]:
    """The line of an arrow and its tip, as SVG paths: out of its lane at once, then straight down."""
    (x1, y1), (x2, y2) = start, stop
    if x1 == x2:
        line = f"M{x1} {y1 + DOT}V{y2 - DOT - TIP}"
    else:
        bend = y1 + ROW // 2
        line = f"M{x1} {y1 + DOT}C{x1} {bend + 6} {x2} {bend - 12} {x2} {y1 + ROW - DOT - TIP}V{y2 - DOT - TIP}"
    return line, f"M{x2 - 5} {y2 - DOT - TIP - 1}h10l-5 {TIP}z"


def _grade_taken(scene: Scene, answers: Answers) -> Grade | None:
    question = _branching(scene)
    return question.option(answers[question.id][0]).grade if question else None


def _grade_left(scenario: Scenario, scene: Scene, target: str, answers: Answers) -> Grade | None:
    """The grade of an arrow not taken; of a question not answered none is told, since that would give its key away."""
    question = _branching(scene)
    if question is None or question.id not in answers:
        return None
    return _grade_along(scenario, scene, target)


def _grade_along(scenario: Scenario, scene: Scene, target: str) -> Grade | None:
    """The grade of the choices that lead from a scene to another one; None where they have several, or none leads there."""
    question = _branching(scene)
    options = question.options if question else ()
    grades = {option.grade for option in options if _target(scenario, scene, option) == target}
    return grades.pop() if len(grades) == 1 else None


def _grades(scene: Scene, answers: Answers) -> tuple[Grade, ...]:
    chosen = [
        question.option(answers[question.id][0]).grade
        for question in scene.questions
        if question.kind is Kind.GRADED and question.id in answers
    ]
    return tuple(grade for grade in chosen if grade is not None)


def _branching(scene: Scene) -> Question | None:
    return scene.questions[-1] if scene.questions and scene.questions[-1].branches else None


def _left_for(scenario: Scenario, scene: Scene, answers: Answers) -> str:
    """Where the answers lead from a scene whose questions are all answered."""
    question = _branching(scene)
    if question is None:
        return exits(scenario, scene)[0]
    return _target(scenario, scene, question.option(answers[question.id][0]))


def _target(scenario: Scenario, scene: Scene, option: Option) -> str:
    if option.to:
        return option.to
    after = scenario.scenes.index(scene) + 1
    return scenario.scenes[after].id if after < len(scenario.scenes) else END


def _point(row: int, column: int) -> tuple[int, int]:
    return LANE * column + LANE // 2, ROW * row + ROW // 2
