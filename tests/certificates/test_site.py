"""The provider's name on every page, without a query for every page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from ceapp.certificates import queries, site
from ceapp.certificates.pdf import warm
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.site import FRESH_SECONDS, Site
from tests.certificates.conftest import NOW, provider_input
from tests.conftest import Member
from tests.harness.pages import Page

Visit = Callable[..., Page]


def test_read_once_and_again_after_a_while(app: Flask, visit: Visit, ada: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(site.time, "monotonic", lambda: clock[0])
    assert visit("/verify").queries > 0
    assert visit("/verify").queries == 0
    with app.app_context():  # as if another process had written
        monkeypatch.setattr("ceapp.certificates.provider.forget_site", lambda: None)
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    assert visit("/verify").select("string(//header/a)") == "ceapp"
    clock[0] += FRESH_SECONDS
    assert visit("/verify").select("string(//header/a)") == "Harbour Street Training"


def test_known_at_once_in_the_process_that_writes(app: Flask, visit: Visit, ada: Member) -> None:
    assert "Help:" not in visit("/verify").html
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    assert "Help: ce@harbour.example" in visit("/verify").html


def test_a_broken_database_does_not_break_the_page_about_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(queries, "newest_provider_facts", broken)
    with app.app_context():
        assert app.extensions["ceapp.site"].site() == Site("ceapp", "")


def test_a_worker_warms_up_before_it_serves(app: Flask) -> None:
    with app.app_context():
        warm()
    assert app.extensions["ceapp.press"]._fonts is not None
