"""`ceapp serve`: make keys, migrate, publish, say where it is, and hand over to the web server."""

from __future__ import annotations

import logging
import os
import socket
import sys
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from ceapp.accounts.set_up import issue_set_up_link
from ceapp.audit.queries import newest_moment
from ceapp.catalogue.service import sync as publish
from ceapp.clock import now
from ceapp.commands.background import waiting_words
from ceapp.commands.prepare import prepared_app
from ceapp.commands.sync import tell
from ceapp.config import Settings, load_settings
from ceapp.database import db
from ceapp.errors import Unsafe
from ceapp.keys import current_keys
from ceapp.log_lines import chosen, write_log
from ceapp.operating.ballast import keep_ballast
from ceapp.operating.metrics import empty_metrics
from ceapp.operating.presence import stay_present
from ceapp.operating.sealing import refuse_other_keys
from ceapp.operating.starting import refuse_unsafe_start

log = logging.getLogger(__name__)


@click.command()
@click.option("--host", help="Address to listen on (CEAPP_HOST).")
@click.option("--port", type=int, help="Port to listen on (CEAPP_PORT).")
def serve(host: str | None, port: int | None) -> None:
    """Serve the courses."""
    serve_with(load_settings(host=host, port=port))


def serve_with(settings: Settings) -> None:
    """Prepare the instance of these settings, then become its web server."""
    write_log(settings.log)
    refuse_unsafe_start(settings)
    refuse_taken_port(settings)
    stay_present(settings.instance_path)
    prepare(settings)
    keep_ballast(settings)
    empty_metrics(settings)
    sys.stdout.flush()
    os.environ.update(CEAPP_HOST=settings.host, CEAPP_PORT=str(settings.port), CEAPP_LOG=chosen(settings.log))
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")  # Each arena of glibc keeps what it took; eight a core would hold 10 MB for nothing.
    # The server replaces this process, so that what preparing needed takes no memory while serving.
    arguments = server_arguments(settings)
    os.execv(arguments[0], arguments)  # noqa: S606 - our own interpreter with our own words


def refuse_taken_port(settings: Settings) -> None:
    """Say so before anything is prepared; the server's own message would be a traceback. Raises Unsafe."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as problem:
        raise Unsafe(
            f"Cannot listen on {settings.host}:{settings.port}: {problem.strerror}. Choose another with --port or CEAPP_PORT."
        ) from problem


def prepare(settings: Settings) -> Flask:
    """Everything between starting and listening."""
    app = prepared_app(settings)
    with app.app_context():
        refuse_other_keys(settings, current_keys())
        warn_of_clock_set_back(now())
        tell(publish(settings.scenarios_path, now=now()))
        link = issue_set_up_link(now=now())
        if not settings.mail_url and (words := waiting_words()):
            click.echo(words)
        db.engine.dispose()
    click.echo(f"Serving on {settings.address}")
    if link:
        click.echo(f"There is no administrator yet. Open this link once to become it: {settings.address}/set-up/{link}")
    return app


def warn_of_clock_set_back(moment: datetime) -> None:
    """Say in the log that the record is ahead of the clock. To serve is right all the same: nothing is dated before what came before it."""
    newest = newest_moment()
    if newest is not None and newest > moment:
        log.warning(
            "The clock was set back: the newest entry of the audit record is %.0f seconds later than now. Set the clock right.",
            (newest - moment).total_seconds(),
        )


def server_arguments(settings: Settings) -> list[str]:
    """The command line of the web server."""
    return [
        *(sys.executable, "-P", str(Path(__file__).with_name("first_process.py"))),
        *("--interface", "wsgi", "--factory", "ceapp.commands.worker:create_worker_app"),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.workers), "--blocking-threads", str(settings.threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(15 + settings.drain_seconds)),
        *("--log-level", "error", "--log-config", str(Path(__file__).with_name("granian.json"))),
    ]
