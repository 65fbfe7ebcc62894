"""Attachments: what a file is by its content, how it is served, and that newer ones leave the older ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ceapp.catalogue.attachments import service
from ceapp.catalogue.attachments.kinds import MOST_BYTES, Kind, media_type_of
from ceapp.catalogue.attachments.queries import attachment_versions, attachments_for, attachments_page
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.database import transaction
from ceapp.errors import Missing, Refused
from tests.certificates.conftest import png
from tests.conftest import NOW, Member
from tests.harness.pages import Page, Visitor

Visit = Callable[..., Page]
DAY = date(2026, 11, 18)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
KEY = "attachment-form-number-{:020}"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def docx(*more: str, types: str = _MAIN) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("[Content_Types].xml", f'<Types><Override PartName="/word/document.xml" ContentType="{types}"/></Types>')
        for name in ("word/document.xml", *more):
            package.writestr(name, "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (PDF, "application/pdf"),
        (PDF[:20], None),
        (png(), "image/png"),
        (png()[:20], None),
        (b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03\x01\x22\x00", "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00", None),
        (docx(), "wordprocessingml.document"),
        (docx("word/vbaProject.bin"), None),
        (docx(types="application/vnd.ms-word.document.macroEnabled.main+xml"), None),
        (docx()[:-30], None),
        ("Schön".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
        ("Schön".encode("latin-1"), None),
        (b"a\x00b", None),
        (b" \n", None),
        (b"MZ\x90\x00", None),
        (b"<html><script>alert(1)</script></html>", "text/plain"),  # and is never anything else to a browser
    ],
)
def test_f6_a_file_is_what_its_content_says(data: bytes, ending: str | None) -> None:
    found = media_type_of(data)
    assert found is None if ending is None else found is not None and found.endswith(ending)


def vita(**changes: object) -> AttachmentInput:
    return replace(AttachmentInput(Kind.CV, "Vita of Ida Berg", DAY, PDF, "sample"), **changes)  # type: ignore[arg-type]


@pytest.mark.both_databases
def test_a_newer_file_leaves_the_older(app: Flask, course: str, ada: Member, tess: Member) -> None:
    by = {"by": ada.id, "now": NOW}
    with app.app_context():
        first = service.add(vita(), form_key=KEY.format(1), **by)
        assert service.add(vita(), form_key=KEY.format(1), **by).id == first.id
        with pytest.raises(Refused, match="sent before"):
            service.add(vita(title="Another"), form_key=KEY.format(1), **by)
        service.add(vita(kind=Kind.POLICY, title="Refunds", course_slug=None), form_key=KEY.format(2), **by)
        newer = service.replace(first.id, vita(data=b"Newer.", course_slug=None), after_version=1, form_key=KEY.format(3), **by)
        assert (newer.version, newer.course_slug) == (2, "sample")
        with pytest.raises(Refused, match="Somebody else"):
            service.replace(first.id, vita(), after_version=1, form_key=KEY.format(4), **by)
        assert [each.attachment.version for each in attachment_versions(first.id)] == [2, 1]
        assert [(each.course, each.attachment.title) for each in attachments_page(1).attachments] == [
            ("", "Refunds"),
            ("A sample course", "Vita of Ida Berg"),
        ]
        assert [each.attachment.version for each in attachments_for("sample")] == [1, 2]
        with pytest.raises(Missing):
            service.add(vita(course_slug="nowhere"), form_key=KEY.format(5), **by)
        with pytest.raises(Missing):
            service.add(vita(), by=tess.id, form_key=KEY.format(6), now=NOW)
        for statement in ("UPDATE attachment SET title = 'x'", "DELETE FROM attachment"):
            with pytest.raises(DBAPIError), transaction() as session:
                session.execute(text(statement))


@pytest.mark.parametrize(("data", "says"), [(b"", "empty"), (b"x" * (MOST_BYTES + 1), "larger"), (b"\x00", "no PDF")])
def test_what_is_not_taken_is_not_kept(app: Flask, ada: Member, data: bytes, says: str) -> None:
    with app.app_context(), pytest.raises(Refused, match=says):
        service.add(vita(data=data, course_slug=None), by=ada.id, form_key=KEY.format(1), now=NOW)


def test_f6_it_is_only_ever_downloaded(app: Flask, course: str, ada: Member, tess: Member, browser_of: Callable[[Member], Visitor]) -> None:
    with app.app_context():
        made = service.add(vita(data=b"<script>alert(1)</script>"), by=ada.id, form_key=KEY.format(1), now=NOW)
    response = browser_of(ada).client.get(f"/provider/attachments/{made.id}/file")
    assert response.get_data() == b"<script>alert(1)</script>"
    headers = response.headers
    assert headers["Content-Disposition"] == "attachment; filename=cv-vita-of-ida-berg-2026-11-18.txt"
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert browser_of(tess).client.get(f"/provider/attachments/{made.id}/file").status_code == 404


def test_an_administrator_adds_and_replaces(app: Flask, course: str, ada: Member, visit: Visit) -> None:
    form = visit("/provider/attachments", person=ada).follow("Add a file")
    typed = {"kind": "cv", "title": "Vita", "dated": "2026-11-18", "course": "sample"}
    refused = form.submit("Keep the file", status=422, **typed)
    assert "Choose the file." in refused.text
    assert refused.select("//input[@name='title']/@value") == ["Vita"]
    kept = refused.submit("Keep the file", file=(io.BytesIO(PDF), "../../vita.exe"))
    assert "cv-vita-2026-11-18.pdf" in kept.text
    newer = kept.follow("Put a newer file here").submit("Keep the file", dated="2026-11-19", file=(io.BytesIO(b"Newer"), "a.txt"))
    assert "cv-vita-2026-11-19.txt" in newer.text
    assert "Vita" in visit("/provider/files/sample", person=ada).text
