"""A1: every route as everybody. Whom it is not for gets the declared refusal, for a real place as for none, and no row changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from ceapp.web.audience import Audience
from tests.crawl.crawler import fingerprint
from tests.crawl.test_bad_ids import EVERYTHING, REST, ids_of
from tests.crawl.world import AGENCY, World, a_world
from tests.harness.databases import Databases
from tests.web.test_access_table import TABLE

HERE: dict[str | None, frozenset[str]] = {
    None: frozenset(),
    "vera": frozenset(),  # an account and nothing else
    "ada": frozenset(),  # administers the server, belongs to no organisation
    "rita": frozenset(),  # everything, in another organisation
    "tess": frozenset({"trainee"}),
    "sam": frozenset({"supervisor"}),
    "ines": frozenset({"administrator"}),
    "held": frozenset(),  # suspended in this organisation
    "gone": frozenset(),  # left it
}
"""Who asks, and what they are in the organisation whose addresses are asked for."""


@pytest.fixture(scope="module")
def filled(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    with a_world(databases, tmp_path_factory.mktemp("matrix"), template_cache) as made:
        yield made


def places_of(world: World) -> dict[str, Any]:
    """Something real for every part of an address, all of this organisation."""
    rest = {"image_id": "x", "revision_id": "x", "code": world.ids["code:tess"], "token": "x", "name": "x"}
    own = ids_of(world, "tess", AGENCY, "sam", "note:tess")
    slug = world.organisations[AGENCY].slug
    return {**REST, **rest, **own, "organisation": slug, "slug": slug, "export_id": world.ids["export"]}


def is_refused(rule: Rule, method: str, who: str | None) -> bool:
    """By the table of all addresses, not by what the view says of itself."""
    audience = TABLE[method, rule.rule]
    if audience is Audience.ANYONE:
        return False
    if who is None:
        return True
    if audience is Audience.ADMINISTRATOR:
        return who != "ada"
    return isinstance(audience, frozenset) and not HERE[who] & audience


def asked(world: World) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, each of its methods, and an address of it."""
    places = places_of(world)
    for rule in world.app.url_map.iter_rules():
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            values = {name: value for name, value in places.items() if name in rule.arguments}
            yield rule, method, world.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


@dataclass
class Walked:
    """Every route asked as everybody whom it is not for: how often, which routes there are, and what was not refused as declared."""

    refused: int = 0
    routes: set[tuple[str, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def walked(world: World) -> Walked:
    found = Walked()
    clients = {who: world.client(who) for who in HERE}
    for rule, method, address in asked(world):
        found.routes.add((method, rule.rule))
        for who in HERE:
            if is_refused(rule, method, who):
                response = clients[who].open(address, method=method, data=EVERYTHING if method == "POST" else None)
                found.refused += 1
                found.faults += [f"{method} {rule.rule} as {who}: {each}" for each in _not_as_declared(response, method, who)]
    return found


def _not_as_declared(response: Any, method: str, who: str | None) -> Iterator[str]:
    wanted = 404 if who else (303 if method == "GET" else 403)
    if response.status_code != wanted:
        yield f"{response.status_code}, not {wanted}"
    elif wanted == 303 and not response.headers["Location"].startswith("/account/sign-in?next="):
        yield f"leads to {response.headers['Location']}"


def test_a1_every_route_refuses_everybody_whom_it_is_not_for_and_writes_nothing(filled: World) -> None:
    before = fingerprint(filled)
    found = walked(filled)
    assert not found.faults, "\n".join(found.faults)
    assert found.routes == set(TABLE)
    assert found.refused > 500
    assert fingerprint(filled) == before


@pytest.mark.parametrize(("path", "roles"), [("/people", None), ("/organisations/<organisation>/members", ("trainee", "administrator"))])
def test_a1_control_a_view_that_lets_in_one_too_many_is_found(filled: World, path: str, roles: tuple[str, ...] | None) -> None:
    (endpoint,) = {rule.endpoint for rule in filled.app.url_map.iter_rules() if rule.rule == path}
    with pytest.MonkeyPatch.context() as patch:
        if roles:
            patch.setattr(filled.app.view_functions[endpoint], "roles", roles)
        else:
            patch.setattr(filled.app.view_functions[endpoint], "audience", Audience.SIGNED_IN)
        found = walked(filled).faults
    assert found
    assert all(fault.startswith(f"GET {path} as") for fault in found)


def test_a1_a2_who_is_refused_cannot_tell_a_real_place_from_none(filled: World) -> None:
    """Bodies and headers of both answers are equal, but for what is new in every answer."""
    world, compared = filled, 0
    places = places_of(world) | {"organisation": "nonsense"}
    members_only = [each for each in asked(world) if isinstance(TABLE[each[1], each[0].rule], frozenset)]
    clients = {who: world.client(who) for who in ("vera", "rita", "gone", "held")}
    for rule, method, address in members_only:
        values = {name: value for name, value in places.items() if name in rule.arguments}
        nowhere = world.app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
        for who, client in clients.items():
            real, none = (client.open(each, method=method, data=EVERYTHING if method == "POST" else None) for each in (address, nowhere))
            assert told(real) == told(none), f"{method} {rule.rule} as {who}"
            compared += 1
    assert compared > 150


def told(response: Any) -> tuple[int, int, list[str]]:
    """Status, length, and headers without the nonce and the request's own id."""
    policy = response.headers.get("Content-Security-Policy", "")
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    headers = [f"{name}: {value}".replace(nonce, "·") if nonce else f"{name}: {value}" for name, value in response.headers]
    return response.status_code, len(response.get_data()), sorted(each for each in headers if not each.startswith("X-Request-Id"))
