"""What the README of everything about oneself says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from textwrap import wrap

_WIDTH = 78

_HEAD = """EVERYTHING ABOUT YOU

This file holds what the server {address} has on record about
{name}, made on {made_on}.

Each .json file is one table of the server's database: only the rows that are
about you, in the words and numbers in which they are kept. Times are UTC.
"me" is you. Other people are "somebody else", but for those who opened, made,
read or signed something of yours.

FOR READING

  transcript.csv           What you completed, with every certificate and
                           whether it counts.
  training-record-....csv  What you did for an organisation.
  attempt-....json         Each attempt that is over, as it was: texts,
                           choices in the order shown, what you chose, scores.
                           Of closing cases that you have not passed yet,
                           without the key.
  ....pdf                  The certificates that count, with manifest.csv;
                           not-included.txt where one could not be printed.

FOR THE RECORD
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the README says of one table: what its rows are, how many there are, and what is left out of them and why."""

    table: str
    words: tuple[str, ...]
    rows: int
    left_out: Mapping[str, str]


def readme(*, name: str, address: str, made_on: str, tables: Iterable[Told], nobodys: Mapping[str, str], in_office: str) -> str:
    """The README as plain text."""
    parts = [_HEAD.format(name=name, address=address, made_on=made_on)]
    parts += [_told(each) for each in tables]
    parts.append("WHAT IS NOT IN IT\n")
    parts += ["\n".join(wrap(in_office, _WIDTH)) + "\n"]
    parts += [f"{_item(f'{table}: {reason}.')}\n" for table, reason in sorted(nobodys.items())]
    return "\n".join(parts)


def _told(told: Told) -> str:
    head = f"{told.table}.json ({told.rows} {'row' if told.rows == 1 else 'rows'})"
    left = [_item(f"left out: {column}, because: {reason}.") for column, reason in sorted(told.left_out.items())]
    return "\n".join([head, *(_item(each) for each in told.words), *left]) + "\n"


def _item(text: str) -> str:
    return "\n".join(wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    "))
