"""The restore drill: back up, restore into a place of its own, and look whether everything is there and nothing old is alive."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from ceapp.certificates.facts import sha256
from ceapp.certificates.models import Certificate
from ceapp.config import Settings
from ceapp.database import db
from ceapp.errors import CeappError, Refused
from ceapp.keys import Keys, export_keys, load_keys
from ceapp.operating.backups import sqlite
from ceapp.operating.backups.contents import ENDED, contents_of, sealed_texts
from ceapp.operating.backups.ending import count_open
from ceapp.operating.backups.making import database_path, engine_of, make_backup
from ceapp.operating.backups.manifest import Manifest
from ceapp.operating.backups.postgres import other_database
from ceapp.operating.backups.restoring import restore_backup
from ceapp.operating.doctor import examine_engine

MakeApp = Callable[[Settings], Flask]
_PIECE = 500
_SHOWN = 5
"""Certificates whose public page is opened."""


@dataclass(frozen=True, slots=True)
class Drill:
    """How the drill went: what is wrong, and how long each part took."""

    findings: tuple[str, ...]
    manifest: Manifest
    size: int
    backup_seconds: float
    restore_seconds: float


def hold_drill(settings: Settings, *, make_app: MakeApp, now: datetime) -> Drill:
    """Raises Refused or Unsafe when it cannot be backed up or restored at all; what is wrong with the result are findings."""
    with _workplace(settings.instance_path) as work:
        keys, exported = load_keys(settings.instance_path / "keys"), work / "keys.json"
        begun = time.monotonic()
        made = make_backup(settings, keys, work / "backup.zip", now=now)
        backed_up = time.monotonic()
        export_keys(settings.instance_path / "keys", exported)
        with _elsewhere(settings, work) as target:
            restore_backup(target, made.path, keys_file=exported, replace=False, environ={}, now=now)
            restored = time.monotonic()
            findings = tuple(_findings(settings, target, made.manifest, make_app, now))
        return Drill(findings, made.manifest, made.size, backed_up - begun, restored - backed_up)


def _findings(source: Settings, target: Settings, described: Manifest, make_app: MakeApp, now: datetime) -> Iterator[str]:
    path = database_path(target)
    if path:
        yield from (f"damaged: {fault}" for fault in sqlite.faults_in(path))
    with engine_of(target) as engine, engine_of(source) as original:
        with engine.connect() as connection:
            yield from _missing_rows(connection, described)
            yield from _closed_texts(connection, load_keys(target.instance_path / "keys"))
        with Session(engine) as session, Session(original) as live:
            if count_open(session):
                yield f"{count_open(session)} sign-ins, codes, links or waiting messages are alive"
            yield from _lost_certificates(session, live, described.made_at)
        keys = load_keys(target.instance_path / "keys")
        examined = examine_engine(engine, settings=target, keys=keys, now=now)
        yield from (f"doctor: {each.code}: {each.what}" for each in examined if each.is_error)
    yield from _hidden_certificates(make_app(target))


def _missing_rows(connection: Connection, described: Manifest) -> Iterator[str]:
    found = contents_of(connection)
    restored = found.counts
    if found.audit_heads != described.audit_heads:
        yield "the chains of the audit record end elsewhere than when it was backed up"
    for name, number in described.counts.items():
        wanted = number + 1 if name == "audit_entry" else number  # The restore itself is on record.
        if name not in ENDED and restored.get(name) != wanted:
            yield f"{name}: {restored.get(name, 0)} rows instead of {wanted}"


def _closed_texts(connection: Connection, keys: Keys) -> Iterator[str]:
    for key_id, some in sealed_texts(connection).items():
        for sealed in some:
            try:
                keys.unseal(key_id, sealed)
            except CeappError as problem:
                yield problem.message


def _lost_certificates(restored: Session, live: Session, made_at: datetime) -> Iterator[str]:
    """Every certificate from before the backup is there, as it was issued."""
    kept = _issued(restored)
    for code, (hashed, issued_at) in _issued(live).items():
        if code not in kept and issued_at < made_at:
            yield f"a certificate of {issued_at:%Y-%m-%d} is lost"
        elif code in kept and kept[code] != (hashed, issued_at):
            yield f"a certificate of {issued_at:%Y-%m-%d} has other facts than it was issued with"


def _issued(session: Session) -> Mapping[str, tuple[str, datetime]]:
    """Code → what its facts hash to, and when it was issued: the facts of all at once could fill the memory of a small machine."""
    rows = session.execute(select(Certificate.code, Certificate.facts, Certificate.issued_at), execution_options={"yield_per": _PIECE})
    return {code: (sha256(text), issued_at) for code, text, issued_at in rows}


def _hidden_certificates(app: Flask) -> Iterator[str]:
    """The public page of the newest certificates opens, as a stranger would open it."""
    with app.app_context():
        codes = db.session.scalars(select(Certificate.code).order_by(Certificate.issued_at.desc()).limit(_SHOWN)).all()
        db.session.remove()
    client = app.test_client()
    for code in codes:
        answer = client.get(f"/verify/{code}", base_url=app.extensions["ceapp.settings"].address)
        if answer.status_code != 200:
            yield f"the page of a certificate answers {answer.status_code}"
    with app.app_context():
        db.engine.dispose()


@contextmanager
def _workplace(instance: Path) -> Iterator[Path]:
    """An empty folder for one drill at a time; a drill that was killed is tidied up by the next."""
    work = instance / "drill"
    with (instance / "drill.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("A drill is under way on this instance already.") from None
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _elsewhere(settings: Settings, work: Path) -> Iterator[Settings]:
    """An instance that has nothing yet, with a database of the same kind."""
    instance = work / "instance"
    instance.mkdir(mode=0o700)
    empty = replace(settings, instance=str(instance), scenarios=str(instance / "scenarios"), database_url="")
    if database_path(settings):
        yield empty
        return
    with other_database(settings.database) as url:
        yield replace(empty, database_url=url)
