"""Everything about oneself: every table and column has its place, what is mine is in it, and what is somebody else's is not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, Uuid, select

from ceapp.accounts.models import SignIn
from ceapp.audit.models import AuditEntry
from ceapp.audit.service import record
from ceapp.certificates.provider import set_provider_facts
from ceapp.database import Model, db, new_id, scoped_to, transaction
from ceapp.database.people import WITHOUT_KEY, people_columns
from ceapp.learning.models import Enrolment
from ceapp.learning.record import service as records
from ceapp.reporting import exporting
from ceapp.reporting.own_data.holdings import AUDIT_COLUMNS, HOLDINGS, IN_OFFICE, NOBODYS
from ceapp.supervision import notes
from ceapp.supervision.models import Note
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner

WRITTEN = "What Tess wrote, and nobody else may have it."
OMARS = "What Omar wrote, and Tess may not have it."
Files = dict[str, bytes]

OTHER_IDS = {
    "accommodation_reading.sign_in_id": "a sign-in",
    "answer.text_id": "a reflection",
    "assignment.note_id": "a note",
    "audit_entry.organisation_id": "an organisation",
    "extension.note_id": "a note",
    "record_opening.sign_in_id": "a sign-in",
    "record_opening.subject_id": "an enrolment; of assigned work the person, who stands beside it",
    "sign_off.note_id": "a note",
    "text_removal.text_id": "a reflection, a request or a grievance",
}
"""Columns with an id and no foreign key that do not name a person."""


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": "https://ce.example.org"}


def taken(visitor: Visitor, app: Flask) -> Files:
    """Everything about whoever is signed in, by the forms of the pages."""
    page = visitor.get("/account/data").submit("Make the file")
    with app.app_context():
        while exporting.prepare_some(NOW):
            pass
    response = visitor.get(page.address).submit("Download the file", status=200).response
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: Files, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(files[f"{table}.json"])
    return found


# The map and the schema


def test_h8_every_table_is_given_or_has_a_reason() -> None:
    given = {holding.table for holding in HOLDINGS} | {"audit_entry"}
    assert not given & NOBODYS.keys()
    assert given | NOBODYS.keys() == set(Model.metadata.tables)
    assert all(NOBODYS.values())


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda holding: holding.words)
def test_h8_every_column_is_given_or_has_a_reason(holding: Any) -> None:
    table = Model.metadata.tables[holding.table]
    assert holding.left_out.keys() <= {column.name for column in table.columns}, "what is left out must be there"
    assert all(holding.left_out.values())
    assert holding.named <= people_columns(table)
    for column in table.columns:
        if isinstance(column.type, LargeBinary):
            assert column.name not in holding.columns, f"{table.name}.{column.name} is sealed or a file: open it or leave it out"
        if column.name.endswith("_hash"):
            assert column.name in holding.left_out
    assert "ciphertext" not in table.columns or holding.opened or "ciphertext" in holding.left_out


def test_h8_the_audit_record_is_given_whole() -> None:
    assert set(AUDIT_COLUMNS) == set(Model.metadata.tables["audit_entry"].columns.keys())


def test_h8_every_column_that_refers_to_a_person_finds_rows_or_is_of_an_office() -> None:
    """By what a holding asks for: the columns of people in its WHERE, or the way to a person over other tables."""
    faults = []
    for name, table in Model.metadata.tables.items():
        if name in NOBODYS or name == "audit_entry":
            continue
        asked = " ".join(str(each.rows(new_id()).whereclause) for each in HOLDINGS if each.table == name)
        for column in people_columns(table):
            if f"{name}.{column} =" not in asked and f"{name}.{column}" not in IN_OFFICE:
                faults.append(f"{name}.{column}")
    assert faults == []


def test_h8_control_every_id_without_a_key_is_known() -> None:
    loose = {
        f"{name}.{column.name}"
        for name, table in Model.metadata.tables.items()
        for column in table.columns
        if isinstance(column.type, Uuid) and not column.foreign_keys and not column.primary_key
    }
    assert loose == OTHER_IDS.keys() | {f"{table}.{column}" for table, column in WITHOUT_KEY}


# The file


@pytest.fixture
def world(
    app: Flask,
    learner: Learner,
    learner_of: Callable[[Member], Learner],
    ada: Member,
    omar: Member,
    tess: Member,
    sam: Member,
    agency: Agency,
) -> Agency:
    """Tess and Omar completed the course and wrote; Sam assigned to both with a note; Ada opened the record of Tess."""
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    for each, text in ((learner, WRITTEN), (learner_of(omar), OMARS)):
        each.complete()
        practice = each.begin(purpose="practice")
        for question, given in (
            ("first", ("raise",)),
            ("risks", ("see", "blur")),
            ("needed", ("yes",)),
            ("order", ("consult", "talk", "write")),
        ):
            each.answer(practice, question, given)
        each.answer(practice, "note", (), text=text)
    with app.app_context(), scoped_to(agency.id):
        note_id = notes.write(agency.id, sam.id, "Read the policy first.", now=NOW)
    assign(app, agency, sam, [tess, omar], "sample", ["short"], now=NOW, note_id=note_id)
    with app.app_context():
        enrolment = db.session.scalars(select(Enrolment.id).where(Enrolment.person_id == tess.id)).one()
        records.open_record(tess.id, enrolment, "Her board asks.", actor=ada.id, sign_in_id=new_id(), form_key="o" * 24, now=NOW)
    return agency


def test_h8_what_is_mine_is_in_it(app: Flask, world: Agency, browser_of: Callable[[Member], Visitor], tess: Member) -> None:
    files = taken(browser_of(tess), app)
    (account,) = rows(files, "person")
    assert (account["id"], account["email"], account["name"]) == ("me", tess.email, "Tess Adeyemi")
    assert [row["text"] for row in rows(files, "reflection")] == [WRITTEN]
    assert [row["text"] for row in rows(files, "note")] == ["Read the policy first."]
    assert [(row["opened_by"], row["person_id"]) for row in rows(files, "record_opening")] == [("Ada Lindqvist", "me")]
    assert [row["reason"] for row in rows(files, "opening_reason")] == ["Her board asks."]
    assert {row["purpose"] for row in rows(files, "series")} == {"credit", "practice"}
    assert [row["name"] for row in rows(files, "organisation")] == ["Harbour Clinic"]
    assert rows(files, "assignment")[0]["assigned_by"] == "somebody else"
    deeds = {row["deed"]: row["actor_id"] for row in rows(files, "audit_entry")}
    assert deeds["record.opened"] == "somebody else"
    assert deeds["export.own-data"] == "me"
    assert len(rows(files, "attempt")) == len([name for name in files if name.startswith("attempt-")]) == 3
    (certificate,) = rows(files, "certificate")
    assert [name for name in files if name.endswith(".pdf")]
    assert certificate["serial"] in files["manifest.csv"].decode()
    assert certificate["serial"] in files["transcript.csv"].decode()
    readme = files["README.txt"].decode()
    assert all(f"{holding.table}.json" in readme for holding in HOLDINGS)
    assert all(table in readme for table in NOBODYS)


def test_h8_what_is_somebody_elses_is_not(
    app: Flask, world: Agency, browser_of: Callable[[Member], Visitor], tess: Member, omar: Member, sam: Member, ada: Member
) -> None:
    for reader, others in ((tess, (omar, sam, ada)), (sam, (tess, omar, ada)), (omar, (tess, sam, ada))):
        everything = b"\n".join(content for name, content in taken(browser_of(reader), app).items() if not name.endswith(".pdf")).decode()
        foreign = (
            {str(each.id) for each in others}
            | {each.email for each in others}
            | {WRITTEN, OMARS} - {{tess: WRITTEN, omar: OMARS}.get(reader)}
        )
        assert [each for each in foreign if each in everything] == [], reader.email


def test_h8_no_secret_is_in_it(app: Flask, world: Agency, browser_of: Callable[[Member], Visitor], tess: Member) -> None:
    everything = b"\n".join(taken(browser_of(tess), app).values()).decode("utf-8", "replace")
    with app.app_context():
        for table in Model.metadata.tables.values():
            for column in table.columns:
                if column.name.endswith("_hash") and table.name not in ("audit_seal",):
                    with scoped_to(world.id):
                        hashes = db.session.execute(select(column).where(*_here(table, world))).scalars()
                    assert not [each for each in hashes if each and each in everything], f"{table.name}.{column.name}"


def _here(table: Any, agency: Agency) -> list[Any]:
    return [table.c.organisation_id == agency.id] if "organisation_id" in table.c and table.name != "audit_entry" else []


def test_h8_notes_in_an_office_stay_there(app: Flask, world: Agency, browser_of: Callable[[Member], Visitor], sam: Member) -> None:
    """What Sam wrote to others is about others."""
    with app.app_context(), scoped_to(world.id):
        assert db.session.scalars(select(Note.author_id).where(Note.organisation_id == world.id)).all() == [sam.id]
    files = taken(browser_of(sam), app)
    assert rows(files, "note") == rows(files, "assignment") == []


def test_it_asks_for_a_fresh_proof(app: Flask, browser_of: Callable[[Member], Visitor], tess: Member) -> None:
    visitor = browser_of(tess)
    ready = visitor.get("/account/data").submit("Make the file")
    with app.app_context(), transaction() as session:
        session.scalars(select(SignIn).where(SignIn.person_id == tess.id)).one().proved_at -= timedelta(minutes=16)
    ready.submit("Download the file", status=403)
    for address in ("/account/data", ready.address):
        assert "/account/prove" in visitor.get(address, status=303).response.headers["Location"]


def test_one_file_is_one_s_own(visit: Callable[..., Page], browser_of: Callable[[Member], Visitor], tess: Member, ada: Member) -> None:
    """Not an administrator's either, and not on the page for exports of certificates."""
    page = browser_of(tess).get("/account/data").submit("Make the file")
    assert "Everything is ready" in page.text  # nothing has to be printed
    visit(page.address, person=ada, status=404)
    own = browser_of(ada).get("/account/data").submit("Make the file")
    visit(own.address.replace("/account/data", "/exports"), person=ada, status=404)
    assert own.address.rpartition("/")[2] not in str(visit("/exports", person=ada).html)


def test_asking_twice_gives_the_same_file(app: Flask, browser_of: Callable[[Member], Visitor], tess: Member) -> None:
    visitor = browser_of(tess)
    assert visitor.get("/account/data").submit("Make the file").address == visitor.get("/account/data").submit("Make the file").address
    with app.app_context():
        assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "export.asked")).all()) == 1


@pytest.mark.both_databases
def test_h8_entries_that_name_something_of_mine_are_found_on_both_engines(
    app: Flask, learner: Learner, browser_of: Callable[[Member], Visitor], tess: Member, ada: Member
) -> None:
    enrolment, foreign = learner.enrol(), new_id()
    with app.app_context(), transaction():
        record("thing.done", actor=ada.id, now=NOW, enrolment=enrolment, person=foreign)
        record("thing.elsewhere", actor=ada.id, now=NOW, enrolment=foreign)
    found = {row["deed"]: row["subjects"] for row in rows(taken(browser_of(tess), app), "audit_entry")}
    assert found["thing.done"] == {"enrolment": str(enrolment), "person": "somebody or something else"}
    assert "thing.elsewhere" not in found
