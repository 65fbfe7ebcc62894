"""The large server that pages are measured on (`bench/scale`) is made of whole records, by today's rules."""

from __future__ import annotations

from pathlib import Path

from bench.scale import pages, seeding

ANSWERS = 24


def test_the_seeded_records_are_whole_and_every_measured_page_opens(tmp_path: Path) -> None:
    app = seeding.app_on(tmp_path / "instance")
    made = seeding.seed(app, learners=8, supervisors=4, organisations=4)
    assert made["answers"] == 8 * seeding.COURSES * ANSWERS
    assert made["certificates"] == 8 * seeding.COURSES
    assert len(pages.page_times(app, times=1)) == sum(len(each) for each in pages.ADDRESSES.values())
