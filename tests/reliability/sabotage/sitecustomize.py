"""Takes a protection out of a server, for controls: Python imports this at its start where a harness puts it on PYTHONPATH.

The environment variable SABOTAGE names what is taken out. Nothing of the product knows of it.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any


def acknowledge_early() -> None:
    """Say that an answer is saved, and save it after that."""
    from ceapp.commands import worker

    create = worker.create_worker_app

    def create_early() -> Any:
        app = create()
        app.wsgi_app = _early(app.wsgi_app)
        return app

    worker.create_worker_app = create_early


def _early(late: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] != "POST" or not path.startswith("/attempts/"):
            return late(environ, start_response)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        threading.Timer(0.1, lambda: list(late(environ, lambda *_: None))).start()
        start_response("303 See Other", [("Location", f"{path}#feedback"), ("Content-Length", "0")])
        return [b""]

    return answer


def relax_syncing() -> None:
    """Commit without waiting for the disk."""
    from sqlalchemy import Connection, Engine, event

    @event.listens_for(Engine, "engine_connect")
    def relax(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA synchronous=NORMAL").close()

    @event.listens_for(Engine, "begin")
    def relax_commit(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def migrate_all_at_once() -> None:
    """Let every process migrate that finds an old database."""
    from ceapp.database import migrate

    migrate.one_at_a_time = contextmanager(lambda *_: (yield))


def swallow_errors() -> None:
    """Say that an answer is saved when the database refused it."""
    from flask import redirect, request

    from ceapp.web import errors

    refuse = errors.error_page

    def pretend(status: int, *words: Any, **more: Any) -> Any:
        if status == 503 and request.method == "POST" and request.path.startswith("/attempts/"):
            return redirect(f"{request.path}#feedback", 303)
        return refuse(status, *words, **more)

    errors.error_page = pretend


def forget_forms() -> None:
    """Begin an attempt for every form that comes, also for one that came before."""
    from ceapp.learning import starting

    starting.attempt_begun_with = starting.open_attempt = lambda *_: None


def wait_never() -> None:
    """Refuse as soon as the database is held by another."""
    _wait(0, "1ms")  # PostgreSQL reads 0 as no limit.


def wait_for_ever() -> None:
    """Wait for the database as long as another holds it."""
    _wait(3600, "0")


def _wait(seconds: int, lock_timeout: str) -> None:
    from sqlalchemy import Connection, Engine, event

    @event.listens_for(Engine, "begin")
    def wait(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_timeout}'")

    @event.listens_for(Engine, "engine_connect")
    def wait_for_file(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA busy_timeout={1000 * seconds}").close()


def die_at_once() -> None:
    """End at the first signal, whatever is under way."""
    import signal

    from ceapp.commands import worker

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        os._exit(0)

    def end(*_: Any) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})  # The web server has a handler of its own.
        threading.Thread(target=wait, daemon=True).start()

    worker._end_once = end


SABOTAGES = {
    deed.__name__: deed
    for deed in (
        acknowledge_early,
        relax_syncing,
        migrate_all_at_once,
        swallow_errors,
        forget_forms,
        wait_never,
        wait_for_ever,
        die_at_once,
    )
}

if os.environ.get("SABOTAGE"):
    SABOTAGES[os.environ["SABOTAGE"]]()
