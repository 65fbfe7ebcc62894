"""An agency with twelve trainees over five weeks, from its founding to the certificates, through the real pages and the real mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Member
from tests.journeys.days import GOOD, RISKY, Days, Somebody, answer_every_kind, answer_one, chosen, table_of

NAMES = {
    "tara": "Tara Quist",
    "otto": "Otto Brandt",
    "petra": "Petra Lang",
    "rolf": "Rolf Amsel",
    "lena": "Lena Okoye",
    "bea": "Bea Winter",
    "carl": "Carl Ames",
    "ed": "Ed Moreau",
    "wilma": "Wilma Stone",
    "leo": "Leo Fenn",
    "sue": "Sue Park",
    "nils": "Nils Holm",
}
HAVE_ACCOUNTS = ("otto", "petra")


def test_dummy(days: Days, make_person: Any) -> None:
    ada = days.somebody("ada", "Ada Lindqvist")
    make_person(ada.email, ada.name, is_administrator=True, time_zone="America/New_York")
    page = ada.open("/provider")
    page = page.submit("Save", name="Harbour Street Training", address="12 Harbour Street", contact="ce@harbour.example", responsible_name="Miriam Okonkwo", responsible_title="Program director")
    print(page.text)
    page = ada.open("/organisations").follow("New organisation")
    page = page.submit("Make the organisation", name="Harbour Clinic", slug="harbour", time_zone="America/New_York", administrator="ines@example.org")
    print(page.text)
