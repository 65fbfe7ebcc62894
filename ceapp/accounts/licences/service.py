"""Adding, changing and taking away licences. Certificates keep what they printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.licences.queries import MOST, licence_of, licences_of
from ceapp.accounts.models import Licence
from ceapp.accounts.queries import person_to_change
from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Missing, Refused

TOO_MANY = f"You have {MOST} licences here, which is as many as there is room for. Nothing was saved: take one away first."
TWICE = "You have added this licence already. Nothing was saved: change the one that is there."


@dataclass(frozen=True, slots=True)
class LicenceInput:
    """A licence as somebody describes it."""

    profession: str
    profession_words: str
    place: str
    place_words: str
    number: str
    name: str
    expires_on: date | None
    is_printed: bool

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes it this licence and no other."""
        return self.profession, self.profession_words, self.place, self.place_words, self.number


def add(person_id: UUID, given: LicenceInput, *, now: datetime) -> Licence:
    """Add a licence; the same one sent twice is there once. Raises Refused when it is there with other particulars, or for one too many."""
    with transaction() as session:
        person_to_change(person_id)
        held = licences_of(person_id)
        same = next((each for each in held if _input_of(each).identity == given.identity), None)
        if same is not None:
            if _input_of(same) != given:
                raise Refused(TWICE)
            return same
        free = set(range(1, MOST + 1)) - {each.slot for each in held}
        if not free:
            raise Refused(TOO_MANY)
        licence = Licence(person_id=person_id, slot=min(free), added_at=now, **asdict(given))
        session.add(licence)
        session.flush()
        record("licence.added", actor=person_id, now=now, licence=licence.id, person=person_id)
        return licence


def change(person_id: UUID, licence_id: UUID, given: LicenceInput, *, now: datetime) -> None:
    """Change a licence. Raises Missing, or Refused when another one of theirs is the same."""
    try:
        with transaction() as session:
            person_to_change(person_id)
            licence = licence_of(person_id, licence_id)
            if licence is None:
                raise Missing
            if _input_of(licence) == given:
                return
            for name, value in asdict(given).items():
                setattr(licence, name, value)
            session.flush()
            record("licence.changed", actor=person_id, now=now, licence=licence_id, person=person_id)
    except IntegrityError as problem:
        raise Refused(TWICE) from problem


def take_away(person_id: UUID, licence_id: UUID, *, now: datetime) -> None:
    """Take a licence away; one that is gone already stays gone."""
    with transaction() as session:
        person_to_change(person_id)
        licence = licence_of(person_id, licence_id)
        if licence is None:
            return
        session.delete(licence)
        record("licence.taken-away", actor=person_id, now=now, licence=licence_id, person=person_id)


def _input_of(licence: Licence) -> LicenceInput:
    return LicenceInput(
        licence.profession,
        licence.profession_words,
        licence.place,
        licence.place_words,
        licence.number,
        licence.name,
        licence.expires_on,
        licence.is_printed,
    )
