"""Which columns refer to a person: by a foreign key, or by one of the names that are declared here."""

from __future__ import annotations

from sqlalchemy import Table

WITHOUT_KEY = {
    ("assignment", "withdrawn_by"): "the membership is looked at by the service",
    ("audit_entry", "actor_id"): "entries outlive what they name",
    ("cover", "made_by"): "the membership is looked at by the service",
    ("message", "person_id"): "mail knows nothing of accounts",
    ("note", "author_id"): "the membership is looked at by the service",
    ("supervision", "made_by"): "the membership is looked at by the service",
}
"""Columns that hold the id of a person without a foreign key, and why."""

_PEOPLE = {("person", "id"), ("membership", "person_id")}


def people_columns(table: Table) -> set[str]:
    """The columns of a table that hold the id of a person; of `person` its own."""
    by_key = {key.parent.name for key in table.foreign_keys if (key.column.table.name, key.column.name) in _PEOPLE}
    declared = {column for name, column in WITHOUT_KEY if name == table.name}
    return by_key | declared | ({"id"} if table.name == "person" else set())
