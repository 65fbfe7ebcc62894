"""`python -m bench.scale [FOLDER]`: seed a small and a large database, then compare pages, let many people in, and take everything out.

With a FOLDER the databases are kept there and used again. R14 and R22; ten minutes or so on two cores, so no part of `make bench`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.scale import load, pages, seeding
from bench.visitor import form
from ceapp.database import db

SMALL = {"learners": 200, "supervisors": 10, "organisations": 4}
LARGE = {"learners": seeding.LEARNERS, "supervisors": seeding.SUPERVISORS, "organisations": seeding.ORGANISATIONS}
SUBMITTERS = {"sqlite": 50, "postgresql": 200}
SEED_SECONDS, SLOWER, PAGE_SECONDS, ANSWER_SECONDS, WORKER_MEGABYTES = 600, 1.3, 0.3, 0.5, 250
EXPORT_SECONDS, EXPORT_MEGABYTES, WRITE_SECONDS = 60, 100, 0.2
NOTHING_TO_COMPARE = 4.0
"""Milliseconds below which the noise of the machine is larger than any difference."""
RESULTS = Path(__file__).parent / "results.json"

Result = dict[str, Any]


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(arguments[0]).resolve() if arguments else Path(scratch)
        results = [*measure(root)]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    missed = [each["name"] for each in results if each["ratio"] > 1]
    print("Every target is met." if not missed else f"Missed: {', '.join(missed)}.")
    return 1 if missed else 0


def measure(root: Path) -> Iterator[Result]:
    """Each figure as soon as it is known."""
    for result in _figures(root):
        print(f"{result['name']:70} {result['ours']:>10} (target {result['floor']}) {result['unit']}", flush=True)
        yield result


def _figures(root: Path) -> Iterator[Result]:
    small = _seeded(root / "small", SMALL)[0]
    large, seconds = _seeded(root / "large", LARGE)
    if seconds:
        yield _result("seeding the large database", seconds, SEED_SECONDS, "s")
    before, after = pages.page_times(small), pages.page_times(large)
    for name, milliseconds in after.items():
        ratio = milliseconds / max(before[name], NOTHING_TO_COMPARE)
        yield _result(f"{name} ({before[name]:.1f} → {milliseconds:.1f} ms)", ratio, SLOWER, "times")
    for app in (small, large):
        with app.app_context():
            db.engine.dispose()
    yield from _served(root / "large", LARGE["learners"])


def _seeded(folder: Path, sizes: dict[str, int]) -> tuple[Any, float]:
    done = folder / "seeded"
    app = seeding.app_on(folder)
    if done.exists():
        seeding.prove_again(app)
        return app, 0.0
    begun = perf_counter()
    found = seeding.seed(app, **sizes)
    done.write_text(json.dumps(found))
    print(", ".join(f"{number:,} {name}" for name, number in found.items()), flush=True)
    return app, perf_counter() - begun


def _served(folder: Path, learners: int) -> Iterator[Result]:
    port = _free_port()
    with load.server(folder, port) as process:
        load.use(port, 4, learners)  # Warms both workers.
        seen = load.use(port, SUBMITTERS["sqlite"], learners)
        many = f"{SUBMITTERS['sqlite']} submit and {load.READERS} read at once"
        yield _result(f"{many}: pages, p95", _p95(seen.pages), PAGE_SECONDS, "s")
        yield _result(f"{many}: answers, p95 of {len(seen.answers)}", _p95(seen.answers), ANSWER_SECONDS, "s")
        yield _result(f"{many}: failures", len(seen.failures), 0, "; ".join(seen.failures[:2]) or "none")
        before = _workers(process.pid)
        yield _result("largest worker after that", max(before), WORKER_MEGABYTES, "MB")
        taken: list[float] = []
        busy = load.answers_while(port, 60, lambda: taken.extend(_export(port)))
        seconds, megabytes = taken
        yield _result(f"roster of everything, XLSX, {megabytes:.0f} MB", seconds, EXPORT_SECONDS, "s")
        yield _result("memory of that", max(_workers(process.pid)) - max(before), EXPORT_MEGABYTES, "MB")
        yield _result(f"answers meanwhile, slowest of {len(busy.answers)}", max(busy.answers), WRITE_SECONDS, "s")
        yield _result("failures meanwhile", len(busy.failures), 0, "; ".join(busy.failures[:2]) or "none")


def _export(port: int) -> tuple[float, float]:
    """Seconds and megabytes of the largest file of a provider."""
    visitor = load.administrator(port)
    action, hidden, _ = form(visitor.get(load.EXPORT)[2], "/exports/roster")
    begun = perf_counter()
    reply = visitor.send("POST", action, [*hidden, ("as", "xlsx")])
    if reply.status != 200:
        raise RuntimeError(f"the export answered {reply.status}")
    return perf_counter() - begun, len(reply.body) / 1e6


def _workers(parent: int) -> list[float]:
    """Proportional set size of each worker, in MB."""
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    sizes = sorted((_pss(pid) for pid in children), reverse=True)
    return sizes[:2]


def _pss(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def _result(name: str, ours: float, floor: float, unit: str) -> Result:
    ratio = ours / floor if floor else float(ours > 0) * 2
    return {"name": name, "ours": round(ours, 3), "floor": floor, "ratio": round(ratio, 3), "unit": unit}


if __name__ == "__main__":
    os.umask(0o077)
    os.environ.pop("CEAPP_INSTANCE", None)
    sys.exit(main(sys.argv[1:]))
