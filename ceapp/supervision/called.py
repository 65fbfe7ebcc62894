"""What people are called on the pages of their organisation."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func

from ceapp.accounts.models import Person


def called(person: type[Person]) -> ColumnElement[str]:
    """The name of the account, or the address while there is none."""
    return func.coalesce(func.nullif(person.name, ""), person.email)
