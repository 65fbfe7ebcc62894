"""E1, E2, D9: the headers of every answer and the cookies that are set."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Member
from tests.harness.pages import Page, Visitor


def test_e1_every_answer_has_its_own_nonce(visit: Callable[..., Page]) -> None:
    policies = [visit("/courses").response.headers["Content-Security-Policy"] for _ in range(3)]
    assert len({re.search(r"nonce-(\S+)'", policy)[1] for policy in policies}) == 3  # type: ignore[index]


@pytest.mark.parametrize("address", ["/healthz", "/assets/nonsense", "/nonsense"])
def test_e2_what_is_no_page_has_the_headers_too(browser_of: Callable[[Member | None], Visitor], address: str) -> None:
    headers = browser_of(None).client.get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers


def test_e2_assets_are_kept_for_a_year_and_named_by_content(visit: Callable[..., Page]) -> None:
    page = visit("/courses")
    for address in page.select("//link[@rel='stylesheet']/@href | //script/@src"):
        response = page.visitor.client.get(address)
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.search(r"site-[0-9a-f]{12}\.(css|js)$", address)


class TestHttps:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"base_url": "https://ce.example.org"}

    def test_d9_cookies_are_host_bound_and_secure(self, browser_of: Callable[[Member | None], Visitor]) -> None:
        response = browser_of(None).client.get("/account/sign-in", base_url="https://ce.example.org")
        for cookie in response.headers.getlist("Set-Cookie"):
            name, *attributes = [part.strip() for part in cookie.split(";")]
            assert name.startswith("__Host-")
            assert {"Secure", "HttpOnly", "Path=/"} <= set(attributes)
            assert any(each.startswith("SameSite=") for each in attributes)
            assert not any(each.startswith("Domain") for each in attributes)
        assert response.headers["Strict-Transport-Security"]

    def test_d6_a_foreign_host_is_refused(self, browser_of: Callable[[Member | None], Visitor]) -> None:
        assert browser_of(None).client.get("/", base_url="https://elsewhere.example").status_code == 400
