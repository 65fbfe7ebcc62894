"""The life of a certificate: found, replaced by a corrected one, revoked, issued by hand, and what its holder can say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.audit.models import AuditEntry
from ceapp.certificates import life, queries
from ceapp.certificates.approvals import service as approvals
from ceapp.certificates.codes import show
from ceapp.certificates.facts import PrintedLicence, from_json, printed
from ceapp.certificates.life import ALREADY_REVOKED, IS_SPECIMEN, REPLACED, Correction
from ceapp.certificates.life_queries import deeds_about, life_of, open_requests_count
from ceapp.certificates.models import Certificate, CertificateDeed, CorrectionRequest
from ceapp.certificates.standing import Standing
from ceapp.database import db, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.mail.letters import Letter, composer
from ceapp.mail.models import Message
from tests.accounts.parallel import at_once
from tests.certificates.conftest import NOW, approval_input, completion
from tests.conftest import Member
from tests.harness.pages import Page, Visitor

Give = Callable[..., Certificate]
LATER = NOW + timedelta(days=3)
KEY = "form-of-a-certificate-{:020}"
LICENCE = PrintedLicence("Psychologist, California", "PSY 01234", "", "psychologist", "US-CA")
CORRECTED = Correction("Theresa Adeyemi", "2.5", "ethics", (LICENCE,), renews_approvals=False)


def supersede(app: Flask, certificate: Certificate | UUID, ada: Member, *, key: int = 0, given: Correction = CORRECTED) -> Certificate:
    certificate_id = certificate if isinstance(certificate, UUID) else certificate.id
    with app.app_context():
        return life.supersede(certificate_id, given, reason="The name was wrong", by=ada.id, form_key=KEY.format(key), now=LATER)


def by_hand(app: Flask, person: Member, ada: Member, *, key: int = 0, approvals: bool = False, **changes: Any) -> Certificate:
    with app.app_context():
        return life.issue_by_hand(
            person.id,
            "social-media-ethics",
            completion(course_revision="", authors=(), **changes),
            with_approvals_of_that_day=approvals,
            reason="Worked through it on paper",
            by=ada.id,
            form_key=KEY.format(key),
            now=LATER,
        )


def deeds(app: Flask) -> list[str]:
    with app.app_context():
        wanted = AuditEntry.deed.startswith("certificate.")
        return list(db.session.scalars(select(AuditEntry.deed).where(wanted).order_by(AuditEntry.at, AuditEntry.id)))


def letters(app: Flask, name: str) -> list[Letter | None]:
    with app.app_context():
        messages = db.session.scalars(select(Message).where(Message.letter == name)).all()
        return [composer(name)(each, json.loads(current_keys().unseal(each.key_id, each.values)), NOW) for each in messages]


# Replacing


@pytest.mark.both_databases
def test_c5_a_correction_is_a_new_certificate_and_the_old_one_stays(
    app: Flask, tess: Member, ada: Member, provider: None, issued: Give
) -> None:
    old = issued(tess)
    newer = supersede(app, old, ada)
    facts, before = from_json(newer.facts), from_json(old.facts)
    assert (newer.version, newer.supersedes_id, newer.basis) == (2, old.id, "completion")
    assert (facts.learner, facts.contact_hours, facts.licences) == ("Theresa Adeyemi", "2.5", (LICENCE,))
    assert (facts.completed_on, facts.started_on, facts.course_revision) == (before.completed_on, before.started_on, before.course_revision)
    assert (facts.issued_on, facts.serial) == ("2026-11-23", "2026-000002")
    assert newer.code != old.code
    with app.app_context():
        held = queries.certificate_with_code(old.code)
        assert (held.standing, held.since, held.facts) == (Standing.SUPERSEDED, LATER, before)
        assert queries.current_certificate(tess.id, old.course_slug, 1).id == newer.id
        (deed,) = deeds_about(old.id)
        assert (deed.deed, deed.done_by, deed.reason) == ("replaced", "Ada Lindqvist", "The name was wrong")
        assert not {"reason", "Theresa"} & set(str(db.session.get(Certificate, newer.id).reason).split())
    assert sorted(deeds(app)) == ["certificate.issued", "certificate.issued", "certificate.replaced"]
    (letter,) = letters(app, "certificate-replaced")
    assert letter is not None
    assert letter.to == tess.email
    assert str(newer.id) in letter.text
    assert "The name was wrong" not in letter.text


@pytest.mark.both_databases
def test_c5_twenty_corrections_at_once_one_wins_and_the_others_are_told(
    app: Flask, tess: Member, ada: Member, provider: None, issued: Give
) -> None:
    old = issued(tess)
    given = at_once(app, 20, lambda n: life.supersede(old.id, CORRECTED, reason="r", by=ada.id, form_key=KEY.format(n), now=LATER).id)
    assert sum(isinstance(each, UUID) for each in given) == 1
    assert {each.message for each in given if isinstance(each, Refused)} == {REPLACED}


@pytest.mark.both_databases
def test_the_same_form_twenty_times_is_one_correction(
    app: Flask, tess: Member, omar: Member, ada: Member, provider: None, issued: Give
) -> None:
    old = issued(tess)
    given = at_once(app, 20, lambda _: life.supersede(old.id, CORRECTED, reason="r", by=ada.id, form_key=KEY.format(0), now=LATER).id)
    assert len(set(given)) == 1
    assert len(letters(app, "certificate-replaced")) == 1
    with pytest.raises(Refused, match="sent before"):
        supersede(app, issued(omar), ada)


def test_what_cannot_be_replaced(app: Flask, tess: Member, ada: Member, issued: Give) -> None:
    specimen = issued(tess)
    with pytest.raises(Refused, match=IS_SPECIMEN[:20]):
        supersede(app, specimen, ada)
    with pytest.raises(Missing):
        supersede(app, UUID(int=0), ada, key=1)
    with app.app_context(), pytest.raises(Malformed):
        life.supersede(specimen.id, CORRECTED, reason=" ", by=ada.id, form_key=KEY.format(2), now=LATER)
    with app.app_context(), pytest.raises(Missing):
        life.supersede(specimen.id, CORRECTED, reason="r", by=tess.id, form_key=KEY.format(2), now=LATER)


def test_approvals_are_kept_or_printed_as_they_are_entered_now(app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
    old = issued(tess)
    with app.app_context():
        approvals.enter(approval_input(professions=("psychologist",)), by=ada.id, form_key=KEY.format(9), now=NOW)
    kept = supersede(app, old, ada)
    renewed = supersede(app, kept, ada, key=1, given=replace(CORRECTED, renews_approvals=True))
    assert from_json(kept.facts).approvals == ()
    assert [each.contact_hours for each in from_json(renewed.facts).approvals] == ["2.5"]
    assert renewed.version == 3


# Revoking


@pytest.mark.both_databases
def test_c5_revoked_with_a_reason_that_the_holder_reads(app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    with app.app_context():
        for _ in range(2):
            life.revoke(certificate.id, by=ada.id, reason="Another person did the work", form_key=KEY.format(0), now=LATER)
        with pytest.raises(Refused, match=ALREADY_REVOKED[:20]):
            life.revoke(certificate.id, by=ada.id, reason="Again", form_key=KEY.format(1), now=LATER)
        assert db.session.scalar(text("SELECT reason FROM certificate_revocation")) == ""  # the words are in a sealed row
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text("UPDATE certificate_deed SET deed = 'by hand'"))
        with transaction() as session:  # only the words can be deleted
            session.execute(text("UPDATE certificate_deed SET ciphertext = ''"))
    assert sorted(deeds(app)) == ["certificate.issued", "certificate.revoked"]
    assert len(letters(app, "certificate-revoked")) == 1


def test_c5_a_revocation_by_mistake_is_mended_by_a_new_certificate(
    app: Flask, tess: Member, ada: Member, provider: None, issued: Give
) -> None:
    old = issued(tess)
    with app.app_context():
        life.revoke(old.id, by=ada.id, reason="By mistake", now=LATER)
    newer = supersede(app, old, ada)
    with app.app_context():
        assert queries.certificate_with_code(old.code).standing is Standing.REVOKED
        assert queries.certificate_with_code(newer.code).standing is Standing.VALID
        with pytest.raises(Refused, match="Another version"):
            life.supersede(old.id, CORRECTED, reason="r", by=ada.id, form_key=KEY.format(5), now=LATER)


# By hand


@pytest.mark.both_databases
def test_by_hand_it_belongs_to_no_enrolment_and_says_no_more_than_others(
    app: Flask, visit: Callable[..., Page], tess: Member, ada: Member, provider: None, issued: Give
) -> None:
    completed = issued(tess)
    first, second = by_hand(app, tess, ada), by_hand(app, tess, ada, key=1)
    assert [each.cycle for each in (completed, first, second)] == [1, 0, -1]
    assert by_hand(app, tess, ada).id == first.id
    assert (first.basis, first.serial) == ("by hand", "2026-000002")
    page = visit(f"/verify/{first.code}")
    assert "hand" not in page.text
    assert [each.get("class") for each in page.select("//main//dl/div")] == [None] * len(printed(from_json(first.facts)))
    assert "Issued by hand" in visit(f"/certificates/{first.id}", person=tess).text
    assert "Issued by hand" not in visit(f"/certificates/{completed.id}", person=tess).text
    assert "certificate.issued-by-hand" in deeds(app)


def test_by_hand_prints_approvals_only_when_asked_to(app: Flask, tess: Member, omar: Member, ada: Member, provider: None) -> None:
    with app.app_context():
        approvals.enter(approval_input(), by=ada.id, form_key=KEY.format(9), now=NOW)
    assert from_json(by_hand(app, tess, ada).facts).approvals == ()
    assert len(from_json(by_hand(app, omar, ada, key=1, approvals=True).facts).approvals) == 1


def test_by_hand_asks_for_a_provider(app: Flask, tess: Member, ada: Member) -> None:
    with pytest.raises(Refused, match="Nothing was issued"):
        by_hand(app, tess, ada)


# Asking for a correction


@pytest.mark.both_databases
def test_one_open_request_for_a_certificate(app: Flask, tess: Member, rita: Member, ada: Member, provider: None, issued: Give) -> None:
    certificate = issued(tess)
    asked = at_once(app, 20, lambda _: life.ask_for_correction(tess.id, certificate.id, "My name is Theresa", now=NOW).id)
    assert len(set(asked)) == 1
    with app.app_context():
        with pytest.raises(Missing):
            life.ask_for_correction(rita.id, certificate.id, "x", now=NOW)
        assert db.session.scalar(select(func.count()).select_from(CorrectionRequest)) == 1
    newer = supersede(app, certificate, ada)
    with app.app_context():
        assert open_requests_count() == 0  # replacing closes it
        with pytest.raises(Refused, match="not the newest"):
            life.ask_for_correction(tess.id, certificate.id, "x", now=NOW)
        again = life.ask_for_correction(tess.id, newer.id, "Still wrong", now=NOW).id
        for _ in range(2):
            life.answer_request(again, by=ada.id, now=LATER)
        assert open_requests_count() == 0


class TestPages:
    @pytest.fixture
    def hers(self, browser_of: Callable[[Member], Visitor], ada: Member) -> Visitor:
        return browser_of(ada)

    @pytest.mark.both_databases
    def test_found_by_serial_code_and_person(self, hers: Visitor, tess: Member, omar: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess)
        issued(omar, name="Omar Demir")
        for sought in ("2026-000001", show(certificate.code).lower(), "tess@", "Adeyemi"):
            page = hers.get("/issued-certificates", query={"q": sought})
            assert "1 certificate," in page.text
            assert "Tess Adeyemi" in page.text
        assert "2 certificates" in hers.get("/issued-certificates").text
        assert "No certificate has" in hers.get("/issued-certificates?q=nobody").text

    def test_asked_corrected_and_read_by_the_holder(
        self,
        app: Flask,
        hers: Visitor,
        visit: Callable[..., Page],
        browser_of: Callable[[Member], Visitor],
        tess: Member,
        provider: None,
        issued: Give,
    ) -> None:
        certificate = issued(tess)
        with app.app_context():
            licences.add(tess.id, LicenceInput("psychologist", "", "US-CA", "", "PSY 01234", "", None, True), now=NOW)
        own = browser_of(tess)
        page = own.get(f"/certificates/{certificate.id}").follow("Ask for a corrected certificate")
        assert "Say what is wrong" in page.submit("Ask for a corrected certificate", status=422, words=" ").text
        page = page.submit("Ask for a corrected certificate", words="My name is <b>Theresa</b>")
        assert "You asked for a correction" in page.text
        page = hers.get("/issued-certificates").follow("1 request waits")
        assert "My name is <b>Theresa</b>" in page.text
        form = page.follow("Replace by a corrected one: Tess Adeyemi")
        assert form.form().values("learner") == ["Tess Adeyemi"]
        refused = form.submit(
            "Issue the corrected certificate", status=422, learner="Theresa", contact_hours="many", reason="The name changed"
        )
        assert "such as 3 or 1.5" in refused.text
        assert refused.form().values("reason") == ["The name changed"]
        page = refused.submit("Issue the corrected certificate", contact_hours="3", licences=["0"])
        assert "Theresa" in page.text
        assert "Psychologist, California, licence PSY 01234" in page.text
        assert "Replaced by a corrected version by Ada Lindqvist" in page.text
        assert "Version 1" in page.text
        old = own.get(f"/certificates/{certificate.id}")
        assert "Reason: The name changed" in old.text
        newer = old.follow("Open the newer one")
        assert "Theresa" in newer.text
        assert "Reason: The name changed" in newer.text
        public = visit(f"/verify/{certificate.code}")
        assert public.h1 == "This certificate was superseded"
        assert "The name changed" not in public.html
        assert "Nobody waits" in hers.get("/issued-certificates/requests").text

    def test_revoked_and_answered_on_pages(
        self, app: Flask, hers: Visitor, visit: Callable[..., Page], tess: Member, provider: None, issued: Give
    ) -> None:
        certificate = issued(tess)
        with app.app_context():
            life.ask_for_correction(tess.id, certificate.id, "Something", now=NOW)
        hers.get("/issued-certificates/requests").submit("Nothing to correct")
        page = hers.get(f"/issued-certificates/{certificate.id}").follow("Revoke")
        assert "Give a reason" in page.submit("Revoke", status=422).text
        page = page.submit("Revoke", reason="Done by somebody else")
        assert "Revoked by Ada Lindqvist" in page.text
        assert "Done by somebody else" in visit(f"/certificates/{certificate.id}", person=tess).text
        assert "Done by" not in visit(f"/verify/{certificate.code}").html

    def test_by_hand_on_pages(self, hers: Visitor, visit: Callable[..., Page], library: Any, tess: Member, provider: None) -> None:
        library.publish()
        page = hers.get(f"/people/{tess.id}").follow("Issue a certificate by hand")
        typed = {"course": "sample", "contact_hours": "3", "started_on": "2026-01-02", "completed_on": "2026-01-05", "reason": "On paper"}
        future = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011
        for wrong, sentence in (
            ({"course": ""}, "Choose the course"),
            ({"completed_on": future}, "still to come"),
            ({"completed_on": "2026-01-01"}, "before the one on which"),
            ({"reason": ""}, "Give a reason"),
        ):
            assert sentence in page.submit("Issue the certificate", status=422, **{**typed, **wrong}).text
        page = page.submit("Issue the certificate", **typed)
        assert "issued by hand" in page.text
        assert "A sample course" in page.text
        assert "Course revision" not in page.text
        assert "A sample course" in visit("/certificates", person=tess).text
        listed = visit("/certificates", person=tess)
        pdf = visit(listed.link("PDF, letter: A sample course"), person=tess)
        assert pdf.response.data.startswith(b"%PDF")

    def test_only_for_administrators(self, visit: Callable[..., Page], tess: Member, provider: None, issued: Give) -> None:
        certificate = issued(tess)
        for address in ("", f"/{certificate.id}", f"/{certificate.id}/correction", f"/{certificate.id}/revocation", "/requests"):
            visit(f"/issued-certificates{address}", person=tess, status=404)

    def test_a_life_has_every_version(self, app: Flask, tess: Member, ada: Member, provider: None, issued: Give) -> None:
        old = issued(tess)
        newer = supersede(app, old, ada)
        with app.app_context():
            found = life_of(old.id)
            assert found is not None
            assert [each.certificate.id for each in found.versions] == [newer.id, old.id]
            assert not found.is_newest
            assert db.session.scalar(select(func.count()).select_from(CertificateDeed)) == 1
