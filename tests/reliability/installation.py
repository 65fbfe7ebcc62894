"""An instance folder of a server: a migrated database, courses to publish, and people who are signed in."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, create_engine, func, select
from sqlalchemy.orm import Session

from bench.visitor import Visitor
from ceapp.accounts.models import Person, SignIn
from ceapp.app import create_app
from ceapp.certificates.models import Certificate
from ceapp.config import load_settings
from ceapp.database import Model, begin_listeners, db, engine_options, transaction
from ceapp.keys import Keys, load_keys
from tests.conftest import Member
from tests.harness.courses import LIBRARY
from tests.harness.databases import Databases
from tests.learning.conftest import Learner
from tests.reliability.server import Server

LIMITED = "limited"
"""The slug of a course like the sample, in which every scenario may be attempted twice."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who is signed in in one browser."""

    id: UUID
    email: str
    name: str
    token: str


class Installation:
    """What a server needs before its first start, and a way to look into its database beside it.

    Further keywords are settings of the server: `Installation(folder, databases, threads="2")`. `sabotage` names a protection that its
    server is to be without. What it prints is kept in the folder, outside the instance.
    """

    def __init__(self, folder: Path, databases: Databases, sabotage: str = "", **settings: str) -> None:
        self.instance, self.scenarios = folder / "instance", folder / "scenarios"
        self.instance.mkdir(exist_ok=True)
        url, self._drop = databases.fresh(self.instance)
        shutil.copytree(LIBRARY, self.scenarios)
        shutil.copytree(LIBRARY / "sample", self.scenarios / LIMITED)
        self.edit(f"{LIMITED}/course.md", "attempts: unlimited", "attempts: 2")
        self._app = create_app(load_settings({}, instance=str(self.instance), scenarios=str(self.scenarios), database_url=url))
        self._numbers = itertools.count()
        self._visitors: list[Visitor] = []
        self.server = Server(self.instance, self.scenarios, url, folder / "server.log", sabotage, **settings)

    @property
    def keys(self) -> Keys:
        return load_keys(self.instance / "keys")

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.scenarios / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new))

    def somebody(self, password_hash: str = "") -> Somebody:
        """Another person with a name and a time zone, signed in now."""
        now, token, number = datetime.now(UTC), secrets.token_urlsafe(32), next(self._numbers)
        person = Person(
            email=f"person{number}@example.org", name=f"Person {number}", time_zone="UTC", password_hash=password_hash, created_at=now
        )
        with self._app.app_context(), transaction() as session:
            session.add(person)
            session.flush()
            hashed = hashlib.sha256(token.encode()).hexdigest()
            session.add(
                SignIn(
                    person_id=person.id,
                    token_hash=hashed,
                    created_at=now,
                    last_seen_at=now,
                    proved_at=now,
                    expires_at=now + timedelta(days=1),
                )
            )
        return Somebody(person.id, person.email, person.name, token)

    def certificate(self, holder: Somebody) -> Certificate:
        """The certificate of somebody who completes the sample course now."""
        member = Member(holder.id, holder.email, holder.name, is_administrator=False, token=holder.token)
        Learner(self._app, member).complete()
        with self.engine() as engine, Session(engine) as session:
            return session.scalars(select(Certificate).where(Certificate.person_id == holder.id)).one()

    def visitor(self, person: Somebody | None = None, source: str = "", port: int = 0) -> Visitor:
        """A browser of this person, or of nobody, on a connection of its own; at another port than the server's where a proxy is."""
        made = Visitor(port or self.server.port, {"ceapp": person.token} if person else {}, source)
        self._visitors.append(made)
        return made

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The database, beside the server."""
        with opened(self.server.database_url) as engine:
            yield engine

    def count(self, table: type[Model], *where: ColumnElement[bool]) -> int:
        """How many rows of the table there are."""
        with self.engine() as engine, Session(engine) as session:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def close(self) -> None:
        self.server.stop()
        for visitor in self._visitors:
            visitor.close()
        with self._app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._drop()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """A database opened as the application opens it."""
    engine = create_engine(url, **engine_options(url))
    begin_listeners(engine)
    try:
        yield engine
    finally:
        engine.dispose()
