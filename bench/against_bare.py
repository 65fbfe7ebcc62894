"""One run on one machine: an installation full of people, our server and the bare one, pages and journeys.

`python -m bench.against_bare --only "question"` looks at some pages only, while something is being mended.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import bare, journey, pages, weight
from bench.figures import Figure, table
from bench.population import courses, populate
from bench.servers import bare_server, our_server, postgresql

ANSWERS, NEWCOMERS, FIRST_PDFS = 14_000, 400, 700


def measure(database: str = "sqlite", *, only: str = "", journeys: bool = True) -> list[Figure]:
    """Every page on this kind of database, and unless told otherwise the journey and the weight of a page."""
    with tempfile.TemporaryDirectory() as folder, _database(database, Path(folder)) as url:
        scenarios = courses(Path(folder))
        instance = Path(folder) / "instance"
        people = populate(instance, scenarios, url, answers=ANSWERS, newcomers=NEWCOMERS, first_pdfs=FIRST_PDFS)
        bare.fill(_bare(url))
        with our_server(instance, scenarios=str(scenarios), database_url=url) as ours, bare_server(_bare(url)) as floor:
            figures = pages.measure(people, ours, floor, only=only)
            if journeys:
                figures += journey.measure(people, ours.port)
                figures += weight.measure(ours.port, people.question, people.reader)
        if journeys:
            figures += journey.counted(people, instance, scenarios, url)
    return [{**each, "name": f"{each['name']}, PostgreSQL"} for each in figures] if database == "postgresql" else figures


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "postgresql":
        with postgresql() as url:
            yield url
    else:
        (folder / "instance").mkdir()
        yield f"sqlite:///{folder / 'instance' / 'ceapp.sqlite3'}"


def _bare(url: str) -> str:
    """On SQLite a file of its own, so that the two servers never wait for each other's locks; on PostgreSQL the same server."""
    return url.replace("ceapp.sqlite3", "bare.sqlite3")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.against_bare")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    parser.add_argument("--no-journeys", action="store_true")
    chosen = parser.parse_args()
    print(table(measure(chosen.database, only=chosen.only, journeys=not chosen.no_journeys)))
