"""How often the harnesses try: few times in every run of the tests, as often as was promised under `make reliability`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

FULL = os.environ.get("CEAPP_RELIABILITY") == "full"
"""Whether the full numbers are asked for."""

ROUNDS: dict[str, tuple[int, int]] = {
    "R1 kills": (1, 1000),
    "R2 power cuts": (1, 200),
    "R3 full disks": (1, 100),
    "R4 locks": (1, 20),
    "R5 restarts": (1, 100),
    "R5 refused": (1, 3),
    "R6 replies cut": (3, 500),
    "R6 commits cut": (3, 500),
    "R17 reloads": (1, 100),
    "R17 stops": (1, 100),
    "R20 starts": (2, 250),
}
"""For each promise and each kind of database: the rounds of the short form, and those of the full one."""

WORKERS = "2" if FULL else "1"
"""Server processes, where one shows the same as two: each takes seconds of the machine to start."""

PER_INSTALLATION = 25
"""Rounds after which a harness takes a fresh installation: the checker reads everything in it after every round."""


def rounds(usually: int, fully: int = 0) -> int:
    """How often to try; `fully` in the full form, where that differs. `CEAPP_ROUNDS=50 make reliability` sets it for all."""
    wanted = fully if FULL and fully else usually
    return int(os.environ.get("CEAPP_ROUNDS", wanted))


def asked(promise: str) -> int:
    """How many rounds of a promise are asked for now."""
    return rounds(*ROUNDS[promise])


def portions(promise: str, size: int = PER_INSTALLATION) -> list[int]:
    """The rounds of a promise, in portions of one installation each."""
    left, found = asked(promise), []
    while left > 0:
        found.append(min(left, size))
        left -= size
    return found


def together(deeds: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each deed gave, or the error that it raised; each in a thread of its own, all let go at the same moment."""
    gate, found = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(place: int) -> None:
        gate.wait()
        try:
            found[place] = deeds[place]()
        except Exception as error:  # noqa: BLE001 - handed over, the caller looks at it
            found[place] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
