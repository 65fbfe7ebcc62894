"""Texts that are taken away: by their author, or by an administrator with a reason; and organisations that ask for none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from ceapp.accounts.organisations.service import change_settings
from ceapp.audit.models import AuditEntry
from ceapp.database import db, scoped_to
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.accommodations import service as accommodations
from ceapp.learning.grievances import service as grievances
from ceapp.learning.grievances.service import GrievanceInput
from ceapp.learning.models import Answer, Reflection
from ceapp.learning.removals import service
from ceapp.learning.removals.models import TextRemoval
from ceapp.operating.backups.archive import Backup, opened
from ceapp.operating.backups.making import make_backup
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Page
from tests.learning.conftest import GOOD_PATH, Learner
from tests.learning.test_pages import value_of

TEXT = "MARKER of what I wrote about my own doubts"
KEY = "removal-form-number-{:020}"
Visit = Callable[..., Page]


@pytest.fixture
def written(learner: Learner) -> UUID:
    """The attempt in which Tess handed in a reflection."""
    learner.enrol()
    attempt = learner.begin()
    for question, given in GOOD_PATH:
        learner.answer(attempt, question, given, text=TEXT if question == "note" else "")
    return attempt.id


def reflection(app: Flask) -> Reflection:
    with app.app_context():
        return db.session.scalars(select(Reflection)).one()


@pytest.mark.both_databases
def test_an_author_deletes_a_reflection_and_the_answer_stays(app: Flask, visit: Visit, tess: Member, omar: Member, written: UUID) -> None:
    page = visit(f"/attempts/{written}/5", person=tess)
    assert TEXT in page.text
    page = page.submit("Delete the text")
    assert "MARKER" not in page.html and "It had 9 words." in page.text and "left this one out" not in page.text
    assert "What you wrote here is gone." in visit(f"/attempts/{written}/result", person=tess).text
    with app.app_context():
        answer = db.session.scalars(select(Answer).where(Answer.question_id == "note")).one()
        assert (answer.words, answer.text_id) == (9, reflection(app).id)
        assert reflection(app).ciphertext == b""
        service.remove_own_reflection(tess.id, written, "note", form_key=KEY.format(2), now=NOW)
        for person, question in ((omar, "note"), (tess, "first")):
            with pytest.raises(Missing):
                service.remove_own_reflection(person.id, written, question, form_key=KEY.format(3), now=NOW)
        assert db.session.scalar(select(func.count()).select_from(TextRemoval)) == 1


@pytest.mark.both_databases
def test_h5_an_administrator_redacts_without_reading_and_the_author_reads_why(
    app: Flask, visit: Visit, ada: Member, tess: Member, written: UUID
) -> None:
    page = visit(f"/provider/texts/reflection/{reflection(app).id}/removal", person=ada)
    assert "MARKER" not in page.html
    page = page.submit("Remove the text", reason="It tells who a client is.")
    assert "MARKER" not in page.html and "it had 9 words" in page.text
    mine = visit(f"/attempts/{written}/5", person=tess)
    assert "MARKER" not in mine.html
    assert "Ada Lindqvist" in mine.text and "It tells who a client is." in mine.text and "It had 9 words." in mine.text
    with app.app_context():
        removal = db.session.scalars(select(TextRemoval)).one()
        assert b"client" not in removal.ciphertext
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "text.removed")).one()
        assert (entry.actor_id, entry.subjects) == (ada.id, {"removal": str(removal.id)})


@pytest.mark.both_databases
def test_h5_requests_and_grievances_are_redacted_too(app: Flask, visit: Visit, course: str, ada: Member, tess: Member) -> None:
    with app.app_context():
        asked = accommodations.ask(tess.id, None, TEXT, form_key=KEY.format(1), now=NOW)
        filed = grievances.file(tess.id, GrievanceInput("other", None, TEXT), form_key=KEY.format(1), now=NOW)
        for number, (kind, row) in enumerate((("accommodation", asked), ("grievance", filed))):
            given = {"by": ada.id, "form_key": KEY.format(10 + number), "now": NOW}
            first = service.redact(kind, row.id, "It names a client.", **given)
            assert service.redact(kind, row.id, "It names a client.", **given).id == first.id
            with pytest.raises(Refused, match="sent before"):
                service.redact(kind, row.id, "Else.", **given)
            with pytest.raises(Refused, match="gone already"):
                service.redact(kind, row.id, "Else.", by=ada.id, form_key=KEY.format(20 + number), now=NOW)
    for address in (f"/account/accommodations/{asked.id}", f"/account/grievances/{filed.id}"):
        page = visit(address, person=tess)
        assert "MARKER" not in page.html and "It names a client." in page.text
    assert "MARKER" not in visit(f"/provider/grievances/{filed.id}", person=ada).html


@pytest.mark.both_databases
def test_what_is_refused(app: Flask, ada: Member, tess: Member, written: UUID) -> None:
    text_id = reflection(app).id
    with app.app_context():
        for kind, id_, by in (
            ("reflection", text_id, tess),
            ("note", text_id, ada),
            ("grievance", text_id, ada),
            ("reflection", written, ada),
        ):
            with pytest.raises(Missing):
                service.redact(kind, id_, "Why.", by=by.id, form_key=KEY.format(1), now=NOW)
        for reason in (" ", "x" * 401):
            with pytest.raises(Malformed):
                service.redact("reflection", text_id, reason, by=ada.id, form_key=KEY.format(1), now=NOW)
    assert reflection(app).ciphertext


@pytest.mark.sqlite_only
@pytest.mark.parametrize("by_author", [True, False])
def test_h5_no_byte_of_a_redacted_text_is_left_in_the_database_or_a_new_backup(
    app: Flask, tmp_path: Path, ada: Member, tess: Member, written: UUID, by_author: bool
) -> None:
    row = reflection(app)
    sealed = row.ciphertext
    before = everything(app, tmp_path, "before", NOW)
    assert sealed in before["database"] and sealed in before["backup"]  # The control: the same search finds it.
    with app.app_context():
        if by_author:
            service.remove_own_reflection(tess.id, written, "note", form_key=KEY.format(1), now=NOW)
        else:
            service.redact("reflection", row.id, "It names a client.", by=ada.id, form_key=KEY.format(1), now=NOW)
    after = everything(app, tmp_path, "after", NOW)
    assert [name for name, data in after.items() if sealed in data] == []
    database = path_of(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    connection = sqlite3.connect(database)
    connection.execute("VACUUM")
    connection.close()
    assert sealed not in database.read_bytes()


def path_of(app: Flask) -> Path:
    return Path(str(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database))


def everything(app: Flask, folder: Path, name: str, now: datetime) -> dict[str, bytes]:
    """The bytes of the database with what lies beside it, and of the database in a backup that is made now."""
    database, out = path_of(app), folder / f"{name}.backup"
    with app.app_context():
        make_backup(app.extensions["ceapp.settings"], current_keys(), out, now=now)
    beside = [each.read_bytes() for each in database.parent.iterdir() if each.name.startswith(database.name)]
    with opened(out) as backup:
        assert isinstance(backup, Backup)
        backup.unpack(folder / name)
    unpacked = [each.read_bytes() for each in (folder / name).rglob("*") if each.is_file()]
    return {"database": b"".join(beside), "backup": b"".join(unpacked)}


@pytest.mark.both_databases
def test_h5_an_organisation_turns_reflections_off_for_what_it_assigns(
    app: Flask, visit: Visit, course: str, agency: Agency, ines: Member, sam: Member, tess: Member, browser_of: Callable[[Member], object]
) -> None:
    task = assign(app, agency, sam, [tess], "sample", ["every-kind"], now=NOW).task(tess, "every-kind")
    page = visit(f"/assignments/{task}", person=tess).submit("Begin")
    page = page.submit("Decide", given=value_of(page, "Raise it at the next session")).follow("Go on: The session")
    page = page.submit("Decide", given=[value_of(page, "Others may see"), value_of(page, "Roles may blur")]).follow("Go on")
    page = page.submit("Decide", given=value_of(page, "Yes, a short one")).follow("Go on")
    places = {f"place-{value_of(page, text)}": str(place) for place, text in enumerate(("Consult the", "Talk with", "Write the note"), 1)}
    page = page.submit("Decide", **places).follow("Go on")
    assert page.select("//textarea")
    draft = page.submit("Save draft", text="a draft of mine")
    settings = visit(f"/organisations/{agency.slug}/settings", person=ines)
    form = settings.form("/settings").filled()
    form.pop("takes_reflections")
    settings.visitor.post(settings.address, form)
    asked = visit(draft.address, person=tess)
    assert not asked.select("//textarea")
    assert "turned reflections off" in asked.text and "a draft of mine" in asked.text
    late = page.submit("Hand in and go on", text="Five words are more than enough.", status=422)
    assert "turned reflections off" in late.text and "more than enough" in late.text
    page.submit("Save draft", text="Another draft, too late.", status=422)
    done = asked.submit("Go on")
    assert "left this one out" in done.text
    with app.app_context(), scoped_to(agency.id, ines.id):
        assert db.session.scalar(select(func.count()).select_from(Reflection)) == 0
        change_settings(agency.id, name="Harbour", time_zone="America/Toronto", takes_reflections=True, actor=ines.id, now=NOW)
