"""H3: the alert rules that are shipped ask for figures, labels and routes that there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from ceapp import clock
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.mail.models import Message
from checks.findings import ROOT
from tests.conftest import NOW, Member
from tests.harness.pages import Page

TOKEN = "a token for the metrics"
ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
LABELS = {"status", "endpoint", "method", "deed", "state", "job", "process"}
STATUSES = {"2xx", "3xx", "4xx", "5xx", "401", "403", "404", "429"}

RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((ROOT / "docs" / "prometheus-alerts.yml").read_text())["groups"] for rule in group["rules"]
]


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"metrics_token": TOKEN}


def text_of(app: Flask) -> str:
    return app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


def names_in(text: str) -> set[str]:
    """Every figure that a server gives, by the name under which it is asked for."""
    families = text_string_to_metric_families(text)
    return {f"{family.name}{ending}" for family in families for ending in ENDINGS[family.type]}


def test_h3_every_figure_that_a_rule_asks_for_is_given(app: Flask) -> None:
    given = names_in(text_of(app))
    asked = {name for rule in RULES for name in re.findall(r"\bceapp_\w+", rule["expr"])}
    assert len(asked) >= 7
    assert asked <= given
    assert "ceapp_no_such_total" not in given


def test_h3_routes_and_labels_of_the_rules_are_there(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    for rule in RULES:
        for label, wanted in re.findall(r'(\w+)=~?"([^"]+)"', rule["expr"]):
            assert label in LABELS, rule["alert"]
            known = {"endpoint": endpoints, "status": STATUSES}.get(label)
            assert known is None or set(wanted.split("|")) <= known, rule["alert"]


def test_h3_every_rule_says_what_happened_and_what_to_do() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    for wanted in ("ManyRefusals", "FailedSignIns", "NewAdministrator", "ManyExports", "MailWaits", "BackupOld", "DiskLow"):
        assert f"Ceapp{wanted}" in names
    for rule in RULES:
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert all(rule["annotations"][each].endswith(".") for each in ("summary", "action")), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.both_databases
def test_h3_the_figures_move_with_what_they_tell_of(app: Flask, visit: Callable[..., Page], tess: Member, ada: Member, course: str) -> None:
    for address, person in (("/people", tess), (f"/courses/{course}/none", tess), ("/people", tess)):
        visit(address, person=person, status=404)
    visit("/nonsense", status=404)  # No page of ours: everybody tries that, and it is no refusal.
    with app.app_context():
        record("person.made-administrator", actor=ada.id, now=NOW, person=tess.id)
        record("export.roster", actor=ada.id, now=NOW - timedelta(minutes=5))
        with transaction() as session:
            for number in range(2):
                values = {"letter": "reminder", "occurrence": f"{number}", "key_id": "0001", "values": b"", "at_most_once": False}
                session.add(Message(**values, queued_at=NOW - timedelta(hours=number), due_at=clock.now()))
    found = {
        (each.name, *each.labels.values()): each.value for family in text_string_to_metric_families(text_of(app)) for each in family.samples
    }
    assert found["ceapp_refused_total", "404"] == 3
    assert found["ceapp_last_seconds", "administrator"] == NOW.timestamp()
    assert found["ceapp_last_seconds", "export"] == (NOW - timedelta(minutes=5)).timestamp()
    assert found["ceapp_outbox_since_seconds",] == (NOW - timedelta(hours=1)).timestamp()
