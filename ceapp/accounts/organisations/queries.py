"""What is asked about organisations and their members."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.accounts.queries import goes_by
from ceapp.database import db, everybody, pages_of

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class CountedOrganisation:
    """An organisation as the administrators of the server see it: its name and how many are in it."""

    organisation: Organisation
    members: int


@dataclass(frozen=True, slots=True)
class OrganisationsPage:
    """One page of organisations."""

    organisations: tuple[CountedOrganisation, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Member:
    """A person and what they are in one organisation."""

    person: Person
    membership: Membership


@dataclass(frozen=True, slots=True)
class MembersPage:
    """One page of an organisation's members."""

    members: tuple[Member, ...]
    count: int
    page: int
    pages: int


def organisations_listed(page: int) -> OrganisationsPage:
    """Every organisation by name, with the number of people in it; nothing of what is inside."""
    count = db.session.scalar(select(func.count()).select_from(Organisation)) or 0
    pages, page = _pages(count, page)
    members = (
        select(func.count())
        .where(Membership.organisation_id == Organisation.id, Membership.left_on.is_(None))
        .correlate(Organisation)
        .scalar_subquery()
    )
    with everybody("the administrators of the server see how many are in each organisation"):
        rows = db.session.execute(
            select(Organisation, members).order_by(Organisation.name, Organisation.slug).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
        ).all()
    return OrganisationsPage(tuple(CountedOrganisation(*row) for row in rows), count, page, pages)


def every_organisation() -> list[CountedOrganisation]:
    """All of them, for the terminal."""
    first = organisations_listed(1)
    rest = (organisations_listed(page) for page in range(2, first.pages + 1))
    return [each for page in (first, *rest) for each in page.organisations]


def organisation_to_change(organisation_id: UUID) -> Organisation | None:
    """The organisation, locked until the transaction ends: whoever changes who is in it takes a turn."""
    return db.session.scalar(select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True))


def members_found(organisation_id: UUID, sought: str, page: int) -> MembersPage:
    """Those who are in the organisation and whose name or address holds the text, by name; the suspended ones too."""
    matching = (Membership.organisation_id == organisation_id, Membership.left_on.is_(None), *([goes_by(Person, sought)] if sought else []))
    joined = Membership.person_id == Person.id
    count = db.session.scalar(select(func.count()).select_from(Membership).join(Person, joined).where(*matching)) or 0
    pages, page = _pages(count, page)
    rows = db.session.execute(
        select(Person, Membership)
        .join(Membership, joined)
        .where(*matching)
        .order_by(Person.name, Person.email)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return MembersPage(tuple(Member(*row) for row in rows), count, page, pages)


def member_of(organisation_id: UUID, person_id: UUID) -> Member | None:
    """This person as a member of the organisation, suspended or not; None once they have left it."""
    row = db.session.execute(
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation_id, Membership.person_id == person_id, Membership.left_on.is_(None))
    ).one_or_none()
    return Member(*row) if row else None


def membership_of(organisation_id: UUID, person_id: UUID) -> Membership | None:
    """The person's place in the organisation, also after they have left it."""
    return db.session.scalar(select(Membership).where(Membership.organisation_id == organisation_id, Membership.person_id == person_id))


def active_administrators(organisation_id: UUID) -> set[UUID]:
    """Those who can administer the organisation now."""
    return set(
        db.session.scalars(
            select(Membership.person_id)
            .join(Person, Person.id == Membership.person_id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.is_administrator,
                Membership.left_on.is_(None),
                Membership.suspended_at.is_(None),
                Person.suspended_at.is_(None),
            )
        )
    )


def _pages(count: int, page: int) -> tuple[int, int]:
    pages = pages_of(count, PAGE_SIZE)
    return pages, min(page, pages)
