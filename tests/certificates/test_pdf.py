"""What is on paper: names in any script, one page, tags, metadata, the same bytes each time, and nothing from the machine."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pypdf import PdfReader

from ceapp.certificates.codes import new_code, show
from ceapp.certificates.facts import Facts, Line, PrintedApproval, PrintedLicence, printed
from ceapp.certificates.glyphs import are_bundled, families_for
from ceapp.certificates.pdf import BUNDLED_FONTS, MissingGlyphs, Press
from ceapp.certificates.rendering import EXAMPLE, Paper, file_name, is_right_to_left, qr_text, sheet, small_print
from ceapp.errors import Unavailable
from tests.certificates.conftest import png
from tests.certificates.coverage import ranges

MOST_BYTES = 150_000
NAMES = [
    "Zoë Nguyễn-Łukasiewicz",
    "Ōta Ş. İnan",
    "Влади́мир",
    "Ἀλέξανδρος",
    "王小明",
    "김민준",
    "𠮷田 さくら",
    "محمد عبد الله",
    "שָׂרָה",
    "प्रिया शर्मा",
    "ธนพร ศรีสุข",
    "Արամ Խաչատրյան",
    "ნინო გელაშვილი",
    "ሰላም ተስፋዬ",
    "ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ",
    "<b>Bold</b> & Co.",
    "#panic(1) $x^2$ {{ me }} *a* _b_ `c` @d \\e ~ -- 'q'",
]


LICENCES = (
    PrintedLicence("Psychologist, California", "PSY 01234"),
    PrintedLicence("Marriage and family therapist, Ontario", "998877", "Theresa Adeyemi-Cole"),
    PrintedLicence("Art therapist, Bavaria, Germany", "7/12"),
)
APPROVALS = tuple(
    PrintedApproval(kind, body, "1234", f"{body} approved this.", "2026-01-01", "2027-12-31", "2.5", "ethics")
    for kind, body in (("provider", "Board of Examples"), ("provider", "Association of Boards"), ("course", "Board of Courses"))
)
LONG = ("Organisations are approved, not courses; boards have the last word on what they accept for credit. " * 6)[:470].strip()


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(tmp_path_factory.mktemp("fonts"))


def facts(**changes: str) -> Facts:
    values = {
        "learner": "Tess Adeyemi",
        "serial": "2026-000123",
        "code": new_code(),
        "verify_address": "https://ce.example.org/verify",
        **changes,
    }
    return replace(EXAMPLE, licences=(), **values)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def bare(text: str) -> str:
    """Without what extraction from a page cannot keep: spaces, marks of direction, the order of the parts of a cluster."""
    kept = (c for c in unicodedata.normalize("NFKD", text) if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join(kept).casefold()


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(pdf).pages)


@pytest.mark.parametrize("name", NAMES)
def test_c9_names_in_any_script(press: Press, name: str) -> None:
    pdf = press.print(sheet(facts(learner=name), paper=Paper.A4, signature=None))
    assert len(read(pdf).pages) == 1
    assert len(pdf) < MOST_BYTES
    assert set(_name_in(text_of(pdf))) == set(bare(name))  # pypdf gives a cluster twice when its glyphs and its text differ
    assert name in read(pdf).metadata.title


def _name_in(text: str) -> str | list[str]:
    name = bare(text).partition("certifiesthat")[2].partition("hascompleted")[0]
    return sorted(name) if is_right_to_left(name) else name


def _readings(name: str) -> list[str | list[str]]:
    """Readers turn what is written from right to left around in their own ways, so that only its letters can be compared."""
    return [sorted(bare(name)) if is_right_to_left(name) else bare(name)]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed: names are read back by pypdf only")
@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_back_by_a_second_reader(press: Press, name: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(press.print(sheet(facts(learner=name), paper=Paper.LETTER, signature=None)))
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    assert _name_in(text) in _readings(name)


@pytest.mark.parametrize("paper", list(Paper))
@pytest.mark.parametrize(
    "changes",
    [
        {"learner": "W" * 120},
        {"learner": "王" * 120},
        {"learner": "Maria-Alexandrina " * 6 + "Featherst", "course_title": "Ethics in practice and in long titles " * 12},
        {"provider_name": "P" * 200, "provider_address": "Street " * 57, "provider_contact": "x" * 254},
        {"responsible_name": "N" * 120, "responsible_title": "T" * 120, "verify_address": "https://" + "h" * 240 + "/verify"},
    ],
)
def test_the_longest_texts_fit_on_one_page(press: Press, paper: Paper, changes: dict[str, str]) -> None:
    pdf = press.print(sheet(facts(**changes), paper=paper, signature=png(300, 400)))
    assert len(read(pdf).pages) == 1
    found = bare(text_of(pdf))
    for value in changes.values():
        assert bare(value.removeprefix("https://")) in found


@pytest.mark.parametrize(("paper", "size"), [(Paper.LETTER, (792, 612)), (Paper.A4, (842, 595))])
def test_paper(press: Press, paper: Paper, size: tuple[int, int]) -> None:
    box = read(press.print(sheet(facts(), paper=paper, signature=None))).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def test_every_printed_fact_is_on_paper(press: Press) -> None:
    given = replace(
        facts(issued_on="2026-12-01"), licences=LICENCES, approvals=APPROVALS, assessment_by=("Ida Berg",), reviewed_by=("Noor Haddad",)
    )
    found = bare(text_of(press.print(sheet(given, paper=Paper.LETTER, signature=None))))
    for line in printed(given):
        assert all(bare(part) in found for part in _parts(line)), line.key


def _parts(line: Line) -> list[str]:
    """What stands together on paper."""
    if line.key.startswith("approvals"):
        return [part for approval in APPROVALS for part in (approval.statement, approval.details)]
    return line.value.split(", ", 1) if line.key == "delivery" else [line.value]


def test_name_licences_and_long_statements_are_on_one_sheet(press: Press) -> None:
    """Three licences and three statements of 500 characters, with the longest usual name and title."""
    given = facts(
        learner="Maria-Alexandrina Featherstonehaugh", course_title="Ethics in practice and in long titles " * 3, issued_on="2026-12-01"
    )
    given = replace(given, licences=LICENCES[:3], approvals=tuple(replace(each, statement=f"{each.body} {LONG}") for each in APPROVALS[:3]))
    for paper in Paper:
        pdf = press.print(sheet(given, paper=paper, signature=png(300, 100)))
        assert len(read(pdf).pages) == 1
        found = bare(text_of(pdf))
        for text in (
            *(each.words for each in given.licences),
            *(each.statement for each in given.approvals),
            *(each.details for each in given.approvals),
        ):
            assert bare(text) in found


@pytest.mark.parametrize("paper", list(Paper))
def test_more_than_a_sheet_holds_goes_on_under_a_running_header(press: Press, paper: Paper) -> None:
    crowd = tuple(replace(each, statement=f"{each.body} {LONG * 2}"[:1000]) for each in APPROVALS * 3)
    longest = replace(LICENCES[0], title="T" * 162, number="9" * 40, name="N" * 120)
    given = replace(facts(learner="W" * 120), licences=(longest,) * 10, approvals=crowd)
    pdf = press.print(sheet(given, paper=paper, signature=png(300, 100)))
    first, *more = (page.extract_text() for page in read(pdf).pages)
    assert more
    assert "stand on sheet 2" in first
    assert bare("This certifies that") in bare(first)
    for number, text in enumerate(more, 2):
        assert bare(f"Serial {given.serial} · {show(given.code)} · sheet {number} of {len(more) + 1}") in bare(text)
    for value in (longest.words, *(each.statement for each in crowd)):
        assert bare(value) in bare(text_of(pdf))


def test_metadata_language_tags_and_standards(press: Press) -> None:
    pdf = read(press.print(sheet(facts(learner="Zoë"), paper=Paper.LETTER, signature=png())))
    assert pdf.metadata.title == "Certificate of completion: Title of the course, Zoë"
    assert pdf.metadata.author == "Name of the provider"
    assert pdf.metadata.creation_date.date().isoformat() == "2026-11-20"
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    xmp = pdf.root_object["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    tags, alternatives = _tags(pdf.root_object["/StructTreeRoot"])
    assert "/H1" in tags
    assert tags.count("/Figure") == 2
    assert any("QR code" in each for each in alternatives)
    assert "Signature of Responsible person" in alternatives


def _tags(element: object, depth: int = 0) -> tuple[list[str], list[str]]:
    element = element.get_object() if hasattr(element, "get_object") else element
    if isinstance(element, list):
        found = [_tags(each, depth) for each in element]
    elif isinstance(element, dict):
        found = [([str(element["/S"])] if "/S" in element else [], [str(element["/Alt"])] if "/Alt" in element else [])]
        if "/K" in element and depth < 40:
            found.append(_tags(element["/K"], depth + 1))
    else:
        return [], []
    return [tag for tags, _ in found for tag in tags], [alt for _, alts in found for alt in alts]


def test_the_same_facts_give_the_same_bytes(press: Press, tmp_path: Path) -> None:
    given = sheet(facts(), paper=Paper.LETTER, signature=png())
    assert press.print(given) == press.print(given) == Press(tmp_path).print(given)


def test_fonts_are_embedded_and_ours(press: Press) -> None:
    fonts = read(press.print(sheet(facts(learner="Zoë 王"), paper=Paper.LETTER, signature=None))).pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "Noto" in descriptor["/FontName"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_a_specimen_says_so_and_has_no_serial(press: Press) -> None:
    pdf = press.print(sheet(facts(serial=""), paper=Paper.LETTER, signature=None))
    text = text_of(pdf)
    assert "Specimen: not a certificate" in text
    assert "SPECIMEN" in text  # drawn behind everything, as an artifact
    assert "Serial" not in text
    assert "Certificate of completion" not in text
    assert "Specimen" not in text_of(press.print(sheet(facts(), paper=Paper.LETTER, signature=None)))


def test_a_missing_glyph_names_script_and_font(press: Press) -> None:
    with pytest.raises(MissingGlyphs) as missing:
        press.print(sheet(facts(learner="𒀀𒁀 Ашур"), paper=Paper.LETTER, signature=None))
    assert missing.value.characters == "𒀀𒁀"
    assert missing.value.families == ("Noto Sans Cuneiform",)
    assert "Noto Sans Cuneiform" in missing.value.message


def test_the_pdf_follows_when_the_font_is_added(tmp_path: Path) -> None:
    press = Press(tmp_path / "fonts")
    given = sheet(facts(learner="𒀀"), paper=Paper.LETTER, signature=None)
    with pytest.raises(MissingGlyphs):
        press.print(given)
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "cuneiform.ttf").write_bytes(_font_with("𒀀"))
    assert "𒀀" in text_of(press.print(given))


def _font_with(character: str) -> bytes:
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, 700), (450, 700), (450, 0)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "a"])
    font.setupCharacterMap({ord(character): "a"})
    font.setupGlyf({".notdef": box, "a": box})
    font.setupHorizontalMetrics({".notdef": (500, 50), "a": (500, 50)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupNameTable(
        {
            "familyName": "Wedge",
            "styleName": "Regular",
            "uniqueFontIdentifier": "Wedge",
            "fullName": "Wedge",
            "psName": "Wedge-Regular",
            "version": "1",
        }
    )
    font.setupPost()
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("characters", "family"),
    [
        ("𒀀", "Noto Sans Cuneiform"),
        ("ᠮ", "Noto Sans Mongolian"),
        ("𐲀", "Noto Sans Old Hungarian"),
        ("བོད", "Noto Serif Tibetan"),
        ("𓀀", "Noto Sans Egyptian Hieroglyphs"),
        ("𝓙", "Noto Sans Math"),
        ("😀", "Noto Emoji"),
        ("\ue000", "Noto Sans Symbols 2"),
    ],
)
def test_the_font_to_add(characters: str, family: str) -> None:
    assert families_for(characters) == (family,)


def test_the_list_of_bundled_characters_is_true() -> None:
    assert (BUNDLED_FONTS / "coverage.txt").read_text() == ranges()
    assert are_bundled("".join(NAMES).replace(" ", ""))
    assert not are_bundled("a𒀀")


def test_the_font_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in BUNDLED_FONTS.iterdir()) < 20_000_000
    assert "SIL OPEN FONT LICENSE" in (BUNDLED_FONTS / "OFL.txt").read_text()


def test_two_at_a_time_and_then_a_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ceapp.certificates.pdf._WAIT_SECONDS", 0.01)
    press, free = Press(tmp_path), threading.Event()
    busy = [press._threads.submit(free.wait, 60) for _ in range(2)]
    with pytest.raises(Unavailable):
        press.print(sheet(facts(), paper=Paper.LETTER, signature=None))
    free.set()
    assert [each.result(60) for each in busy] == [True, True]


def test_a_signature_that_cannot_be_printed(press: Press) -> None:
    assert press.can_show(png())
    assert not press.can_show(b"\x89PNG\r\n\x1a\n junk")


def test_the_qr_code_is_small_where_it_can_be() -> None:
    given = facts(code="7K3M9QX2TP4WZC6HD8RBV5NJEYF")
    assert qr_text(given) == "HTTPS://CE.EXAMPLE.ORG/VERIFY/7K3M9QX2TP4WZC6HD8RBV5NJEYF"
    odd = replace(given, verify_address="http://[::1]:8000/verify")
    assert qr_text(odd) == "http://[::1]:8000/verify/7K3M9QX2TP4WZC6HD8RBV5NJEYF"


@pytest.mark.skipif(
    not (shutil.which("zbarimg") and shutil.which("pdftoppm")), reason="zbarimg or pdftoppm is not installed: the QR code is not read back"
)
def test_the_qr_code_is_read_from_paper(press: Press, tmp_path: Path) -> None:
    given = facts()
    (tmp_path / "c.pdf").write_bytes(press.print(sheet(given, paper=Paper.LETTER, signature=None)))
    subprocess.run(["pdftoppm", "-r", "110", "-png", "-singlefile", tmp_path / "c.pdf", tmp_path / "c"], check=True, capture_output=True)
    found = subprocess.run(["zbarimg", "-q", "--raw", tmp_path / "c.png"], capture_output=True, text=True, check=True).stdout
    assert found.strip() == qr_text(given)


@pytest.mark.parametrize("name", NAMES)
def test_c9_file_names_are_safe_and_say_nothing(name: str) -> None:
    assert file_name(facts(learner=name), "social-media-ethics") == "certificate-2026-000123-social-media-ethics.pdf"
    assert file_name(facts(learner=name, serial=""), "social-media-ethics") == "specimen-social-media-ethics.pdf"


def test_small_print_leaves_out_what_is_not_set() -> None:
    lines = {line.key: line.value for line in printed(facts(provider_address="", provider_contact="", authors=()))}  # type: ignore[arg-type]
    assert small_print(lines)[0] == "Location: online. Days are in the time zone UTC."
    assert show("A" * 27).count("-") == 5
