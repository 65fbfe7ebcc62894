"""E3, F7, F8, F9, F11: hostile text, put in through the real forms, into every place that reaches a page, a file, a name or a mail."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import openpyxl  # type: ignore[import-untyped]
import pytest

from ceapp.mail.smtp import written
from ceapp.web.spreadsheets import starts_formula
from tests.conftest import NOW
from tests.crawl.world import AGENCY, World, task
from tests.harness.letters import letters
from tests.harness.pages import Page, Visitor

HOSTILE = (
    "<script>alert(1)</script><b onmouseover=x>bold</b>",
    '"><img src=x onerror=alert(1)>',
    "</title></textarea></style><svg/onload=alert(1)>",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    "\uff1d1+1 full width",
    "\uff0bA1",
    "+A1",
    "-A1+2",
    "@SUM(A1)",
    "\t=A1",
    "\u00a0=A1",
    "\u200c=A1",
    "\u200d\u200e@A1",
    "\ufeff=A1",
    "a\u202egnp.exe\u202c",
    "x" * 300,
    "line\r\nBcc: victim@example.net\r\n\r\nbody",
    "line\u2028Bcc: victim@example.net",
    "line\u0085Bcc: victim@example.net",
    "nul\x00byte \x1b[31mred",
    "../../etc/passwd",
    "..\\..\\windows\\a",
    "C:\\CON",
    "\U0001f426\u200d\U0001f525 bird",
    "{{7*7}} ${7*7} {% x %} %(x)s {0.__class__}",
    "%0d%0aSet-Cookie: x=1",
    "'; DROP TABLE person;--",
    "z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034dalgo",
    "\ufdfd\u0645\u0631\u062d\u0628\u0627 abc",
    "\ud800 lone".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
)
SELECTION = {"course": "", "organisation": "", "first_day": "", "last_day": "", "paper": "letter"}
MOST_QUERIES = 40
_RAW = re.compile("<script>alert|<img src=x|<svg/onload|onmouseover=x>|\u202e|\x00")


@pytest.fixture
def hostile(world: World) -> World:
    world.app.config["WTF_CSRF_ENABLED"] = True
    return world


def visitor(world: World, key: str) -> Visitor:
    made = Visitor(world.app, world.client(key))
    made.most_queries = MOST_QUERIES
    return made


def send(page: Page, button: str, **fields: Any) -> Page:
    """Press the button with these texts; a refusal shows them again, and is a page like any other."""
    forms = [form for form in page.tree.xpath("//form") if any(button == "".join(b.itertext()).strip() for b in form.iter("button"))]
    assert len(forms) == 1, f"{len(forms)} forms with {button!r}: {[''.join(b.itertext()) for b in page.tree.iter('button')]}"
    action = forms[0].get("action") or ""
    data = {field.get("name"): field.get("value") or "" for field in forms[0].iter("input") if field.get("type") == "hidden"}
    for box in forms[0].iter("input"):
        if box.get("checked") is not None:
            data[box.get("name")] = box.get("value")
    for select in forms[0].iter("select"):
        chosen = select.xpath(".//option[@selected]") or select.xpath(".//option")[:1]
        data[select.get("name")] = chosen[0].get("value") if chosen else ""
    client = page.visitor.client
    response = client.post(action or page.address, data={**data, **fields})
    assert response.status_code in (200, 303, 422), f"{action} with {fields!r}: {response.status_code}"
    _refuse_split_headers(response)
    if response.status_code == 303:
        return page.visitor.get(response.headers["Location"])
    return page.visitor.post(action or page.address, {**data, **fields}, status=response.status_code, follow=False)


def _refuse_split_headers(response: Any) -> None:
    for name, value in response.headers:
        assert not re.search(r"[\r\n\x00]", f"{name}{value}")
    assert "x=1" not in response.headers.get("Set-Cookie", "")


def refuse_formulas_in_csv(text: str, widths: frozenset[int] | None = None) -> None:
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) > 1
    found = {len(row) for row in rows}
    assert found <= widths if widths else len(found) == 1, "a cell broke out of its row"
    for cell in (cell for row in rows for cell in row):
        bare = unicodedata.normalize("NFKC", cell).strip().lstrip("\u200b\u200c\u200d\u200e\u200f\ufeff ")
        assert bare[:1] not in tuple("=+-@\t\r"), repr(cell)
        assert not starts_formula(cell)
        assert "\x00" not in cell


def refuse_formulas_in_workbook(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert len(cells) > 8
    for cell in cells:
        assert cell.data_type != "f", cell.value
        assert cell.hyperlink is None


def pages_of(world: World) -> list[tuple[str, str]]:
    """Who, and where what others wrote is shown to them."""
    at, tess = f"/organisations/{world.organisations[AGENCY].slug}", world.people["tess"].id
    of_tess = f"{at}/trainees/{tess}/{task(world, 'note:tess', 'tess', 'every-kind')}"
    return [
        *((who, f"{at}/{page}") for who in ("sam", "ines") for page in ("progress", "groups", "assign", "assignments", f"trainees/{tess}")),
        *((who, of_tess) for who in ("sam", "ines", "rhea")),
        ("rhea", f"{at}/trainees/{tess}/{task(world, 'note:both', 'tess')}"),
        *(("ines", f"{at}/{page}") for page in ("members", f"members/{tess}", "supervision", "supervision/new", "invitations", "settings")),
        ("sam", f"{at}/supervision/covers"),
        ("sam", f"{at}/supervision/mine"),
        ("sam", f"{at}/groups/{world.ids['group:tess']}"),
        ("sam", f"{at}/assignments/{world.ids['note:both'].id}"),
        ("endo", f"{at}/signed-off"),
        *(("tess", page) for page in ("/", "/assignments", "/account", "/certificates", "/training-record", "/supervision")),
        ("tess", f"/assignments/{task(world, 'note:both', 'tess')}"),
        *(("ada", page) for page in ("/people", f"/people/{tess}", "/organisations", "/exports", "/outbox", "/requests")),
    ]


def test_hostile_names_stay_text_everywhere(hostile: World) -> None:
    """The trainee's name, the organisation's, a group's, an invited person's, and reasons: each text in all of them at once."""
    world = hostile
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    tess, sam, ines, ada = (visitor(world, key) for key in ("tess", "sam", "ines", "ada"))
    everybody = {key: visitor(world, key) for key in ("tess", "sam", "ines", "ada", "rhea", "endo")}
    taken = 0
    for number, text in enumerate(HOSTILE):
        before = tess.get("/account/name").html
        send(tess.get("/account/name"), "Save and go on", name=text)
        taken += tess.get("/account/name").html != before
        send(ines.get(f"{at}/settings"), "Save", name=text)
        send(ines.get(f"{at}/groups/{world.ids['group:tess']}"), "Rename", name=text)
        send(ines.get(f"{at}/invitations/new"), "Invite", email=f"guest{number}@example.net", name=text, roles="trainee")
        day = (date(2026, 12, 20) + timedelta(days=number)).isoformat()
        send(sam.get(f"{at}/tasks/{task(world, 'note:both', 'tess')}/extend"), "Extend", due_on=day, reason=text)
        for place, (who, address) in enumerate(pages_of(world)):
            if place % 4 == number % 4:  # the strict client reads slowly; over the texts it comes by every page
                everybody[who].get(address)
            else:
                response = everybody[who].client.get(address)
                assert response.status_code == 200
                assert not _RAW.search(response.get_data(as_text=True))
        for who in ("sam", "ines"):
            file = everybody[who].client.get(f"{at}/progress.csv?show=y")
            _refuse_split_headers(file)
            assert re.fullmatch(r'attachment; filename="?[a-z0-9-]+\.csv"?', file.headers["Content-Disposition"])
            refuse_formulas_in_csv(file.get_data(as_text=True))
        record = tess.client.get(f"/training-record/{world.organisations[AGENCY].slug}.csv")
        assert re.fullmatch(r'attachment; filename="?[a-z0-9-]+\.csv"?', record.headers["Content-Disposition"])
        refuse_formulas_in_csv(record.get_data(as_text=True), frozenset({1, 2, 7}))
    assert taken > 5
    assert ada.get("/people?q=%3Cscript%3E").status == 200


def test_hostile_names_on_certificates_in_exports(hostile: World) -> None:
    """What was issued to such a name: the roster as CSV and XLSX, the archive's names and its manifest."""
    from ceapp.certificates.service import issue
    from ceapp.database import transaction
    from tests.certificates.conftest import completion

    world = hostile
    for cycle, text in enumerate(HOSTILE, 20):
        with world.app.app_context(), transaction():
            issue(
                person_id=world.people["tess"].id,
                course_slug="sample",
                cycle=cycle,
                facts_input=completion(name=text.replace("\x00", "")[:120], course_title=text.replace("\x00", "")[:200]),
                now=NOW,
            )
    ada = visitor(world, "ada")
    client, token = ada.client, {"csrf_token": _token(ada)}
    roster = client.post("/exports/roster", data={"as": "csv", **SELECTION, **token})
    assert roster.status_code == 200
    refuse_formulas_in_csv(roster.get_data(as_text=True))
    book = client.post("/exports/roster", data={"as": "xlsx", **SELECTION, **token})
    assert book.status_code == 200
    refuse_formulas_in_workbook(book.get_data())
    for response in (roster, book):
        assert re.fullmatch(r'attachment; filename="?[a-z0-9.-]+"?', response.headers["Content-Disposition"])


def test_archives_have_plain_names_and_a_safe_manifest(hostile: World) -> None:
    from ceapp.certificates.service import issue
    from ceapp.database import transaction
    from tests.certificates.conftest import completion

    world = hostile
    for cycle, text in enumerate((HOSTILE[0], HOSTILE[3], HOSTILE[5], "../../etc/passwd"), 20):
        with world.app.app_context(), transaction():
            facts = completion(name=text, course_title=text)
            issue(person_id=world.people["tess"].id, course_slug="sample", cycle=cycle, facts_input=facts, now=NOW)
    response = world.client("tess").get("/certificates/all.zip")
    assert response.status_code == 200
    _refuse_split_headers(response)
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names)) >= 5
        for name in names:
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}", name), name
            if name.endswith(".csv"):
                refuse_formulas_in_csv(archive.read(name).decode())


def test_hostile_notes_stay_text(hostile: World) -> None:
    """All at once as a note to an assignment, a sign-off and a reason for another attempt; line breaks are theirs to have."""
    world = hostile
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    sam, duo = visitor(world, "sam"), visitor(world, "duo")
    note = "\r\n".join(HOSTILE)[:1900]
    world.app.config["WTF_CSRF_ENABLED"] = False
    wish = {"course": "sample", "what": "scenarios", "scenarios": "extra", "time_zone": "America/Toronto", "due_on": "2026-12-24"}
    made = sam.client.post(f"{at}/assignments", data={**wish, "chosen": str(world.people["duo"].id), "note": note, "key": "n" * 22})
    assert made.status_code == 303
    world.app.config["WTF_CSRF_ENABLED"] = True
    found = task(world, "note:duo", "duo")
    work = f"{at}/trainees/{world.people['duo'].id}/{found}"
    page = send(sam.get(f"{work}/sign-off"), "Sign off", note=note)
    for each in (
        page,
        sam.get(work),
        sam.get(made.headers["Location"]),
        sam.get(f"{at}/signed-off"),
        duo.get("/"),
        duo.get("/assignments"),
    ):
        assert "<script>alert" not in each.html
    assert "&lt;script&gt;alert" in sam.get(work).html
    preview = sam.post(f"{at}/assign", {**wish, "note": note, "skip": note, "csrf_token": _token(sam)}, status=200, follow=False)
    assert "<script>alert" not in preview.html


def _token(who: Visitor) -> str:
    return str(who.get("/account").tree.xpath("//input[@name='csrf_token']/@value")[0])


def test_f9_hostile_names_do_not_reach_the_head_of_a_mail(hostile: World) -> None:
    world = hostile
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    ines = visitor(world, "ines")
    for number, text in enumerate(HOSTILE):
        send(ines.get(f"{at}/settings"), "Save", name=text)
        send(ines.get(f"{at}/invitations/new"), "Invite", email=f"guest{number}@example.net", name="", roles="trainee")
        invited = [letter for letter in letters(world.app, NOW) if letter.to == f"guest{number}@example.net"]
        assert len(invited) == 1
        mail = written(invited[0], message_id=uuid4(), mail_from="CE <ce@example.org>", now=NOW)
        head, _, _ = mail.as_bytes().partition(b"\n\n")
        assert not re.search(rb"^(bcc|cc|set-cookie):", head, re.IGNORECASE | re.MULTILINE)
        assert [name.lower() for name in mail].count("to") == 1
        assert mail["To"] == f"guest{number}@example.net"
        assert not re.search(r"[\r\n\x00\u2028\u0085\u202e]", str(mail["Subject"]))


def test_f11_lists_of_people_with_hostile_lines_are_read_or_refused_line_by_line(hostile: World) -> None:
    world = hostile
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    ines = visitor(world, "ines")
    lines = [f'"{text.replace(chr(34), chr(34) * 2)}",guest{number}@example.net,trainee' for number, text in enumerate(HOSTILE)]
    token = _token(ines)
    page = ines.post(
        f"{at}/members/import", {"text": "name,email,roles\r\n" + "\r\n".join(lines), "csrf_token": token}, status=200, follow=False
    )
    assert "<script>alert" not in page.html
    known, unknown = world.people["eli"].email, "nobody-at-all-here@example.org"
    told = [
        ines.post(f"{at}/members/import", {"text": f"email\r\n{email}", "csrf_token": token}, status=200, follow=False).text.replace(
            email, "X"
        )
        for email in (known, unknown)
    ]
    assert told[0] == told[1]  # whether an address has an account elsewhere is not told
