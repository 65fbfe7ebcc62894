"""A server with its mail server on a day of one's choice; time passes when the test says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from tests.harness.courses import Library
from tests.journeys.days import Days, new_york
from tests.mail.post_office import PostOffice


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as made:
        yield made


@pytest.fixture
def settings_overrides(office: PostOffice) -> dict[str, Any]:
    return {"mail_url": office.url(), "mail_from": "CE office <ce@example.org>", "base_url": "https://ce.example.org"}


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """Monday, four weeks before the clocks of New York go back."""
    with time_machine.travel(new_york("2026-10-05 09:00"), tick=False) as made:
        yield made


@pytest.fixture
def now(traveller: time_machine.Traveller) -> datetime:
    return datetime.now(ZoneInfo("UTC"))


@pytest.fixture
def library(app: Flask, tmp_path: Any, now: datetime) -> Library:
    """The sample course as it was checked and released before the journey begins."""
    made = Library(app, tmp_path / "scenarios", now - timedelta(days=1))
    for file in made.root.rglob("*.md"):
        file.write_text(file.read_text().replace("2026-11-20", "2026-09-20"))
    return made


@pytest.fixture
def days(app: Flask, course: str, office: PostOffice, traveller: time_machine.Traveller) -> Days:
    """The server with the sample course published."""
    return Days(app, office, traveller)
