"""How often the harnesses try."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any


def rounds(usually: int) -> int:
    """How often to try: few in every run of the tests; `CEAPP_ROUNDS=1000 make test` asks for more."""
    return int(os.environ.get("CEAPP_ROUNDS", usually))


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
