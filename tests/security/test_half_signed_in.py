"""D11: every address in a sign-in that waits for its second factor: nothing of anybody is read, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import update

from ceapp.accounts import sign_ins
from ceapp.accounts.models import SignIn
from ceapp.accounts.stages import Stage
from ceapp.database import transaction
from ceapp.web.audience import Audience
from tests.conftest import NOW
from tests.crawl.crawler import fingerprint
from tests.crawl.test_bad_ids import EVERYTHING
from tests.crawl.world import World, a_world
from tests.harness.databases import Databases
from tests.harness.factors import switched_on
from tests.security.test_matrix import asked
from tests.web.test_access_table import TABLE

ROLES = ("ada", "trio")
"""The server's administrator, and somebody who is trainee, supervisor and administrator of the organisation."""

LED_TO = {Stage.ASKED: "/account/sign-in/second-factor?next=", Stage.LED: "/account/second-factor/set-up?next="}
SETTING = {Stage.ASKED: "offered", Stage.LED: "staff"}
STARTS_ANEW = frozenset({"/account/sign-out", "/demo/<uuid:person_id>"})
"""What may end the sign-in, as for everybody."""


@pytest.fixture(scope="module", params=list(LED_TO), ids=str)
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.param
    return found


@pytest.fixture(scope="module")
def filled(
    stage: Stage, databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache
) -> Iterator[World]:
    with a_world(databases, tmp_path_factory.mktemp("half"), template_cache, second_factor=SETTING[stage]) as world:
        if stage is Stage.ASKED:
            for who in ROLES:
                switched_on(world.app, world.people[who], NOW)
        yield world


def browser(world: World, who: str) -> tuple[FlaskClient, str]:
    """The browser of somebody who gave the first factor a moment ago, and its token."""
    with world.app.app_context():
        token = sign_ins.begin(world.people[who].id, now=NOW)
    client = world.app.test_client()
    client.set_cookie(world.app.config["SIGN_IN_COOKIE_NAME"], token)
    return client, token


@dataclass(frozen=True)
class Asked:
    """One address with one method: the answers to somebody half signed in and to a stranger."""

    who: str
    rule: str
    method: str
    address: str
    half: Any
    stranger: Any

    def __str__(self) -> str:
        return f"{self.method} {self.rule} as {self.who}"


@dataclass(frozen=True)
class Walk:
    answers: list[Asked]
    changed: set[str]
    """Tables of which a row is not as it was."""


@pytest.fixture(scope="module")
def walk(filled: World) -> Walk:
    clients = {who: browser(filled, who)[0] for who in ROLES}
    before, found = fingerprint(filled), []
    for rule, method, address in asked(filled):
        if rule.rule not in STARTS_ANEW:
            data = EVERYTHING if method == "POST" else None
            stranger = filled.app.test_client().open(address, method=method, data=data)
            for who, client in clients.items():
                found.append(Asked(who, rule.rule, method, address, client.open(address, method=method, data=data), stranger))
    after = fingerprint(filled)
    return Walk(found, {table for table in before if before[table] != after[table]})


def is_open(each: Asked, stage: Stage) -> bool:
    """Whether the address is one that finishes signing in, or that everybody reads."""
    audience = TABLE[each.method, each.rule]
    return audience is Audience.ANYONE or (audience is Audience.SETTING_UP and stage is Stage.LED)


def fault_of(each: Asked, stage: Stage) -> str | None:
    if is_open(each, stage):
        return None
    wanted = 303 if each.method == "GET" else 403
    if each.half.status_code != wanted:
        return f"{each}: {each.half.status_code}, not {wanted}"
    leads = each.half.headers.get("Location", "")
    return f"{each}: leads to {leads}" if each.method == "GET" and not leads.startswith(LED_TO[stage]) else None


def test_d11_every_address_leads_to_the_second_factor_and_writes_nothing(walk: Walk, stage: Stage) -> None:
    faults = [fault for each in walk.answers if (fault := fault_of(each, stage))]
    assert not faults, "\n".join(faults)
    assert sum(not is_open(each, stage) for each in walk.answers) > 250
    assert walk.changed <= {"guess_window"}, "what strangers type is counted, and nothing else is written"


def test_d11_what_everybody_reads_is_all_that_is_read(filled: World, walk: Walk, stage: Stage) -> None:
    """Every name, address and text of the world is looked for in every answer."""
    for each in walk.answers:
        seen = {kind for kind, word in filled.markers.items() if word.encode() in each.half.data.lower()}
        open_to_all = {kind for kind, word in filled.markers.items() if word.encode() in each.stranger.data.lower()}
        own = {f"email:{each.who}"} if each.rule == "/account/second-factor/set-up" and stage is Stage.LED else set()
        assert seen - own <= open_to_all | _asked_for(filled.markers, each.half), f"{each}: {seen - open_to_all}"


def _asked_for(words: dict[str, str], answer: Any) -> set[str]:
    """An address that was asked for comes back in the address that it leads to."""
    return {kind for kind, word in words.items() if word in answer.headers.get("Location", "") and answer.status_code == 303}


def test_d11_control_a_complete_sign_in_reads_all_that(filled: World) -> None:
    """The same walk finds the person's own name as soon as the second factor was given."""
    client, token = browser(filled, "ada")
    assert filled.people["ada"].name.encode() not in client.get("/account").data
    with filled.app.app_context(), transaction() as session:
        session.execute(update(SignIn).where(SignIn.token_hash == sign_ins.token_hash(token)).values(factor_at=NOW))
    complete = client.get("/account").data
    assert (filled.people["ada"].name.encode() in complete) is (filled.app.extensions["ceapp.settings"].second_factor == "offered")
