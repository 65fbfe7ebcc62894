"""R23: at least fifty faults are planted one at a time, and the doctor names each: what it is, and nothing else."""

from __future__ import annotations

import pytest

from tests.operating.doctor.faults import ON_BOTH, ON_POSTGRESQL, PLANTED
from tests.operating.doctor.patients import Patient
from tests.reliability.rounds import FULL


def test_fifty_faults_are_planted() -> None:
    assert len(PLANTED) >= 50


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_fault_is_found(patient: Patient, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    plant, codes = PLANTED[what]
    plant(patient, monkeypatch)
    assert patient.codes() == codes


@pytest.mark.parametrize("what", ON_BOTH[:: 1 if FULL else 6])
def test_a_planted_fault_is_found_on_postgresql(patient_on_postgresql: Patient, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    plant, codes = PLANTED[what]
    plant(patient_on_postgresql, monkeypatch)
    assert patient_on_postgresql.codes() == codes


@pytest.mark.parametrize("what", ON_POSTGRESQL)
def test_a_fault_of_postgresql_is_found(patient_on_postgresql: Patient, what: str) -> None:
    statement, codes = ON_POSTGRESQL[what]
    patient_on_postgresql.run(statement)
    assert patient_on_postgresql.codes() == codes


def test_what_postgresql_saves_not_at_once_is_found(patient_on_postgresql: Patient) -> None:
    patient_on_postgresql.pragma = "synchronous_commit = off"
    assert patient_on_postgresql.codes() == {"database.not-durable"}
