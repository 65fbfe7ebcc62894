"""Figures for Prometheus: for whoever brings the token, without a name, and right with several processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from ceapp import clock
from ceapp.config import load_settings
from ceapp.operating.metrics import SHARED, empty_metrics
from ceapp.web.jobs import register_job, run_due_jobs
from tests.conftest import Agency, Member
from tests.harness.pages import Page

TOKEN = "a token for the metrics"


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"metrics_token": TOKEN}


def figures(app: Flask) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels."""
    response = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    families = list(text_string_to_metric_families(response.text))
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


@pytest.mark.parametrize("settings_overrides", [{}])
def test_without_a_token_there_is_no_such_page(app: Flask) -> None:
    response = app.test_client().get("/metrics", headers={"Authorization": "Bearer "})
    assert response.status_code == 404


@pytest.mark.parametrize("brought", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ä"])
def test_with_another_token_it_is_refused(app: Flask, brought: str) -> None:
    response = app.test_client().get("/metrics", headers={"Authorization": brought} if brought else {})
    assert (response.status_code, response.headers["WWW-Authenticate"], response.text) == (401, "Bearer", "A token is needed.\n")


@pytest.mark.both_databases
def test_it_counts_requests_by_route_and_asks_for_the_rest(
    app: Flask, visit: Callable[..., Page], tess: Member, course: str, agency: Agency
) -> None:
    for _ in range(3):
        visit(f"/courses/{course}", person=tess)
    visit("/courses/none", person=tess, status=404)
    visit("/nonsense", status=404)
    found = figures(app)
    assert found["ceapp_requests_total", "learning.course", "GET", "2xx"] == 3
    assert found["ceapp_requests_total", "learning.course", "GET", "4xx"] == 1
    assert found["ceapp_requests_total", "none", "GET", "4xx"] == 1
    assert found["ceapp_request_seconds_count", "learning.course", "GET", "2xx"] == 3
    assert found["ceapp_sql_statements_total", "learning.course"] >= 3
    assert found["ceapp_sql_seconds_total", "learning.course"] > 0
    assert found["ceapp_outbox_messages", "waiting"] == 0
    assert found["ceapp_database_bytes",] > 100_000
    assert found["ceapp_resident_bytes", "this"] > 10_000_000


def test_no_label_comes_from_whoever_asks(app: Flask, visit: Callable[..., Page], tess: Member, agency: Agency) -> None:
    client = app.test_client()
    visit(f"/organisations/{agency.slug}", person=tess)
    figures(app)  # reading them is a request that counts too
    known = 0
    for number in range(20):
        known = known or (len(figures(app)) if number == 2 else 0)
        client.open(f"/PLANTED{number}", method=f"PLANTED{number}", query_string={"q": "PLANTED"})
        client.get(f"/courses/PLANTED{number}")
        client.get(f"/verify/PLANTED{number}")
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    for word in ("PLANTED", agency.slug, agency.name, tess.email, tess.name, str(tess.id), str(agency.id)):
        assert word not in response.text
    assert len(figures(app)) == known


def test_turns_of_jobs_that_failed_are_counted(app: Flask) -> None:
    def fails(_now: object) -> bool:
        raise ValueError("PLANTED")

    register_job(app, "failing", 10, fails)
    run_due_jobs(app, clock.now())
    assert figures(app)["ceapp_job_failures_total", "failing"] == 1


PROCESS = """
import sys
from ceapp.app import create_app
from ceapp.config import load_settings
app = create_app(load_settings({}, instance=sys.argv[1], metrics_token=sys.argv[2]))
client = app.test_client()
for _ in range(int(sys.argv[3])):
    client.get("/help")
print(client.get("/metrics", headers={"Authorization": "Bearer " + sys.argv[2]}).text)
"""


def test_the_processes_of_a_server_count_together_and_the_next_server_begins_anew(app: Flask, tmp_path: Path) -> None:
    settings = load_settings({}, instance=str(tmp_path), metrics_token=TOKEN)

    def counted(times: int) -> float:
        arguments = [sys.executable, "-c", PROCESS, str(tmp_path), TOKEN, str(times)]
        text = subprocess.run(arguments, env=os.environ, capture_output=True, text=True, check=True).stdout
        (found,) = re.findall(r'ceapp_requests_total\{endpoint="home.help_page",method="GET",status="2xx"\} (\S+)', text) or ["0"]
        return float(found)

    try:
        empty_metrics(settings)
        assert (tmp_path / "metrics").stat().st_mode & 0o077 == 0
        assert (counted(2), counted(3)) == (2, 5)
        empty_metrics(settings)
        assert counted(1) == 1
        os.environ.pop(SHARED)  # the control: without the shared folder each process knows its own only
        assert counted(1) == 1
        assert counted(1) == 1
    finally:
        os.environ.pop(SHARED, None)


def test_without_a_token_no_folder_is_shared(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    empty_metrics(load_settings({}, instance=str(tmp_path)))
    assert not (tmp_path / "metrics").exists()
    assert SHARED not in os.environ
