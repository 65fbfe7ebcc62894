"""R19, in one process: thousands of deeds in every order, on both databases; and broken rules, which the machine has to find."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ceapp.database import db
from ceapp.errors import Refused
from ceapp.learning import service, starting
from ceapp.scenarios.scoring import score
from tests.harness.courses import Library
from tests.reliability.ledger import faults_of
from tests.reliability.model.machine import Machine, World
from tests.reliability.rounds import rounds

STEPS = 30


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
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.both_databases
def test_r19_the_services_answer_what_the_model_answers(world: World) -> None:
    run(world, rounds(12, 5000))
    with world.app.app_context():
        assert faults_of(db.engine) == []


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


@pytest.mark.parametrize("broken", [_limitless, _lenient, _peeking, _forgetful])
def test_r19_control_a_broken_rule_is_found(world: World, monkeypatch: pytest.MonkeyPatch, broken) -> None:  # type: ignore[no-untyped-def]
    broken(monkeypatch)
    with pytest.raises((AssertionError, Refused)):
        run(world, 40)
