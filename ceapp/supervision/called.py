"""What people are called on the pages of their organisation, and how they are found by it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_

from ceapp.accounts.models import Person


def called(person: type[Person]) -> ColumnElement[str]:
    """The name of the account, or the address while there is none."""
    return func.coalesce(func.nullif(person.name, ""), person.email)


def contains(person: type[Person], search: str) -> ColumnElement[bool]:
    """Whether a person's name or address holds what was typed."""
    return or_(person.name.icontains(search, autoescape=True), person.email.icontains(search, autoescape=True))
