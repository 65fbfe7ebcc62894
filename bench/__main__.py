"""`python -m bench`: measure, print a table, write bench/results.json. A figure that misses its target makes the exit status 1.

Our pages beside a bare application on SQLite, all of it; `--database postgresql` measures only the pages and the journey, on PostgreSQL,
and adds them to what was written before.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench import against_bare, assigning, exporting, progress, reading, serving
from bench.figures import Figure, is_met, table

RESULTS = Path(__file__).parent / "results.json"
_OTHER = ", PostgreSQL"


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    figures = _on_sqlite() if parser.parse_args().database == "sqlite" else against_bare.measure("postgresql")
    print(table(figures))
    kept = [each for each in _earlier() if each["name"].endswith(_OTHER) != figures[0]["name"].endswith(_OTHER)]
    RESULTS.write_text(json.dumps(sorted([*figures, *kept], key=lambda each: each["name"].endswith(_OTHER)), indent=1) + "\n")
    missed = [each["name"] for each in figures if not is_met(each)]
    print("Every target is met." if not missed else f"Missed: {'; '.join(missed)}.")
    return 1 if missed else 0


def _on_sqlite() -> list[Figure]:
    alone = [*reading.measure(), *serving.measure(), *exporting.measure(), *progress.measure(), *assigning.measure()]
    return [*against_bare.measure(), *alone]


def _earlier() -> list[Figure]:
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else []


if __name__ == "__main__":
    sys.exit(main())
