"""The layout of the path map: rows, lanes, what was taken, which grades are told."""

from __future__ import annotations

from ceapp.learning.pathmap import DOT, LANE, ROW, State, layout
from ceapp.scenarios.position import walk
from ceapp.scenarios.values import END, Grade, Kind, Option, Question, Scenario, Scene, Status


def question(question_id: str, *options: tuple[Grade, str]) -> Question:
    made = tuple(Option(f"{question_id}-{grade}", "text", 1, grade=grade, feedback="why", to=to) for grade, to in options)
    return Question(question_id, question_id, Kind.GRADED, 1, options=made)


def scene(scene_id: str, *questions: Question, to: str = "") -> Scene:
    return Scene(scene_id, scene_id.capitalize(), 1, questions=questions, to=to)


def scenario(*scenes: Scene) -> Scenario:
    return Scenario("sample", "Sample", "", Status.READY, (), 1, None, scenes)


FRIEND_REQUEST = scenario(
    scene("start"),
    scene(
        "arrives",
        question("first", (Grade.BEST, "session"), (Grade.RISKY, "silent"), (Grade.HARMFUL, "accepted"), (Grade.ACCEPTABLE, "session")),
    ),
    scene("silent", to="session"),
    scene("accepted", question("then", (Grade.BEST, "undone"), (Grade.CRITICAL, "session"))),
    scene("undone", to="session"),
    scene("session", question("note", (Grade.BEST, ""), (Grade.RISKY, ""))),
)


def columns(sample: Scenario) -> dict[str, int]:
    return {node.id: node.column for node in layout(sample, {}, ()).nodes}


def taken(sample: Scenario, answers: dict[str, tuple[str, ...]]) -> list[tuple[str, str, Grade | None]]:
    drawn = layout(sample, answers, walk(sample, answers).visited)
    return [(edge.from_id, edge.to_id, edge.grade) for edge in drawn.edges if edge.taken]


def test_scenes_stand_in_file_order_with_the_end_last():
    nodes = layout(FRIEND_REQUEST, {}, ()).nodes

    assert [node.id for node in nodes] == ["start", "arrives", "silent", "accepted", "undone", "session", END]
    assert [node.row for node in nodes] == [0, 1, 2, 3, 4, 5, 6]
    assert [node.y for node in nodes] == [ROW * row + ROW // 2 for row in range(7)]


def test_what_every_way_passes_stands_in_the_first_lane_and_parallel_branches_beside_it():
    assert columns(FRIEND_REQUEST) == {"start": 0, "arrives": 0, "silent": 1, "accepted": 2, "undone": 2, "session": 0, END: 0}


def test_a_long_story_of_forks_does_not_drift_sideways():
    scenes = [
        each
        for number in range(12)
        for each in (
            scene(f"fork-{number}", question(f"q-{number}", (Grade.BEST, f"left-{number}"), (Grade.RISKY, f"right-{number}"))),
            scene(f"left-{number}", to=f"fork-{number + 1}"),
            scene(f"right-{number}", to=f"fork-{number + 1}"),
        )
    ]

    drawn = layout(scenario(*scenes, scene("fork-12")), {}, ())

    assert drawn.width == 3 * LANE
    assert drawn.height == 38 * ROW


def test_an_arrow_to_the_end_from_the_middle_gets_a_lane_of_its_own():
    early = scenario(scene("start", question("q", (Grade.BEST, "middle"), (Grade.CRITICAL, END))), scene("middle"), scene("last"))

    assert columns(early) == {"start": 0, "middle": 0, "last": 0, END: 1}


def test_no_arrow_runs_through_a_scene_that_it_does_not_touch():
    drawn = layout(FRIEND_REQUEST, {}, ())
    places = {node.id: node for node in drawn.nodes}

    for edge in drawn.edges:
        start, stop = places[edge.from_id], places[edge.to_id]
        between = [node for node in drawn.nodes if start.row < node.row < stop.row]
        assert stop.column not in {node.column for node in between}, edge


def test_only_the_way_that_was_gone_is_taken_and_it_bears_the_grades_of_its_decisions():
    answers = {"first": ("first-harmful",), "then": ("then-best",), "note": ("note-risky",)}

    drawn = layout(FRIEND_REQUEST, answers, walk(FRIEND_REQUEST, answers).visited)

    assert taken(FRIEND_REQUEST, answers) == [
        ("start", "arrives", None),
        ("arrives", "accepted", Grade.HARMFUL),
        ("accepted", "undone", Grade.BEST),
        ("undone", "session", None),
        ("session", END, None),
    ]
    assert {node.id: node.state for node in drawn.nodes if node.state is State.NOT_TAKEN} == {"silent": State.NOT_TAKEN}
    assert {node.id: node.grades for node in drawn.nodes if node.grades} == {
        "arrives": (Grade.HARMFUL,),
        "accepted": (Grade.BEST,),
        "session": (Grade.RISKY,),
    }


def test_what_was_taken_is_drawn_over_what_was_not():
    answers = {"first": ("first-risky",), "note": ("note-best",)}

    flags = [edge.taken for edge in layout(FRIEND_REQUEST, answers, walk(FRIEND_REQUEST, answers).visited).edges]

    assert flags == sorted(flags)


def test_an_attempt_under_way_has_not_reached_the_end():
    answers = {"first": ("first-best",)}

    assert taken(FRIEND_REQUEST, answers) == [("start", "arrives", None), ("arrives", "session", Grade.BEST)]


def test_grades_of_a_question_not_answered_are_not_told():
    answers = {"first": ("first-risky",), "note": ("note-best",)}

    drawn = layout(FRIEND_REQUEST, answers, walk(FRIEND_REQUEST, answers).visited)

    assert {edge.grade for edge in drawn.edges if edge.from_id == "accepted"} == {None}
    assert layout(FRIEND_REQUEST, {}, ("start", "arrives")).edges[1].grade is None


def test_an_arrow_that_stands_for_several_grades_tells_none():
    answers = {"first": ("first-risky",), "note": ("note-best",)}

    drawn = layout(FRIEND_REQUEST, answers, walk(FRIEND_REQUEST, answers).visited)

    assert {edge.to_id: edge.grade for edge in drawn.edges if edge.from_id == "arrives"} == {
        "session": None,
        "silent": Grade.RISKY,
        "accepted": Grade.HARMFUL,
    }


def test_an_option_without_an_arrow_leads_to_the_next_scene():
    sample = scenario(scene("start", question("q", (Grade.BEST, ""), (Grade.RISKY, "last"))), scene("next"), scene("last"))

    assert taken(sample, {"q": ("q-best",)}) == [("start", "next", Grade.BEST), ("next", "last", None), ("last", END, None)]


def test_straight_and_bent_arrows_stop_short_of_the_dot():
    drawn = layout(FRIEND_REQUEST, {}, ())
    lines = {(edge.from_id, edge.to_id): edge.line for edge in drawn.edges}

    assert lines["start", "arrives"] == f"M14 {40 + DOT}V{120 - DOT - 7}"
    assert lines["arrives", "accepted"].endswith(f"V{280 - DOT - 7}")


def test_a_scenario_without_scenes_is_only_its_end():
    drawn = layout(scenario(), {}, ())

    assert [node.id for node in drawn.nodes] == [END]
    assert drawn.edges == ()
