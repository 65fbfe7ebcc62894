"""Who completed what, as CSV and as a spreadsheet. Cells are text: nothing that somebody typed becomes a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from ceapp.certificates import codes
from ceapp.reporting.queries import Row
from ceapp.web.spreadsheets import csv_rows

COLUMNS = (
    "Serial",
    "Name",
    "Licences",
    "E-mail address",
    "Course",
    "Category",
    "Contact hours",
    "Format",
    "Location",
    "Approvals",
    "Started",
    "Completed",
    "Issued",
    "Time zone of the days",
    "Status",
    "Code",
)
_WIDTHS = (14, 28, 36, 30, 36, 14, 10, 26, 10, 40, 12, 12, 12, 20, 22, 34)
_PIECE = 64 * 1024


def line(row: Row) -> list[str]:
    """The cells of one certificate, in the order of COLUMNS; days as 2026-11-20."""
    facts = row.facts
    return [
        facts.serial,
        facts.learner,
        "; ".join(each.words for each in facts.licences),
        row.email,
        facts.course_title,
        facts.category,
        facts.contact_hours,
        facts.delivery,
        facts.location,
        "; ".join(each.details for each in facts.approvals),
        facts.started_on,
        facts.completed_on,
        facts.issued_on,
        facts.time_zone,
        f"revoked on {row.revoked_at:%Y-%m-%d} (UTC)" if row.revoked_at else "valid",
        codes.show(facts.code),
    ]


def lines_of(rows: Iterable[Row]) -> Iterator[str]:
    """The roster as CSV, a line at a time."""
    yield from csv_rows([COLUMNS], byte_order_mark=True)
    yield from csv_rows(map(line, rows))


def spreadsheet(rows: Iterable[Row]) -> Iterator[bytes]:
    """The roster as XLSX, in pieces; it is put together in a temporary file, a row at a time."""
    with tempfile.TemporaryFile() as file:
        _write(file, rows)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(file: IO[bytes], rows: Iterable[Row]) -> None:
    from xlsxwriter import Workbook  # noqa: PLC0415 - ten megabytes that few processes ever need

    with Workbook(file, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Roster")
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        for number, cells in enumerate(_lines(rows)):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell)


def _lines(rows: Iterable[Row]) -> Iterator[Iterable[str]]:
    yield COLUMNS
    yield from (line(row) for row in rows)
