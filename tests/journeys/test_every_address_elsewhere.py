"""A supervisor of another organisation with every address of the first: nothing of it is there, and nothing shows that it is somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from tests.conftest import Agency, Member
from tests.harness.assignments import assign
from tests.harness.pages import Visitor
from tests.journeys.days import WIDEST_PAGE, answer_every_kind, answer_one, chosen
from tests.journeys.walking import walk

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOBODY = "01900000-0000-7000-8000-00000000abcd"
OPEN_TO_ALL = ("/standards/", "/images/", "/courses/", "/verify/")
ENDS_ANYWAY = re.compile(r"/account/sessions/[^/]+/end")
"""A sign-in that is over, or was never one's own, is over: the answer is the same for every id."""

_KINDS = 48
"""At least so many kinds of addresses are tried."""

Addresses = tuple[set[str], set[str]]


@pytest.fixture
def of_the_first(
    app: Flask,
    days: Any,
    now: datetime,
    agency: Agency,
    supervise: Callable[..., UUID],
    browser_of: Callable[[Member], Visitor],
    tess: Member,
    omar: Member,
    sam: Member,
    ines: Member,
) -> Addresses:
    """Every address to open and every address of a form that its people come to, with work, groups, covers and invitations there."""
    supervise(agency, sam, tess, made_at=now)
    supervise(agency, sam, omar, made_at=now)
    assign(app, agency, sam, [tess, omar], "sample", ["every-kind", "short"], now=now, accepts_own_pass=True, attempts=1, due_on=now.date())
    browsers = [browser_of(each) for each in (ines, sam, tess, omar)]
    for each in browsers:
        each.most_queries = WIDEST_PAGE
    _fill(browsers)
    walks = [walk(each) for each in browsers]
    opened = {address for each in walks for address in each.clicks}
    sent = {address for each in walks for address in each.forms}
    assert not any(each.refused for each in walks)
    return {each for each in opened if _belongs(each)}, {each for each in sent if _belongs(each)}


def _fill(browsers: list[Visitor]) -> None:
    """One scenario handed in and one under way, one failed with no attempt left; a certificate; a group; an invitation; a sign-off."""
    ines, sam, tess, omar = browsers
    tess.get("/courses/sample").submit("Enrol")
    answer_one(tess.get("/courses/sample/short").submit("Begin"))
    answer_every_kind(tess.get(_task(tess, "Every kind")).submit("Begin"))
    tess.get(_task(tess, "Short")).submit("Begin")
    answer_one(omar.get(_task(omar, "Short")).submit("Begin"), "Like it")
    ines.get("/organisations/harbour/invitations/new").submit("Invite", email="new@example.org", roles=["supervisor"])
    group = sam.get("/organisations/harbour/groups").submit("Make the group", name="Mondays")
    group.submit("Add the ticked", people=chosen(group, "Tess Adeyemi"))


def _task(browser: Visitor, title: str) -> str:
    """The address of an assignment on somebody's front page."""
    (address,) = browser.get("/").select(f"//a[starts-with(@href, '/assignments/') and normalize-space(.) = '{title}']/@href")
    return str(address)


def _belongs(address: str) -> bool:
    """Whether it is of this organisation or its people, and of nobody else's."""
    if address.startswith(OPEN_TO_ALL) or ENDS_ANYWAY.fullmatch(address):
        return False
    return address.startswith(("/organisations/harbour", "/training-record/harbour")) or bool(ID.search(address))


def _nonsense(address: str) -> str:
    """The same address of nothing."""
    return ID.sub(NOBODY, address.replace("/harbour", "/nowhere"))


def _alike(browser: Visitor, method: str, address: str, **data: Any) -> None:
    foreign, unknown = (browser.client.open(each, method=method, **data) for each in (address, _nonsense(address)))
    assert (foreign.status_code, unknown.status_code) == (404, 404), f"{method} {address}"
    assert len(foreign.data) == len(unknown.data), f"{method} {address}"
    assert not any(name in foreign.get_data(as_text=True) for name in ("Harbour", "Tess", "Omar", "Sam", "Ines"))


def test_a2_every_address_is_nothing_to_a_supervisor_of_another_organisation(
    of_the_first: Addresses, elsewhere: Agency, rita: Member, browser_of: Callable[[Member], Visitor]
) -> None:
    opened, sent = of_the_first
    assert len({ID.sub("·", each.partition("?")[0]) for each in opened | sent}) >= _KINDS
    browser = browser_of(rita)
    browser.most_queries = WIDEST_PAGE
    token = browser.get("/account").form("/account").values("csrf_token")[0]
    for address in sorted(opened):
        _alike(browser, "GET", address)
    for address in sorted(sent):
        _alike(browser, "POST", address, data={"csrf_token": token, "key": "k" * 24})
    assert browser.get(f"/organisations/{elsewhere.slug}/progress").status == 200  # at home everything opens
