"""Everything that the operator's page says, put into words and figures."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flask import Flask

from ceapp.audit.queries import Unsealed, heads_and_unsealed
from ceapp.audit.seals import SERVER, Head, digest_of
from ceapp.certificates.approvals.queries import all_approvals
from ceapp.certificates.approvals.rules import Approval, ending
from ceapp.config import Settings
from ceapp.keys import Keys, exported_ids
from ceapp.operating import machine, queries
from ceapp.operating.ballast import has_ballast
from ceapp.operating.doctor.machine import DISK_LOW
from ceapp.operating.examinations import Look, last_look
from ceapp.operating.metrics import Gauge
from ceapp.operating.queries import Database, Queues
from ceapp.operating.starting import sqlite_file
from ceapp.web.request_log import Seen, recent

SLOWEST = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows. Sizes and times are written out already."""

    version: str
    python: str
    database: Database
    database_size: str
    free: str
    is_disk_low: bool
    has_ballast: bool
    workers: int
    threads: int
    memory: str
    uptime: str
    queues: Queues
    has_mail_server: bool
    unexported_keys: tuple[str, ...]
    slowest: list[Seen]
    remembered: int
    look: Look | None
    ending: tuple[Approval, ...]
    record: RecordSeen


@dataclass(frozen=True, slots=True)
class RecordSeen:
    """How far the audit record is sealed: the server's own chain, how many there are of organisations, and one hash over all heads."""

    head: Head | None
    organisations: int
    digest: str
    unsealed: Unsealed


def overview(app: Flask, *, today: date) -> Overview:
    """The installation as it is now, as this process sees it."""
    settings: Settings = app.extensions["ceapp.settings"]
    keys: Keys = app.extensions["ceapp.keys"]
    seen, found, free = recent(app), queries.database(), machine.free_bytes(_disk_of(settings))
    return Overview(
        version=_version(),
        python=platform.python_version(),
        database=found,
        database_size=size(found.size),
        free=size(free),
        is_disk_low=free < DISK_LOW,
        has_ballast=has_ballast(settings),
        workers=machine.worker_count(),
        threads=settings.threads,
        memory=size(sum(machine.memory_by_process().values())),
        uptime=duration(machine.uptime_seconds()),
        queues=queries.queues(),
        has_mail_server=bool(settings.mail_url),
        unexported_keys=tuple(sorted(set(keys.sealing) - exported_ids(settings.instance_path / "keys"))),
        slowest=sorted(seen, key=lambda each: each.ms, reverse=True)[:SLOWEST],
        remembered=len(seen),
        look=last_look(settings.instance_path),
        ending=ending(all_approvals(), today),
        record=_record(),
    )


def _record() -> RecordSeen:
    heads, unsealed = heads_and_unsealed()
    own = next((each for each in heads if each.chain == SERVER), None)
    return RecordSeen(own, len(heads) - (own is not None), digest_of(heads), unsealed)


def gauges(app: Flask) -> list[Gauge]:
    """The figures that are asked for when somebody reads the metrics."""
    settings: Settings = app.extensions["ceapp.settings"]
    waiting, free = queries.queues(), machine.free_bytes(_disk_of(settings))
    times = {
        "backup": waiting.last_backup,
        "restore": waiting.last_restore,
        "administrator": waiting.last_administrator,
        "export": waiting.last_export,
    }
    return [
        Gauge("ceapp_outbox_messages", "Messages that are not sent.", {"waiting": waiting.waiting, "given_up": waiting.given_up}, "state"),
        Gauge("ceapp_outbox_since_seconds", "Since when the oldest waits (Unix time).", _stamps({"": waiting.oldest_mail})),
        Gauge("ceapp_exports_unfinished", "Exports whose files are being made.", {"": waiting.exports}),
        Gauge("ceapp_database_bytes", "Size of the database.", {"": queries.database().size}),
        Gauge(
            "ceapp_free_bytes",
            "Room left where an SQLite database, else the instance folder, is.",
            {"": free},
        ),
        Gauge("ceapp_resident_bytes", "Memory of the server's processes.", dict(machine.memory_by_process()), "process"),
        Gauge("ceapp_last_seconds", "When it was last done (Unix time).", _stamps(times), "deed"),
    ]


def _disk_of(settings: Settings) -> Path:
    database = sqlite_file(settings)
    return database.parent if database else settings.instance_path


def size(count: float) -> str:
    """7.4 MB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """3 days 4 hours; 2 minutes; its two largest parts."""
    parts, rest = [], int(seconds)
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(parts[:2]) or "under a second"


def _stamps(times: dict[str, datetime | None]) -> dict[str, float]:
    return {name: at.timestamp() for name, at in times.items() if at is not None}


@cache
def _version() -> str:
    return version("ceapp")
