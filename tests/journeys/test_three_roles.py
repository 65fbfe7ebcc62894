"""One person who is trainee here, supervisor there, administrator of a third and enrolled in the course: everything is near and clear."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from ceapp.web.audience import Audience, audience_of, roles_of
from tests.conftest import Agency, Member
from tests.harness.assignments import Assigned, assign
from tests.harness.pages import Visitor, words
from tests.journeys.days import WIDEST_PAGE, answer_every_kind, answer_one, chosen
from tests.journeys.walking import Walk, walk

NAMES = {"harbour": "Harbour Clinic", "quay": "Quay House", "north": "North Centre"}
ROLES = {"harbour": "trainee", "quay": "supervisor", "north": "administrator"}

NOT_LINKED = {
    "accounts.email_code",  # after a form
    "accounts.licence",  # once there is one
    "accounts.name",  # after a form, while a name is missing
    "accounts.prove_code",  # after a form
    "accounts.second_factor_codes",  # after a form
    "accounts.second_factor_codes_file",  # after a form
    "certificates.archive",  # once there is a certificate that is no specimen
    "certificates.wrong",  # the same
    "learning.own_accommodation",  # once there is one
    "learning.own_grievance",  # the same
    "learning.print_course",  # for whom it was granted
    "learning.attestation",  # in courses that ask for it
    "learning.evaluation",  # the same
    "learning.step",  # after an answer
    "reporting.own_data_export",  # after a form, as the next
    "reporting.own_data_progress",
    "supervision.my_readings",  # once there are more than the front page shows
}
"""Pages of her roles that no link leads to in this world, and why."""


@dataclass
class World:
    """Eve, who is all three, and what she finds."""

    eve: Member
    browser: Visitor
    task: Assigned
    walked: Walk


@pytest.fixture
def world(
    app: Flask,
    days: Any,
    now: datetime,
    make_person: Callable[..., Member],
    make_agency: Callable[..., Agency],
    supervise: Callable[..., UUID],
    browser_of: Callable[[Member], Visitor],
) -> World:
    eve, sam = make_person("eve@example.org", "Eve Rytha"), make_person("sam@example.org", "Sam Okafor")
    tess, kim = make_person("tess@example.org", "Tess Adeyemi"), make_person("kim@example.org", "Kim Voss")
    harbour = make_agency("harbour", NAMES["harbour"], {eve.id: "trainee", sam.id: "supervisor"})
    quay = make_agency("quay", NAMES["quay"], {eve.id: "supervisor", tess.id: "trainee"})
    make_agency("north", NAMES["north"], {eve.id: "administrator", kim.id: "trainee", sam.id: "supervisor"})
    for agency, supervisor, trainee in ((harbour, sam, eve), (quay, eve, tess)):
        supervise(agency, supervisor, trainee, made_at=now)
    given = assign(app, harbour, sam, [eve], "sample", ["every-kind", "short"], now=now, accepts_own_pass=True)
    theirs = assign(app, quay, eve, [tess], "sample", ["every-kind", "extra"], now=now, due_on=now.date(), attempts=1)
    browser = browser_of(eve)
    browser.most_queries = WIDEST_PAGE
    browser.get("/courses/sample").submit("Enrol")
    answer_one(browser.get("/courses/sample/short").submit("Begin"))
    browser_of(tess).most_queries = WIDEST_PAGE
    for each, task_id in ((browser, given.task(eve, "every-kind")), (browser_of(tess), theirs.task(tess, "every-kind"))):
        answer_every_kind(each.get(f"/assignments/{task_id}").submit("Begin"))
    answer_one(browser_of(tess).get(f"/assignments/{theirs.task(tess, 'extra')}").submit("Begin"), "Like it")
    browser.get("/courses/sample/extra").submit("Practise first")
    _work_of_north(browser)
    return World(eve, browser, given, walk(browser))


def _work_of_north(browser: Visitor) -> None:
    """An invitation, a relation and a group, so that there is a page of each."""
    browser.get("/organisations/north/invitations/new").submit("Invite", email="new@example.org", roles=["trainee"])
    form = browser.get("/organisations/north/supervision/new")
    (sam,) = [option.get("value") for option in form.select("//select[@name='supervisor']/option") if "Sam" in (option.text or "")]
    form.submit("Let them supervise", supervisor=sam, trainees=chosen(form, "Kim Voss"), scope="answers")
    browser.get("/organisations/north/groups").submit("Make the group", name="Mondays")


def test_one_person_with_three_roles(app: Flask, world: World) -> None:
    there_is_no_dead_end(world)
    everything_of_every_role_is_at_most_two_clicks_away(world)
    every_page_of_an_organisation_says_which_it_is(world)
    the_front_page_tells_the_roles_apart(world)
    every_page_that_a_role_opens_is_linked(app, world)


def there_is_no_dead_end(world: World) -> None:
    assert world.walked.refused == {}
    for address, page in world.walked.pages.items():
        onward = set(page.select("//main//a/@href | //nav//a/@href"))
        assert onward - {address}, address


def everything_of_every_role_is_at_most_two_clicks_away(world: World) -> None:
    near = {address for address, clicks in world.walked.clicks.items() if clicks <= 2}
    pages = [
        f"/organisations/quay{path}" for path in ("", "/progress", "/assign", "/assignments", "/supervision/mine", "/groups", "/signed-off")
    ]
    north = ("", "/progress", "/assign", "/assignments", "/supervision", "/groups", "/members", "/invitations", "/settings")
    pages += [f"/organisations/north{path}" for path in north]
    pages += ["/organisations/north/members/import", "/organisations/north/invitations/new", "/organisations/north/supervision/new"]
    pages += [f"/assignments/{task_id}" for task_id in world.task.tasks.values()]
    pages += ["/organisations/harbour", "/assignments", "/training-record", "/training-record/harbour"]
    pages += [
        "/courses",
        "/courses/sample",
        "/courses/sample/every-kind",
        "/certificates",
        "/account",
        "/account/sessions",
        "/help",
        "/verify",
    ]
    assert sorted(set(pages) - near) == []


def every_page_of_an_organisation_says_which_it_is(world: World) -> None:
    seen = set()
    for address, page in world.walked.pages.items():
        found = re.match(r"/organisations/([a-z]+)", page.address)
        if found:
            seen.add(found[1])
            assert [words(each) for each in page.select("//nav/p[@class='organisation-name']")] == [NAMES[found[1]]], address
            others = set(NAMES.values()) - {NAMES[found[1]]}
            assert not any(name in page.text for name in others), address
    assert seen == set(NAMES)


def the_front_page_tells_the_roles_apart(world: World) -> None:
    front = world.walked.pages["/"]
    assert "You are here as supervisor." in front.text
    assert "You are here as administrator." in front.text
    assert "for Harbour Clinic" in front.text
    assert "Sam Okafor (Harbour Clinic) sees" in front.text
    assert [words(each) for each in front.select("//main//p[@class='organisation-name']")] == ["North Centre", "Quay House"]


def every_page_that_a_role_opens_is_linked(app: Flask, world: World) -> None:
    adapter = app.url_map.bind("localhost")
    reached = {adapter.match(address.partition("?")[0])[0] for address in world.walked.clicks}
    with app.app_context():
        mine = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and _is_mine(rule.endpoint)}
    assert " ".join(sorted(mine - reached)) == " ".join(sorted(NOT_LINKED))


def _is_mine(endpoint: str) -> bool:
    audience = audience_of(endpoint)
    if audience is Audience.MEMBER:
        return bool(set(roles_of(endpoint)) & set(ROLES.values()))
    return audience is Audience.SIGNED_IN
