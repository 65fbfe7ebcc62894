"""A list of people to invite, as an organisation keeps it: a small CSV file or a pasted table, read line by line. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.names import cleaned_name, problem_of_name
from ceapp.web.spreadsheets import starts_formula

MOST_LINES = 2000
MOST_BYTES = 512_000
LONGEST_LINE = 1000
ROLES = ("trainee", "supervisor", "administrator")

TOO_LARGE = f"This is larger than {MOST_BYTES // 1000} kB. Divide the list and send the parts one after the other. Nobody was invited."
TOO_MANY = f"This list has more than {MOST_LINES} lines. Divide it and send the parts one after the other. Nobody was invited."
NO_LINES = "There is no line with a person in this list. Nobody was invited."
NO_TEXT = "This file is not text: save the table as CSV in your spreadsheet program and choose that file. Nobody was invited."

_LINE_END = re.compile(r"\r\n|\r|\n")
_BETWEEN_ROLES = re.compile(r"[\s,;/+&|]+")
_COLUMNS = {
    "email": ("email", "e-mail", "mail", "e-mail address", "email address", "address"),
    "name": ("name", "full name"),
    "roles": ("role", "roles"),
}
_ROLE_WORDS = {word: role for role in ROLES for word in (role, f"{role}s")} | {"admin": "administrator", "admins": "administrator"}


class Standing(StrEnum):
    """What inviting an address comes to. It tells of this organisation only, never whether an address has an account."""

    NEW = "new"
    HERE = "in this organisation already"
    INVITED = "invited already"


class Unreadable(ValueError):
    """The list as a whole cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list; `problem` says why the line is refused, and is empty when nothing is wrong with it."""

    number: int
    email: str
    name: str
    roles: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A line and what would come of it now; no standing when it is refused."""

    line: Line
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Review:
    """A list that was looked over, before anything is done with it."""

    lines: tuple[Looked, ...]

    @property
    def new(self) -> list[Line]:
        """The lines whose people would be invited."""
        return [each.line for each in self.lines if each.standing is Standing.NEW]

    def count(self, standing: Standing | None) -> int:
        return sum(each.standing is standing for each in self.lines)


def reviewed(lines: Iterable[Line], standings: Mapping[str, Standing]) -> Review:
    """The list with what would come of each line."""
    return Review(tuple(Looked(line, None if line.problem else standings[line.email]) for line in lines))


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or in Windows-1252. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable(NO_TEXT)


def lines_of(text: str) -> list[Line]:
    """Every line that is not blank, with its roles and its problem. Raises Unreadable for a list that is too long or empty."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    numbered = [(number, row) for number, row in enumerate(_LINE_END.split(text.removeprefix("\ufeff")), 1) if row.strip(' \t,;"')]
    if not numbered:
        raise Unreadable(NO_LINES)
    separator = _separator(numbered[0][1])
    places = _header(_cells(numbered[0][1], separator))
    people = numbered[1:] if places else numbered
    if len(people) > MOST_LINES:
        raise Unreadable(TOO_MANY)
    if not people:
        raise Unreadable(NO_LINES)
    return _without_twins(_line(number, row, separator, places) for number, row in people)


def as_text(lines: Iterable[Line]) -> str:
    """The lines as a list that reads back as the same lines."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["email", "name", "roles"])
    writer.writerows([line.email, line.name, " ".join(line.roles)] for line in lines)
    return text.getvalue()


def roles_named(text: str) -> tuple[tuple[str, ...], str]:
    """The roles that a cell names, in their order, and what is wrong with it."""
    words = [word for word in _BETWEEN_ROLES.split(text.lower()) if word and word != "and"]
    unknown = [word for word in words if word not in _ROLE_WORDS]
    if unknown:
        return (), f"“{unknown[0][:40]}” is no role: write trainee, supervisor or administrator."
    named = {_ROLE_WORDS[word] for word in words}
    return tuple(role for role in ROLES if role in named), "" if named else "No role: write trainee, supervisor or administrator."


def _line(number: int, row: str, separator: str, places: dict[str, int] | None) -> Line:
    if len(row) > LONGEST_LINE:
        return Line(number, row[:60], "", (), f"This line is longer than {LONGEST_LINE} characters.")
    cells = _cells(row, separator)
    places, most = places or {"email": 0, "name": 1, "roles": 2}, len(cells) if places else 3
    if any(cells[most:]):
        return Line(number, cells[0], "", (), "There are more than three columns: e-mail address, name, roles.")
    written = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
    email = normalised_email(written["email"])
    roles, problem_of_roles = roles_named(written.get("roles", ""))
    name = cleaned_name(written.get("name", ""))
    problem = (
        ("" if email else "This is not a whole e-mail address.") or _problem_of_name(written.get("name", ""), name) or problem_of_roles
    )
    return Line(number, email or cleaned_name(written["email"]), name, roles, problem)


def _problem_of_name(written: str, name: str) -> str:
    if not name:
        return ""
    if starts_formula(written):
        return "The name begins like a formula of a spreadsheet."
    return problem_of_name(name)


def _without_twins(lines: Iterable[Line]) -> list[Line]:
    first: dict[str, int] = {}
    kept: list[Line] = []
    for line in lines:
        twin = first.setdefault(line.email, line.number) if not line.problem else line.number
        kept.append(line if twin == line.number else replace(line, problem=f"This address is in line {twin} already."))
    return kept


def _separator(row: str) -> str:
    return next((mark for mark in ("\t", ";") if mark in row), ",")


def _cells(row: str, separator: str) -> list[str]:
    """One line at a time, so that a forgotten quotation mark spoils no other line."""
    return [cell.strip() for cell in next(csv.reader([row], delimiter=separator, skipinitialspace=True), [])] or [""]


def _header(cells: list[str]) -> dict[str, int] | None:
    """Where each column is, when the first line names them."""
    words = [cell.lower().strip(" *:") for cell in cells]
    places = {column: next((i for i, word in enumerate(words) if word in names), -1) for column, names in _COLUMNS.items()}
    return {column: place for column, place in places.items() if place >= 0} if places["email"] >= 0 else None
