"""A visitor that speaks HTTP over a bare socket: on a machine of two cores the client must not be what is measured."""

from __future__ import annotations

import re
import socket
from email.message import Message
from urllib.parse import urlencode

from bench.visitor import Reply, Visitor

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)", re.I)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]*)", re.I)


class Wire(Visitor):
    """The same visitor; its requests are written and its answers read by hand."""

    def __init__(self, port: int, cookies: dict[str, str], source: str = "") -> None:
        super().__init__(port, cookies, source)
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), 30, (source, 0) if source else None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = 0

    def send(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Reply:
        self.requests += 1
        body = urlencode(fields).encode() if fields is not None else b""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", f"Cookie: {cookies}"]
        if fields is not None:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return self._reply()

    def close(self) -> None:
        self._socket.close()
        super().close()

    def _reply(self) -> Reply:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end], data[end + 4 :]
        length = _LENGTH.search(head)
        wanted = int(length[1]) if length else 0
        parts, have = [body], len(body)
        while have < wanted:
            parts.append(self._more())
            have += len(parts[-1])
        for name, value in _COOKIE.findall(head):
            self.cookies[name.decode()] = value.decode()
        headers = Message()
        if found := _LOCATION.search(head):
            headers["Location"] = found[1].decode()
        self.received += len(head) + have
        return Reply(int(head[9:12]), headers, b"".join(parts))

    def _more(self) -> bytes:
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
