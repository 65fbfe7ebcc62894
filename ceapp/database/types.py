"""The column types that more than one feature needs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, Dialect, TypeDecorator, Uuid
from sqlalchemy.orm import mapped_column

from ceapp.database.ids import new_id


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, in UTC on both engines; a naive one is a mistake and raises."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone reached the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
"""The primary key of a table."""

Instant = Annotated[datetime, mapped_column(UtcDateTime)]
"""A moment, as UTC; `Mapped[Instant | None]` is not understood, so name `UtcDateTime` in a nullable column."""

Json = Annotated[dict[str, Any], mapped_column(JSON)]
