"""Scenarios for hypothesis: any way through that the format allows, with any questions."""

from __future__ import annotations

from hypothesis import strategies as st

from ceapp.scenarios.values import END, Grade, Kind, Option, Prose, Question, Scenario, Scene, Status

GRADES = list(Grade)


@st.composite
def questions(draw: st.DrawFn, question_id: str, targets: list[str]) -> Question:
    """A question; with targets, a choose-one whose options may have arrows."""
    kind = draw(st.sampled_from([Kind.GRADED, Kind.PLAIN] if targets else list(Kind)))
    number = draw(st.integers(3, 5))
    arrows = draw(st.lists(st.sampled_from(targets), min_size=number, max_size=number)) if targets else [""] * number
    keys = draw(st.permutations(range(number)))
    options = []
    for place, key in enumerate(keys):
        grade = (Grade.BEST if key == 0 else draw(st.sampled_from(GRADES))) if kind is Kind.GRADED else None
        right = {Kind.GRADED: grade is Grade.BEST, Kind.PLAIN: key == 0, Kind.ALL: key % 2 == 0}.get(kind, False)
        options.append(Option(f"o{place}", "some words " * (place + 1), 1, grade, right, "why so", arrows[place]))
    return Question(question_id, "What now?", kind, 1, options=() if kind is Kind.REFLECTION else tuple(options))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A scenario of one to six scenes whose arrows lead forward."""
    number = draw(st.integers(1, 6))
    scenes = []
    for place in range(number):
        targets = [f"s{later}" for later in range(place + 1, number)] + [END]
        count = draw(st.integers(0, 2))
        branches = count > 0 and draw(st.booleans())
        asked = [draw(questions(f"q{place}-{n}", targets if branches and n == count - 1 else [])) for n in range(count)]
        to = "" if branches else draw(st.sampled_from(["", *targets]))
        scenes.append(Scene(f"s{place}", "Scene", 1, (Prose("words " * draw(st.integers(0, 9)), 1),), tuple(asked), (), to))
    return Scenario("story", "T", "S", Status.READY, (), 3, None, tuple(scenes))


def answers_to(question: Question) -> st.SearchStrategy[tuple[str, ...]]:
    """A well-formed answer."""
    ids = [option.id for option in question.options]
    match question.kind:
        case Kind.REFLECTION:
            return st.just(())
        case Kind.ALL:
            return st.lists(st.sampled_from(ids), min_size=1, unique=True).map(tuple)
        case Kind.ORDER:
            return st.permutations(ids).map(tuple)
        case _:
            return st.sampled_from(ids).map(lambda option_id: (option_id,))


@st.composite
def attempts(draw: st.DrawFn) -> tuple[Scenario, dict[str, tuple[str, ...]]]:
    """A scenario with an answer to each of its questions, on the path or not."""
    scenario = draw(scenarios())
    return scenario, {question.id: draw(answers_to(question)) for scene in scenario.scenes for question in scene.questions}
