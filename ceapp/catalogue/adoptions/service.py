"""Adopting a course revision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ceapp.accounts.people.service import refuse_unless_administers
from ceapp.audit.service import record
from ceapp.catalogue.adoptions.models import Adoption, AdoptionPerson
from ceapp.catalogue.adoptions.queries import adoption_made_with, newest_version
from ceapp.catalogue.adoptions.rules import REVIEWED, WROTE, WROTE_ASSESSMENT, Adopter, problem_with
from ceapp.catalogue.adoptions.shown import forget_adoptions
from ceapp.catalogue.attachments.kinds import Kind
from ceapp.catalogue.attachments.models import Attachment
from ceapp.catalogue.queries import course_by_slug
from ceapp.database import transaction
from ceapp.errors import Missing, Refused

CHANGED_MEANWHILE = "Somebody else adopted this revision a moment ago. Nothing of yours was saved: compare both, then save again."
PUBLISHED_MEANWHILE = (
    "The course was published anew while this page was open, and its newest revision has not been adopted. Nothing was saved: look at what"
    " changed, then adopt the newest revision."
)
SENT_BEFORE = "This form was sent before with something else in it, and that stands. Nothing was saved now."
NO_CV = "A curriculum vitae that you chose is not on file for this course. Nothing was saved: choose another one."


def adopt(
    course_slug: str, revision_id: str, people: Sequence[Adopter], *, after_version: int, by: UUID, form_key: str, now: datetime
) -> Adoption:
    """Write down who answers for the current revision of a course; the same form once. Raises Missing or Refused.

    `revision_id` and `after_version` are what the person saw.
    """
    problem = problem_with(people)
    if problem:
        raise Refused(problem)
    try:
        with transaction() as session:
            refuse_unless_administers(by)
            earlier = adoption_made_with(form_key)
            if earlier is not None:
                return _same(earlier[0], earlier[1].people, revision_id, people)
            course = course_by_slug(course_slug)
            if course is None:
                raise Missing
            if course.revision_id != revision_id:
                raise Refused(PUBLISHED_MEANWHILE)
            if newest_version(revision_id) != after_version:
                raise Refused(CHANGED_MEANWHILE)
            _refuse_other_files({each.cv_id for each in people if each.cv_id}, course_slug)
            place = {"course_revision_id": revision_id, "version": after_version + 1, "form_key": form_key}
            adoption = Adoption(**place, adopted_at=now, adopted_by=by)
            session.add(adoption)
            session.flush()
            session.add_all(_row(adoption.id, position, each) for position, each in enumerate(people, 1))
            session.flush()
            record("course.adopted", actor=by, now=now, adoption=adoption.id, course_revision=revision_id)
    except IntegrityError as clash:
        earlier = adoption_made_with(form_key)
        if earlier is None:
            raise Refused(CHANGED_MEANWHILE) from clash
        return _same(earlier[0], earlier[1].people, revision_id, people)  # The other click of a double click was first.
    forget_adoptions()
    return adoption


def _row(adoption_id: UUID, position: int, person: Adopter) -> AdoptionPerson:
    return AdoptionPerson(
        adoption_id=adoption_id,
        position=position,
        name=person.name,
        degree=person.degree,
        licence=person.licence,
        disclosure=person.disclosure,
        dated=person.dated,
        wrote_course=WROTE in person.parts,
        wrote_assessment=WROTE_ASSESSMENT in person.parts,
        reviewed=REVIEWED in person.parts,
        cv_id=person.cv_id,
    )


def _refuse_other_files(ids: set[UUID], course_slug: str) -> None:
    with transaction() as session:
        found = select(Attachment.id).where(
            Attachment.id.in_(ids),
            Attachment.kind == Kind.CV.value,
            Attachment.course_slug.is_(None) | (Attachment.course_slug == course_slug),
        )
        if set(session.scalars(found)) != ids:
            raise Refused(NO_CV)


def _same(earlier: Adoption, said: Sequence[Adopter], revision_id: str, people: Sequence[Adopter]) -> Adoption:
    def plainly(each: Adopter) -> tuple[object, ...]:
        return each.name, each.degree, each.licence, each.disclosure, each.dated, each.parts, each.cv_id

    if earlier.course_revision_id != revision_id or [plainly(each) for each in said] != [plainly(each) for each in people]:
        raise Refused(SENT_BEFORE)
    return earlier
