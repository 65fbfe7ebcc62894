"""The name of a revision can be checked by hand."""

from __future__ import annotations

from hashlib import sha256

import pytest

from ceapp.scenarios.revision import revision_hash


def test_it_is_the_hash_of_what_sha256sum_prints() -> None:
    files = {"images/b.png": b"b", "a.md": b"a"}
    listed = f"{sha256(b'a').hexdigest()}  a.md\n{sha256(b'b').hexdigest()}  images/b.png\n"
    assert revision_hash(files) == sha256(listed.encode()).hexdigest()
    assert revision_hash(dict(reversed(files.items()))) == revision_hash(files)


def test_every_change_gives_another_name() -> None:
    names = [revision_hash(files) for files in ({"a": b"1"}, {"a": b"2"}, {"b": b"1"}, {"a": b"1", "b": b""}, {})]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", ["", "a\nb", "a\\b", "a\0", "a\r"])
def test_paths_that_could_make_two_lists_alike_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        revision_hash({path: b""})
