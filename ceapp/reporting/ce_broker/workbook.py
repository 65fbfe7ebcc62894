"""The old Excel format (BIFF8) that CE Broker asks for. Every text is a cell of text, so nothing that somebody typed is a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

MOST_ROWS = 5000
"""Of one file; a sheet of this format ends at 65,536."""

_WIDTH = 256  # of one character, in the format's own measure
_WIDTHS = (14, 14, 18, 14, 18, 12, 12, 18, 14, 8)


def workbook(rows: Iterable[Sequence[str | date | Decimal]]) -> bytes:
    """A file with one sheet, from its first row on. Days are days for Excel, numbers are numbers."""
    import xlwt  # noqa: PLC0415 - few processes ever need it

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Completions")
    for column, width in enumerate(_WIDTHS):
        sheet.col(column).width = width * _WIDTH
    styles = {
        date: xlwt.easyxf(num_format_str="m/d/yyyy"),
        Decimal: xlwt.easyxf(num_format_str="0.##"),
        str: xlwt.easyxf(num_format_str="@"),
    }
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell != "":
                sheet.write(number, column, cell, styles[type(cell)])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
