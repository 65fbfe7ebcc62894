"""A contact and a help page, from every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from ceapp.certificates.provider import set_provider_facts
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Member
from tests.harness.pages import Page

Visit = Callable[..., Page]


def test_without_a_contact_the_page_says_what_the_operator_sets(visit: Visit) -> None:
    page = visit("/help")
    assert "has not named a contact yet" in page.text and "contact in instance/settings.toml" in page.text
    for heading in ("I cannot sign in", "I lost my certificate", "Who sees what I do", "A page says that nothing was saved"):
        assert page.select(f"//h2[text()='{heading}']")


@pytest.mark.parametrize("address", ["/", "/account/sign-in", "/verify", "/help", "/nothing-here"])
def test_every_page_leads_to_help(visit: Visit, address: str) -> None:
    page = visit(address, status=404 if address == "/nothing-here" else 200)
    assert page.select("//footer//a[@href='/help' and text()='Help']")


class TestNamed:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"contact": "the CE office, 555 0134"}

    def test_the_setting_is_named_until_the_provider_names_another(self, app: Flask, visit: Visit, ada: Member) -> None:
        assert "Help: the CE office, 555 0134" in visit("/verify").html
        assert "the CE office, 555 0134" in visit("/help").text
        with app.app_context():
            set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
        assert "Help: ce@harbour.example" in visit("/verify").html
        assert "555 0134" not in visit("/help").html
