"""A TCP proxy on this machine that loses replies: what was sent arrives and takes effect, and whoever sent it never hears of it."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from random import Random

Chosen = Callable[[bytes], bool]
"""Whether the reply to what a client sent just now shall be lost."""


class Proxy:
    """Passes everything on to a port, but for the replies that it loses. After `limit` lost replies it only passes on."""

    def __init__(self, target: int, chosen: Chosen, limit: int) -> None:
        self._target, self._chosen, self._limit = target, chosen, limit
        self.cut = 0
        self._lock, self._sockets = threading.Lock(), list[socket.socket]()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError), client, socket.create_connection(("127.0.0.1", self._target)) as server:
            self._sockets.append(server)
            while self._pass_on(client, server):
                pass

    def _pass_on(self, client: socket.socket, server: socket.socket) -> bool:
        """Whether the connection stays."""
        readable, _, _ = select.select([client, server], [], [])
        if client in readable:
            sent = client.recv(1 << 16)
            server.sendall(sent)
            if sent and self._loses(sent):
                server.recv(1 << 16)  # It has been dealt with: now both ends find the connection closed.
                return False
            return bool(sent)
        answer = server.recv(1 << 16)
        client.sendall(answer)
        return bool(answer)

    def _loses(self, sent: bytes) -> bool:
        with self._lock:
            if self.cut >= self._limit or not self._chosen(sent):
                return False
            self.cut += 1
            return True


def now_and_then(words: tuple[bytes, ...], chance: Random, part: float = 0.3) -> Chosen:
    """Some of what holds one of the words."""
    return lambda sent: any(word in sent for word in words) and chance.random() < part
