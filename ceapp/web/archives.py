"""ZIP files that leave while they are made: nothing is kept but the file at hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

Entry = tuple[str, bytes, datetime]
"""The name in the archive, the content, and the moment that it shows."""


class _Outlet(io.RawIOBase):
    """What was written since it was last emptied. It cannot be rewound, so the archive is written front to back."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def emptied(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zip_stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The archive in pieces. Names must be unique and without folders. PDFs are stored as they are: they are packed already."""
    outlet = _Outlet()
    names: set[str] = set()
    with zipfile.ZipFile(outlet, "w", allowZip64=True) as archive:
        for name, content, moment in entries:
            if "/" in name or "\\" in name or name in names or name.startswith("."):
                raise ValueError("a name in an archive must be plain and unique")
            names.add(name)
            packing = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            info.compress_type, info.external_attr = packing, 0o600 << 16
            archive.writestr(info, content)
            yield outlet.emptied()
    yield outlet.emptied()
