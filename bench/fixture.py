"""A folder of typical scenarios to measure with: 1,000 words, about 60 fragments and 12 scenes each, the same on every run."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

SCENARIOS = 1_000
A_COURSE = 60
SCENES = 12
PROSE = (
    "the client asks on Thursday whether you have seen her post and you remember that a colleague in the same town once answered "
    "too quickly because nobody had said how long a request may wait before somebody takes it for a refusal or for an invitation"
)
WORDS = PROSE.split()

STANDARD = """---
cite: ACA
name: ACA Code of Ethics
edition: "2014"
address: https://www.counseling.org/
checked_on: 2026-11-20
---

## A.5.e {mark=S}

Rules out a personal virtual relationship with a current client.
"""

COURSE = """---
title: Course {number}
summary: To measure with.
objectives:
  - id: respond
    text: Respond.
modules:
  - id: all
    title: All
    scenarios: [{scenarios}]
hours: {{method: words}}
---

Read this first.
"""


def write_folder(root: Path, scenarios: int = SCENARIOS) -> None:
    """Write so many scenarios, in courses of sixty, and one standard."""
    (root / "standards").mkdir(parents=True)
    (root / "standards" / "aca-2014.md").write_text(STANDARD, "utf-8")
    slugs = [f"scenario-{number}" for number in range(scenarios)]
    for start in range(0, scenarios, A_COURSE):
        folder = root / f"course-{start // A_COURSE}"
        folder.mkdir()
        chosen = slugs[start : start + A_COURSE]
        (folder / "course.md").write_text(COURSE.format(number=start // A_COURSE, scenarios=", ".join(chosen)), "utf-8")
        for slug in chosen:
            (folder / f"{slug}.md").write_text(scenario_text(slug), "utf-8")


def scenario_text(slug: str) -> str:
    """One scenario: five of its twelve scenes ask a question of four options with feedback, three show a post."""
    head = f"---\ntitle: The case {slug}\nsummary: A case to measure with.\nstatus: ready\nobjectives: [respond]\ndifficulty: 3\n---\n"
    return "\n".join([head, *(_scene(number) for number in range(SCENES))])


def _scene(number: int) -> str:
    parts = [
        f"## Scene {number} {{#scene-{number}}}",
        f"{_prose(number, 20)}. It is *not* what you `expected` [ACA A.5.e].",
        _prose(number + 7, 20),
    ]
    if number % 4 == 0:
        parts.append(f"```post\nnetwork: a social network\nfrom: Dana R.\ntext: {_prose(number, 9)}\n```")
    if number % 12 in (1, 3, 5, 7, 9):
        parts.append(_question(number))
    return "\n\n".join(parts) + "\n"


def _question(number: int) -> str:
    marks = ("(best)", "(acceptable)", "(risky)", "(harmful)")
    options = [
        f"- {mark} {_prose(number + place, 9)}.\n  > {_prose(number + 3 * place, 11)}: *because* [ACA A.5.e] asks for it."
        for place, mark in enumerate(marks)
    ]
    discuss = f"> [!discuss]\n> {_prose(number, 9)}?"
    return "\n\n".join([f"### What do you do in scene {number}? {{#question-{number}}}", "\n".join(options), discuss])


def _prose(start: int, words: int) -> str:
    return " ".join(islice(cycle(WORDS), start % len(WORDS), start % len(WORDS) + words)).capitalize()
