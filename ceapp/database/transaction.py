"""The one way to write: `with transaction() as session:`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from flask import current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import scoped_session

from ceapp.database.lock import WriterLock
from ceapp.database.model import Model, db
from ceapp.errors import Unavailable, Uncertain

M = TypeVar("M", bound=Model)

FULL = "The server's disk is full and nothing was saved. Your text is still in the form: keep the page open and send it again later."

_writing: ContextVar[bool] = ContextVar("writing", default=False)


def in_transaction() -> bool:
    return _writing.get()


def outside_transaction(what: str) -> None:
    """Raise when slow work is about to run while other writers wait."""
    if in_transaction():
        raise RuntimeError(f"{what} must not run inside transaction()")


@contextmanager
def transaction() -> Iterator[scoped_session[Session]]:
    """One unit of work: everything in it is saved together, or nothing is. Re-entrant: an inner one joins the outer.

    Ends the read transaction of the request first and forgets what was read in it, so that services decide on fresh rows.
    Raises Unavailable when the database stays locked or its disk is full, Uncertain when it is cut off while it saves.
    """
    if in_transaction():
        yield db.session
        return
    db.session.commit()
    db.session.expunge_all()
    token = _writing.set(True)
    try:
        with _writer_lock():
            try:
                yield db.session
                _commit()
            except BaseException:
                db.session.rollback()
                raise
    except OperationalError as problem:
        if _is_full(problem):
            raise Unavailable(FULL) from problem
        if _is_lock_trouble(problem):
            raise Unavailable from problem
        raise
    finally:
        _writing.reset(token)


def one_at_a_time(what: str) -> None:
    """Inside a transaction: wait until no other node does the same. On SQLite writers take turns anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"ceapp.{what}"})


def locked(model: type[M], key: object) -> M:
    """The row as it is now, locked until the transaction ends. Raises NoResultFound when there is none.

    On SQLite the transaction holds the only lock there is, so what was read in it already is as it is now.
    """
    if db.engine.dialect.name == "sqlite" and in_transaction():
        return db.session.get_one(model, key)
    return db.session.get_one(model, key, with_for_update=True, populate_existing=True)


def lock_row(model: type[M], key: object) -> bool:
    """The same for somebody who reads the row, and what hangs on it, by a statement of their own.

    Tells whether what was read in this transaction before may have changed since; raises NoResultFound when there is no such row.
    """
    if db.engine.dialect.name == "sqlite" and in_transaction():
        return False
    table = model.__table__
    db.session.execute(select(table.c.id).where(table.c.id == key).with_for_update()).one()
    return True


def _commit() -> None:
    try:
        db.session.commit()
    except DBAPIError as problem:
        if problem.connection_invalidated:  # It had the word to commit, and nobody heard whether it did.
            raise Uncertain from problem
        raise


def _writer_lock() -> WriterLock:
    lock: WriterLock = current_app.extensions["ceapp.writer_lock"]
    return lock


def _is_lock_trouble(problem: OperationalError) -> bool:
    text = str(problem.orig).lower()
    return any(word in text for word in ("locked", "busy", "lock timeout", "deadlock", "readonly database"))


def _is_full(problem: OperationalError) -> bool:
    text = str(problem.orig).lower()
    return "disk is full" in text or "no space left on device" in text
