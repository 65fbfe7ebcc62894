"""Running one deed many times at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

from ceapp.database import db
from ceapp.errors import CeappError


def at_once(app: Flask, times: int, deed: Callable[[int], Any]) -> list[Any]:
    """What each of `times` threads got: a result, or the refusal; they start together, eight at a time."""
    gate = threading.Barrier(min(times, 8))

    def one(number: int) -> Any:
        if number < 8:
            gate.wait()
        with app.app_context():
            try:
                return deed(number)
            except CeappError as refusal:
                return refusal
            finally:
                db.session.remove()

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(one, range(times)))
