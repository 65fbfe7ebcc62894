"""What an attachment may be, and what a file is by its content. Pure."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum

from ceapp.scenarios.images import measure

MOST_BYTES = 1_800_000
"""A form as a whole has two megabytes."""

ENDINGS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/plain": "txt",
}
"""The media types that are taken, and how a file of each is called when it is downloaded."""

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DOCX_MAIN = f"{_DOCX}.main+xml".encode()
_MOST_PARTS, _MOST_TYPES = 2_000, 200_000
_PDF_END = 2_048
# By any of these zipfile tells of a package that is damaged, encrypted, packed in a way it does not know, or without the part asked for.
_UNREADABLE = (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_BLANKS = frozenset("\t\n\r\f")


class Kind(StrEnum):
    """What an attachment is for."""

    CV = "cv"
    ADVERTISEMENT = "advertisement"
    CONSULTANT = "consultant"
    POLICY = "policy"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Kind.CV: "Curriculum vitae",
    Kind.ADVERTISEMENT: "Advertisement",
    Kind.CONSULTANT: "Agreement with a consultant",
    Kind.POLICY: "Policy",
    Kind.OTHER: "Other",
}


def media_type_of(data: bytes) -> str | None:
    """What a file is by its content; None for what is not taken. The name of a file says nothing."""
    if data.startswith(b"%PDF-"):
        return "application/pdf" if b"%%EOF" in data[-_PDF_END:] else None
    measured = measure(data)
    if measured is not None:
        return measured[0] if measured[0] in ENDINGS and measured[1] and measured[2] else None
    if data.startswith(b"PK\x03\x04"):
        return _DOCX if _is_docx(data) else None
    return "text/plain" if _is_text(data) else None


def _is_docx(data: bytes) -> bool:
    """A package whose main part is a document of Word without macros (ECMA-376, part 2). Only the list of its parts is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = package.namelist()
            if len(names) > _MOST_PARTS or any(name.lower().endswith("vbaproject.bin") for name in names):
                return False
            with package.open("[Content_Types].xml") as types:
                listed = types.read(_MOST_TYPES)
    except _UNREADABLE:
        return False
    return _DOCX_MAIN in listed and b"macroEnabled" not in listed and "word/document.xml" in names


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and all(character >= " " or character in _BLANKS for character in text) and "\x7f" not in text
