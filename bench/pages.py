"""Our pages beside the bare application: requests a second with one client and with eight, and how long the slowest hundredth waits."""

from __future__ import annotations

from dataclasses import dataclass

from bench.bare import PAGES
from bench.figures import Figure, at_most, beside
from bench.load import WARMING_SECONDS, Rate, Request, Supply, side_by_side
from bench.population import COURSE, Population
from bench.servers import Served

CLIENTS = 8
SLOWEST = 50
"""Milliseconds within which ninety-nine of a hundred requests are answered with eight clients."""

BARE_PAGES = [Request("GET", f"/page/{number}") for number in range(1, PAGES + 1)]
BARE_DEEDS = [Request("POST", "/deed", body="what=a+deed+that+stays")]
SIGNED_IN, ANONYMOUS, ANSWER, VERIFY, FROZEN = 0.45, 0.65, 0.3, 0.7, 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured: a name, the share of the bare application to reach with eight clients, and the requests."""

    name: str
    share: float | None
    requests: list[Request]
    once: bool = False

    @property
    def bare(self) -> list[Request]:
        return BARE_DEEDS if self.requests[0].method == "POST" else BARE_PAGES


def pages_of(people: Population) -> list[Measured]:
    """The pages, in the order of a journey."""
    reader, supervisor = people.reader, people.supervisor
    return [
        Measured("course page, nobody signed in", ANONYMOUS, [Request("GET", f"/courses/{COURSE}")]),
        Measured("course page, enrolled", SIGNED_IN, [Request("GET", f"/courses/{COURSE}", reader)]),
        Measured("question page", SIGNED_IN, [Request("GET", people.question, reader)]),
        Measured("answer", ANSWER, list(people.answers), once=True),
        Measured("result page", SIGNED_IN, [Request("GET", people.result, reader)]),
        Measured("verify page", VERIFY, [Request("GET", people.verify)]),
        Measured("certificate PDF, first", None, [Request("GET", each, reader) for each in people.first_pdfs], once=True),
        Measured("certificate PDF, frozen", FROZEN, [Request("GET", people.frozen_pdf, reader)]),
        Measured("progress page, 20 trainees", SIGNED_IN, [Request("GET", people.progress, supervisor)]),
    ]


def measure(people: Population, ours: Served, bare: Served, *, only: str = "") -> list[Figure]:
    """All pages, or those whose name holds `only`."""
    figures = []
    for measured in pages_of(people):
        if only in measured.name:
            figures += _figures(measured, ours, bare)
    return figures


def _figures(measured: Measured, ours: Served, bare: Served) -> list[Figure]:
    asked, floor = Supply(measured.requests, once=measured.once), Supply(measured.bare)
    try:
        if not measured.once:
            asked.load(ours, CLIENTS, WARMING_SECONDS)  # Both workers have seen it then; what is sent once warms up by itself.
        alone = side_by_side(asked, ours, floor, bare, 1)
        eight = side_by_side(asked, ours, floor, bare, CLIENTS)
    finally:
        asked.close()
        floor.close()
    return [
        beside(f"{measured.name}, one client", alone[0].per_second, alone[1].per_second, "requests/s", None, **_waits(*alone)),
        beside(f"{measured.name}, eight clients", eight[0].per_second, eight[1].per_second, "requests/s", measured.share, **_waits(*eight)),
        at_most(f"{measured.name}, p99 with eight", eight[0].p99, SLOWEST, "ms") | _untold(measured),
    ]


def _untold(measured: Measured) -> Figure:
    """Without a share to reach there is no wait to keep either: eight first PDFs at once wait for two compilers."""
    return {"target": None, "met": True} if measured.share is None else {}


def _waits(ours: Rate, bare: Rate) -> dict[str, float]:
    told = {"p50": ours.p50, "p99": ours.p99, "cpu_ms": ours.cpu, "bare_p50": bare.p50, "bare_p99": bare.p99, "bare_cpu_ms": bare.cpu}
    return {name: round(value, 3) for name, value in told.items()}
