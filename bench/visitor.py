"""A browser small enough not to be measured: one kept-alive connection, cookies, and the forms of a page."""

from __future__ import annotations

import html
import http.client
import re
import time
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlencode

_FORM = re.compile(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", re.S)
_HIDDEN = re.compile(r"<input(?=[^>]*type=\"hidden\")[^>]*>")
_ATTRIBUTE = re.compile(r"\b(name|value)=\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the server, before any redirect is followed."""

    status: int
    headers: Message
    body: bytes

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", "")) if self.status == 303 else ""

    @property
    def page(self) -> str:
        return self.body.decode("utf-8", "replace")


class Visitor:
    """One person at the server; `seconds` collects how long each POST took. `source` is the address that they come from."""

    def __init__(self, port: int, cookies: dict[str, str], source: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0) if source else None)
        self.cookies = dict(cookies)
        self.seconds: list[float] = []
        self.requests = 0

    def get(self, path: str) -> tuple[int, str, str]:
        return self._follow(self.send("GET", path))

    def bytes_of(self, path: str) -> bytes:
        return self.send("GET", path).body

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[int, str, str]:
        """Send a form; the time until its own answer is kept, not that of the page it leads to."""
        begun = time.perf_counter()
        reply = self.send("POST", path, fields)
        self.seconds.append(time.perf_counter() - begun)
        return self._follow(reply)

    def send(self, method: str, path: str, fields: list[tuple[str, str]] | None = None) -> Reply:
        """One request and its answer. When it fails, the next one begins on a fresh connection."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.requests += 1
        try:
            self._connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Reply(response.status, response.headers, body)

    def close(self) -> None:
        self._connection.close()

    def _follow(self, reply: Reply) -> tuple[int, str, str]:
        location = ""
        while reply.status == 303:
            location = reply.location.partition("#")[0]
            reply = self.send("GET", location)
        return reply.status, location, reply.page


def form(page: str, action_ends: str) -> tuple[str, list[tuple[str, str]], str]:
    """The action, hidden fields and body of the form whose action ends so."""
    for action, body in _FORM.findall(page):
        if html.unescape(action).endswith(action_ends):
            hidden = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(body)]
            return html.unescape(action), [(each["name"], html.unescape(each.get("value", ""))) for each in hidden], body
    raise LookupError(f"no form to …{action_ends}")
