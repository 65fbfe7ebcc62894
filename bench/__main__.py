"""`python -m bench`: measure, print a table, write bench/results.json. A figure that misses its target makes the exit status 1."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import assigning, exporting, progress, reading, serving

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    results = [*reading.measure(), *serving.measure(), *exporting.measure(), *progress.measure(), *assigning.measure()]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    width = max(len(each["name"]) for each in results)
    print(f"{'':{width}}  {'measured':>10}  {'target':>8}  {'ratio':>6}")
    for each in results:
        print(f"{each['name']:{width}}  {each['ours']:>10}  {each['floor']:>8}  {each['ratio']:>6}  {each['unit']}")
    missed = [each["name"] for each in results if each["ratio"] > 1]
    print("Every target is met." if not missed else f"Missed: {', '.join(missed)}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
