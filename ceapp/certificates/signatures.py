"""The picture of a signature: a PNG that is taken apart and put together again from the parts that draw it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

MOST_BYTES = 200_000
MOST_PIXELS = 2_000_000
_MAGIC = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_FILTERS = 5

NOT_PNG = "This is not a PNG picture. Save the signature as PNG and choose it again."
TOO_LARGE = "The picture is too large: at most 200 kB and two million pixels. A signature needs no more than 1200 by 300."
INTERLACED = "The picture is interlaced, which cannot be printed. Save it without interlacing and choose it again."
DAMAGED = "The picture is damaged. Save the signature as PNG again and choose the new file."


def cleaned_png(data: bytes) -> bytes:
    """The same picture from its drawing parts only. Raises ValueError with a sentence for the person."""
    if len(data) > MOST_BYTES:
        raise ValueError(TOO_LARGE)
    if not data.startswith(_MAGIC):
        raise ValueError(NOT_PNG)
    parts: dict[bytes, bytes] = {}
    for kind, body in _chunks(data):
        if kind in (b"IHDR", b"PLTE", b"tRNS") and kind in parts:
            raise ValueError(DAMAGED)
        parts[kind] = parts.get(kind, b"") + body
    header = parts.get(b"IHDR", b"")
    pixels = _pixels(header, parts)
    kept = [(b"IHDR", header), *((kind, parts[kind]) for kind in (b"PLTE", b"tRNS") if kind in parts)]
    return _MAGIC + b"".join(_chunk(*part) for part in [*kept, (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_MAGIC)
    while place < len(data):
        head = data[place : place + 8]
        if len(head) < 8:
            raise ValueError(DAMAGED)
        length, kind = struct.unpack(">I4s", head)
        body = data[place + 8 : place + 8 + length]
        check = data[place + 8 + length : place + 12 + length]
        if len(check) < 4 or struct.unpack(">I", check)[0] != zlib.crc32(kind + body):
            raise ValueError(DAMAGED)
        if (place == len(_MAGIC)) != (kind == b"IHDR"):
            raise ValueError(DAMAGED)
        if kind == b"IEND":
            return
        yield kind, body
        place += 12 + length
    raise ValueError(DAMAGED)


def _pixels(header: bytes, parts: dict[bytes, bytes]) -> bytes:
    """The filtered rows, which must be exactly as many as the header says."""
    if len(header) != 13:
        raise ValueError(DAMAGED)
    width, height, depth, colour, compression, filtering, interlaced = struct.unpack(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or not width or not height:
        raise ValueError(DAMAGED)
    if width * height > MOST_PIXELS:
        raise ValueError(TOO_LARGE)
    if interlaced:
        raise ValueError(INTERLACED)
    if (colour == 3) != (b"PLTE" in parts) and colour in (0, 3, 4):
        raise ValueError(DAMAGED)
    row = 1 + (width * depth * _CHANNELS[colour] + 7) // 8
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(parts.get(b"IDAT", b""), row * height + 1)
    except zlib.error:
        raise ValueError(DAMAGED) from None
    if len(pixels) != row * height or not unpacking.eof or any(pixels[start] >= _FILTERS for start in range(0, len(pixels), row)):
        raise ValueError(DAMAGED)
    return pixels


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
