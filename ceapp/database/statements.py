"""What a statement in SQL says about whose rows it wants, as far as `scope` needs to know. Pure; read once for each text of a statement.

It is no parser: it finds every place where an organisation's table is named, and the comparisons that tie that place to an id. A place
that it cannot tie is refused, so what it does not understand fails closed. It cannot see that an OR or a NOT undoes a comparison.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

Place = int | str
"""Of a bound value: its number from 0, or its name."""

OWN_COLUMNS = ("person_id", "trainee_id", "supervisor_id", "colleague_id", "reader_id")
"""By these a person asks for their own rows in every organisation. Who made or changed a row does not own it."""

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_VALUE = r"(?:\?|%\(\w+\)s)(?:::\w+(?:\s+\w+)*?)?"
_PLACE = re.compile(r"\?|%\((\w+)\)s")
_NAME = r"[\"`\[]?(\w+)[\"`\]]?"
_KEYWORDS = (
    "where|on|join|inner|left|right|full|cross|natural|set|values|default|select|as|order|group|having|limit|offset|for|union|intersect"
    "|except|using|returning|window"
)
_ALIAS = rf"(?:\s+(?:AS\s+)?(?!(?:{_KEYWORDS})\b){_NAME})?"


@dataclass(frozen=True, slots=True)
class Column:
    """The `organisation_id` of what a name stands for, in the place of a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Guard:
    """That one place of a table is compared with bound values: all of them have to be in the scope."""

    name: str
    values: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """`needed`: how often each name stands for rows of an organisation. `links`: pairs of names whose organisation is the same.

    `derived` names hold what a part of the statement found, which is read by itself. `inserted`: for each new row the value of its
    organisation; None when it could not be found.
    """

    needed: Counter[str]
    guards: tuple[Guard, ...]
    links: tuple[tuple[str, str], ...]
    derived: frozenset[str]
    inserted: tuple[Place | Column | None, ...] = ()


class Reader:
    """Reads statements, knowing the names of the organisations' tables, and their columns that tell of which organisation a row is.

    `roots`: from table and column to the key that it stands for. The database keeps such keys within one organisation, so that two
    rows with the same one are of the same organisation.
    """

    def __init__(self, tables: Iterable[str], roots: Mapping[tuple[str, str], str] | None = None) -> None:
        tables = tuple(tables)
        self._roots = roots or {}
        names = "|".join(sorted(tables, key=len, reverse=True))
        self._tables = re.compile(
            rf"(?:\b(?:FROM|JOIN|INTO|UPDATE|USING|ONLY|LATERAL|TABLE)\b|[,(])\s*(?:ONLY\s+)?(?:{_NAME}\s*\.\s*)?"
            rf"[\"`\[]?\b({names})\b[\"`\]]?(?!\s*[.=]){_ALIAS}",
            re.IGNORECASE,
        )
        self._mentioned = re.compile(rf"\b({names})\b", re.IGNORECASE)
        self._used = re.compile(rf"(?<![\w.])[\"`\[]?({names})[\"`\]]?\s*\.", re.IGNORECASE)

    def read(self, statement: str) -> Reading | None:
        """None when it names no table of an organisation."""
        if self._mentioned.search(statement) is None:
            return None
        text = _LITERAL.sub("''", _COMMENT.sub(" ", statement))
        tables = dict(self._names(text))
        needed = Counter(name for name, _ in self._names(text))
        if not needed:
            return None
        into = re.match(r"\s*(?:WITH\b.*?\)\s*)?INSERT\s+INTO\s+", text, re.IGNORECASE | re.DOTALL)
        target = self._tables.search(text, into.end() - 5) if into else None
        derived = frozenset(name.lower() for pair in _DERIVED.findall(text) for name in pair if name)
        inserted: tuple[Place | Column | None, ...] = ()
        if target is not None and into is not None and target.start() < into.end():
            needed[_alias(target)] -= 1
            inserted = _inserted(text, target)
        only = next(iter(+needed), "") if sum((+needed).values()) == 1 else ""
        organisations = frozenset((alias or "organisation").lower() for alias in _ORGANISATIONS.findall(text))
        guards = (*_guards(text, only), *_guards_of_organisations(text, organisations))
        links = tuple(self._links(text, tables, organisations))
        return Reading(+needed, guards, links, derived - set(needed) - organisations, inserted)

    def _names(self, text: str) -> Iterator[tuple[str, str]]:
        """Every name that stands for a table, with the table; as often as it is introduced."""
        found = [(_alias(match), match.group(2).lower()) for match in self._tables.finditer(text) if not _is_column(text, match)]
        yield from found
        # Used and never introduced in a way that is understood: then nothing may be said for it.
        yield from ((name, name) for name in {name.lower() for name in self._used.findall(text)} - {name for name, _ in found})

    def _links(self, text: str, tables: Mapping[str, str], organisations: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Pairs of names whose rows are of one organisation: by `organisation_id`, or by a key that is kept within one."""
        for match in _LINKED.finditer(text):
            one, column, other, other_column = (group.lower() for group in match.groups())
            named = _is_key(one, column, organisations) and _is_key(other, other_column, organisations)
            roots = {self._roots.get((tables.get(one, ""), column)), self._roots.get((tables.get(other, ""), other_column))}
            if named or (len(roots) == 1 and roots != {None}):
                yield one, other


def _is_key(name: str, column: str, organisations: frozenset[str]) -> bool:
    return column == ("id" if name in organisations else "organisation_id")


def _alias(match: re.Match[str]) -> str:
    return (match.group(3) or match.group(2)).lower()


def _is_column(text: str, match: re.Match[str]) -> bool:
    """Whether a bare name after a comma or a bracket is a column or an alias of one, such as `note` in a list of columns."""
    opened = match.group(0)[0]
    if opened not in ",(":
        return False
    if opened == "(":
        return not re.search(r"\bFROM\s*$", text[: match.start()], re.IGNORECASE)
    before = text[: match.start()]
    depth, start = 0, 0
    for position in range(len(before) - 1, -1, -1):
        depth += (before[position] == ")") - (before[position] == "(")
        if depth < 0:
            start = position + 1
            break
    clause = re.findall(r"\b(SELECT|FROM|WHERE|SET|ORDER|GROUP|VALUES|RETURNING|ON|INTO|BY)\b", _flat(before[start:]), re.IGNORECASE)
    return not clause or clause[-1].upper() not in ("FROM", "ON")


def _flat(text: str) -> str:
    """The text without what stands in brackets."""
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"\([^()]*\)", " ", text)
    return text


_DERIVED = re.compile(
    rf"(?:\bWITH\s+(?:RECURSIVE\s+)?|\)\s*,\s*){_NAME}(?:\s*\([^()]*\))?\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(|\)\s+AS\s+{_NAME}",
    re.IGNORECASE,
)
_OWN = "|".join((*OWN_COLUMNS, "organisation_id"))
_COMPARED = re.compile(
    rf"(?:{_NAME}\s*\.\s*)?[\"`\[]?\b({_OWN})\b[\"`\]]?\s*(?:=\s*({_VALUE})|IN\s*\(\s*((?:{_VALUE}\s*,\s*)*{_VALUE})\s*\))", re.IGNORECASE
)
_TURNED = re.compile(rf"({_VALUE})\s*=\s*(?:{_NAME}\s*\.\s*)?[\"`\[]?\b({_OWN})\b", re.IGNORECASE)
_ORGANISATIONS = re.compile(rf"(?:\b(?:FROM|JOIN)\b|,)\s*[\"`\[]?\borganisation\b[\"`\]]?(?!\s*[.=]){_ALIAS}", re.IGNORECASE)
_IDENTIFIED = re.compile(rf"{_NAME}\s*\.\s*[\"`\[]?id[\"`\]]?\s*=\s*({_VALUE})", re.IGNORECASE)
_LINKED = re.compile(rf"{_NAME}\s*\.\s*{_NAME}\s*=\s*{_NAME}\s*\.\s*{_NAME}", re.IGNORECASE)


def _guards(text: str, only: str) -> Iterator[Guard]:
    """The comparisons with bound values; one without a table's name counts where only one place could be meant."""
    for match in _COMPARED.finditer(text):
        if not _sets(text, match.start()):
            yield Guard(
                (match.group(1) or only).lower(), tuple(_places(text, match.start(3) if match.group(3) else match.start(4), match.end()))
            )
    for match in _TURNED.finditer(text):
        yield Guard((match.group(2) or only).lower(), tuple(_places(text, match.start(1), match.end(1))))


def _guards_of_organisations(text: str, organisations: frozenset[str]) -> Iterator[Guard]:
    for match in _IDENTIFIED.finditer(text):
        if match.group(1).lower() in organisations:
            yield Guard(match.group(1).lower(), tuple(_places(text, match.start(2), match.end())))


def _sets(text: str, position: int) -> bool:
    """Whether this is what an UPDATE writes, not what it looks for."""
    clause = re.findall(r"\b(SET|WHERE|ON|SELECT)\b", _flat(text[:position]), re.IGNORECASE)
    return bool(clause) and clause[-1].upper() == "SET"


def _places(text: str, start: int, end: int) -> Iterator[Place]:
    before = text.count("?", 0, start)
    for number, match in enumerate(_PLACE.finditer(text, start, end)):
        yield match.group(1) or before + number


def _inserted(text: str, target: re.Match[str]) -> tuple[Place | Column | None, ...]:
    """Where the organisation of each new row is, in a list of columns and rows of values."""
    columns = re.compile(r"\s*\(([^()]*)\)\s*").match(text, target.end(2) + (text[target.end(2) : target.end(2) + 1] in '"`]'))
    names = [name.strip(' "`[]').lower() for name in columns.group(1).split(",")] if columns else []
    if columns is None or "organisation_id" not in names:
        return (None,)
    index, rest = names.index("organisation_id"), columns.end()
    if re.compile(r"VALUES\b", re.IGNORECASE).match(text, rest):
        return tuple(_value_at(text, *row, index) for row in _rows(text, rest + len("VALUES")))
    chosen = re.compile(r"SELECT\s+(.*?)\s+FROM\b", re.IGNORECASE | re.DOTALL).match(text, rest)
    return (_value_at(text, chosen.start(1), chosen.end(1), index),) if chosen else (None,)


def _rows(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where each bracketed row of values begins and ends."""
    depth = 0
    begun = start
    for match in re.compile(r"[()]|\b(?:ON|RETURNING)\b").finditer(text, start):
        if match.group() == "(":
            depth += 1
            begun = match.end() if depth == 1 else begun
        elif match.group() == ")":
            depth -= 1
            if depth == 0:
                yield begun, match.start()
        elif depth == 0:
            return


_BOUND = re.compile(rf"(?:CAST\()?{_VALUE}(?:\s+AS\s+\w+\))?(?:\s+AS\s+\w+)?", re.IGNORECASE)
_TAKEN = re.compile(rf"{_NAME}\s*\.\s*[\"`\[]?organisation_id[\"`\]]?(?:\s+AS\s+\w+)?", re.IGNORECASE)


def _value_at(text: str, start: int, end: int, index: int) -> Place | Column | None:
    """The bound value at this place of a list, or whose organisation stands there; None when it is something else."""
    depth, begun, seen = 0, start, 0
    for position in range(start, end + 1):
        character = text[position] if position < end else ","
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            if seen == index:
                item = text[begun:position].strip()
                column = _TAKEN.fullmatch(item)
                if column:
                    return Column(column.group(1).lower())
                return next(_places(text, begun, position), None) if _BOUND.fullmatch(item) else None
            seen, begun = seen + 1, position + 1
    return None
