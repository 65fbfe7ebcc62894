"""G3, R15, R16: what is too large is refused on a proper page, and whoever is slow keeps nobody else waiting."""

from __future__ import annotations

import socket
import time
from contextlib import closing, suppress

import pytest

from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, form_at, page

pytestmark = pytest.mark.usefixtures("sound")

SLOW = 100


def raw(port: int, asked: bytes, body: bytes = b"") -> tuple[int, str]:
    """The status and the page that these bytes get; the server may answer before it has read them all."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(asked)
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(body)
        answer = b""
        while b"</html>" not in answer and (more := connection.recv(65536)):
            answer += more
    return int(answer.split()[1]), answer.decode()


def post(length: int, address: str = "/account/sign-in") -> bytes:
    kind = "application/x-www-form-urlencoded"
    return f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n".encode()


@pytest.mark.parametrize(("announced", "sent"), [(3_000_000, 0), (1_000_000_000, 1000), (3_000_000, 3_000_000), (600_000, 600_000)])
def test_g3_a_body_that_is_too_large_is_refused_before_it_is_read(served: Installation, announced: int, sent: int) -> None:
    begun = time.monotonic()
    status, text = raw(served.server.port, post(announced), b"a" * sent)
    assert (status, "That is too large" in text, "nothing was changed" in text) == (413, True, True)
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("fields", [[("x", "1")] * 2000, [(f"x{number}", "") for number in range(2000)]])
def test_r16_too_many_fields_are_refused(served: Installation, fields: list[tuple[str, str]]) -> None:
    visitor = served.visitor()
    form = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
    reply = Filled(form.action, (*form.fields, *fields)).send(visitor)
    assert (reply.status, "That is too large" in reply.page) == (413, True)


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: 1\r\n" * 2000 + b"\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_f11_what_is_no_request_of_a_browser_is_refused(served: Installation, asked: bytes) -> None:
    status, _ = raw(served.server.port, asked)
    assert 400 <= status < 500
    assert page(served.visitor(), "/courses")


def test_r15_slow_headers_keep_nobody_waiting(served: Installation) -> None:
    slow = [socket.create_connection(("127.0.0.1", served.server.port), timeout=30) for _ in range(SLOW)]
    try:
        for connection in slow:
            connection.sendall(b"GET /courses HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:")
        begun = time.monotonic()
        for _ in range(10):
            assert page(served.visitor(), "/courses")
        assert time.monotonic() - begun < 10
    finally:
        for connection in slow:
            connection.close()
