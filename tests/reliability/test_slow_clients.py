"""R15: five hundred clients that send or read slowly, in every manner; whoever is honest goes on being served.

What this shows, and what it does not: granian reads the head of a request and waits for slow readers outside its worker threads, so slow
heads and slow readers hold no thread. A body is read by the thread that answers, so without a buffering proxy in front, as many slow
bodies as there are threads would hold them all: the last test says so, and `docs/nginx.conf.example` is the documented set-up.
"""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bench.visitor import Visitor
from tests.reliability.installation import Installation
from tests.reliability.journeys import page
from tests.reliability.rounds import rounds
from tests.reliability.server import wait_until

pytestmark = pytest.mark.xdist_group("server")

CROWD = 500
HONEST = 20
LONGEST_BODY = 400_000

NGINX = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_header_timeout 15s;
    client_body_timeout 15s;
    client_max_body_size 3m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_set_header Host $http_host;
        }}
    }}
}}
"""


def slow_head(connection: socket.socket) -> None:
    connection.sendall(b"GET /courses HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:")


def slow_body(connection: socket.socket) -> None:
    kind = "application/x-www-form-urlencoded"
    head = f"POST /account/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {LONGEST_BODY}\r\n\r\nemail="
    connection.sendall(head.encode())


def slow_reader(connection: socket.socket) -> None:
    """Asks for two pages and reads nothing of them."""
    connection.sendall(b"GET /courses HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 2)


Manner = Callable[[socket.socket], None]


@contextmanager
def crowd(port: int, manner: Manner, number: int) -> Iterator[None]:
    """So many slow clients, who send another byte now and then, for as long as the block lasts."""
    slow = [_slow_socket(port) for _ in range(number)]
    over = threading.Event()
    try:
        for connection in slow:
            manner(connection)
        trickling = threading.Thread(target=_trickle, args=(slow, over), daemon=True)
        trickling.start()
        yield
    finally:
        over.set()
        trickling.join()
        for connection in slow:
            connection.close()


def _slow_socket(port: int) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    return connection


def _trickle(slow: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(1):
        for connection in slow:
            with suppress(OSError):
                connection.send(b"a", socket.MSG_DONTWAIT)


def honest(visitor: Visitor, pages: int) -> float:
    """Open pages; the seconds of the slowest."""
    slowest = 0.0
    for _ in range(pages):
        begun = time.monotonic()
        assert page(visitor, "/courses")
        slowest = max(slowest, time.monotonic() - begun)
    return slowest


@contextmanager
def behind_nginx(served: Installation, folder: Path) -> Iterator[int]:
    """The port of a buffering proxy in front of the server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.mkdir()
    folder.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, behind=served.server.port))
    command = ["nginx", "-p", str(folder), "-c", str(configuration), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _listens(port), "nginx listens")
            yield port
        finally:
            process.terminate()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("manner", [slow_head, slow_reader])
def test_r15_slow_heads_and_slow_readers_keep_nobody_waiting_even_without_a_proxy(served: Installation, manner: Manner) -> None:
    with crowd(served.server.port, manner, CROWD):
        slowest = honest(served.visitor(served.somebody()), HONEST * rounds(1, 100))
    print(f"R15: {CROWD} × {manner.__name__} without a proxy: the slowest honest page took {slowest:.2f} s")


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("manner", [slow_head, slow_body, slow_reader])
def test_r15_behind_a_buffering_proxy_no_manner_keeps_anybody_waiting(served: Installation, tmp_path: Path, manner: Manner) -> None:
    person = served.somebody()
    with behind_nginx(served, tmp_path / "nginx") as port, crowd(port, manner, CROWD):
        visitor = Visitor(port, {"ceapp": person.token})
        slowest = honest(visitor, HONEST * rounds(1, 100))
        visitor.close()
    print(f"R15: {CROWD} × {manner.__name__} behind nginx: the slowest honest page took {slowest:.2f} s")


def test_r15_control_without_a_proxy_slow_bodies_hold_every_thread(installation: Installation) -> None:
    """Said truthfully in docs/operating.md: a server that strangers reach belongs behind a proxy that buffers."""
    installation.server.start()
    visitor = installation.visitor(installation.somebody())
    assert page(visitor, "/courses")
    answered = threading.Event()

    def ask() -> None:
        with suppress(OSError, AssertionError):
            page(visitor, "/courses")
            answered.set()

    with crowd(installation.server.port, slow_body, 50):
        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        assert not answered.wait(2)
    asking.join()
    wait_until(answered.is_set, "with the slow clients gone the page comes")
