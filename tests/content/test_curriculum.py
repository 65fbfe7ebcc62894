"""`docs/curriculum.md` maps what popular articles advise to where it is taught."""

from __future__ import annotations

import re

from tests.content.shipped import ROOT, scenarios

TEXT = (ROOT / "docs" / "curriculum.md").read_text("utf-8")
TOPICS = (
    *("friends", "follows", "likes", "shares", "tags", "location", "messages", "two accounts", "settings", "language", "reviews"),
    *("testimonials", "advertising", "colleagues", "regrets", "searching", "policy", "consent"),
)


def test_every_topic_has_a_row() -> None:
    rows = {cell.strip().lower() for cell in re.findall(r"^\| ([^|]+) \|", TEXT, re.M)}
    assert [topic for topic in TOPICS if topic not in rows] == []


def test_the_scenarios_it_names_exist_and_every_one_is_named() -> None:
    named = set(re.findall(r"`([a-z-]+)`", TEXT))
    assert named == set(scenarios())
