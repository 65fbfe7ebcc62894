"""The one way to write: `with transaction() as session:`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import scoped_session

from ceapp.database.lock import WriterLock
from ceapp.database.model import db
from ceapp.errors import Unavailable

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
    Raises Unavailable when the database stays locked.
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
                db.session.commit()
            except BaseException:
                db.session.rollback()
                raise
    except OperationalError as problem:
        if _is_lock_trouble(problem):
            raise Unavailable from problem
        raise
    finally:
        _writing.reset(token)


def one_at_a_time(what: str) -> None:
    """Inside a transaction: wait until no other node does the same. On SQLite writers take turns anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"ceapp.{what}"})


def _writer_lock() -> WriterLock:
    lock: WriterLock = current_app.extensions["ceapp.writer_lock"]
    return lock


def _is_lock_trouble(problem: OperationalError) -> bool:
    text = str(problem.orig).lower()
    return any(word in text for word in ("locked", "busy", "lock timeout", "disk is full", "readonly database"))
