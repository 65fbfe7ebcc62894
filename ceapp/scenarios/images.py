"""Images: what a file is by its content, never by its name alone, and how large the picture is."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a course; `path` is relative to the course folder."""

    path: str
    media_type: str
    data: bytes
    width: int
    height: int
    sha256: str


def read_image(path: str, data: bytes) -> Image | None:
    """The image in a file, or None when its content is not what its name promises."""
    measured = measure(data)
    if measured is None or measured[0] != MEDIA_TYPES.get(path.rpartition(".")[2]):
        return None
    media_type, width, height = measured
    return Image(path, media_type, data, width, height, sha256(data).hexdigest()) if width and height else None


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Media type, width and height by the headers of the PNG, JPEG and WebP formats; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        size = _png_size(data)
        return ("image/png", *size) if size else None
    if data.startswith(b"\xff\xd8\xff"):
        size = _jpeg_size(data)
        return ("image/jpeg", *size) if size else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = _webp_size(data)
        return ("image/webp", *size) if size else None
    return None


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height begin the IHDR chunk, which is the first one (PNG, section 11.2.2)."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """The first frame header holds them (ITU-T T.81, B.2.2); segments before it are skipped by their length."""
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in JPEG_ALONE:
            place += 2
        elif marker in JPEG_FRAMES:
            return int.from_bytes(data[place + 7 : place + 9]), int.from_bytes(data[place + 5 : place + 7])
        else:
            place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4]))
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """The three kinds of first chunk: extended, lossless and lossy (RFC 9649, section 2; RFC 6386, section 9.1)."""
    if len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return None
