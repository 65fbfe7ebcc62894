"""How the server's log is written: one event a line, on the standard error, with no value that somebody typed.

What stands on the standard output is for whoever starts the server, such as the link that makes the first administrator; it is no log.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

KINDS = ("auto", "json", "text", "off")
REQUESTS = "ceapp.requests"
"""The logger of the line that every request gets."""

_LONGEST = 2_000
_ENCODER = json.JSONEncoder(default=str, separators=(",", ":"))


def chosen(kind: str) -> str:
    """What `auto` means here: text for somebody who watches a terminal, JSON for everything else."""
    return kind if kind != "auto" else "text" if sys.stderr.isatty() else "json"


def write_log(kind: str) -> None:
    """From now on this process writes its log so; also what nobody caught is a line then, without the words of the error."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(chosen(kind)))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if chosen(kind) == "json" else logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _tell_uncaught
    threading.excepthook = lambda hooked: _tell_uncaught(hooked.exc_type, hooked.exc_value, hooked.exc_traceback)


def formatter(kind: str = "") -> logging.Formatter:
    """How one event becomes a line; without a kind, as the variable CEAPP_LOG says (granian asks so)."""
    return JsonLine() if chosen(kind or os.environ.get("CEAPP_LOG", "auto")) == "json" else TextLine()


class JsonLine(logging.Formatter):
    """`{"at": …, "level": …, "message": …, …}`; all in ASCII, so that no character ends the line or moves the cursor."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
            **_fields(record),
        }
        return _ENCODER.encode(line).replace("\x7f", "\\u007f")


class TextLine(logging.Formatter):
    """The same for a person's eye: time, level, message, and what belongs to it as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in _fields(record).items() if value not in ("", None))
        return _printable(f"{_moment(record)} {record.levelname.lower()}: {_words(record)}{about}")


def places(error: BaseException) -> str:
    """The lines of our own code that led to an error, the innermost first; no message and no value, which could be what somebody typed."""
    return _places(error.__traceback__)


def _places(trace: TracebackType | None) -> str:
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(trace)]
    ours = [f"{path.rpartition('/ceapp/')[2]}:{line}" for path, line in frames if "/ceapp/" in path and "site-packages" not in path]
    return " < ".join(reversed(ours))


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _words(record: logging.LogRecord) -> str:
    """The first line: what follows in other people's messages is a traceback, whose last line holds values."""
    return record.getMessage().partition("\n")[0][:_LONGEST]


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    if record.exc_info and record.exc_info[0] is not None:
        return {**fields, "error": record.exc_info[0].__name__, "places": _places(record.exc_info[2])}
    return fields


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def _tell_uncaught(kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, (KeyboardInterrupt, SystemExit)):
        logging.getLogger("ceapp").error("Traceback of %s, without its words: %s", kind.__name__, _places(trace))
