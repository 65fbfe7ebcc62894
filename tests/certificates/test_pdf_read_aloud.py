"""What a screen reader makes of a certificate: its tags, and its text in the order of these, as poppler reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ceapp.certificates import pdf as printing
from ceapp.certificates.facts import Facts
from ceapp.certificates.pdf import Press
from ceapp.certificates.rendering import Paper, sheet
from tests.certificates.conftest import png
from tests.certificates.test_pdf import bare, facts, read

pytestmark = pytest.mark.skipif(not shutil.which("pdfinfo"), reason="pdfinfo is not installed: the tags of certificates are not read")

LONG = ("Wolfeschlegelsteinhausenbergerdorff" * 4)[:120]
NAMES = ["Tess Adeyemi", LONG, "محمد عبد الله", "שרה לוי", "Zoe\u0308 Nguye\u0302\u0303n", "王小明", "Maria-Alexandrina " * 6 + "Featherst"]


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(tmp_path_factory.mktemp("fonts"))


def tags_of(pdf: bytes, folder: Path) -> list[tuple[str, str]]:
    """Each tag that holds text or a picture, in reading order, with what it holds."""
    path = folder / "certificate.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, text=True, check=True).stdout
    found: list[tuple[str, str]] = []
    for line in told.splitlines():
        if text := re.fullmatch(r'\s+"(.*)"', line):
            tag, held = found.pop()
            found.append((tag, held + text[1]))
        elif tag := re.match(r"\s*(P|H\d|Figure|Span|Div|Document)\b", line):
            if tag[1] != "Span" or "Block" in line or not found:
                found.append((tag[1], ""))
        elif "/Placement /Block" in line and found[-1][0] != "Figure":
            found.append(("Span", ""))  # text that is in no paragraph
    return [(tag, held) for tag, held in found if held or tag == "Figure"]


def expected(given: Facts, learner: str) -> list[tuple[str, str]]:
    return [
        ("P", given.provider_name),
        ("H1", "Certificate of completion"),
        ("P", "This certifies that"),
        ("P", learner),
        ("P", "has completed"),
        ("P", given.course_title),
    ]


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_is_read_in_order_paragraph_by_paragraph(press: Press, tmp_path: Path, name: str, paper: Paper) -> None:
    given = facts(learner=name)
    found = tags_of(press.print(sheet(given, paper=paper, signature=png())), tmp_path)

    for (tag, text), (wanted, words) in zip(found, expected(given, name), strict=False):
        assert tag == wanted
        assert set(bare(text)) == set(bare(words))  # readers turn letters and points of right-to-left names around in their own ways
    assert {tag for tag, _ in found} == {"P", "H1", "Figure"}
    assert [tag for tag, _ in found].count("H1") == 1
    after = [bare(text) for tag, text in found if tag == "P"]
    parts = ("Serial " + given.serial, "Check it at", "contact hours")
    assert all(any(bare(part) in each for each in after) for part in parts)


@pytest.mark.parametrize("name", NAMES)
def test_title_language_and_fonts(press: Press, name: str) -> None:
    pdf = read(press.print(sheet(facts(learner=name), paper=Paper.A4, signature=png())))

    assert pdf.root_object["/ViewerPreferences"]["/DisplayDocTitle"]
    assert name.strip() in pdf.metadata.title
    assert pdf.root_object["/Lang"] == "en"
    for font in pdf.pages[0]["/Resources"]["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert "/ToUnicode" in font.get_object()


def test_text_without_a_paragraph_and_another_order_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same certificate, with two of its paragraphs taken back to bare text, and exchanged."""
    shutil.copytree(printing.FOLDER, tmp_path / "planted", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    source = tmp_path / "planted" / "certificate.typ"
    text = source.read_text("utf-8")
    planted = text.replace("par[This certifies that]", "[Has completed]").replace("par[has completed]", "[This certifies that]")
    assert planted != text
    source.write_text(planted, "utf-8")
    monkeypatch.setattr(printing, "FOLDER", tmp_path / "planted")

    found = tags_of(Press(tmp_path / "fonts").print(sheet(facts(), paper=Paper.A4, signature=None)), tmp_path)

    assert "Span" in {tag for tag, _ in found}
    assert [text for _, text in found][:6] != [text for _, text in expected(facts(), "Tess Adeyemi")]
