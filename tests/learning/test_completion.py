"""What is left before the certificate."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.learning.completion import Act, Mark, Outcome, Requirement, State, checklist, meeting_attempts


def requirement(slug: str, *, required: bool = True, minutes: int = 10) -> Requirement:
    return Requirement(slug, slug.title(), "", minutes, required)


def outcome(
    slug: str = "one", number: int = 1, *, closed: bool = True, opened: bool = False, passed: bool = False, **more: object
) -> Outcome:
    values: dict[str, object] = {"attempt_id": uuid4(), "allowed": None, "percent": 90 if passed else 40, **more}
    return Outcome(scenario_slug=slug, number=number, is_open=opened, is_closed=closed, passed=passed, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], State.NOT_BEGUN),
        ([outcome(closed=False, opened=True)], State.UNDER_WAY),
        ([outcome()], State.NOT_PASSED),
        ([outcome(), outcome(number=2, closed=False, opened=True)], State.UNDER_WAY),
        ([outcome(allowed=2), outcome(number=2, allowed=2)], State.USED_UP),
        ([outcome(allowed=2)], State.NOT_PASSED),
        ([outcome(passed=True)], State.PASSED),
        ([outcome(passed=True), outcome(number=2)], State.PASSED),
        ([outcome(closed=False)], State.NOT_PASSED),  # left for a newer text
    ],
)
def test_state_of_a_requirement(outcomes: list[Outcome], state: State) -> None:
    assert checklist([requirement("one")], outcomes).items[0].state is state


def test_the_percentage_is_that_of_the_attempt_that_passed_first() -> None:
    outcomes = [outcome(percent=40), outcome(number=2, passed=True, percent=85), outcome(number=3, passed=True, percent=100)]
    assert checklist([requirement("one")], outcomes).items[0].percent == 85


def test_what_is_left_counts_required_scenarios_only() -> None:
    left = checklist([requirement("one"), requirement("two", minutes=7), requirement("three", required=False)], [outcome(passed=True)])
    assert (left.met, left.percent, left.minutes_left, left.is_complete) == (1, 50, 7, False)
    assert left.next is not None
    assert left.next.requirement.slug == "two"
    assert [item.requirement.slug for item in left.optional] == ["three"]


def test_next_is_what_is_under_way() -> None:
    left = checklist([requirement("one"), requirement("two")], [outcome("two", closed=False, opened=True)])
    assert left.next is not None
    assert left.next.requirement.slug == "two"


CLOSING = Requirement("closing-a", "Closing cases", "", 20, True, ("closing-b",), is_closing=True)


def test_closing_cases_open_after_the_last_scenario() -> None:
    asked = [requirement("one"), requirement("two", required=False), CLOSING]
    early, later = checklist(asked, []), checklist(asked, [outcome(passed=True)])
    assert [early.may_begin(item) for item in early.items] == [True, True, False]
    assert [later.may_begin(item) for item in later.items] == [True, True, True]
    assert [each.next.requirement.slug for each in (early, later) if each.next] == ["one", "closing-a"]


def test_any_form_of_the_closing_cases_counts() -> None:
    outcomes = [outcome(passed=True), outcome("closing-b", passed=True)]
    assert checklist([requirement("one"), CLOSING], outcomes).is_complete
    assert set(meeting_attempts([requirement("one"), CLOSING], outcomes) or {}) == {"one", "closing-a"}


@pytest.mark.parametrize(
    ("passed", "evaluated", "attested", "next_act", "percent"),
    [
        (False, False, False, None, 0),
        (True, False, False, Act.EVALUATION, 33),
        (True, True, False, Act.ATTESTATION, 66),
        (True, True, True, None, 100),
        (False, True, True, None, 66),  # moved to a text with another scenario
    ],
)
def test_acts_come_in_turn_after_the_last_pass(passed: bool, evaluated: bool, attested: bool, next_act: Act | None, percent: int) -> None:
    marks = [Mark(Act.EVALUATION, evaluated), Mark(Act.ATTESTATION, attested)]
    left = checklist([requirement("one")], [outcome(passed=True)] if passed else [], marks)
    assert (left.next_act, left.percent, left.is_complete) == (next_act, percent, percent == 100)


def test_a_course_without_requirements_is_never_completed() -> None:
    assert meeting_attempts([requirement("one", required=False)], [outcome(passed=True)]) is None


@given(st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), st.integers(1, 5), st.booleans(), st.booleans())))
def test_c7_complete_exactly_when_each_required_scenario_was_passed(rows: list[tuple[str, int, bool, bool]]) -> None:
    outcomes = [outcome(slug, number, closed=closed, passed=passed and closed) for slug, number, closed, passed in rows]
    requirements = [requirement("one"), requirement("two"), requirement("three", required=False)]
    passed: set[str] = {each.scenario_slug for each in outcomes if each.passed}
    met = meeting_attempts(requirements, outcomes)
    assert (met is not None) == ({"one", "two"} <= passed) == checklist(requirements, outcomes).is_complete
    ids: dict[UUID, Outcome] = {each.attempt_id: each for each in outcomes}
    for slug, attempt_id in (met or {}).items():
        assert ids[attempt_id].scenario_slug == slug
        assert ids[attempt_id].passed
