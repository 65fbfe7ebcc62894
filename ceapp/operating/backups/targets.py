"""Where a database is restored to: the present one gives way and is kept, the restored one is brought up to this version.

SQLite is made ready beside the present database, and takes its name in one step. PostgreSQL is restored into a schema of the same name
in the same database, while what was there has another name; when that fails, it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.orm import Session

from ceapp.config import Settings
from ceapp.database.migrate import migrate, one_at_a_time, revision_of, upgrade
from ceapp.errors import Refused, Unsafe
from ceapp.operating.backups import postgres, sqlite
from ceapp.operating.backups.contents import contents_of, has_people
from ceapp.operating.backups.making import database_path, engine_of, first_line
from ceapp.operating.backups.manifest import Manifest
from ceapp.operating.presence import is_half_restored, note_finished, note_restore

Finish = Callable[[Session], None]
"""What is written into the restored database before anybody sees it."""

NOT_ITS_COUNTS = "The restored database does not hold the rows that the backup names."


@dataclass(frozen=True, slots=True)
class SqliteTarget:
    """The database file of an instance."""

    settings: Settings
    path: Path

    engine = "sqlite"

    @property
    def folder(self) -> Path:
        """Where the parts are unpacked: beside the database, so that giving it the name is one step."""
        return self.path.parent

    def is_occupied(self) -> bool:
        """Whether there are people; a database that cannot be read may hold some."""
        if not self.path.exists():
            return False
        try:
            with sqlite.reading(self.path) as connection:
                return has_people(connection)
        except DatabaseError:
            return True

    def is_free(self, aside: str) -> bool:
        """Whether nothing was kept under that name yet."""
        return not (self.folder / aside).exists()

    def refuse_unfit(self, described: Manifest) -> None:
        """Nothing to refuse: every SQLite database fits."""

    def restore(self, unpacked: Path, described: Manifest, aside: str, finish: Finish) -> str:
        """Put the unpacked database in place; where the present one is kept, or nothing."""
        fresh = unpacked / described.database
        self._prepare(fresh, described, finish)
        undone = _undoing(self.settings.instance_path)
        note_restore(self.settings.instance_path)
        try:
            if self.path.exists():
                sqlite.settle(self.path)
        except Refused:
            undone()
            raise
        had_any = sqlite.put_in_place(fresh, self.path, self.folder / aside)
        return str(self.folder / aside) if had_any else ""

    def _prepare(self, fresh: Path, described: Manifest, finish: Finish) -> None:
        """Nobody sees the database yet, so whatever goes wrong here changes nothing."""
        sqlite.refuse_faulty(fresh, "The database in the backup")
        with sqlite.reading(fresh) as connection:
            if contents_of(connection).counts != described.counts:
                raise Unsafe(NOT_ITS_COUNTS)
        with engine_of(_at(self.settings, fresh)) as engine:
            migrate(engine, fresh.with_name("migrate.lock"))
            with Session(engine) as session, session.begin():
                finish(session)
        sqlite.settle(fresh)
        sqlite.refuse_faulty(fresh, "The restored database")


@dataclass(frozen=True, slots=True)
class PostgresTarget:
    """A schema of a PostgreSQL database."""

    settings: Settings

    engine = "postgresql"

    @property
    def folder(self) -> Path:
        return self.settings.instance_path

    def is_occupied(self) -> bool:
        with _told(), engine_of(self.settings) as engine, engine.connect() as connection:
            return has_people(connection)

    def is_free(self, aside: str) -> bool:
        """Whether nothing was kept under that name yet."""
        with _told(), engine_of(self.settings) as engine, engine.connect() as connection:
            return not (inspect(connection).has_schema(_schema(aside)) or (self.folder / aside).exists())

    def refuse_unfit(self, described: Manifest) -> None:
        """Raise Unsafe or Refused for what can be known before anything is changed."""
        with _told(), engine_of(self.settings) as engine, engine.connect() as connection:
            postgres.Tools(self.settings, postgres.server_version(connection))
            present = postgres.namespace_of(connection)
            postgres.refuse_others(connection)
        if present != described.namespace:
            raise Refused(f"The backup is of the schema {described.namespace}, and the database here uses {present}. Nothing was changed.")

    def restore(self, unpacked: Path, described: Manifest, aside: str, finish: Finish) -> str:
        """Restore into the schema; the name under which the present one is kept, or nothing."""
        instance = self.settings.instance_path
        kept = _schema(aside)
        with (
            _told(),
            engine_of(self.settings) as engine,
            engine.connect() as connection,
            one_at_a_time(connection, instance / "migrate.lock"),
        ):
            tools = postgres.Tools(self.settings, postgres.server_version(connection))
            postgres.refuse_others(connection)
            begun, undone = partial(note_restore, instance), _undoing(instance)
            with postgres.emptied(connection, described.namespace, kept, begun=begun, undone=undone) as had_tables:
                tools.load(unpacked / described.database, unpacked)
                _bring_up(connection, described, finish)
        return f"the schema {kept}" if had_tables else ""


def _bring_up(connection: Connection, described: Manifest, finish: Finish) -> None:
    if contents_of(connection).counts != described.counts:
        raise Unsafe(NOT_ITS_COUNTS)
    connection.commit()
    if revision_of(connection) != described.schema:
        raise Unsafe("The restored database is of another version than the backup says.")
    upgrade(connection)
    with Session(connection) as session:
        finish(session)
        session.commit()
    connection.commit()


Target = SqliteTarget | PostgresTarget


def target_of(settings: Settings) -> Target:
    path = database_path(settings)
    return SqliteTarget(settings, path) if path else PostgresTarget(settings)


def _undoing(instance: Path) -> Callable[[], None]:
    """What takes the note of this restore back; that of an earlier one, which did not finish, stays."""
    return partial(note_finished, instance) if not is_half_restored(instance) else lambda: None


def _schema(aside: str) -> str:
    """The name for a schema, which needs no quotes so."""
    return aside.replace("-", "_").lower()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DBAPIError as problem:
        raise Unsafe(f"The database did not do what the restore needs: {first_line(problem)}") from problem


def _at(settings: Settings, path: Path) -> Settings:
    return replace(settings, database_url=f"sqlite:///{path}")
