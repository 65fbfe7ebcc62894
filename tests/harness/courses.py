"""The sample course of the tests: copied into a folder of the test's own, edited there, and published."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from flask import Flask

from ceapp.catalogue.service import CourseReport, sync

LIBRARY = Path(__file__).parent / "library"


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

    def publish(self, *, dry_run: bool = False) -> CourseReport:
        with self._app.app_context():
            (report,) = sync(self.root, now=self._now, dry_run=dry_run)
        return report
