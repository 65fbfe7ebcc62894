from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.certificates.signatures import DAMAGED, INTERLACED, MOST_BYTES, NOT_PNG, TOO_LARGE, cleaned_png
from tests.certificates.conftest import chunk, png

MAGIC = b"\x89PNG\r\n\x1a\n"


def picture(
    *, width: int = 2, height: int = 2, depth: int = 8, colour: int = 0, interlaced: int = 0, rows: bytes | None = None, middle: bytes = b""
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    data = zlib.compress(b"\0\0\0" * height if rows is None else rows)
    return MAGIC + chunk(b"IHDR", header) + middle + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_f6_only_what_draws_is_kept() -> None:
    noisy = png(extra=chunk(b"tEXt", b"Author\0Ida") + chunk(b"eXIf", b"GPS") + chunk(b"iCCP", b"x"))
    cleaned = cleaned_png(noisy + b"<script>trailing</script>")
    assert cleaned == cleaned_png(png())
    assert cleaned_png(cleaned) == cleaned
    assert not any(word in cleaned for word in (b"Ida", b"GPS", b"script", b"tEXt"))


def test_a_palette_with_transparency() -> None:
    parts = chunk(b"PLTE", b"\0\0\0\xff\xff\xff") + chunk(b"tRNS", b"\xff\0")
    cleaned = cleaned_png(picture(colour=3, middle=parts))
    assert b"PLTE" in cleaned
    assert b"tRNS" in cleaned


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", NOT_PNG),
        (b"GIF89a" + b"x" * 40, NOT_PNG),
        (b"<svg onload=alert(1)>", NOT_PNG),
        (MAGIC, DAMAGED),
        (png()[:-20], DAMAGED),
        (png().replace(b"IDAT", b"IDAX"), DAMAGED),
        (MAGIC + chunk(b"IDAT", b"") + png()[8:], DAMAGED),
        (picture(rows=b"\0\0\0"), DAMAGED),
        (picture(rows=b"\0\0\0" * 3), DAMAGED),
        (picture(rows=b"\x09\0\0" * 2), DAMAGED),
        (picture(depth=3), DAMAGED),
        (picture(colour=5), DAMAGED),
        (picture(colour=3), DAMAGED),
        (picture(width=0), DAMAGED),
        (picture(interlaced=1), INTERLACED),
        (picture(width=20_000, height=20_000, rows=b""), TOO_LARGE),
        (picture(width=4_000_000_000, height=4_000_000_000, rows=b""), TOO_LARGE),
        (MAGIC + b"x" * MOST_BYTES, TOO_LARGE),
        (picture(rows=b"\0" * 50_000_000), DAMAGED),  # a bomb: only as much is unpacked as the header allows
    ],
)
def test_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match="picture") as refused:
        cleaned_png(data)
    assert str(refused.value) == sentence


@given(st.binary(max_size=300))
def test_f6_anything_is_refused_with_a_sentence(tail: bytes) -> None:
    with pytest.raises(ValueError, match="picture"):
        cleaned_png(MAGIC + tail)


@given(st.integers(0, len(png()) - 1), st.integers(1, 255))
def test_a_flipped_byte_never_passes_unnoticed(place: int, change: int) -> None:
    data = bytearray(png())
    data[place] ^= change
    with suppress(ValueError):
        assert cleaned_png(bytes(data)) == cleaned_png(png())
