"""What a process of the web server does besides answering: it ends once when it is told to, and with the server's first process."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time

from flask import Flask

from ceapp.app import create_server_app
from ceapp.commands.background import start_background
from ceapp.config import load_settings
from ceapp.log_lines import write_log
from ceapp.operating import health
from ceapp.operating.presence import stay_present

SWITCH_SECONDS = 0.0005
"""How long a thread may keep the others of its process waiting. With Python's own ten times as much, whoever holds the lock of SQLite's
writers waits that long after each statement for its turn to go on, and all other writers with it."""

LAST_SECONDS = 12
"""How long requests under way may take once the first process is gone; waiting for a locked database takes up to ten."""


def create_worker_app() -> Flask:
    """The application as granian's workers run it."""
    settings = load_settings()
    write_log(settings.log)
    sys.setswitchinterval(SWITCH_SECONDS)
    _end_once(settings.drain_seconds)
    _end_with_parent(settings.drain_seconds)
    stay_present(settings.instance_path)
    app = create_server_app()
    start_background(app)
    return app


def _end_once(drain_seconds: float) -> None:
    """Pass on the first signal to end, and no other, as soon as granian listens to it.

    A worker of granian 2.8 misses the signal while it starts, and freezes at a second one while requests are under way. Ctrl-C and
    service managers signal all processes of a server, and its first process then tells the workers once more.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    before = signal.getsignal(signal.SIGTERM)

    def wait() -> None:
        signal.sigwait({signal.SIGTERM})
        if signal.getsignal(signal.SIGTERM) is before:
            os._exit(0)  # It serves nobody yet.
        health.stopping.set()
        time.sleep(drain_seconds)
        while (handler := signal.getsignal(signal.SIGTERM)) is before or not callable(handler):
            time.sleep(0.02)  # granian tells nobody when it has put its handler in place.
        handler(signal.SIGTERM, None)

    threading.Thread(target=wait, name="end-once", daemon=True).start()


def _end_with_parent(drain_seconds: float) -> None:
    """A worker that outlives the server's first process would hold the port against the next start."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(LAST_SECONDS + drain_seconds)  # A worker that has ended by then takes this thread with it.
            os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, name="end-with-parent", daemon=True).start()
