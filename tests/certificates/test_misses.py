from __future__ import annotations

import pytest

from ceapp.certificates.misses import MOST_IN_ALL, MOST_PER_NETWORK, SPAN_SECONDS, Misses
from ceapp.errors import TooMany


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_network_is_limited_alone_and_not_for_ever() -> None:
    clock = Clock()
    misses = Misses(clock)
    for _ in range(MOST_PER_NETWORK):
        misses.count("192.0.2.1/32")
    with pytest.raises(TooMany) as refused:
        misses.count("192.0.2.1/32")
    assert 1 <= refused.value.retry_after <= SPAN_SECONDS + 1
    misses.count("192.0.2.2/32")
    clock.now += refused.value.retry_after
    misses.count("192.0.2.1/32")


def test_all_networks_together_are_limited_and_memory_with_them() -> None:
    misses = Misses(Clock())
    for number in range(MOST_IN_ALL):
        misses.count(f"network {number}")
    with pytest.raises(TooMany):
        misses.count("another")
    assert len(misses._by_network) == MOST_IN_ALL
