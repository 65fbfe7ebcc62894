"""A real server with one protection taken out of its code: what a control needs to show that its harness would see the fault."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest


def weaken(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Have every process that is started from now on, until the end of the test, run this code before anything else."""
    place = folder / "weakened"
    place.mkdir()
    (place / "sitecustomize.py").write_text(dedent(code))
    monkeypatch.setenv("PYTHONPATH", str(place), prepend=os.pathsep)
