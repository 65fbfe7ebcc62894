"""Tours of the CE record: licences, and what certificates say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from tests.browser.tours import LONG_NAME, LONG_WORD, Tour, World
from tests.conftest import NOW

LICENCE = LicenceInput("psychologist", "", "US-CA", "", "PSY 01234", "", date(2099, 6, 30), True)


def holder_of_licences(world: World) -> Tour:
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.sign_in(tess)
    world.go("/account/licences")
    yield "licences, none"
    world.go("/account/licences/new")
    yield "licence, new"
    world.send_empty("Save")
    yield "licence, refused"
    long = LicenceInput("other", LONG_WORD[:80], "other", LONG_WORD[:80], "9" * 40, LONG_NAME[:120], date(2020, 1, 1), False)
    with world.app.app_context():
        for given in (LICENCE, long, *(replace(LICENCE, number=str(number)) for number in range(8))):
            held = licences.add(tess.id, given, now=NOW)
    world.go("/account/licences")
    yield "licences, no more room"
    world.go(f"/account/licences/{held.id}")
    yield "licence, change"


RECORD_TOURS = (holder_of_licences,)
