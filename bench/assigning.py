"""How long assigning a course to 500 people takes, with what they have open from before; `floor` is the target."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.fixture import write_folder
from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.catalogue.service import sync
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import scoped_to, transaction
from ceapp.supervision.assigning.orders import Order, What
from ceapp.supervision.assigning.service import assign

PEOPLE = 500
SCENARIOS = 20
SECONDS = 2.0
ROUNDS = 5


def measure() -> list[dict[str, Any]]:
    """Assign twenty scenarios to five hundred people, five times over: each time half of the scenarios are open already."""
    with tempfile.TemporaryDirectory() as folder:
        root, now = Path(folder), datetime.now(UTC)
        write_folder(root / "scenarios", scenarios=SCENARIOS * (ROUNDS + 1) // 2)
        app = prepared_app(load_settings({}, instance=str(root / "instance")))
        with app.app_context():
            sync(root / "scenarios", now=now)
            organisation_id, member_id, people = _agency(now)
            with scoped_to(organisation_id):
                seconds = [_assign(number, organisation_id, member_id, people, now) for number in range(ROUNDS)]
    slowest = max(seconds)
    return [
        {
            "name": "20 scenarios assigned to 500 people",
            "ours": round(slowest, 2),
            "floor": SECONDS,
            "ratio": round(slowest / SECONDS, 2),
            "unit": "s",
        }
    ]


def _assign(number: int, organisation_id: Any, member_id: Any, people: tuple[Any, ...], now: datetime) -> float:
    first = number * SCENARIOS // 2
    order = Order(
        what=What.SCENARIOS,
        course="course-0",
        scenarios=tuple(f"scenario-{each}" for each in range(first, first + SCENARIOS)),
        module="",
        due_on=now.date() + timedelta(days=30),
        skipped=(),
        time_zone="UTC",
        people=people,
        note="Read the code first.",
        attempts=None,
        accepts_own_pass=True,
    )
    begun = perf_counter()
    made = assign(organisation_id, member_id, order, form_key=f"bench-{number:018}", now=now)
    seconds = perf_counter() - begun
    if made.done is None or len(made.done.recipients) != len(people):
        raise RuntimeError("not everybody got something")
    return seconds


def _agency(now: datetime) -> tuple[Any, Any, tuple[Any, ...]]:
    with transaction() as session:
        organisation = Organisation(slug="bench", name="Bench", time_zone="UTC", created_at=now)
        members = [Person(email=f"bench{n}@example.org", name=f"Bench {n}", password_hash="", created_at=now) for n in range(PEOPLE + 1)]
        session.add_all([organisation, *members])
        session.flush()
        joined = date(2026, 1, 5)
        with scoped_to(organisation.id):
            for person in members:
                is_boss = person is members[0]
                session.add(
                    Membership(
                        organisation_id=organisation.id,
                        person_id=person.id,
                        joined_on=joined,
                        is_administrator=is_boss,
                        is_trainee=not is_boss,
                    )
                )
            session.flush()
        return organisation.id, members[0].id, tuple(person.id for person in members[1:])


if __name__ == "__main__":
    for row in measure():
        print(row)
