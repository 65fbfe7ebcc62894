"""What a running server takes of the machine."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.server import Server

MEGABYTE = 1024 * 1024


def memory_of(server: Server) -> int:
    """Bytes that the server's processes hold, what they share counted once."""
    return sum(_proportional(pid) for pid in (server.pid, *server.workers()))


def _proportional(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
