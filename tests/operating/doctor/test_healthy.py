"""The control of the doctor: nothing is found where nothing is wrong, and everything was looked at."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from ceapp.operating.doctor import examination, supervising
from tests.operating.doctor.patients import Patient


def test_a_healthy_instance_has_no_finding(patient: Patient) -> None:
    assert patient.examine() == []
    assert patient.examine(fast=True) == []


def test_a_healthy_instance_on_postgresql_has_no_finding(patient_on_postgresql: Patient) -> None:
    assert patient_on_postgresql.examine() == []
    assert patient_on_postgresql.examine(fast=True) == []


def test_what_is_written_while_the_doctor_looks_is_not_to_come(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.count(monotonic() + 60, 60)
    monkeypatch.setattr(examination, "monotonic", lambda: next(seconds))
    a_moment_later = f"{patient.now + timedelta(seconds=30):%Y-%m-%d %H:%M:%S.%f}"
    patient.run(
        f"INSERT INTO audit_entry (id, at, deed, subjects) VALUES ('{uuid4().hex}', '{a_moment_later}', 'signed-in', '{{}}')",
        f"UPDATE sign_in SET last_seen_at = '{a_moment_later}'",
    )
    assert patient.examine() == []


def test_an_organisation_that_moves_to_another_time_zone_stays_healthy(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_at = datetime.fromisoformat(patient.ask("SELECT min(signed_at) FROM sign_off")).replace(tzinfo=UTC)
    begun_that_day = signed_at.astimezone(ZoneInfo("Pacific/Kiritimati")).date()
    patient.write(f"UPDATE supervision SET first_day = '{begun_that_day}', last_day = NULL")
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        patient.run(f"UPDATE organisation SET time_zone = '{zone}'")
        assert patient.examine() == []
    monkeypatch.setattr(supervising, "_BETWEEN_ZONES", timedelta())
    assert "sign-off.unrelated" in patient.codes()  # The control: by its days alone it had not begun.


@pytest.mark.parametrize(("answer", "codes"), [("SELECT", set()), ("RAISE EXCEPTION 'damaged'", {"database.damaged"})])
def test_amcheck_is_asked_where_it_is_after_a_restore_put_its_schema_aside(
    patient_on_postgresql: Patient, answer: str, codes: set[str]
) -> None:
    body = "BEGIN RAISE EXCEPTION 'damaged'; END" if codes else "BEGIN END"
    patient_on_postgresql.run(
        "CREATE SCHEMA aside",
        f"CREATE FUNCTION aside.bt_index_check(regclass, boolean) RETURNS void LANGUAGE plpgsql AS $${body}$$",
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
        " SELECT 99999, 'amcheck', 10, oid, false, '1.5' FROM pg_namespace WHERE nspname = 'aside'",
    )
    assert {each.code for each in patient_on_postgresql.examine()} == codes
