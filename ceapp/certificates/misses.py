"""How often a code may be missed, per network and in all: counted in the database, so that all workers, nodes and restarts share the count.

Only misses are counted and refused. Whoever has a real code is always answered, however many others are guessing, and nothing is lost by
that: a code cannot be guessed. The limit keeps guessers from being a load and shows that somebody tries.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from ceapp.accounts.guesses import TEN_MINUTES, take
from ceapp.errors import TooMany, Unavailable

MOST_REMEMBERED = 10_000


class Misses:
    """Remembers in this process which networks were refused: refusing them again costs no query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: dict[str, datetime] = {}

    def count(self, network: str, *, now: datetime) -> None:
        """Count a miss. Raises TooMany when this network, or all together, have missed too often."""
        until = self._refused_until(network, now)
        if until is not None:
            raise TooMany(_SENTENCE, retry_after=int((until - now).total_seconds()) + 1)
        try:
            take("certificate-code", now=now, network=network)
        except TooMany as refusal:
            self._remember(network, now + timedelta(seconds=refusal.retry_after))
            raise TooMany(_SENTENCE, refusal.retry_after) from None
        except Unavailable:
            return  # A database that takes no writing just now must not keep the answer back.

    def _refused_until(self, network: str, now: datetime) -> datetime | None:
        with self._lock:
            until = self._refused.get(network, now)
        return until if timedelta() < until - now <= TEN_MINUTES + timedelta(seconds=1) else None  # The clock may be set back.

    def _remember(self, network: str, until: datetime) -> None:
        with self._lock:
            if len(self._refused) >= MOST_REMEMBERED:
                self._refused.clear()
            self._refused[network] = until


_SENTENCE = (
    "Many codes were tried that belong to no certificate. A right code is always answered: compare yours with the paper, letter by letter."
    " Other codes can be tried again in ten minutes."
)
