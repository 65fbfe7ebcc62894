"""Texts of people in files that spreadsheets open: a cell is never taken for a formula. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"
"""Tells Excel that the file is UTF-8."""

_FORMULA = frozenset("=+-@\t\r\n\x00")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_UNSAFE_IN_NAMES = re.compile(r"[^a-z0-9]+")


def safe_cell(text: str) -> str:
    """The text as a cell may hold it: what a spreadsheet would calculate gets an apostrophe before it, whatever blanks or invisible
    characters it hides behind; characters that no workbook takes are left out.
    """
    kept = _UNFIT.sub("", text)
    return f"'{kept}" if starts_formula(text) or starts_formula(kept) else kept


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet may calculate a cell with this text, full-width forms included."""
    for character in text:
        if unicodedata.normalize("NFKC", character)[:1] in _FORMULA:
            return True
        if not _is_skipped(character):
            return False
    return False


def csv_rows(rows: Iterable[Iterable[str | int | None]], *, byte_order_mark: bool = False) -> Iterator[str]:
    """The lines of a CSV file, one row at a time; texts are made safe and quoted, numbers stay numbers."""
    if byte_order_mark:
        yield BYTE_ORDER_MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerow([_cell(value) for value in row])
        yield line.getvalue()


def file_name(*parts: str, ending: str) -> str:
    """A name of a file that every system takes: `file_name("Harbour Clinic", "progress", ending="csv")` is harbour-clinic-progress.csv."""
    plain = unicodedata.normalize("NFKD", "-".join(parts)).encode("ascii", "ignore").decode().lower()
    return f"{_UNSAFE_IN_NAMES.sub('-', plain).strip('-')[:100].rstrip('-') or 'file'}.{ending}"


def _cell(value: str | int | None) -> str | int:
    return safe_cell(value) if isinstance(value, str) else "" if value is None else value


def _is_skipped(character: str) -> bool:
    """A blank, or a character that nobody sees: programs skip some of them before they look for a formula."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")
