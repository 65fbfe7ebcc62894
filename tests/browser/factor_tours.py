"""Tours of the second factor: setting it up, being asked for it, and its being taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from ceapp.accounts import sign_ins, totp
from ceapp.accounts.models import SignIn
from ceapp.database import transaction
from tests.browser.tours import Tour, World
from tests.conftest import Member
from tests.harness.factors import switched_on


def holder_of_a_second_factor(world: World) -> Tour:
    sam = world.make_person("sam@example.org", "Sam Okafor")
    world.sign_in(sam)
    world.go("/account/second-factor")
    yield "second factor, off"
    world.follow("Set it up")
    yield "second factor, set up"
    world.send_empty("Switch on")
    yield "second factor, set up, refused"
    seed = world.page.locator(".factor-key code").inner_text().replace(" ", "")
    world.page.get_by_label("Code from the app").fill(totp.code_at(seed, totp.step_at(datetime.now(UTC))))
    world.press("Switch on")
    yield "second factor, recovery codes"
    world.press("I have kept them")
    yield "second factor, on"
    world.page.context.clear_cookies()
    _begin(world, sam)
    world.go("/account/sign-in/second-factor?next=/account")
    yield "second factor, asked"
    world.send_empty("Sign in")
    yield "second factor, asked, refused"
    world.go("/courses")
    yield "courses, half signed in"


def who_used_the_recovery_codes_up(world: World) -> Tour:
    sam = world.make_person("sam@example.org", "Sam Okafor")
    factor = switched_on(world.app, sam, datetime.now(UTC))
    for code in factor.codes:
        _begin(world, sam)
        world.go("/account/sign-in/second-factor?next=/account/second-factor")
        world.page.get_by_label("Code from your app").fill(code)
        world.press("Sign in")
    yield "second factor, no recovery codes left"
    _grow_old(world)
    world.go("/account/prove?next=/account/second-factor")
    yield "prove, with a second factor"


def whose_role_needs_one(world: World) -> Tour:
    settings = world.app.extensions["ceapp.settings"]
    world.app.extensions["ceapp.settings"] = replace(settings, second_factor="administrators")
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    world.sign_in(ada)
    world.go("/people")
    yield "second factor, needed"
    _grow_old(world)
    world.go("/people")
    yield "second factor, needed, long after the sign-in"
    world.app.extensions["ceapp.settings"] = settings


def who_takes_one_away(world: World) -> Tour:
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    sam = world.make_person("sam@example.org", "Sam Okafor")
    switched_on(world.app, sam, datetime.now(UTC))
    world.sign_in(ada)
    world.go(f"/people/{sam.id}")
    yield "person, with a second factor"
    world.follow("Take second factor away")
    yield "take a second factor away"
    world.send_empty("Take second factor away")
    yield "take a second factor away, refused"


def _begin(world: World, person: Member) -> None:
    """Sign in as far as the first factor leads."""
    with world.app.app_context():
        token = sign_ins.begin(person.id, now=datetime.now(UTC))
    world.sign_in(replace(person, token=token))


def _grow_old(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(proved_at=datetime.now(UTC) - timedelta(minutes=16)))


FACTOR_TOURS = (holder_of_a_second_factor, who_used_the_recovery_codes_up, whose_role_needs_one, who_takes_one_away)
