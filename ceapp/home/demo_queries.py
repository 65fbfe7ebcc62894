"""Who there is in a demonstration."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.database import db, everybody
from ceapp.errors import Missing

MOST = 100


@dataclass(frozen=True, slots=True)
class Invented:
    """A person of the demonstration; `places` are sentences such as “trainee and supervisor at Harbour Lane Clinic”."""

    id: UUID
    name: str
    is_administrator: bool
    places: tuple[str, ...]


def people_of_the_demonstration() -> list[Invented]:
    """Everybody, in the order in which the story names them."""
    people = list(db.session.scalars(select(Person).order_by(Person.created_at, Person.id).limit(MOST)))
    places: dict[UUID, list[str]] = {}
    with everybody("a demonstration shows whom one can become, whatever their organisation"):
        for membership, name in db.session.execute(
            select(Membership, Organisation.name).join(Organisation, Organisation.id == Membership.organisation_id)
        ):
            places.setdefault(membership.person_id, []).append(f"{' and '.join(membership.roles)} at {name}")
    return [Invented(each.id, each.name, each.is_administrator, tuple(places.get(each.id, ()))) for each in people]


def person_of_the_demonstration(person_id: UUID) -> Person:
    """Somebody to become. Raises Missing."""
    person = db.session.scalar(select(Person).where(Person.id == person_id))
    if person is None:
        raise Missing
    return person
