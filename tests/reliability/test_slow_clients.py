"""R15: five hundred clients that send or read slowly, in every manner; whoever is honest goes on being served.

What this shows, and what it does not: granian reads the head of a request and waits for slow readers outside its worker threads, so slow
heads and slow readers hold no thread. A body is read by the thread that answers, so without a buffering proxy in front, as many slow
bodies as there are threads would hold them all: the last test says so, and `docs/nginx.conf.example` is the documented set-up.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bench.visitor import Visitor
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import page
from tests.reliability.rounds import rounds
from tests.reliability.server import wait_until

CROWD = 500
HONEST = 20
LASTS = 600
"""Seconds among slow clients in the full form."""
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
    """So many slow clients for as long as the block lasts: they send another byte now and then, and who is sent away comes again."""
    slow = [_slow_client(port, manner) for _ in range(number)]
    over = threading.Event()
    trickling = threading.Thread(target=_trickle, args=(slow, over, lambda: _slow_client(port, manner)), daemon=True)
    trickling.start()
    try:
        yield
    finally:
        over.set()
        trickling.join()
        for connection in slow:
            connection.close()


def _slow_client(port: int, manner: Manner) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))
    manner(connection)
    return connection


def _trickle(slow: list[socket.socket], over: threading.Event, come: Callable[[], socket.socket]) -> None:
    while not over.wait(1):
        for place, connection in enumerate(slow):
            try:
                connection.send(b"a", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            except OSError:
                connection.close()
                with suppress(OSError):
                    slow[place] = come()


def honest(visitor: Visitor, row: Figures) -> None:
    """Open pages for as many seconds as are asked for, and a few in any case. What they took is a figure: a busy machine proves nothing."""
    took: list[float] = []
    begun = time.monotonic()
    while len(took) < HONEST or time.monotonic() - begun < row.asked:
        before = time.monotonic()
        assert page(visitor, "/courses")
        took.append(time.monotonic() - before)
    usual = statistics.quantiles(took, n=20)[-1]
    row.done, row.acknowledged = int(time.monotonic() - begun), len(took)
    row.note = f"seconds among {CROWD} slow clients; an honest page took {usual:.2f} s (95th percentile), {max(took):.2f} s at most"


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


@pytest.mark.parametrize("manner", [slow_head, pytest.param(slow_reader, marks=pytest.mark.full_form)])
def test_r15_slow_heads_and_slow_readers_keep_nobody_waiting_even_without_a_proxy(
    served: Installation, manner: Manner, figures: Callable[..., Figures]
) -> None:
    row = figures("R15 slow", manner.__name__, rounds(0, LASTS))
    with crowd(served.server.port, manner, CROWD):
        honest(served.visitor(served.somebody()), row)


@pytest.mark.parametrize(
    "manner", [slow_body, pytest.param(slow_head, marks=pytest.mark.full_form), pytest.param(slow_reader, marks=pytest.mark.full_form)]
)
def test_r15_behind_a_buffering_proxy_no_manner_keeps_anybody_waiting(
    served: Installation, tmp_path: Path, manner: Manner, figures: Callable[..., Figures]
) -> None:
    person, row = served.somebody(), figures("R15 slow", f"{manner.__name__} at nginx", rounds(0, LASTS))
    with behind_nginx(served, tmp_path / "nginx") as port, crowd(port, manner, CROWD):
        visitor = Visitor(port, {"ceapp": person.token})
        honest(visitor, row)
        visitor.close()


def test_r15_control_without_a_proxy_slow_bodies_hold_every_thread(served: Installation, figures: Callable[..., Figures]) -> None:
    """Said truthfully in docs/operating.md: a server that strangers reach belongs behind a proxy that buffers."""
    row, person = figures("R15 slow", "control", 1), served.somebody()
    asked: list[threading.Event] = []

    def ask(answered: threading.Event) -> None:
        with suppress(OSError, AssertionError):
            page(served.visitor(person), "/courses")
            answered.set()

    def is_held() -> bool:
        asked.append(threading.Event())
        threading.Thread(target=ask, args=(asked[-1],), daemon=True).start()
        return not asked[-1].wait(2)

    with crowd(served.server.port, slow_body, 50):
        wait_until(is_held, "every thread reads a slow body")
    wait_until(asked[-1].is_set, "with the slow clients gone the page comes")
    row.done, row.control = 1, "tripped"
