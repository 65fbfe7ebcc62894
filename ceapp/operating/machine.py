"""The machine under this process: room on the disk, memory of the server's processes, how long they run."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

_BEGAN = time.monotonic()
_PROC = Path("/proc")
_WORKERS = (b"granian", b"spawn_main")
"""What a worker's command line has: that of the first process where it was forked, Python's own where it was spawned."""


def uptime_seconds() -> float:
    """How long this process has been running, near enough."""
    return time.monotonic() - _BEGAN


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def file_bytes(path: Path) -> int:
    """The size of an SQLite database with its write-ahead log."""
    return sum(each.stat().st_size for each in (path, path.with_name(f"{path.name}-wal")) if each.exists())


def memory_by_process() -> dict[str, int]:
    """Resident bytes of the server's first process and of its workers; where the system does not say, nothing."""
    parent = os.getppid()
    if not _is_worker_of(parent):
        return _sizes({"this": os.getpid()})
    workers = sorted(_children(parent))
    return _sizes({"first": parent, **{f"worker-{number}": pid for number, pid in enumerate(workers, 1)}})


def worker_count() -> int:
    """How many processes answer requests."""
    parent = os.getppid()
    return len(_children(parent)) if _is_worker_of(parent) else 1


def _is_worker_of(parent: int) -> bool:
    return b"granian" in _read(_PROC / str(parent) / "cmdline")


def _children(pid: int) -> list[int]:
    """The workers: other children, such as Python's tracker of shared memory, run something else."""
    found = [int(each) for each in _read(_PROC / str(pid) / "task" / str(pid) / "children").split()]
    return [each for each in found if any(word in _read(_PROC / str(each) / "cmdline") for word in _WORKERS)]


def _sizes(pids: dict[str, int]) -> dict[str, int]:
    pages = {name: _read(_PROC / str(pid) / "statm").split() for name, pid in pids.items()}
    return {name: int(fields[1]) * os.sysconf("SC_PAGE_SIZE") for name, fields in pages.items() if len(fields) > 1}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # The process has ended, or this system has no such files.
        return b""
