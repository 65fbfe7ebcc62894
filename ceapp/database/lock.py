"""The queue of SQLite writers: one file lock per installation, freed by the kernel when a process dies."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path
from types import TracebackType

from ceapp.errors import Unavailable

WAIT_SECONDS = 5.0
_RETRY_SECONDS = 0.0005


class WriterLock:
    """Lets one writer of all processes through at a time, threads of a process in turn. Without a path it lets all through."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._file = -1

    def __enter__(self) -> WriterLock:
        if self._path is None:
            return self
        deadline = time.monotonic() + WAIT_SECONDS
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            raise Unavailable
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._lock_file(deadline)
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._path is not None:
            self._release()

    def _lock_file(self, deadline: float) -> None:
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable from None
                time.sleep(_RETRY_SECONDS)

    def _release(self) -> None:
        if self._file >= 0:
            os.close(self._file)  # Closing frees the lock.
            self._file = -1
        self._threads.release()
