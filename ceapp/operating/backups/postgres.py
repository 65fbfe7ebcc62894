"""PostgreSQL: its own programs make and read the dump, and a schema that gives way keeps its tables under another name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import DDL, Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema, DropSchema, ExecutableDDLElement

from ceapp.config import Settings
from ceapp.errors import Refused, Unsafe
from ceapp.operating.backups.contents import Contents, contents_of

OTHERS = "Other programs use the database: stop every server of it first. Nothing was changed."

_NAMES_MORE = 17
_MADE_BY_DRILL = "made by ceapp drill"
_VARIABLES = {"user": "PGUSER", "dbname": "PGDATABASE", "application_name": "PGAPPNAME"}
"""Where the variable is not simply PG and the name in capitals."""


class NoTools(Unsafe):
    """The programs of PostgreSQL are not here, or do not fit the server."""


class Tools:
    """pg_dump and pg_restore, found and fit for the server. Raises NoTools, in one line, when they are not."""

    def __init__(self, settings: Settings, server_version: int) -> None:
        self._folder, self._url = settings.postgres_tools, make_url(settings.database)
        self._dump, self._restore = (self._found(name, server_version) for name in ("pg_dump", "pg_restore"))

    def dump(self, snapshot: str, namespace: str, target: Path) -> None:
        """Write what a transaction sees that exported its snapshot; then read all of it again."""
        chosen = [f"--snapshot={snapshot}", f"--schema={_pattern(namespace)}", f"--file={target}"]
        self._run(self._dump, "--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=30s", *chosen)
        self._run(self._restore, "--list", str(target))
        self._run(self._restore, f"--file={os.devnull}", str(target))

    def load(self, dump: Path, work: Path) -> None:
        """Restore the dump into an empty schema that is there: all of it or nothing."""
        wanted = work / "contents.list"
        listed = self._run(self._restore, "--list", str(dump))
        wanted.write_text("".join(f"{line}\n" for line in listed.splitlines() if not re.search(r"\bSCHEMA - ", line)))
        how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
        self._run(self._restore, *how, f"--use-list={wanted}", f"--dbname={_quoted(self._url.database or '')}", str(dump))

    def _found(self, name: str, server_version: int) -> str:
        path = shutil.which(name, path=self._folder or None)
        if path is None:
            place = self._folder or "the PATH"
            raise NoTools(f"{name} is not in {place}: install the client programs of PostgreSQL, or set postgres_tools to their folder.")
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - the operator's own
        version = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", said)
        if version is None or not is_fit(int(version[1]), server_version):
            found = version[1] if version else "no version"
            raise NoTools(f"{path} is {found} and the server is {server_version}: set postgres_tools to the programs of {server_version}.")
        return path

    def _run(self, program: str, *arguments: str) -> str:
        """The password goes by the environment of this one process, never by its arguments."""
        done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours
            [program, *arguments, *(["--no-password"] if _connects(arguments) else [])],
            env=environment(self._url),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines() or ["it gave no reason"]
            raise Unsafe(f"{Path(program).name} failed: {said[0].strip()[:300]}")
        return done.stdout


def is_fit(version: int, server_version: int) -> bool:
    """Whether programs of this version can dump this server and restore into it.

    Older ones know too little. Those from 17 on name a setting that no server before 17 knows: it would not take their dump back.
    """
    return server_version <= version and (version < _NAMES_MORE or server_version >= _NAMES_MORE)


def environment(url: URL) -> dict[str, str]:
    """The variables by which the programs of PostgreSQL reach this address; none of our own settings among them."""
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    parts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password, "dbname": url.database}
    known = {**{name: str(value) for name, value in parts.items() if value is not None}, **query}
    own = {_VARIABLES.get(name, f"PG{name.upper()}"): value for name, value in known.items()}
    return {**{name: value for name, value in os.environ.items() if not name.startswith("CEAPP_")}, "LC_ALL": "C", **own}


def server_version(connection: Connection) -> int:
    """The first part of the server's version."""
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000


def namespace_of(connection: Connection) -> str:
    """The schema in which the tables are."""
    return str(connection.execute(text("SELECT current_schema()")).scalar_one() or "public")


def size_of(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def dump(engine: Engine, settings: Settings, target: Path) -> tuple[str, Contents]:
    """Dump one moment, and say what there was in it at that moment."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        # Its own wait is long, and no page waits behind it.
        connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
        connection.execute(text("SET statement_timeout = 0"))  # What the role may have been given for pages; counting takes longer.
        connection.commit()
        tools = Tools(settings, server_version(connection))
        snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        namespace, contents = namespace_of(connection), contents_of(connection)
        tools.dump(snapshot, namespace, target)
    return namespace, contents


def refuse_others(connection: Connection) -> None:
    """Raise Refused while anybody else is connected to the database.

    Of another role's sessions PostgreSQL does not say the kind, but whose they are; its own helpers are nobody's.
    """
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND coalesce(backend_type, 'client backend') = 'client backend' AND usesysid IS NOT NULL"
    )
    if connection.execute(others).scalar_one():
        raise Refused(OTHERS)


@contextmanager
def emptied(connection: Connection, namespace: str, aside: str, *, begun: Callable[[], None], undone: Callable[[], None]) -> Iterator[bool]:
    """Let what is in the schema stand aside for the restore, and come back should that fail; whether there was anything.

    `begun` is called before anything is changed for good, `undone` once all is as it was.
    """
    had_tables = not _is_empty(connection, namespace)
    if had_tables:
        _rename(connection, namespace, aside)
        connection.execute(CreateSchema(namespace))
    begun()
    connection.commit()
    try:
        yield had_tables
    except Exception:
        connection.rollback()
        connection.execute(DropSchema(namespace, cascade=True))
        if had_tables:
            _rename(connection, aside, namespace)
        else:
            connection.execute(CreateSchema(namespace))
        connection.commit()
        undone()
        raise


def _is_empty(connection: Connection, namespace: str) -> bool:
    counted = text("SELECT count(*) FROM pg_class WHERE relnamespace = CAST(:name AS regnamespace)")
    return not connection.execute(counted, {"name": connection.dialect.identifier_preparer.quote(namespace)}).scalar_one()


def _rename(connection: Connection, old: str, new: str) -> None:
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(_ddl("ALTER SCHEMA %(old)s RENAME TO %(new)s", old=quote(old), new=quote(new)))


def _connects(arguments: tuple[str, ...]) -> bool:
    return any(each.startswith(("--snapshot=", "--dbname=")) for each in arguments)


def _pattern(namespace: str) -> str:
    """The name itself where pg_dump takes a pattern."""
    return '"' + namespace.replace('"', '""') + '"'


def _quoted(database: str) -> str:
    """A name alone would be read as a whole address when it looks like one."""
    escaped = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{escaped}'"


@contextmanager
def other_database(address: str) -> Iterator[str]:
    """The address of an empty database beside this one, for as long as the drill needs it. Raises Refused when the role may make none.

    One that an earlier drill left is removed first; its comment tells that it is one.
    """
    url = make_url(address)
    name = f"{url.database}_drill"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    quoted = engine.dialect.identifier_preparer.quote(name)
    try:
        with engine.connect() as connection:
            _drop_drill(connection, name, quoted)
            _make_drill(connection, quoted)
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            _drop_drill(connection, name, quoted)
        engine.dispose()


def _make_drill(connection: Connection, quoted: str) -> None:
    try:
        connection.execute(_ddl("CREATE DATABASE %(name)s", name=quoted))
        connection.execute(_ddl(f"COMMENT ON DATABASE %(name)s IS '{_MADE_BY_DRILL}'", name=quoted))
    except DBAPIError as problem:
        reason = str(problem.orig).strip().splitlines()[0]
        raise Refused(f"The drill needs a database of its own, and {reason}: give the role CREATEDB. Nothing was changed.") from problem


def _drop_drill(connection: Connection, name: str, quoted: str) -> None:
    comment = text("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :name")
    if connection.execute(comment, {"name": name}).scalar() == _MADE_BY_DRILL:
        connection.execute(_ddl("DROP DATABASE %(name)s WITH (FORCE)", name=quoted))


def _ddl(statement: str, **names: str) -> ExecutableDDLElement:
    return DDL(statement, context=names)  # type: ignore[no-untyped-call]
