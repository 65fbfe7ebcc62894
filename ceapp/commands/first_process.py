"""The server's first process: it starts the workers, and on SIGHUP replaces them one by one without losing a request.

Run as a script by `ceapp serve`, so that it holds nothing of the application. It differs from granian's own in three things: all
workers accept from one listening socket, so that what waits there is not lost with a worker; an old worker ends only when the new one
answers; and a signal that reaches a worker while it starts waits for it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

from granian import cli, net
from granian.log import logger
from granian.server.mp import MPServer

_cli: Any = cli  # granian types little of itself.
_net: Any = net
START_SECONDS = 60
"""How long a new worker may take until it answers; the old one serves meanwhile, and stays if it takes longer."""


class FirstProcess(MPServer):
    def _init_shared_socket(self) -> None:
        holder = _net.SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        listening = socket.socket(fileno=holder.get_fd())
        listening.set_inheritable(True)
        vars(self).update(_ssp=None, _shd=holder, _sso=listening)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Callable[[], Any]) -> Any:  # type: ignore[override]
        ready = multiprocessing.Event()
        worker: Any = super()._spawn_worker(idx, target, partial(_load, callback_loader, ready))
        worker.ready = ready
        return worker

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        """Replace these workers: those that have died, or with a `delay` those that serve."""
        for idx in workers:
            old: Any = self.wrks[idx]
            if not delay and old.is_alive():  # The one that died was to replace it.
                continue
            self.respawned_wrks[idx] = time.monotonic()
            new = self._spawn_worker(idx=idx, target=spawn_target, callback_loader=target_loader)
            new.start()
            if old.is_alive() and not self._answers(new):
                self._end(new)
                # granian takes a worker that ends within seconds of its respawning for a loop of crashes, and would end all.
                del self.respawned_wrks[idx]
                logger.error("A new worker did not start: the old ones go on serving.")
                return
            self.wrks[idx] = new
            self._end(old)
        self._metrics.incr_spawn(len(workers))

    def _answers(self, worker: Any) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while not worker.ready.wait(0.05):
            if self.interrupt_signal or not worker.is_alive() or time.monotonic() > deadline:
                return False
        return True

    def _end(self, worker: Any) -> None:
        worker.terminate()
        worker.join(self.workers_kill_timeout)
        if worker.is_alive():
            worker.kill()
            worker.join()


def _load(load: Callable[[], Any], ready: Event) -> Any:
    """In a new worker: the application; whoever waits is told as soon as granian listens to signals, the last thing before it serves.

    A worker that is told to end before that serves nobody yet, and ends.
    """
    before = signal.getsignal(signal.SIGTERM)

    def tell() -> None:
        while signal.getsignal(signal.SIGTERM) is before:
            if signal.SIGTERM in signal.sigpending():
                os._exit(0)
            time.sleep(0.02)
        ready.set()

    threading.Thread(target=tell, name="tell-ready", daemon=True).start()
    return load()


def _keep_signals_from_new_workers() -> None:
    """A new process begins with the signals to end held back, until the worker asks for them (`worker._end_once`)."""
    held: list[set[int]] = []
    os.register_at_fork(
        before=lambda: held.append(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, held.pop()),
    )


if __name__ == "__main__":
    _keep_signals_from_new_workers()
    _cli.Server = FirstProcess
    _cli.entrypoint()
