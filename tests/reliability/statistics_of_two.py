"""Whether two sets of measured times differ: the rank test of Mann and Whitney, which asks nothing about how times are spread.

With the correction for ties and the approximation by the normal distribution (Mann and Whitney, "On a test of whether one of two random
variables is stochastically larger than the other", 1947; good from about twenty values on each side).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import erfc, sqrt


def probability_of_no_difference(one: Sequence[float], other: Sequence[float]) -> float:
    """How likely ranks as uneven as these, or more so, are when both come from the same source (two-sided)."""
    both = sorted([*one, *other])
    ranks = _middle_ranks(both)
    n, m = len(one), len(other)
    u = sum(ranks[value] for value in one) - n * (n + 1) / 2
    ties = sum(times**3 - times for times in Counter(both).values())
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    if variance == 0:
        return 1.0
    return erfc(max(0.0, abs(u - n * m / 2) - 0.5) / sqrt(2 * variance))


def _middle_ranks(ordered: Sequence[float]) -> dict[float, float]:
    """The rank of each value; equal ones share the middle of theirs."""
    first: dict[float, int] = {}
    for place, value in enumerate(ordered, 1):
        first.setdefault(value, place)
    times = Counter(ordered)
    return {value: place + (times[value] - 1) / 2 for value, place in first.items()}
