"""The name of a revision: a hash of what it is made of, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256


def revision_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256, in hex, over the list of `SHA-256 of the content, two spaces, path, line feed`, sorted by path in code point order.

    Texts are given as UTF-8 with LF line ends and no byte order mark. The list is what `sha256sum` prints, so a revision can be
    checked by hand. Raises ValueError for a path with a line end or a backslash, which would make two lists look alike.
    """
    lines = [f"{sha256(files[path]).hexdigest()}  {_plain(path)}\n" for path in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()


def _plain(path: str) -> str:
    if not path or any(character in path for character in "\n\r\\\0"):
        raise ValueError(f"{path!r} cannot be a path of a revision.")
    return path
