"""The control of the doctor: nothing is found where nothing is wrong, and everything was looked at."""

from __future__ import annotations

from tests.operating.doctor.patients import Patient


def test_a_healthy_instance_has_no_finding(patient: Patient) -> None:
    assert patient.examine() == []
    assert patient.examine(fast=True) == []


def test_a_healthy_instance_on_postgresql_has_no_finding(patient_on_postgresql: Patient) -> None:
    assert patient_on_postgresql.examine() == []
    assert patient_on_postgresql.examine(fast=True) == []
