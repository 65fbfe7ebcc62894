"""A6: what somebody may no longer see is gone at the next request of an open browser, and so is mail that waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from ceapp.accounts.models import Membership, Person
from ceapp.accounts.organisations import service as organisations
from ceapp.accounts.people import service as people
from ceapp.database import scoped_to, transaction
from ceapp.supervision.models import Cover
from ceapp.supervision.relations import service as relations
from tests.conftest import NOW
from tests.crawl.crawler import MARKER
from tests.crawl.world import AGENCY, YESTERDAY, World, task
from tests.harness.letters import letters

Deed = Callable[[World], None]


def agency(world: World) -> str:
    return f"/organisations/{world.organisations[AGENCY].slug}"


def pages(world: World) -> list[str]:
    """What Sam, who covers nobody, and Cora, who covers Sam, see of Tess."""
    tess = f"{agency(world)}/trainees/{world.people['tess'].id}"
    return [tess, f"{tess}/{task(world, 'note:tess', 'tess', 'every-kind')}"]


def in_agency(world: World, deed: Callable[..., object], key: str) -> None:
    own = world.organisations[AGENCY].id
    with world.app.app_context(), scoped_to(own):
        deed(own, world.people[key].id, actor=world.people["ines"].id, now=NOW)


def suspend_member(key: str) -> Deed:
    return lambda world: in_agency(world, organisations.suspend_member, key)


def end_membership(key: str) -> Deed:
    return lambda world: in_agency(world, organisations.end_membership, key)


def take_role(world: World) -> None:
    """Sam is only a trainee from now on."""
    own = world.organisations[AGENCY].id
    with world.app.app_context(), scoped_to(own):
        organisations.change_roles(own, world.people["sam"].id, ("trainee",), actor=world.people["ines"].id, now=NOW)


def end_relation(world: World) -> None:
    own = world.organisations[AGENCY].id
    with world.app.app_context(), scoped_to(own):
        relations.end_relation(own, world.people["ines"].id, world.ids["relation:sam-tess"], now=NOW)


def suspend_person(key: str) -> Deed:
    def deed(world: World) -> None:
        with world.app.app_context():
            people.suspend(world.people[key].id, actor=world.people["vera" if key == "ada" else "ada"].id, now=NOW)

    return deed


def end_covers(world: World) -> None:
    own = world.organisations[AGENCY].id
    with world.app.app_context(), scoped_to(own), transaction() as session:
        session.execute(update(Cover).where(Cover.organisation_id == own).values(ended_at=NOW))


def end_covers_by_day(world: World) -> None:
    own = world.organisations[AGENCY].id
    with world.app.app_context(), scoped_to(own), transaction() as session:
        session.execute(update(Cover).where(Cover.organisation_id == own).values(last_day=YESTERDAY))


@pytest.mark.parametrize(
    ("deed", "who"),
    [
        (suspend_member("sam"), "sam"),
        (suspend_member("sam"), "cora"),  # who covers somebody who is suspended sees nobody by it
        (suspend_member("tess"), "sam"),
        (suspend_member("cora"), "cora"),
        (end_membership("sam"), "sam"),
        (end_membership("sam"), "cora"),
        (end_membership("tess"), "sam"),
        (take_role, "sam"),
        (take_role, "cora"),
        (end_relation, "sam"),
        (end_relation, "cora"),
        (end_covers, "cora"),
        (end_covers_by_day, "cora"),
        (suspend_person("sam"), "sam"),
    ],
)
def test_a6_the_next_request_in_an_open_browser_sees_nothing(world: World, deed: Deed, who: str) -> None:
    client, found = world.client(who), pages(world)
    assert [client.get(page).status_code for page in found] == [200, 200]
    assert world.markers["name:tess"] in client.get(f"{agency(world)}/progress").get_data(as_text=True).lower()
    deed(world)
    assert {client.get(page).status_code for page in found} <= {404, 303}
    for page in ("progress", "progress.csv?show=y", "assign?course=sample", "groups", "assignments"):
        response = client.get(f"{agency(world)}/{page}")
        assert response.status_code in (200, 303, 404)
        assert world.markers["name:tess"] not in response.get_data(as_text=True).lower()
        assert world.markers["note:tess"] not in response.get_data(as_text=True)
    done = [
        client.post(f"{found[1]}/{deed_of}", data={"question": "note", "shown": "0" * 32}).status_code
        for deed_of in ("reflection", "sign-off")
    ]
    extended = client.post(
        f"{agency(world)}/tasks/{task(world, 'note:both', 'tess')}/extend", data={"due_on": "2026-12-24", "reason": "A reason"}
    )
    assert {*done, extended.status_code} <= {403, 404}


@pytest.mark.parametrize(
    ("deed", "who"),
    [
        (suspend_member("duo"), "duo"),
        (end_membership("duo"), "duo"),
        (suspend_person("duo"), "duo"),
        (suspend_person("ada"), "ada"),
    ],
)
def test_a6_letters_that_wait_are_not_sent(world: World, deed: Deed, who: str) -> None:
    """Duo is in two organisations: of the one that they left nothing is said any more."""
    email = world.people[who].email
    if who == "ada":
        with world.app.app_context(), transaction() as session:  # so that another one administers the server
            session.execute(update(Person).where(Person.id == world.people["vera"].id).values(is_administrator=True))
            session.flush()
    assert [letter for letter in letters(world.app, NOW) if letter.to == email]
    deed(world)
    told = [letter for letter in letters(world.app, NOW) if letter.to == email]
    if deed.__qualname__.startswith("suspend_person"):
        assert not told
    text = "\n".join(f"{letter.subject}\n{letter.text}" for letter in told).lower()
    assert world.markers["org:agency"] not in text
    assert all(found.decode().lower() in (world.markers["org:north"],) for found in MARKER.findall(text.encode()))


def test_a6_suspending_a_person_signs_every_browser_of_theirs_out(world: World) -> None:
    client = world.client("tess")
    assert client.get("/").status_code == 200
    assert world.markers["name:tess"] in client.get("/account").get_data(as_text=True).lower()
    suspend_person("tess")(world)
    response = client.get("/account")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/account/sign-in")
    begin = client.post(f"/assignments/{task(world, 'note:both', 'tess')}/begin", data={"key": "k" * 22})
    assert begin.status_code in (303, 403)


def test_a6_who_comes_back_is_not_seen_through_a_relation_from_before(world: World) -> None:
    own = world.organisations[AGENCY].id
    end_membership("tess")(world)
    with world.app.app_context(), scoped_to(own), transaction() as session:
        tess = (Membership.organisation_id == own, Membership.person_id == world.people["tess"].id)
        session.execute(update(Membership).where(*tess).values(left_on=None, is_trainee=True, joined_on=NOW.date(), returned_at=NOW))
    for who in ("sam", "cora", "rhea", "stan"):
        assert {world.client(who).get(page).status_code for page in pages(world)} == {404}, who
