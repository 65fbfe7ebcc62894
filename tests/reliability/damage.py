"""Taking the protection out of a database: what a control needs to show that the checker would see what the protection prevents."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import Engine, UniqueConstraint, select
from sqlalchemy.orm import Session

from ceapp.database import Model, new_id


def unprotected(engine: Engine, *tables: type[Model]) -> None:
    """Put each table's rows into a table without triggers, checks, foreign keys and unique keys, of the same name."""
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            cursor.execute("PRAGMA foreign_keys=OFF")
        for table in tables:
            name = table.__tablename__
            cursor.execute(f"CREATE TABLE bare AS SELECT * FROM {name}")
            cursor.execute(f"DROP TABLE {name}" + ("" if sqlite else " CASCADE"))
            cursor.execute(f"ALTER TABLE bare RENAME TO {name}")
            for number, key in enumerate(_keys_pointed_to(table)):
                cursor.execute(f"CREATE UNIQUE INDEX bare_{name}_{number} ON {name} ({', '.join(key)})")
        connection.commit()
        connection.close()
    engine.dispose()


def _keys_pointed_to(table: type[Model]) -> list[list[str]]:
    """The primary key, and the keys that hold it: other tables point to them, and they protect nothing more."""
    primary = [column.name for column in table.__table__.primary_key]
    unique = [each for each in table.__table__.constraints if isinstance(each, UniqueConstraint)]  # type: ignore[attr-defined]
    wider = [[column.name for column in each.columns] for each in unique]
    return [primary, *(each for each in wider if set(primary) < set(each))]


def again(session: Session, row: Model, **changes: Any) -> None:
    """Insert the row once more, under another id."""
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    session.execute(row.__table__.insert().values({**values, "id": new_id(), **changes}))


def one(session: Session, table: type[Model], **values: Any) -> Any:
    """Some row with these values."""
    return session.scalars(select(table).filter_by(**values).limit(1)).one()


Deed = Callable[[Session], None]
