"""What an image is, is told by its content."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceapp.scenarios.images import Image, measure, read_image
from tests.scenarios.folder_cases import png

JPEG = bytes.fromhex("ffd8 ffe0 0010 4a464946 0001 0100 0001 0001 0000 ffc0 0011 08 0007 0009 03 012200 021101 031101 ffd9")
WEBP_LOSSY = b"RIFF\x1e\0\0\0WEBPVP8 \x12\0\0\0\x30\x01\0\x9d\x01\x2a\x05\x00\x03\x00" + b"\0" * 8
WEBP_LOSSLESS = b"RIFF\x1e\0\0\0WEBPVP8L\x12\0\0\0\x2f\x04\x80\x00\x00" + b"\0" * 8
WEBP_EXTENDED = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\x00\0\0\0\x04\0\0\x02\0\0" + b"\0" * 8


@pytest.mark.parametrize(
    ("data", "measured"),
    [
        (png(12, 3), ("image/png", 12, 3)),
        (JPEG, ("image/jpeg", 9, 7)),
        (WEBP_LOSSY, ("image/webp", 5, 3)),
        (WEBP_LOSSLESS, ("image/webp", 5, 3)),
        (WEBP_EXTENDED, ("image/webp", 5, 3)),
        (b"", None),
        (b"GIF89a\x01\0\x01\0", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (png()[:20], None),
        (JPEG[:12], None),
        (WEBP_LOSSY[:24], None),
    ],
)
def test_measure(data: bytes, measured: tuple[str, int, int] | None) -> None:
    assert measure(data) == measured


def test_f6_the_name_must_fit_the_content() -> None:
    data = png(12, 3)
    assert read_image("images/a.png", data) == Image("images/a.png", "image/png", data, 12, 3, sha256(data).hexdigest())
    assert read_image("images/a.jpg", data) is None
    assert read_image("images/a.jpeg", JPEG) is not None
    assert read_image("images/a.png", png(0, 3)) is None


@given(st.sampled_from([b"", png(), JPEG, WEBP_LOSSY, WEBP_EXTENDED, b"\xff\xd8\xff"]), st.binary(max_size=64), st.integers(0, 64))
def test_no_bytes_are_too_strange(start: bytes, data: bytes, place: int) -> None:
    measure(start[:place] + data + start[place:])
