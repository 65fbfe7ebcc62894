"""Scenario, course and standards files to test with, written as authors write them. `◀` marks the line that a problem must name."""

from __future__ import annotations

from ceapp.scenarios.problems import Problem
from ceapp.scenarios.reading import read_course, read_scenario, read_standard
from ceapp.scenarios.values import Course, Scenario, Standard

HEAD = """---
title: A client sends a friend request
summary: A client asks to connect with you.
status: ready
difficulty: 3
---
"""

OPTIONS = """- (best) Bring it up on Thursday.
  > You explore it together.
- (harmful) Accept it.
  > The roles mix."""

QUESTION = f"""### What do you do first? {{#first}}

{OPTIONS}
"""

COURSE = """---
title: Ethical use of social media
summary: Twenty situations.
objectives:
  - id: respond
    text: Decide how to respond.
modules:
  - id: contact
    title: Contact
    scenarios: [friend-request]
hours: {method: words}
---

Read this first.
"""

STANDARD = """---
cite: ACA
name: ACA Code of Ethics
edition: "2014"
address: https://www.counseling.org/
checked_on: 2026-11-20
---

## A.5.e {mark=S}

Rules out a personal virtual relationship with a current client.

## Principle A {mark=V}

Do good and do no harm.

## H.6.z {mark=U}
"""


def marked(text: str) -> tuple[str, int]:
    """The text without its `◀`, and the line where it stood."""
    before, _, after = text.partition("◀")
    assert "◀" not in after
    return before.rstrip(" ") + after, before.count("\n") + 1


def standard(text: str = STANDARD) -> Standard:
    reading = read_standard(text.encode(), path="standards/aca-2014.md")
    assert reading.value is not None, reading.problems
    return reading.value


ACA = standard()
STANDARDS = {"ACA": ACA}


def scenario(body: str, head: str = HEAD) -> Scenario:
    """The scenario of a body that must be without errors."""
    reading = read_scenario((head + "\n" + body).encode(), path="friend-request.md", slug="friend-request", standards=STANDARDS)
    assert reading.value is not None, [str(problem) for problem in reading.problems]
    return reading.value


def course(text: str = COURSE) -> Course:
    reading = read_course(text.encode(), path="course.md", slug="social-media-ethics")
    assert reading.value is not None, [str(problem) for problem in reading.problems]
    return reading.value


def problems_of(text: str) -> list[Problem]:
    reading = read_scenario(
        text.encode("utf-8", "surrogatepass"),
        path="friend-request.md",
        slug="friend-request",
        standards=STANDARDS,
        objectives={"respond"},
        images={"images/card.png"},
    )
    assert (reading.value is None) == any(problem.is_error for problem in reading.problems)
    return list(reading.problems)


def found(problems: list[Problem]) -> list[tuple[str, int]]:
    return [(problem.code, problem.line) for problem in problems]
