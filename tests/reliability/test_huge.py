"""R16: what is huge is refused early and held nowhere, and whoever else is there notices nothing."""

from __future__ import annotations

import io
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench.visitor import form
from ceapp.accounts.models import Invitation
from tests.reliability.agencies import Office, beside
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import page
from tests.reliability.resources import MEGABYTE, memory_of
from tests.reliability.rounds import rounds

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"
MOST_GROWTH = 50 * MEGABYTE
PATIENCE = 30.0
SIGN_IN = "/account/sign-in"
PIECE = 64 * 1024

Pieces = Iterator[bytes]


class Hostile(NamedTuple):
    """A request: its content type, how much it says that it is (None: sent in chunks), and its body in pieces."""

    kind: str
    length: int | None
    body: Callable[[], Pieces]


class Told(NamedTuple):
    """What became of a request."""

    status: int
    page: str
    seconds: float
    sent: int


def repeated(piece: bytes, length: int, before: bytes = b"") -> Callable[[], Pieces]:
    """`before`, then the piece again and again until there are so many bytes."""

    def pieces() -> Pieces:
        yield before
        left = length - len(before)
        block = piece * (PIECE // len(piece) + 1)
        while left > 0:
            yield block[:left]
            left -= len(block)

    return pieces


def form_of(body: bytes) -> Hostile:
    return Hostile(FORM, len(body), lambda: iter([body]))


def parts(*named: tuple[str, bytes]) -> bytes:
    return b"".join(b'--cut\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value) for name, value in named)


def gigabyte(kind: str, before: bytes = b"", *, chunked: bool = False) -> Hostile:
    length = 1024 * MEGABYTE
    return Hostile(kind, None if chunked else length, repeated(b"a", length, before))


_FIELD = b'--cut\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
_FILE = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
TEN_THOUSAND = [(f"field{number}", "x") for number in range(10_000)]

TOO_LARGE: dict[str, Hostile] = {
    "a gigabyte as a form": gigabyte(FORM, b"email="),
    "a gigabyte as parts": gigabyte(MULTIPART, _FIELD),
    "a gigabyte as a file": gigabyte(MULTIPART, _FILE),
    "a hundred megabytes in one field": Hostile(FORM, 100 * MEGABYTE, repeated(b"a", 100 * MEGABYTE, b"email=")),
    "a hundred megabytes in one part": Hostile(MULTIPART, 100 * MEGABYTE, repeated(b"a", 100 * MEGABYTE, _FIELD)),
    "a form a little too large": form_of(b"email=" + b"a" * 600_000),
    "a form below the largest body": form_of(b"email=" + b"a" * 2_000_000),
    "a password of a megabyte": form_of(b"email=a%40example.org&password=" + b"a" * MEGABYTE),
    "ten thousand fields": form_of(urllib.parse.urlencode(TEN_THOUSAND).encode()),
    "ten thousand times one field": form_of(b"email=a&" * 10_000),
    "ten thousand parts": Hostile(
        MULTIPART, None, lambda: iter([parts(*((name, value.encode()) for name, value in TEN_THOUSAND)) + b"--cut--\r\n"])
    ),
}
"""Bodies that no page of ours takes, whatever is in them."""

REFUSED: dict[str, Hostile] = {
    "a gigabyte of nothing known": gigabyte("application/octet-stream"),
    "a gigabyte in chunks": gigabyte(FORM, b"email=", chunked=True),
    "deep JSON": Hostile("application/json", 200_000, repeated(b"[", 200_000)),
    "deep names": form_of(("a" + "[a]" * 50_000 + "=1").encode()),
    "a part with a long header": Hostile(MULTIPART, None, lambda: iter([b"--cut\r\nX: " + b"a" * 400_000 + b"\r\n\r\nb\r\n--cut--\r\n"])),
    "parts that never end": Hostile(MULTIPART, None, lambda: iter([b"--cut\r\n" * 50_000])),
}
"""Bodies that are refused in one way or another, and break nothing."""


def told(port: int, hostile: Hostile, address: str = SIGN_IN, cookies: str = "") -> Told:
    """Send it until the server has said something, and read that."""
    begun, sent = time.monotonic(), 0
    with closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) as connection:
        connection.sendall(_head(hostile, address, cookies))
        try:
            for piece in hostile.body():
                connection.sendall(_framed(hostile, piece))
                sent += len(piece)
                if _has_answer(connection):
                    break
            else:
                connection.sendall(b"0\r\n\r\n" if hostile.length is None else b"")
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = _answer(connection)
    return Told(int(answer.split()[1]) if answer else 0, answer.decode("utf-8", "replace"), time.monotonic() - begun, sent)


def _head(hostile: Hostile, address: str, cookies: str) -> bytes:
    size = "Transfer-Encoding: chunked" if hostile.length is None else f"Content-Length: {hostile.length}"
    return f"POST {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {hostile.kind}\r\nCookie: {cookies}\r\n{size}\r\n\r\n".encode()


def _framed(hostile: Hostile, piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece) if hostile.length is None and piece else piece


def _has_answer(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(PATIENCE)


def _answer(connection: socket.socket) -> bytes:
    answer = b""
    try:
        while b"</html>" not in answer and (more := connection.recv(65536)):
            answer += more
    except (ConnectionResetError, TimeoutError):
        pass
    return answer


class Honest(threading.Thread):
    """Somebody who opens pages all the while."""

    def __init__(self, served: Installation) -> None:
        super().__init__(daemon=True)
        self._visitor, self._over = served.visitor(served.somebody()), threading.Event()
        self.seconds: list[float] = []
        self.problems: list[str] = []

    def run(self) -> None:
        while not self._over.wait(0.02):
            begun = time.monotonic()
            try:
                page(self._visitor, "/courses")
            except Exception as problem:  # noqa: BLE001 - looked at by the test
                self.problems.append(repr(problem))
            self.seconds.append(time.monotonic() - begun)

    def stop(self) -> None:
        self._over.set()
        self.join(PATIENCE)


@pytest.mark.usefixtures("sound")
def test_g3_r16_huge_bodies_are_refused_early_and_nobody_else_notices(served: Installation, figures: Callable[..., Figures]) -> None:
    row = figures("R16 huge", "sqlite", rounds(1, 50) * (len(TOO_LARGE) + len(REFUSED)))
    port, honest = served.server.port, Honest(served)
    for hostile in (*TOO_LARGE.values(), *REFUSED.values()):  # What reading a form needs once is not what a huge one holds.
        told(port, hostile)
    before = memory_of(served.server)
    honest.start()
    slowest = 0.0
    for _ in range(rounds(1, 50)):
        for name, hostile in TOO_LARGE.items():
            reply = told(port, hostile)
            assert (name, reply.status, "That is too large" in reply.page, "nothing was changed" in reply.page) == (name, 413, True, True)
            assert hostile.length is None or reply.sent <= max(3 * MEGABYTE, 2_000_006), f"{name}: {reply.sent} bytes went in"
            slowest, row.done = max(slowest, reply.seconds), row.done + 1
        for name, hostile in REFUSED.items():
            reply = told(port, hostile)
            assert 400 <= reply.status < 500, f"{name}: {reply.status}"
            slowest, row.done = max(slowest, reply.seconds), row.done + 1
    honest.stop()
    grown = memory_of(served.server) - before
    row.acknowledged, row.lost = len(honest.seconds), len(honest.problems)
    row.note = f"refused after {slowest:.2f} s at most, {grown / MEGABYTE:+.1f} MB; honest pages took {max(honest.seconds):.2f} s at most"
    assert honest.problems == []
    assert honest.seconds
    assert grown <= MOST_GROWTH


CSV_BOMBS: dict[str, bytes] = {
    "a line of a megabyte": b"email,name\n" + b"a" * MEGABYTE,
    "a quotation that never ends": b'email,name\n"' + b"a,b\n" * 200_000,
    "a million commas": b"email,name\nann@example.org" + b"," * MEGABYTE,
    "a hundred thousand lines": b"email,name\n" + b"a@b.example,A\n" * 100_000,
    "a zip archive": b"PK\x03\x04" + b"\x00" * 100_000,
    "nothing but quotation marks": b'"' * 1_500_000,
}


@pytest.mark.usefixtures("sound")
def test_f11_r16_lists_that_are_bombs_are_refused_and_invite_nobody(served: Installation) -> None:
    before = memory_of(served.server)
    with beside(served) as app:
        office = Office(served, app)
    visitor = served.visitor(office.supervisor)
    address = f"/organisations/{office.slug}/members/import"
    _, seal, _ = _upload_form(page(visitor, address), address)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    for name, bomb in CSV_BOMBS.items():
        body = parts(("csrf_token", seal.encode())) + _FILE + bomb + b"\r\n--cut--\r\n"
        reply = told(served.server.port, Hostile(MULTIPART, len(body), lambda body=body: iter([body])), address, cookies)
        assert reply.status in (200, 413, 422), f"{name}: {reply.status}"
        assert reply.status != 200 or "longer than" in reply.page or "more than" in reply.page, name
    assert served.count(Invitation, Invitation.organisation_id == office.id) == 0
    assert memory_of(served.server) - before <= MOST_GROWTH


def _upload_form(text: str, address: str) -> tuple[str, str, str]:
    action, hidden, body = form(text, address)
    return action, dict(hidden)["csrf_token"], body


class Counted(io.RawIOBase):
    """A body that counts what is read of it."""

    def __init__(self, hostile: Hostile) -> None:
        self.taken, self._pieces, self._rest = 0, hostile.body(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        given, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(given)] = given
        self.taken += len(given)
        return len(given)


LARGE = {
    "form": Hostile(FORM, 6 * MEGABYTE, repeated(b"a", 6 * MEGABYTE, b"email=")),
    "parts": Hostile(MULTIPART, 6 * MEGABYTE, repeated(b"a", 6 * MEGABYTE, _FIELD)),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("limited", [True, False])
def test_r16_control_without_the_limits_a_large_body_is_read_whole(
    app: Flask, monkeypatch: pytest.MonkeyPatch, figures: Callable[..., Figures], kind: str, limited: bool
) -> None:
    row = figures("R16 huge", f"control {kind}, {'limited' if limited else 'without limits'}", 1)
    if not limited:
        for name in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE"):
            monkeypatch.setitem(app.config, name, None)
    hostile = LARGE[kind]
    body = Counted(hostile)
    environ = EnvironBuilder(SIGN_IN, method="POST", content_type=hostile.kind).get_environ()
    environ.update({"wsgi.input": body, "CONTENT_LENGTH": str(hostile.length)})
    status = run_wsgi_app(app.wsgi_app, environ)[1]
    row.done, row.control, row.note = 1, "tripped" if body.taken else "", f"{body.taken} bytes of {hostile.length} were read"
    if limited:
        assert (status[:3], body.taken) == ("413", 0)
    else:
        assert (status[:3] == "413", body.taken) == (False, hostile.length)
