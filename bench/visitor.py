"""A browser small enough not to be measured: one kept-alive connection, cookies, and the forms of a page."""

from __future__ import annotations

import html
import http.client
import re
import time
from urllib.parse import urlencode

_FORM = re.compile(r"<form[^>]*action=\"([^\"]*)\"[^>]*>(.*?)</form>", re.S)
_HIDDEN = re.compile(r"<input(?=[^>]*type=\"hidden\")[^>]*>")
_ATTRIBUTE = re.compile(r"\b(name|value)=\"([^\"]*)\"")


class Visitor:
    """One person at the server; `seconds` collects how long each POST took."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies = dict(cookies)
        self.seconds: list[float] = []
        self.requests = 0

    def get(self, path: str) -> tuple[int, str, str]:
        return self._follow(*self._ask("GET", path, None))

    def bytes_of(self, path: str) -> bytes:
        return self._ask("GET", path, None)[2]

    def post(self, path: str, fields: list[tuple[str, str]]) -> tuple[int, str, str]:
        """Send a form; the time until its own answer is kept, not that of the page it leads to."""
        begun = time.perf_counter()
        status, location, body = self._ask("POST", path, urlencode(fields))
        self.seconds.append(time.perf_counter() - begun)
        return self._follow(status, location, body)

    def _follow(self, status: int, location: str, body: bytes) -> tuple[int, str, str]:
        while status == 303:
            path = location.partition("#")[0]
            status, location, body = self._ask("GET", path, None)
            location = location or path
        return status, location, body.decode("utf-8", "replace")

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str, bytes]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        self.requests += 1
        response = self._connection.getresponse()
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response.status, response.headers.get("Location", "") if response.status == 303 else "", response.read()


def form(page: str, action_ends: str) -> tuple[str, list[tuple[str, str]], str]:
    """The action, hidden fields and body of the form whose action ends so."""
    for action, body in _FORM.findall(page):
        if html.unescape(action).endswith(action_ends):
            hidden = [dict(_ATTRIBUTE.findall(tag)) for tag in _HIDDEN.findall(body)]
            return html.unescape(action), [(each["name"], html.unescape(each.get("value", ""))) for each in hidden], body
    raise LookupError(f"no form to …{action_ends}")
