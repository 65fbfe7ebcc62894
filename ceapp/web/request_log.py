"""One line for every request: who, which route, how it ended, how long it took. Never the address, which may hold a code or a token."""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

from blinker import Namespace
from flask import Flask, Response, g, request

from ceapp.database.slow_queries import Work, count_into
from ceapp.log_lines import REQUESTS, places
from ceapp.web.headers import add_headers

View = TypeVar("View", bound=Callable[..., Any])

log = logging.getLogger(REQUESTS)
request_ended = Namespace().signal("ceapp-request-ended")
"""Sent by the application with `seen`, once the answer is on its way."""

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"})
KEPT = 500
"""How many of its last requests a process remembers, for the operator's page."""

_REFUSED = frozenset({401, 403, 429})
_SEEN = "ceapp.seen"
_BROKEN = "Something broke on our side. What was saved before is safe. If you ask for help, give this number: {}\n"


@dataclass(slots=True)
class Seen:
    """What is known of one request. No text in it comes from whoever sent it."""

    id: str
    method: str
    began: float
    work: Work
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    endpoint: str = ""
    rule: str = ""
    actor: UUID | None = None
    organisation: UUID | None = None
    error: str = ""
    status: int = 0
    size: int = 0
    ms: float = 0.0
    is_quiet: bool = False

    @property
    def sql_ms(self) -> float:
        return self.work.seconds * 1000

    @property
    def is_refused(self) -> bool:
        """Whether somebody asked for what is not theirs: also what looks as if it were not there."""
        return self.status in _REFUSED or (self.status == 404 and bool(self.endpoint))

    @property
    def level(self) -> int:
        return logging.ERROR if self.status >= 500 else logging.WARNING if self.is_refused else logging.INFO

    def fields(self) -> dict[str, Any]:
        """The values of the line."""
        return {
            "request": self.id,
            "method": self.method,
            "endpoint": self.endpoint,
            "rule": self.rule,
            "status": self.status,
            "ms": round(self.ms, 1),
            "sql": self.work.statements,
            "sql_ms": round(self.sql_ms, 1),
            "actor": str(self.actor) if self.actor else "",
            "organisation": str(self.organisation) if self.organisation else "",
            "bytes": self.size,
            "error": self.error,
        }


def quiet(view: View) -> View:
    """Declare that a view is asked every few seconds by a machine: its answers get no line, unless they refuse."""
    view.quiet = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    app.extensions["ceapp.recent"] = deque(maxlen=KEPT)
    app.before_request(_note_route)
    app.log_exception = lambda *_: None  # type: ignore[method-assign]  # Flask's line holds the address; ours says what broke.
    says_requests = app.extensions["ceapp.settings"].log != "off"
    app.wsgi_app = _Watched(app, app.wsgi_app, says_requests=says_requests)  # type: ignore[method-assign]


def recent(app: Flask) -> list[Seen]:
    """The last requests of this process."""
    kept: deque[Seen] = app.extensions["ceapp.recent"]
    return list(kept)


def request_id() -> str:
    """The number of this request, which its line in the log and its error page have."""
    seen = _seen()
    return seen.id if seen else ""


def note_actor(person_id: UUID) -> None:
    """The request is this person's."""
    if seen := _seen():
        seen.actor = person_id


def note_organisation(organisation_id: UUID) -> None:
    """The request is about this organisation."""
    if seen := _seen():
        seen.organisation = organisation_id


def note_error(error: BaseException) -> None:
    """The request ended in this kind of error."""
    if seen := _seen():
        seen.error = type(error).__name__


def _seen() -> Seen | None:
    found: Seen | None = request.environ.get(_SEEN) if request else None
    return found


def _note_route() -> None:
    seen = _seen()
    g.request_id = seen.id if seen else secrets.token_hex(6)
    if seen and request.endpoint and request.url_rule:
        seen.endpoint, seen.rule = request.endpoint, request.url_rule.rule
        seen.work.rule = seen.rule


class Broken(RuntimeError):
    """The rest of an answer could not be made; what led to it is in our log, and its words in none."""


class _Watched:
    """Around the application: nothing gets past it, neither a request without a line nor the words of an error."""

    def __init__(self, app: Flask, inner: Callable[..., Iterable[bytes]], *, says_requests: bool) -> None:
        self._app, self._inner, self._says_requests = app, inner, says_requests

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        work = Work(secrets.token_hex(6))
        method = environ.get("REQUEST_METHOD", "")
        seen = environ[_SEEN] = Seen(work.request, method if method in METHODS else "other", perf_counter(), work)
        length: list[int] = []

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen.status = int(status[:3])
            headers.append(("X-Request-Id", seen.id))
            length.extend(int(value) for name, value in headers if name == "Content-Length")
            return start_response(status, headers, *rest)

        count_into(work)
        try:
            body = self._inner(environ, start)
        except Exception as error:
            if self._passes_on():
                raise
            return self._plain(error, seen, start)
        finally:
            count_into(None)
        if not length:
            return _Stream(body, seen, self._end)
        seen.size = 0 if method == "HEAD" else length[0]
        self._end(seen)
        return body

    def _passes_on(self) -> bool:
        chosen = self._app.config["PROPAGATE_EXCEPTIONS"]
        return bool(self._app.testing if chosen is None else chosen)

    def _plain(self, error: Exception, seen: Seen, start: Callable[..., Any]) -> list[bytes]:
        """The answer when not even an error page can be made."""
        seen.error = type(error).__name__
        log.error("request %s: %s at %s", seen.id, seen.error, places(error))
        with self._app.app_context():
            response = add_headers(Response(_BROKEN.format(seen.id), 500, mimetype="text/plain"))
        start(response.status, response.headers.to_wsgi_list())
        seen.size = len(response.data)
        self._end(seen)
        return [response.data]

    def _end(self, seen: Seen) -> None:
        seen.ms = (perf_counter() - seen.began) * 1000
        view = self._app.view_functions.get(seen.endpoint)
        seen.is_quiet = getattr(view, "quiet", False) and seen.status not in _REFUSED
        if not seen.is_quiet:
            self._app.extensions["ceapp.recent"].append(seen)
            if self._says_requests and log.isEnabledFor(seen.level):
                # Written for every request: looking for the line of code that logs would cost as much as all the rest.
                log.handle(log.makeRecord(log.name, seen.level, "", 0, "request", (), None, extra={"fields": seen.fields()}))
        request_ended.send(self._app, seen=seen)


class _Stream:
    """An answer that is made while it is sent: its line is written when the last piece is gone, or nobody takes any more."""

    def __init__(self, body: Iterable[bytes], seen: Seen, end: Callable[[Seen], None]) -> None:
        self._body, self._pieces, self._seen, self._end = body, iter(body), seen, end
        self._has_ended = False

    def __iter__(self) -> _Stream:
        return self

    def __next__(self) -> bytes:
        count_into(self._seen.work)
        try:
            piece = next(self._pieces)
        except StopIteration:
            self._tell("")
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its words must not go on
            log.error("request %s: %s at %s", self._seen.id, type(error).__name__, places(error))
            self._tell(type(error).__name__)
            raise Broken from None  # The web server prints what reaches it, words and all.
        finally:
            count_into(None)
        self._seen.size += len(piece)
        return piece

    def close(self) -> None:
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._tell("CutOff")

    def _tell(self, error: str) -> None:
        if not self._has_ended:
            self._has_ended, self._seen.error = True, error
            self._end(self._seen)
