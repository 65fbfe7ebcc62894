"""Load on a server by wrk, which costs so little that the server is what is measured."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import Served, processor_seconds

SCRIPT = Path(__file__).parent / "load.lua"
SECONDS = 1
WARMING_SECONDS = 2
ROUNDS, ROUNDS_OF_MANY = 3, 9


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent."""

    method: str
    path: str
    cookie: str = ""
    body: str = ""

    @property
    def line(self) -> str:
        return "\t".join((self.method, self.path, self.cookie, self.body))


@dataclass(frozen=True, slots=True)
class Rate:
    """What a server did: requests a second, milliseconds of the median and of the slowest hundredth, and of the processor for each.

    The last one stays the same on a machine that is busy with other work; the others do not.
    """

    per_second: float
    p50: float
    p99: float
    cpu: float


class Supply:
    """Requests that a load takes from: over and over, or each of them once."""

    def __init__(self, requests: Iterable[Request], *, once: bool = False) -> None:
        requests = list(requests)
        self._count, self._once, self._sent = len(requests), once, 0
        with tempfile.NamedTemporaryFile("w", suffix=".requests", delete=False) as file:
            file.writelines(f"{each.line}\n" for each in requests)
        self._path = Path(file.name)

    def load(self, server: Served, clients: int, seconds: int = SECONDS) -> Rate:
        """Send as fast as so many clients, each on a connection that is kept, get their answers."""
        port = server.port
        environment = {
            **os.environ,
            "BENCH_REQUESTS": str(self._path),
            "BENCH_HOST": f"127.0.0.1:{port}",
            "BENCH_FROM": str(self._sent if self._once else 0),
        }
        command = [_wrk(), "--threads", "1", "--connections", str(clients), "--duration", f"{seconds}s", "--timeout", "10s"]
        command += ["--script", str(SCRIPT), f"http://127.0.0.1:{port}/"]
        before = processor_seconds(server.pid)
        output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
        told: dict[str, Any] = json.loads(output.splitlines()[-1])
        self._sent = told["sent"]
        if told["refused"] or told["broken"]:
            raise RuntimeError(f"the load on port {port} went wrong: {told}")
        if self._once and self._sent > self._count:
            raise RuntimeError(f"{self._sent} requests were sent and {self._count} prepared: the last ones were sent twice")
        cpu = 1000 * (processor_seconds(server.pid) - before) / max(1, told["requests"])
        return Rate(told["requests"] / told["seconds"], told["p50"], told["p99"], cpu)

    def close(self) -> None:
        self._path.unlink(missing_ok=True)


def side_by_side(ours: Supply, server: Served, bare: Supply, floor: Served, clients: int) -> tuple[Rate, Rate]:
    """Load both in turn, a few times, so that whatever else the machine does meets both.

    Clients who connect all at once are often all taken by one of the two workers, and then one processor does all the work. Of many such
    turns the mean is fair to both servers; the median would be that of whoever was luckier.
    """
    rounds = ROUNDS if clients == 1 else ROUNDS_OF_MANY
    rates = [(ours.load(server, clients), bare.load(floor, clients)) for _ in range(rounds)]
    return _mean([our for our, _ in rates]), _mean([floor for _, floor in rates])


def _mean(rates: list[Rate]) -> Rate:
    return Rate(*(statistics.mean(getattr(each, name) for each in rates) for name in ("per_second", "p50", "p99", "cpu")))


def _wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("wrk is missing; `make bench` installs it. On Debian: apt-get install wrk")
    return found
