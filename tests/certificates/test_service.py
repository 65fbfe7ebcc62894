"""Issuing, on both databases: once, whole, frozen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.audit.models import AuditEntry
from ceapp.certificates import queries
from ceapp.certificates.facts import from_json, sha256
from ceapp.certificates.life import ALREADY_REVOKED, revoke
from ceapp.certificates.models import Certificate, ProviderFacts, Rendition
from ceapp.certificates.provider import CHANGED_MEANWHILE, set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.certificates.renditions import freeze_rendition, missing_glyphs, pdf_of
from ceapp.certificates.service import NOT_READY, issue, issue_waiting
from ceapp.certificates.standing import Standing
from ceapp.database import db, transaction
from ceapp.errors import Missing, Refused
from tests.certificates.conftest import NOW, PUBLIC, completion, png, provider_input
from tests.conftest import Member

Give = Callable[..., Certificate]
LATER = NOW + timedelta(days=3)


def count(model: type[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def deeds() -> list[str]:
    return list(
        db.session.scalars(select(AuditEntry.deed).where(AuditEntry.deed.startswith("certificate.")).order_by(AuditEntry.at, AuditEntry.id))
    )


@pytest.mark.both_databases
def test_a_certificate_with_everything_it_prints(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    facts = from_json(certificate.facts)
    assert (certificate.serial, facts.serial) == ("2026-000001", "2026-000001")
    assert certificate.code == facts.code
    assert certificate.facts_sha256 == sha256(certificate.facts)
    assert (facts.learner, facts.contact_hours, facts.issued_on) == ("Tess Adeyemi", "3", "2026-11-20")
    assert (facts.provider_name, facts.responsible_name, facts.provider_version) == ("Harbour Street Training", "Miriam Okonkwo", "1")
    assert len(facts.signature_sha256) == 64
    assert facts.verify_address == f"{PUBLIC}/verify"
    with app.app_context():
        assert deeds() == ["certificate.issued"]
        assert queries.current_certificate(tess.id, "social-media-ethics", 1).id == certificate.id
        assert queries.current_certificate(tess.id, "social-media-ethics", 2) is None


@pytest.mark.both_databases
def test_c1_a_second_call_gives_the_first(app: Flask, tess: Member, omar: Member, provider: None, issued: Give) -> None:
    first = issued(tess)
    assert issued(tess, name="Another name").id == first.id
    assert issued(tess, cycle=2).serial == "2026-000002"
    assert issued(omar).serial == "2026-000003"
    with app.app_context():
        assert count(Certificate) == 3


@pytest.mark.both_databases
def test_c1_issued_at_the_same_time_it_is_issued_once(app: Flask, tess: Member, provider: None) -> None:
    """Each thread has its own connection; all wait for each other and then issue."""
    gate, results, problems = threading.Barrier(6), [], []

    def one() -> None:
        try:
            with app.app_context():
                gate.wait(10)
                with transaction():
                    made = issue(person_id=tess.id, course_slug="social-media-ethics", cycle=1, facts_input=completion(), now=NOW)
                    results.append(made.id)
        except Exception as problem:  # noqa: BLE001  Whatever it was, the test must show it.
            problems.append(problem)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(results)) == 1
    with app.app_context():
        assert count(Certificate) == 1
        assert deeds() == ["certificate.issued"]


@pytest.mark.both_databases
def test_nothing_stays_when_the_completion_fails(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    class Broken(Exception):
        pass

    with app.app_context():
        with pytest.raises(Broken), transaction():
            issue(person_id=tess.id, course_slug="social-media-ethics", cycle=1, facts_input=completion(), now=NOW)
            raise Broken
        assert count(Certificate) == 0
        assert deeds() == []
    assert issued(tess).serial == "2026-000001"


def test_the_year_and_day_of_issue_are_the_learners(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    new_year = NOW.replace(month=12, day=31, hour=15)
    certificate = issued(tess, now=new_year, time_zone="Pacific/Auckland", completed_on=date(2026, 12, 30))
    assert certificate.serial == "2027-000001"
    assert from_json(certificate.facts).issued_on == "2027-01-01"


@pytest.mark.both_databases
def test_c5_facts_are_frozen(app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE person SET name = 'Somebody Else'"))
        set_provider_facts(provider_input(name="Another Provider"), after_version=1, by=ada.id, now=LATER)
        held = queries.certificate_with_code(certificate.code)
        assert held.facts.learner == "Tess Adeyemi"
        assert held.facts.provider_name == "Harbour Street Training"
        for statement in (
            "UPDATE certificate SET facts = '{}'",
            "UPDATE certificate SET serial = 'x'",
            "DELETE FROM certificate",
            "UPDATE provider_facts SET name = 'x'",
        ):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(statement))


def test_without_a_provider_it_is_a_specimen(app: Flask, tess: Member, issued: Give) -> None:
    specimen = issued(tess)
    facts = from_json(specimen.facts)
    assert specimen.is_specimen
    assert (facts.serial, facts.provider_name, facts.responsible_name) == ("", "", "")
    with app.app_context():
        assert deeds() == ["certificate.specimen-made"]
        assert queries.certificate_with_code(specimen.code).standing is Standing.SPECIMEN


class TestWithoutPublicAddress:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {}

    def test_it_is_a_specimen_too(self, app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
        specimen = issued(tess)
        assert specimen.serial is None
        assert from_json(specimen.facts).serial == ""
        with app.app_context(), pytest.raises(Refused, match=NOT_READY[:30]):
            issue_waiting(by=ada.id, now=LATER)


@pytest.mark.both_databases
def test_specimens_become_certificates_in_one_deed(app: Flask, tess: Member, omar: Member, ada: Member, issued: Give) -> None:
    specimens = [issued(tess), issued(omar), issued(tess, cycle=2)]
    with app.app_context():
        with pytest.raises(Refused):
            issue_waiting(by=ada.id, now=LATER)
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=LATER)
        assert queries.number_of_waiting_specimens() == 3
        assert issue_waiting(by=ada.id, now=LATER) == 3
        assert issue_waiting(by=ada.id, now=LATER) == 0
        assert queries.number_of_waiting_specimens() == 0
        for specimen in specimens:
            held = queries.certificate_with_code(specimen.code)
            assert (held.standing, held.since) == (Standing.SUPERSEDED, LATER)
            current = queries.current_certificate(specimen.person_id, specimen.course_slug, specimen.cycle)
            assert (current.version, current.supersedes_id) == (2, specimen.id)
            facts = from_json(current.facts)
            assert facts.serial == current.serial
            assert (facts.completed_on, facts.issued_on) == ("2026-11-20", "2026-11-23")
            assert facts.code != specimen.code
        assert deeds() == ["certificate.specimen-made"] * 3 + ["certificate.issued"] * 3
        assert [each.certificate.version for each in queries.certificates_of(tess.id).certificates] == [2, 2]


@pytest.mark.both_databases
def test_two_administrators_issue_at_the_same_time(app: Flask, tess: Member, ada: Member, issued: Give) -> None:
    issued(tess)
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    gate, numbers, problems = threading.Barrier(2), [], []

    def one() -> None:
        try:
            with app.app_context():
                gate.wait(10)
                numbers.append(issue_waiting(by=ada.id, now=LATER))
        except Exception as problem:  # noqa: BLE001  Whatever it was, the test must show it.
            problems.append(problem)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(numbers) == [0, 1]


@pytest.mark.both_databases
def test_no_specimen_has_a_serial(app: Flask, tess: Member, issued: Give, provider: None) -> None:
    """The planted fault: a serial that is already given out is refused by the database itself."""
    certificate = issued(tess)
    with app.app_context(), pytest.raises(DBAPIError), transaction() as session:
        twin = {column.name: getattr(certificate, column.name) for column in Certificate.__table__.columns}
        session.add(Certificate(**{**twin, "id": None, "cycle": 9, "code": "0" * 27}))


@pytest.mark.both_databases
def test_c6_revoked(app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    with app.app_context():
        revoke(certificate.id, by=ada.id, reason="issued by mistake", now=LATER)
        held = queries.certificate_with_code(certificate.code)
        assert (held.standing, held.since) == (Standing.REVOKED, LATER)
        with pytest.raises(Refused, match=ALREADY_REVOKED[:20]):
            revoke(certificate.id, by=ada.id, reason="again", now=LATER)
        with pytest.raises(Missing):
            revoke(tess.id, by=ada.id, reason="no such", now=LATER)
        assert deeds() == ["certificate.issued", "certificate.revoked"]
    assert issued(tess).id == certificate.id


@pytest.mark.both_databases
def test_the_provider_is_a_row_of_versions(app: Flask, ada: Member) -> None:
    with app.app_context():
        first = set_provider_facts(provider_input(signature=png()), after_version=0, by=ada.id, now=NOW)
        assert set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW).id == first.id  # sent twice
        with pytest.raises(Refused, match=CHANGED_MEANWHILE[:20]):
            set_provider_facts(provider_input(name="Late"), after_version=0, by=ada.id, now=NOW)
        second = set_provider_facts(provider_input(name="New"), after_version=1, by=ada.id, now=LATER)
        assert (second.version, second.signature) == (2, png())
        third = set_provider_facts(provider_input(name="New", signature=b""), after_version=2, by=ada.id, now=LATER)
        assert third.signature is None
        assert queries.signature_of("1") == png()
        assert queries.signature_of("3") is None
        assert count(ProviderFacts) == 3


@pytest.mark.both_databases
def test_c8_the_first_pdf_is_the_one(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    with app.app_context():
        letter = pdf_of(certificate, Paper.LETTER, now=NOW)
        assert pdf_of(certificate, Paper.LETTER, now=LATER).sha256 == letter.sha256
        assert freeze_rendition(certificate.id, Paper.LETTER, b"another", now=LATER).pdf == letter.pdf
        assert pdf_of(certificate, Paper.A4, now=NOW).sha256 != letter.sha256
        assert count(Rendition) == 2


@pytest.mark.both_databases
def test_pdfs_made_at_the_same_time_are_one(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    gate, kept, problems = threading.Barrier(4), [], []

    def one(number: int) -> None:
        try:
            with app.app_context():
                gate.wait(10)
                kept.append(freeze_rendition(certificate.id, Paper.A4, b"pdf %d" % number, now=NOW).pdf)
        except Exception as problem:  # noqa: BLE001  Whatever it was, the test must show it.
            problems.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(kept)) == 1


def test_typst_never_runs_inside_a_transaction(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    with app.app_context(), transaction(), pytest.raises(RuntimeError, match="typst"):
        pdf_of(certificate, Paper.LETTER, now=NOW)


def test_a_name_that_no_font_has_is_issued_all_the_same(app: Flask, tess: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess, name="𒀀 Tess")
    assert certificate.serial
    with app.app_context():
        assert missing_glyphs(from_json(certificate.facts)).families == ("Noto Sans Cuneiform",)
        assert missing_glyphs(from_json(issued(tess, cycle=2).facts)) is None
        assert count(Rendition) == 0


def test_pages_of_certificates(app: Flask, tess: Member, omar: Member, provider: None, issued: Give) -> None:
    for cycle in range(1, 24):
        issued(tess, cycle=cycle, now=NOW + timedelta(minutes=cycle))
    issued(omar)
    with app.app_context():
        first, second = queries.certificates_of(tess.id, 1), queries.certificates_of(tess.id, 2)
        assert (len(first.certificates), len(second.certificates), first.pages) == (20, 3, 2)
        assert first.certificates[0].certificate.cycle == 23
        assert queries.certificates_of(tess.id, 99).page == 2
        assert queries.certificates_of(tess.id, -1).page == 1
        assert len(queries.current_certificates(omar.id)) == 1
