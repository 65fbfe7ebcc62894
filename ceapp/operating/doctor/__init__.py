"""The doctor: the place where the product checks itself.

`examine(now=…, fast=True)` gives what is found in the running application; `ceapp doctor` asks `examine_instance`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ceapp.config import Settings
from ceapp.database import db, everybody
from ceapp.keys import Keys, current_keys
from ceapp.operating.doctor.examination import Check, Examination
from ceapp.operating.doctor.findings import CODES, ERROR, WARNING, Finding, found
from ceapp.operating.doctor.registry import CHECKS

MOST_ALIKE = 100
"""Findings of one code that one check names one by one."""

__all__ = ["CODES", "ERROR", "WARNING", "Finding", "connected", "examine", "examine_engine", "examine_records"]


def examine(*, now: datetime, fast: bool = False) -> Iterator[Finding]:
    """What is found in the running application; `fast` leaves out what reads whole tables, and takes a moment only."""
    settings: Settings = current_app.extensions["ceapp.settings"]
    yield from examine_engine(db.engine, settings=settings, keys=current_keys(), now=now, fast=fast)


def examine_engine(
    engine: Engine,
    *,
    settings: Settings,
    keys: Keys | None,
    now: datetime,
    fast: bool = False,
    tell: Callable[[str], None] | None = None,
    counts: Counter[str] | None = None,
) -> Iterator[Finding]:
    """The same for a database that no application has opened; `tell` is told the progress, `counts` what was looked at."""
    checks = [check for check in CHECKS if not (fast and check.needs_all)]
    with connected(engine) as session:
        examination = Examination(session, now, is_fast=fast, keys=keys, settings=settings, counts=Counter() if counts is None else counts)
        examination.tell = tell or examination.tell
        yield from _run(checks, examination)


def examine_records(engine: Engine) -> Iterator[Finding]:
    """Only what holds between the rows themselves, whatever the time, the keys and the machine."""
    with connected(engine) as session:
        yield from _run([check for check in CHECKS if not check.needs_surroundings], Examination(session))


def connected(engine: Engine) -> Session:
    """A session that sees one moment at a time, and on PostgreSQL can write nothing."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Session(engine)


def _run(checks: list[Check], examination: Examination) -> Iterator[Finding]:
    """One after the other, each on the database as it is at one moment."""
    for check in checks:
        examination.tell(check.name)
        yield from _findings_of(check, examination)


def _findings_of(check: Check, examination: Examination) -> Iterator[Finding]:
    """A check that cannot be finished is a finding of its own, and keeps none of the others."""
    findings: list[Finding] = []
    alike: Counter[str] = Counter()
    with everybody("the doctor looks at the rows of all organisations"):
        try:
            for finding in check.run(examination):
                alike[finding.code] += 1
                if alike[finding.code] <= MOST_ALIKE:
                    findings.append(finding)
        except (SQLAlchemyError, ValueError, LookupError, TypeError, AttributeError, OSError) as problem:
            findings.append(found("doctor.not-finished", f"{check.name}: {type(problem).__name__}"))
        finally:
            _end(examination.session)
    examination.counts["checks"] += 1
    yield from findings
    yield from (found(code, f"and {number - MOST_ALIKE} more like these") for code, number in alike.items() if number > MOST_ALIKE)


def _end(session: Session) -> None:
    """Each check sees the database as it is at one moment, and none holds on to what another one read."""
    session.rollback()
    session.expunge_all()
