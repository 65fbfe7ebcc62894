"""A real server: `ceapp serve` on a port, in an instance folder and in a process group of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

SABOTAGE = Path(__file__).parent / "sabotage"
CEAPP = str(Path(sys.executable).parent / "ceapp")
PATIENCE = 60.0
"""Seconds after which something that was waited for did not happen. Generous: the machine may be busy with other work."""


def wait_until(holds: Callable[[], Any], what: str) -> Any:
    """Ask again and again until it holds; what it gave then."""
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} seconds: {what}"
        time.sleep(0.01)
    return found


def environment(instance: Path, scenarios: Path, **more: str) -> dict[str, str]:
    """The environment of a command of ours, without the settings of whoever runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CEAPP_")}
    return {**inherited, "CEAPP_INSTANCE": str(instance), "CEAPP_SCENARIOS": str(scenarios), "CEAPP_BALLAST_MB": "0", **more}


class Server:
    """Started, killed and started again on the same port and the same instance; everything that it prints is kept."""

    def __init__(self, instance: Path, scenarios: Path, database_url: str, log: Path, sabotage: str = "", **settings: str) -> None:
        self.instance, self.scenarios, self.database_url, self.port = instance, scenarios, database_url, free_port()
        self._settings = {f"CEAPP_{name.upper()}": value for name, value in settings.items()}
        paths = os.pathsep.join([str(SABOTAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._sabotage = {"SABOTAGE": sabotage, "PYTHONPATH": paths} if sabotage else {}
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything that was printed since the first start, but for a line that is being written."""
        return whole_lines(self._log)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def command(self) -> list[str]:
        return [CEAPP, "serve"]

    def start(self, *, wait: bool = True) -> None:
        """Start and wait until a page can be opened."""
        variables = environment(
            self.instance,
            self.scenarios,
            CEAPP_PORT=str(self.port),
            CEAPP_DATABASE_URL=self.database_url,
            **self._settings,
            **self._sabotage,
        )
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), env=variables, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        wait_until(self._answers, "the server answers")

    def refuse_end(self) -> bool:
        """Raise when it has ended; False when not, so that whoever waits for something else waits on."""
        assert not self.has_ended, f"the server ended: {self.log[-2000:]}"
        return False

    def workers(self) -> list[int]:
        """The processes that answer requests."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in children.read_text().split() if _runs(int(pid))] if children.exists() else []

    def kill_worker(self, place: int) -> None:
        """Kill one worker; its parent starts another."""
        workers = self.workers()
        os.kill(workers[place % len(workers)], signal.SIGKILL)

    def kill_parent(self) -> None:
        """Kill the first process only; its workers end by themselves."""
        workers = self.workers()
        os.kill(self.pid, signal.SIGKILL)
        self._reap()
        wait_until(lambda: not any(_runs(pid) for pid in workers), "workers without their parent end")

    def interrupt(self) -> None:
        """What Ctrl-C does: every process hears it, and the first one tells the others again. All end; a frozen one is killed in time."""
        os.killpg(self.pid, signal.SIGINT)
        self._reap()

    def kill(self) -> None:
        """Kill every process at once, as a power cut would."""
        if self._process is not None:
            self._kill_group()
            self._reap()

    def stop(self) -> None:
        """End it politely; whatever is left after that is killed."""
        if self._process is not None:
            if not self.has_ended:
                self._process.terminate()
            try:
                self._reap()
            finally:
                self._kill_group()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait(timeout=PATIENCE)

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def _answers(self) -> bool:
        self.refuse_end()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def whole_lines(log: Path) -> str:
    text = log.read_text("utf-8", "replace")
    return text[: text.rfind("\n") + 1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
