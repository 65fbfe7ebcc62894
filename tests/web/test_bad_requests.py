"""Bad input is answered with a sentence on a proper page, never with a fault of ours, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Member
from tests.harness.pages import Page, Visitor
from tests.learning.test_pages import begin, value_of

BrowserOf = Callable[[Member | None], Visitor]
UNFIT = ["/courses/%00", "/courses/a%00b/c", "/images/%00", "/standards/a%00b", "/verify/%00", "/courses/" + "x" * 3000]

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("page", ["-1", "0", "nonsense", "1e9", str(10**19), "9" * 400, "\u0663", ""])
@pytest.mark.parametrize("address", ["/", "/courses", "/certificates"])
def test_a_page_number_that_is_none_is_the_nearest(visit: Callable[..., Page], course: str, tess: Member, address: str, page: str) -> None:
    visit(address, person=tess, query={"page": page})


@pytest.mark.parametrize(
    "address", ["/courses/%00", "/courses/a%00b/c", "/images/%00", "/standards/a%00b", "/verify/%00", "/courses/" + "x" * 3000]
)
def test_f11_addresses_with_what_no_database_takes(tess: Member, browser_of: BrowserOf, address: str) -> None:
    assert browser_of(tess).client.get(address).status_code in (400, 404)


@pytest.mark.parametrize("key", ["", "short", "k" * 400, "k" * 21 + "\x00", "é" * 24, "<script>" * 4])
def test_b10_form_keys_that_are_none(visit: Callable[..., Page], course: str, tess: Member, key: str) -> None:
    page = begin(visit, tess, "short")
    page = page.submit("Decide", status=422, given=value_of(page, "Ask who"), key=key)
    assert "incomplete" in page.text


@pytest.mark.parametrize("saves", ["-1", "9" * 400, "1.5", "x", "\x00"])
def test_counters_that_are_none(visit: Callable[..., Page], course: str, tess: Member, browser_of: BrowserOf, saves: str) -> None:
    page = begin(visit, tess, "short")
    data = {**page.form("/attempts").filled(), "text": ["x"], "saves": [saves]}
    assert browser_of(tess).post(f"{page.address}/1/draft", data, status=422).status == 422


@pytest.mark.parametrize("origin", ["http://[", "https://elsewhere.example", "nonsense"])
def test_a_foreign_form_is_refused_and_not_offered_again(
    visit: Callable[..., Page], tess: Member, browser_of: BrowserOf, origin: str
) -> None:
    """The error page carries a fresh seal: a foreign form in it would become ours by one click."""
    for headers in ({"Origin": origin}, {"Sec-Fetch-Site": "cross-site"}):
        page = browser_of(tess).post("/account", {"name": ["PLANTED"]}, status=403, headers=headers)
        assert "PLANTED" not in page.html
        assert not page.select("//form")
        assert not page.response.headers.getlist("Set-Cookie")


def test_a_foreign_form_that_is_too_large_is_refused_too(visit: Callable[..., Page], tess: Member, browser_of: BrowserOf) -> None:
    response = browser_of(tess).client.post("/account", data={"name": "x" * 3_000_000}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_a_method_that_is_not_known_names_those_that_are(browser_of: BrowserOf) -> None:
    response = browser_of(None).client.get("/courses/sample/enrol/")
    assert response.status_code in (404, 405)
    assert "GET" in browser_of(None).client.put("/courses", headers={"Sec-Fetch-Site": "none"}).headers.get("Allow", "GET")


def test_an_attempt_left_for_a_newer_text_asks_nothing(visit: Callable[..., Page], course: str, tess: Member, library: object) -> None:
    page = begin(visit, tess, "short")
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")  # type: ignore[attr-defined]
    library.publish()  # type: ignore[attr-defined]
    visit(page.address, person=tess).submit("Begin the new text")
    left = visit(page.address, person=tess)
    assert "You left this attempt" in left.text
    assert not left.select("//main//button[.='Decide']")
    assert "left for a newer text" in visit("/courses/sample/short", person=tess).text
