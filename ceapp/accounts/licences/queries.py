"""What is asked about licences."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from ceapp.accounts.licences.places import place_words
from ceapp.accounts.licences.professions import profession_words
from ceapp.accounts.models import Licence
from ceapp.database import db

MOST = 10
"""Licences of one person; the database counts them too."""


def licences_of(person_id: UUID) -> list[Licence]:
    """A person's licences in the order in which they were added."""
    return list(db.session.scalars(select(Licence).where(Licence.person_id == person_id).order_by(Licence.added_at, Licence.id)))


def licence_of(person_id: UUID, licence_id: UUID) -> Licence | None:
    """The licence when it is this person's."""
    return db.session.scalars(select(Licence).where(Licence.id == licence_id, Licence.person_id == person_id)).one_or_none()


def title_of(licence: Licence) -> str:
    """`Psychologist, California`: what the licence is called."""
    return f"{profession_words(licence.profession, licence.profession_words)}, {place_words(licence.place, licence.place_words)}"


def has_expired(licence: Licence, today: date) -> bool:
    """Whether the day that stands on the licence has passed; a licence without one has not."""
    return licence.expires_on is not None and licence.expires_on < today
