"""How long reading and rendering a thousand scenarios take, and how much memory; `floor` is the target."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from bench.fixture import write_folder
from ceapp.scenarios import structure
from ceapp.scenarios.markup import Renderer
from ceapp.scenarios.reading import Folder, course_fingerprint, course_slugs, read_folder
from ceapp.scenarios.values import Post, Scenario

READ_SECONDS = 5
READ_MEGABYTES = 200
LOAD_SECONDS = 5
RENDER_SECONDS = 12
RESTART_SECONDS = 1


def measure() -> list[dict[str, Any]]:
    """Read, render and fingerprint a thousand typical scenarios on one core."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "scenarios"
        write_folder(root)
        read, found = _timed(lambda: read_folder(root))
        scenarios = _scenarios(found)
        stored = [json.dumps(structure.dump_scenario(scenario)) for scenario in scenarios]
        load, _ = _timed(lambda: [structure.load_scenario(json.loads(text)) for text in stored])
        render, _ = _timed(lambda: [_render(scenario) for scenario in scenarios])
        restart, _ = _timed(lambda: [course_fingerprint(root, slug) for slug in course_slugs(root)], perf_counter)
        return [
            _row("1,000 scenarios read and checked", read, READ_SECONDS, "s"),
            _row("memory of reading 1,000 scenarios", _megabytes(root), READ_MEGABYTES, "MB"),
            _row("1,000 stored structures loaded", load, LOAD_SECONDS, "s"),
            _row("all prose of 1,000 scenarios rendered", render, RENDER_SECONDS, "s"),
            _row("restart with nothing changed, 1,000 scenarios", restart, RESTART_SECONDS, "s"),
        ]


def texts(scenario: Scenario) -> Iterator[tuple[str, bool]]:
    """Every text of a scenario, and whether it is a single line."""
    for scene in scenario.scenes:
        yield scene.title, True
        yield from ((block.text, False) for block in (*scene.body, *scene.discussions) if not isinstance(block, Post))
        for question in scene.questions:
            yield question.title, True
            callouts = (*question.hints, *question.explanations, *question.rubrics, *question.discussions)
            yield from ((block.text, False) for block in (*question.body, *question.after, *callouts) if not isinstance(block, Post))
            for option in question.options:
                yield option.text, True
                yield option.feedback, False


def _render(scenario: Scenario) -> None:
    renderer = Renderer(cite=lambda citation: f"/standards/{citation.cite}", image=lambda path: f"/images/{path}", cites=("ACA",))
    for text, is_inline in texts(scenario):
        (renderer.inline if is_inline else renderer.prose)(text)


def _scenarios(folder: Folder) -> list[Scenario]:
    found = [file.scenario for course in folder.courses for file in course.scenarios.values() if file.scenario]
    if folder.all_problems:
        raise RuntimeError(str(folder.all_problems[0]))
    return found


def _timed(work: Callable[[], Any], clock: Callable[[], float] = process_time) -> tuple[float, Any]:
    """Seconds of the processor, so that a busy machine does not count; of the wall where files are waited for."""
    begin = clock()
    result = work()
    return clock() - begin, result


def _megabytes(root: Path) -> float:
    """The highest memory of a process of its own that does nothing but read and hold the folder."""
    done = subprocess.run([sys.executable, "-m", "bench.reading", str(root)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _row(name: str, ours: float, floor: float, unit: str) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 3), "floor": floor, "ratio": round(ours / floor, 3), "unit": unit}


if __name__ == "__main__":
    held = read_folder(Path(sys.argv[1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
