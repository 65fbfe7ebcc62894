"""ZIP files that are written front to back open everywhere."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ceapp.web.archives import Entry, zip_stream

MOMENT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_an_archive_opens_and_holds_what_was_put_in() -> None:
    entries = [("one.pdf", b"%PDF one", MOMENT), ("two.csv", b"zwei;drei\n", MOMENT)]
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_stream(entries)))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {name: content for name, content, _ in entries}
        assert archive.getinfo("one.pdf").date_time == (2026, 11, 20, 15, 0, 0)


def test_a_piece_leaves_before_the_next_entry_is_asked_for() -> None:
    asked: list[int] = []

    def entries() -> Iterator[Entry]:
        for number in range(3):
            asked.append(number)
            yield f"{number}.pdf", bytes(1000), MOMENT

    pieces = zip_stream(entries())
    assert len(next(pieces)) > 1000
    assert asked == [0]


@pytest.mark.parametrize("name", ["../up.pdf", "a/b.pdf", "a\\b.pdf", ".hidden"])
def test_f8_a_name_with_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="plain and unique"):
        list(zip_stream([(name, b"", MOMENT)]))


def test_f8_the_same_name_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="plain and unique"):
        list(zip_stream([("a.pdf", b"1", MOMENT), ("a.pdf", b"2", MOMENT)]))
