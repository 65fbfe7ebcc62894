"""The sample course of the tests: copied into a folder of the test's own, edited there, and published."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from flask import Flask

from ceapp.catalogue.service import CourseReport, sync

LIBRARY = Path(__file__).parent / "library"
CLOSING = """---
title: Closing cases, form {form}
summary: One case.
status: ready
objectives: [decide]
difficulty: 2
text_checked: 2026-11-20
---

A new case, {form}.

### What is right in {form}? {{#case}}

- (x) To {right} {{#{right}}}
  > KEYMARK-{right}: because [TST A.1] says so.
- ( ) To {wrong} {{#{wrong}}}
  > KEYMARK-{wrong}: because it helps nobody.
"""


class Library:
    """A folder of scenario files that a test may edit and publish."""

    def __init__(self, app: Flask, root: Path, now: datetime) -> None:
        self._app, self.root, self._now = app, root, now
        shutil.copytree(LIBRARY, root)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new))

    def add_closing_cases(self, attempts: int = 2) -> None:
        """Two forms of one case each: in the first the pass is `tell`, in the second `ask`; KEYMARK stands in every feedback."""
        for form, right, wrong in (("closing-a", "tell", "wait"), ("closing-b", "ask", "guess")):
            (self.root / "sample" / f"{form}.md").write_text(CLOSING.format(form=form[-1].upper(), right=right, wrong=wrong))
        self.edit(
            "sample/course.md", "scoring: graded", f"scoring: graded\nclosing: {{forms: [closing-a, closing-b], attempts: {attempts}}}"
        )

    def add_acts(self) -> None:
        """Have the course ask for an evaluation and an attestation, as courses do that say nothing else."""
        self.edit("sample/course.md", "evaluation: none\nattestation: none\n", "")

    def publish(self, *, dry_run: bool = False) -> CourseReport:
        with self._app.app_context():
            (report,) = sync(self.root, now=self._now, dry_run=dry_run)
        return report
