"""Rules that the database itself keeps, whatever the code above does: rows that must not change, or only in part.

One declared list, for both engines. Every migration reinstalls it; a test compares it with what is in the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, inspect

APPEND_ONLY = (
    "accommodation_grant",
    "accommodation_reading",
    "acknowledgement",
    "adoption",
    "adoption_person",
    "answer",
    "approval_version",
    "approval_withdrawal",
    "attachment",
    "audit_entry",
    "audit_seal",
    "ce_broker_setting",
    "certificate",
    "certificate_revocation",
    "completion",
    "completion_requirement",
    "course_offer",
    "course_revision",
    "course_revision_scenario",
    "extension",
    "image",
    "provider_facts",
    "record_opening",
    "reflection_reading",
    "released_pass",
    "rendition",
    "scenario_revision",
    "scenario_revision_image",
    "score",
    "sign_off",
)
"""Tables whose rows are never rewritten or removed."""

FROZEN_COLUMNS = {
    "accommodation_answer": ("id", "request_id", "number", "status", "form_key", "set_at", "set_by"),
    "accommodation_request": ("id", "person_id", "course_slug", "form_key", "asked_at"),
    "grievance": ("id", "person_id", "about", "course_slug", "form_key", "filed_at"),
    "grievance_answer": ("id", "grievance_id", "number", "status", "outcome", "form_key", "set_at", "set_by"),
    "assigned_scenario": ("assignment_id", "position", "organisation_id", "course_slug", "scenario_slug", "title", "due_on"),
    "assignment": (
        "id",
        "organisation_id",
        "kind",
        "title",
        "time_zone",
        "attempts",
        "accepts_own_pass",
        "form_key",
        "assigned_by",
        "assigned_at",
    ),
    "attempt": (
        "id",
        "series_id",
        "number",
        "allowed",
        "scenario_revision_id",
        "option_order",
        "pass_mark",
        "scoring",
        "began_at",
        "form_key",
    ),
    "attempt_grant": ("id", "series_id", "granted_by", "granted_at", "form_key"),
    "ce_broker_entry": ("id", "person_id", "course_slug", "cycle", "licence_key"),
    "ce_broker_file": ("id", "number", "kind", "lines", "sha256", "form_key", "made_at", "made_by"),
    "ce_broker_line": ("file_id", "row", "entry_id"),
    "certificate_deed": ("id", "certificate_id", "deed", "done_at", "done_by", "form_key"),
    "course_review": ("id", "person_id", "course_slug", "board", "form_key", "invited_at", "invited_by", "expires_at"),
    "correction_request": ("id", "certificate_id", "asked_at"),
    "hold_lifting": ("hold_id", "lifted_at", "lifted_by"),
    "legal_hold": ("id", "kind", "person_id", "course_slug", "placed_at", "placed_by", "form_key"),
    "membership": ("id", "organisation_id", "person_id"),
    "text_removal": ("id", "kind", "text_id", "words", "form_key", "removed_at", "removed_by"),
    "second_factor_reset": ("id", "person_id", "reset_by", "reset_at", "form_key"),
    "supervision": ("id", "organisation_id", "supervisor_id", "trainee_id", "scope", "first_day", "made_by", "made_at"),
    "task": ("id", "organisation_id", "assignment_id", "position", "trainee_id", "series_purpose"),
    "transcript_copy": ("id", "person_id", "made_by", "made_at", "form_key"),
    "series": ("id", "person_id", "enrolment_id", "course_slug", "scenario_slug", "purpose", "is_closing"),
    "attestation": ("id", "enrolment_id", "statement", "seconds_worked", "attested_at"),
    "enrolment_payment": ("id", "enrolment_id", "version", "refund", "refund_on", "form_key", "set_at", "set_by"),
    "enrolment_way": ("enrolment_id", "way", "offer_id", "voucher_id", "enrolled_by"),
    "voucher": ("id", "batch_id", "number", "code_hash"),
    "voucher_batch": ("id", "course_slug", "label", "size", "last_day", "form_key", "made_at", "made_by"),
    "enrolment": ("id", "person_id", "course_slug", "cycle", "began_at"),
}
"""Columns that keep their first value; the other columns of the table may change. The rows are never removed."""


def install_triggers(connection: Connection) -> None:
    """Drop and create every trigger that is declared here, for the tables and columns that exist: migrations come one by one."""
    for name in installed_triggers(connection):
        _drop(connection, name)
    look = inspect(connection)
    present = {table: {column["name"] for column in look.get_columns(table)} for table in look.get_table_names()}
    for name, statements in trigger_statements(connection.dialect.name, present).items():
        if name.split("__")[0].removeprefix("keep_") in present:
            for statement in statements:
                connection.exec_driver_sql(statement)


def installed_triggers(connection: Connection) -> set[str]:
    """The names of this module's triggers in the database."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'keep\\_%' ESCAPE '\\'")
    else:
        rows = connection.exec_driver_sql(
            "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
            " AND relnamespace = current_schema()::regnamespace AND starts_with(tgname, 'keep_')"
        )
    return {row[0] for row in rows}


def trigger_statements(dialect: str, present: Mapping[str, Collection[str]] | None = None) -> dict[str, list[str]]:
    """SQL of every declared trigger by name, which is `keep_TABLE__DEED`; with `present`, of the columns that a table has now."""
    wanted: dict[str, list[str]] = {}
    for table in APPEND_ONLY:
        for deed in ("update", "delete"):
            wanted[f"keep_{table}__{deed}"] = _statement(dialect, table, deed, "")
    for table, columns in FROZEN_COLUMNS.items():
        kept = [column for column in columns if present is None or column in present.get(table, columns)]
        changed = " OR ".join(_differs(dialect, column) for column in kept)
        wanted[f"keep_{table}__update"] = _statement(dialect, table, "update", changed)
        wanted[f"keep_{table}__delete"] = _statement(dialect, table, "delete", "")
    return wanted


def _differs(dialect: str, column: str) -> str:
    if dialect == "sqlite":
        return f"OLD.{column} IS NOT NEW.{column}"
    return f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text"


def _statement(dialect: str, table: str, deed: str, condition: str) -> list[str]:
    name, when = f"keep_{table}__{deed}", f" WHEN ({condition})" if condition else ""
    message = f"{table} rows are kept as they were written"
    head = f"CREATE TRIGGER {name} BEFORE {deed.upper()} ON {table} FOR EACH ROW{when}"
    if dialect == "sqlite":
        return [f"{head} BEGIN SELECT RAISE(ABORT, '{message}'); END"]
    function = (
        "CREATE OR REPLACE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
        " MESSAGE = TG_TABLE_NAME || ' rows are kept as they were written', ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    return [function, f"{head} EXECUTE FUNCTION keep_row()"]


def _drop(connection: Connection, name: str) -> None:
    table = name.split("__", maxsplit=1)[0].removeprefix("keep_")
    on_table = f" ON {table}" if connection.dialect.name != "sqlite" else ""
    connection.exec_driver_sql(f"DROP TRIGGER {name}{on_table}")
