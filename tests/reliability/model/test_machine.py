"""R19, in one process: thousands of deeds in every order, on both databases; and broken rules, which the machine has to find."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ceapp.database import db
from ceapp.learning import service, starting
from ceapp.scenarios.scoring import score
from tests.harness.courses import Library
from tests.reliability.figures import Figures
from tests.reliability.ledger import faults_of
from tests.reliability.model.machine import Differs, Machine, World
from tests.reliability.model.small import OK
from tests.reliability.rounds import rounds

STEPS = 30
ENOUGH = 200
"""Sequences in which every deed succeeds at some time."""

PASSED_UNDULY = "|".join(
    (
        r"task: .*, True, \w+\), not .*, False, \w+\)",
        r"completions: \[.+\], not \[\]",
        r"(begin|release): ok, not refused",
        r"(ask|grant): refused, not ok",
    )
)
"""Every way in which a pass shows that is none."""

Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def world(app: Flask, library: Library) -> World:
    made = World(app, library)
    made.prepare()
    return made


def run(world: World, sequences: int) -> None:
    """So many sequences of deeds, the same ones each time."""
    machine = type("MachineHere", (Machine,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=sequences,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.both_databases
def test_r19_the_services_answer_what_the_model_answers(world: World, engine: str, figures: Callable[..., Figures]) -> None:
    row = figures("R19 deeds", engine, rounds(6, 5000))
    try:
        run(world, row.asked)
    finally:
        row.done, row.acknowledged = world.sequences, sum(number for (_, told), number in world.deeds.items() if told == OK)
        row.note = f"{world.deeds.total()} deeds, the others refused as the model refuses them"
    with world.app.app_context():
        found = faults_of(db.engine)
    row.lost = len(found)
    assert found == []
    if row.asked >= ENOUGH:
        names = {name for name, _ in world.deeds}
        assert {name for name in names if not world.deeds[name, OK]} == set()


def _limitless(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_next = starting._begin_next

    def begin(person_id, series, course, form_key, now):  # type: ignore[no-untyped-def]
        series.allowed = None
        return begin_next(person_id, series, course, form_key, now)

    monkeypatch.setattr(starting, "_begin_next", begin)


def _lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "score", lambda scenario, given, *, pass_mark, scheme: score(scenario, given, pass_mark=0, scheme=scheme))


def _peeking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_refuse_peeking", lambda *_: None)


def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_earlier", lambda *_: None)


@pytest.mark.parametrize(
    ("broken", "difference"),
    [
        (_limitless, r"begin(_task)?: ok, not refused|task: .* True\), not .* False\)"),
        pytest.param(_lenient, PASSED_UNDULY, marks=pytest.mark.full_form),
        pytest.param(_peeking, "begin: ok, not refused", marks=pytest.mark.full_form),
        pytest.param(_forgetful, "again: ", marks=pytest.mark.full_form),
    ],
)
def test_r19_control_a_broken_rule_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch, figures: Callable[..., Figures], broken: Break, difference: str
) -> None:
    row = figures("R19 deeds", f"control {broken.__name__.strip('_')}", 40)
    broken(monkeypatch)
    with pytest.raises(Differs, match=difference):
        run(world, 40)
    row.done, row.control = 1, "tripped"
