"""D2, D3: a crowd signs in at once and the memory stays bounded; a known address takes no longer than an unknown one.

Times over a socket are measured in the full form only: on a machine that does other work they say nothing, so `make test` asserts none.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from bench.visitor import Visitor
from ceapp.accounts.passwords import hash_password
from tests.conftest import PASSWORD
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, form_at
from tests.reliability.resources import MEGABYTE
from tests.reliability.rounds import rounds, together
from tests.reliability.statistics_of_two import probability_of_no_difference
from tests.reliability.test_huge import Honest
from tests.reliability.weakened import weaken

CROWD, WORKERS, THREADS = 200, 2, 64
HASH = 19 * MEGABYTE
AT_ONCE = 2
"""Hashes at a time in each process (`ceapp.accounts.passwords`)."""

MOST = WORKERS * AT_ONCE * HASH + 60 * MEGABYTE
"""How much the memory may grow: what is hashed at a time, and what so many threads need besides when they all work."""

PAIRS, FEWEST = 500, 100
MOST_SECONDS, LEAST_PROBABILITY = 0.010, 0.01

UNBOUNDED = """
import threading

class Unbounded:
    def __init__(self, _number): pass
    def acquire(self, timeout=None): return True
    def release(self): pass

threading.BoundedSemaphore = Unbounded
"""


def peak_of(pids: list[int]) -> int:
    """The most that these processes ever held since `forget_peaks`."""
    return sum(_kilobytes(pid, "VmHWM") for pid in pids) * 1024


def forget_peaks(pids: list[int]) -> int:
    """Begin to measure; what they hold now."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return sum(_kilobytes(pid, "VmRSS") for pid in pids) * 1024


def _kilobytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def source(number: int) -> str:
    """An address of this machine for each visitor: guesses are limited by network."""
    return f"127.{number // 60_000 + 1}.{number // 250 % 240 + 1}.{number % 250 + 1}"


def sign_ins(installation: Installation, number: int) -> Iterator[Callable[[], int]]:
    """Filled forms of so many people with their right passwords, each ready to be sent."""
    stored = hash_password(PASSWORD)
    for place in range(number):
        email, visitor = installation.somebody(stored).email, installation.visitor(source=source(place))
        filled = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
        ready = Filled(filled.action, (*filled.fields, ("email", email), ("password", PASSWORD)))
        yield lambda visitor=visitor, ready=ready: ready.send(visitor).status


def grown(installation: Installation, row: Figures) -> int:
    """How much the memory of the workers grows at most while everybody signs in at once and somebody else opens pages."""
    ready = list(sign_ins(installation, row.asked + WORKERS * THREADS))
    together(ready[row.asked :])  # Once: threads and what they load stay, and are not what a crowd takes.
    honest, workers = Honest(installation), installation.server.workers()
    before = forget_peaks(workers)
    honest.start()
    answered = Counter(together(ready[: row.asked]))
    honest.stop()
    found = peak_of(workers) - before
    row.done, row.acknowledged = sum(answered.values()), answered[303]
    row.lost = len(honest.problems) + sum(number for status, number in answered.items() if status not in (303, 503))
    row.note = f"{found / MEGABYTE:+.0f} MB at most; {dict(answered)}; other pages took {max(honest.seconds):.2f} s at most"
    assert installation.server.workers() == workers
    return found


@pytest.mark.full_form
def test_d2_the_memory_of_a_crowd_is_bounded(installations: Callable[..., Installation], figures: Callable[..., Figures]) -> None:
    row = figures("D2 sign-ins at once", "sqlite", CROWD)
    with installations("sqlite", workers=str(WORKERS), threads=str(THREADS)) as installation:
        installation.server.start()
        assert grown(installation, row) <= MOST
        assert row.lost == 0
        assert row.acknowledged > 0


@pytest.mark.full_form
def test_d2_control_without_the_bound_the_memory_grows_past_it(
    installations: Callable[..., Installation], figures: Callable[..., Figures], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = figures("D2 sign-ins at once", "control", CROWD)
    with installations("sqlite", workers=str(WORKERS), threads=str(THREADS)) as installation:
        weaken(monkeypatch, tmp_path, UNBOUNDED)
        installation.server.start()
        assert grown(installation, row) > MOST
        row.control = "tripped"


def pair(installation: Installation, number: int, how: dict[str, str], chance: Random) -> tuple[float, float, bool]:
    """How long the known and the unknown address took, in an order by chance, and whether both answers were alike."""
    known, visitor = installation.somebody(STORED).email, installation.visitor(source=source(number))
    addresses = [known, f"un{known}"]
    chance.shuffle(addresses)
    told = {email: _timed(visitor, email, how) for email in addresses}
    visitor.close()
    return told[known][0], told[f"un{known}"][0], told[known][1] == told[f"un{known}"][1]


def _timed(visitor: Visitor, email: str, how: dict[str, str]) -> tuple[float, int]:
    filled = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
    fields = [*filled.fields, ("email", email), *how.items()]
    begun = time.perf_counter()
    reply = visitor.send("POST", filled.action, fields)
    return time.perf_counter() - begun, reply.status


STORED = hash_password(PASSWORD)
WAYS = {"password": {"password": "not the password of anybody"}, "code": {"password": "", "way": "code"}}


@pytest.mark.full_form
@pytest.mark.parametrize("way", WAYS)
def test_d3_a_known_address_takes_no_longer_than_an_unknown_one(
    installations: Callable[..., Installation], figures: Callable[..., Figures], way: str
) -> None:
    row, chance = figures("D3 times", way, max(FEWEST, rounds(PAIRS))), Random(3)
    known, unknown = [], []
    with installations("sqlite", workers="2") as installation:
        installation.server.start()
        for number in range(row.asked + WARM):
            one, other, is_alike = pair(installation, number, WAYS[way], chance)
            assert is_alike
            if number >= WARM:
                known.append(one)
                unknown.append(other)
                row.done += 1
    apart = statistics.median(known) - statistics.median(unknown)
    probability = probability_of_no_difference(known, unknown)
    medians = f"{1000 * statistics.median(known):.1f} and {1000 * statistics.median(unknown):.1f} ms"
    row.note = f"medians {medians}, {1000 * apart:+.2f} ms apart; no difference: p = {probability:.2f}"
    assert abs(apart) < MOST_SECONDS
    assert probability > LEAST_PROBABILITY


WARM = 20
"""Pairs that are not counted: the first requests of a server load what the others find."""


def test_d3_control_the_rank_test_sees_a_small_difference_and_no_other() -> None:
    """Without a server: times that are spread widely, and a shift far below their spread."""
    chance = Random(1)
    one, same = ([chance.lognormvariate(3, 0.3) for _ in range(PAIRS)] for _ in range(2))
    assert probability_of_no_difference(one, same) > 0.05
    assert probability_of_no_difference(one, [each + 3 for each in same]) < LEAST_PROBABILITY
    assert probability_of_no_difference([1.0] * 30, [1.0] * 30) == 1.0
    assert probability_of_no_difference([1, 2, 3, 4, 5] * 4, [6, 7, 8, 9, 10] * 4) < 1e-6


def test_d3_the_rank_test_is_that_of_the_books() -> None:
    """Mann and Whitney's own way, by counting pairs, without ties."""
    one, other = [19, 22, 16, 29, 24], [20, 11, 17, 12]
    u = sum(a > b for a in one for b in other)
    assert u == 17
    assert probability_of_no_difference(one, other) == pytest.approx(0.1113, abs=0.0005)
