"""The dossier: what is missing, what is in it, that it holds together, and who may take it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from ceapp.audit.models import AuditEntry
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.commands.command_line import cli
from ceapp.database import db
from ceapp.learning.offers import service as offers
from ceapp.learning.offers.rules import Way
from ceapp.learning.offers.service import OfferInput
from ceapp.reporting.dossier import service
from ceapp.reporting.dossier.drawn import _blocks, _table, named_characters
from ceapp.reporting.dossier.material import Material, missing
from ceapp.reporting.dossier.queries import material_of
from tests.catalogue.adopting import adopt
from tests.certificates.conftest import png, provider_input
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor

DAY = date(2026, 11, 18)
Visit = Callable[..., Page]


def material(app: Flask) -> Material:
    with app.app_context():
        return material_of("sample", address="https://ce.example.org", now=NOW)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def fill(app: Flask, ada: Member) -> None:
    """All that an administrator can enter."""
    by = {"by": ada.id, "now": NOW}
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, **by)
        offers.make_offer("sample", OfferInput(Way.OPEN, "120 dollars", "Within 14 days."), after_version=0, form_key="o" * 22, **by)
        vita = AttachmentInput(Kind.CV, "Vita", DAY, b"Worked here and there.", "sample")
        cv_id = attachments.add(vita, form_key="a" * 22, **by).id
        for number, kind in enumerate((Kind.POLICY, Kind.ADVERTISEMENT, Kind.CONSULTANT)):
            attachments.add(AttachmentInput(kind, kind.label, DAY, kind.label.encode()), form_key=f"{number}" * 22, **by)
    adopt(app, ada, cv_id=cv_id)


def test_what_is_missing_is_named_until_it_is_there(app: Flask, course: str, ada: Member) -> None:
    before = missing(material(app))
    for what in ("The provider", "An adoption", "A refund policy", "Policies as documents", "An advertisement", "consultant"):
        assert any(what in each for each in before), what
    fill(app, ada)
    after = missing(material(app))
    assert "The curriculum vitae of Ben Ode (Provider, Courses’ files, Attachments)." in after
    assert "The degree of Noor Haddad (Provider, Courses’ files)." in after
    assert not [each for each in after if "Ida Berg" in each and "vitae" in each]
    assert not [each for each in after if "refund" in each or "advertisement" in each or each.startswith("An adoption")]


def test_the_folder_holds_everything_and_its_hashes(app: Flask, library: Library, ada: Member) -> None:
    library.add_acts()
    library.add_closing_cases()
    (library.root / "sample" / "images").mkdir()
    (library.root / "sample" / "images" / "room.png").write_bytes(png())
    library.edit("sample/short.md", "waiting room online.", "waiting room online.\n\n![a waiting room](images/room.png)")
    library.publish()
    fill(app, ada)
    with app.app_context():
        found = service.material_and_note("sample", address="https://ce.example.org", by=ada.id, now=NOW)
        entries = {name: content for name, content, _ in service.folder_of(found, Paper.LETTER, now=NOW)}
        deed = db.session.scalars(select(AuditEntry).where(AuditEntry.deed == "export.dossier")).one()
        assert deed.subjects == {"course_revision": found.revision}
    manifest = json.loads(entries["manifest.json"])
    assert manifest["format"] == "ceapp dossier 1"
    assert manifest["missing"] == missing(found)
    hashes = {each["name"]: each["sha256"] for each in manifest["files"]}
    assert hashes == {name: hashlib.sha256(content).hexdigest() for name, content in entries.items() if name != "manifest.json"}
    assert [name for name in entries if name.startswith("attachment-")] == [each.name for each in found.attached]
    assert {"README.txt", "missing.txt", "course.md", "scenario-short.md", "specimen-certificate.pdf"} <= set(entries)
    assert [content for name, content in entries.items() if name.startswith("scenario-short-")] == [png()]
    said = text_of(entries["dossier.pdf"])
    for each in (
        "What is missing",
        "Harbour Street Training",
        "Ida Berg",
        "Noor Haddad",
        "Within 14 days.",
        "KEYMARK",  # the key
        "best, credit 1",
        "Closing cases with key",
        "Evaluation form",
        "Attestation",
        "SHA-256",
    ):
        assert each in said, each
    assert said.index("What is missing") < said.index("Contents") < said.index("Harbour Street Training")
    assert "SPECIMEN" in text_of(entries["specimen-certificate.pdf"]).upper()
    reader = pypdf.PdfReader(io.BytesIO(entries["dossier.pdf"]))
    assert reader.metadata is not None
    assert reader.metadata.title == f"Dossier: {found.course.title}"
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_a_sign_without_a_glyph_is_printed_by_its_name() -> None:
    values = {"title": "done \u2714", "parts": [["\u2714", 1, None]]}
    assert named_characters(values, "\u2714") == {"title": "done [heavy check mark]", "parts": [["[heavy check mark]", 1, None]]}


def test_columns_of_long_texts_share_the_width() -> None:
    drawn = list(_blocks("# Head\n\ntext *one*\n\n| A | B |\n|---|---|\n| short | a much longer text |\n\n- x\n- y", str.upper))
    assert [each["kind"] for each in drawn] == ["small-heading", "line", "table", "list"]
    assert (drawn[2]["rows"], drawn[2]["widths"]) == ([["SHORT", "A MUCH LONGER TEXT"]], [0, 18])
    assert _table(("A",), [("b",)])["widths"] == [1]


def test_an_administrator_takes_it_by_a_button(
    app: Flask, course: str, ada: Member, tess: Member, browser_of: Callable[[Member], Visitor]
) -> None:
    visitor = browser_of(ada)
    visitor.most_queries = 12
    page = visitor.get("/provider/files/sample").follow("Dossier")
    assert "An adoption of this revision" in page.text
    token = page.select("//main//input[@name='csrf_token']/@value")[0]
    response = visitor.client.post("/provider/files/sample/dossier", data={"csrf_token": token})
    assert response.headers["Content-Disposition"] == "attachment; filename=dossier-sample.zip"
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        assert archive.testzip() is None
        assert "dossier.pdf" in archive.namelist()
    assert browser_of(tess).client.get("/provider/files/sample/dossier").status_code == 404


@pytest.mark.parametrize("ending", ["zip", "pdf"])
def test_the_command_says_what_is_missing(
    app: Flask,
    course: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    settings = app.extensions["ceapp.settings"]
    for name in ("instance", "database_url", "base_url"):
        monkeypatch.setenv(f"CEAPP_{name.upper()}", getattr(settings, name))
    out = tmp_path / f"dossier.{ending}"
    result = CliRunner().invoke(cli, ["export", "dossier", "sample", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Missing: An adoption" in result.output
    assert out.read_bytes()[:4] == (b"PK\x03\x04" if ending == "zip" else b"%PDF")
    kept, other, text = out, tmp_path / "x.zip", tmp_path / "x.txt"
    for course_slug, wrong in (("sample", kept), ("nowhere", other), ("sample", text)):
        assert CliRunner().invoke(cli, ["export", "dossier", course_slug, "--out", str(wrong)]).exit_code in (1, 2)
