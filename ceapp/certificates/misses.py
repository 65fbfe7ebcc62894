"""How often a code may be missed: per network and in all, counted in the memory of each worker.

Only misses are counted and refused. Whoever has a real code is always answered, however many others are guessing, and nothing is lost by
that: a code cannot be guessed. The limit keeps guessers from being a load and shows that somebody tries.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from ceapp.errors import TooMany

SPAN_SECONDS = 600
MOST_PER_NETWORK = 30
MOST_IN_ALL = 1000


class Misses:
    """The misses of the present span of time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._span = -1
        self._by_network: Counter[str] = Counter()

    def count(self, network: str) -> None:
        """Count a miss. Raises TooMany when this network, or all together, have missed too often."""
        now = self._clock()
        with self._lock:
            span = int(now // SPAN_SECONDS)
            if span != self._span:
                self._span, self._by_network = span, Counter()
            if self._by_network[network] >= MOST_PER_NETWORK or self._by_network.total() >= MOST_IN_ALL:
                raise TooMany(_SENTENCE, retry_after=int((span + 1) * SPAN_SECONDS - now) + 1)
            self._by_network[network] += 1


_SENTENCE = (
    "Many codes were tried that belong to no certificate. A right code is always answered: compare yours with the paper, letter by letter."
    " Other codes can be tried again in ten minutes."
)
