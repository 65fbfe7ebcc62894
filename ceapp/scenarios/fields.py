"""The entries of a front matter as the values that their keys need; what does not fit is reported once and left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from ceapp.scenarios import frontmatter
from ceapp.scenarios.frontmatter import Mapping, Node, Scalar
from ceapp.scenarios.ids import is_id
from ceapp.scenarios.problems import Problems

E = TypeVar("E", bound=StrEnum)

WHOLE = re.compile(r"[0-9]{1,9}")
DECIMAL = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TEXT_CHARACTERS = 4_000


class Fields:
    """The entries of one mapping. Each method takes a key and gives its value, or the default where it is absent or does not fit."""

    def __init__(self, mapping: Mapping, problems: Problems, known: Collection[str], *, required: Collection[str] = ()) -> None:
        self._mapping = Mapping({key: node for key, node in mapping.entries.items() if not _is_nothing(node)}, mapping.line, mapping.lines)
        self._problems = problems
        for key in mapping.entries:
            if key not in known:
                hint = self._problems.did_you_mean(key, known) or f"known are {', '.join(known)}"
                problems.add("unknown-key", mapping.lines[key], f'the key "{key[:40]}" is not known here', hint=hint)
        for key in required:
            if key not in self._mapping.entries:
                self._report_missing(key)

    def line(self, key: str) -> int:
        """Where a key stands; the beginning of the mapping where it is absent."""
        return self._mapping.lines.get(key, self._mapping.line)

    def has(self, key: str) -> bool:
        return key in self._mapping.entries

    def text(self, key: str, default: str = "") -> str:
        node = self._mapping.entries.get(key)
        return default if node is None else self._text_of(node, key)

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(text for node in self._items(key) if (text := self._text_of(node, key)))

    def id(self, key: str) -> str:
        node = self._mapping.entries.get(key)
        return "" if node is None else self._id_of(node, key)

    def ids(self, key: str) -> tuple[str, ...]:
        return tuple(text for node in self._items(key) if (text := self._id_of(node, key)))

    def whole(self, key: str, default: int, lowest: int, highest: int) -> int:
        node = self._mapping.entries.get(key)
        if node is None:
            return default
        if isinstance(node, Scalar) and WHOLE.fullmatch(node.text) and lowest <= int(node.text) <= highest:
            return int(node.text)
        self._report(node, key, f"a whole number from {lowest} to {highest}")
        return default

    def wholes(self, key: str, lowest: int, highest: int) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = []
        for node in self._items(key):
            if isinstance(node, Scalar) and WHOLE.fullmatch(node.text) and lowest <= int(node.text) <= highest:
                found.append(int(node.text))
            else:
                self._report(node, key, f"a list of whole numbers from {lowest} to {highest}")
        return tuple(found)

    def decimal(self, key: str) -> Decimal | None:
        node = self._mapping.entries.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and DECIMAL.fullmatch(node.text):
            return Decimal(node.text)
        self._report(node, key, "a number such as 1.5")
        return None

    def day(self, key: str) -> date | None:
        node = self._mapping.entries.get(key)
        if node is None:
            return None
        if isinstance(node, Scalar) and DAY.fullmatch(node.text):
            try:
                return date.fromisoformat(node.text)
            except ValueError:
                pass
        self._report(node, key, "a day, year first, such as 2026-11-20")
        return None

    def choice(self, key: str, choices: type[E], default: E) -> E:
        node = self._mapping.entries.get(key)
        if node is None:
            return default
        known = [choice.value for choice in choices]
        if isinstance(node, Scalar) and node.text in known:
            return choices(node.text)
        self._report(node, key, f"one of {', '.join(known)}", hint=self._problems.did_you_mean(_shown(node), known))
        return default

    def group(self, key: str, known: Collection[str], required: Collection[str] = ()) -> Fields | None:
        """The entries of a nested mapping."""
        node = self._mapping.entries.get(key)
        return None if node is None else self._group_of(node, key, known, required)

    def groups(self, key: str, known: Collection[str], required: Collection[str] = ()) -> tuple[Fields, ...]:
        """The entries of each mapping in a list."""
        return tuple(group for node in self._items(key) if (group := self._group_of(node, key, known, required)))

    def refuse(self, key: str, wanted: str, hint: str = "") -> None:
        """Report that the value of a key does not fit."""
        self._problems.add("bad-value", self.line(key), f'"{key}" must be {wanted}', hint=hint)

    def report(self, code: str, key: str, message: str, hint: str = "") -> None:
        """Report a problem of its own kind where a key stands."""
        self._problems.add(code, self.line(key), message, hint=hint)

    def is_word(self, key: str, word: str) -> bool:
        """Whether a key has just this word."""
        node = self._mapping.entries.get(key)
        return isinstance(node, Scalar) and node.text == word

    def is_group(self, key: str) -> bool:
        """Whether a key has a mapping of its own."""
        return isinstance(self._mapping.entries.get(key), Mapping)

    def _items(self, key: str) -> Sequence[Node]:
        node = self._mapping.entries.get(key)
        if node is None:
            return ()
        if isinstance(node, frontmatter.Sequence):
            return node.items
        self._report(node, key, "a list such as [first, second]")
        return ()

    def _text_of(self, node: Node, key: str) -> str:
        if not isinstance(node, Scalar):
            self._report(node, key, "a text", hint="put it between quotation marks if it begins with [ or {")
        elif not node.text.strip():
            self._report_missing(key, node.line)
        elif len(node.text) > TEXT_CHARACTERS:
            self._report(node, key, f"at most {TEXT_CHARACTERS:,} characters long")
        else:
            return node.text.strip()
        return ""

    def _id_of(self, node: Node, key: str) -> str:
        if isinstance(node, Scalar) and is_id(node.text):
            return node.text
        self._report(node, key, "made of lower-case letters, digits, - and _", hint=f'"{_shown(node)}" is not')
        return ""

    def _group_of(self, node: Node, key: str, known: Collection[str], required: Collection[str]) -> Fields | None:
        if isinstance(node, Mapping):
            return Fields(node, self._problems, known, required=required)
        self._report(node, key, f"written with the keys {', '.join(known)}")
        return None

    def _report(self, node: Node, key: str, wanted: str, hint: str = "") -> None:
        self._problems.add("bad-value", node.line, f'"{key}" must be {wanted}', hint=hint)

    def _report_missing(self, key: str, line: int = 0) -> None:
        message = f'"{key}" is empty' if line else f'"{key}" is missing'
        self._problems.add("missing-key", line or self._mapping.line, message, hint=f"add {key}: …")


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.is_quoted and node.text in ("", "~", "null")


def _shown(node: Node) -> str:
    return node.text[:40] if isinstance(node, Scalar) else "this list or group"
