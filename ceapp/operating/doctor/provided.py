"""Whether the provider's file is whole: who answers for a revision, and the bytes of what is attached."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from ceapp.accounts.models import Membership, Person
from ceapp.catalogue.adoptions.models import Adoption, AdoptionPerson
from ceapp.catalogue.attachments.models import Attachment, AttachmentContent
from ceapp.catalogue.models import Course
from ceapp.certificates.models import Certificate
from ceapp.learning.models import Enrolment
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found
from ceapp.reporting.reviewing.models import CourseReview

FEW = 5
"""Attachments are as large as a form may be: few at a time."""


def adoptions(examination: Examination) -> Iterator[Finding]:
    """Each adoption names who wrote the course and who wrote its assessment; the numbers of its versions have no gap."""
    said = func.count().filter
    whole = (
        select(AdoptionPerson.adoption_id)
        .group_by(AdoptionPerson.adoption_id)
        .having(and_(said(AdoptionPerson.wrote_course) > 0, said(AdoptionPerson.wrote_assessment) > 0))
    )
    for (adoption_id,) in examination.rows(select(Adoption.id).where(Adoption.id.not_in(whole)), "adoptions"):
        yield found("adoption.people", f"adoption {adoption_id}: it does not say who wrote the course and its assessment")
    numbered = select(Adoption.course_revision_id).group_by(Adoption.course_revision_id).having(func.max(Adoption.version) != func.count())
    for (revision_id,) in examination.rows(numbered):
        yield found("adoption.people", f"course revision {revision_id}: the versions of its adoption have a gap")


def current(examination: Examination) -> Iterator[Finding]:
    """Somebody answers for the current revision of each course on offer."""
    adopted = select(Adoption.id).where(Adoption.course_revision_id == Course.revision_id).exists()
    for (slug,) in examination.rows(select(Course.slug).where(Course.retired_at.is_(None), ~adopted).order_by(Course.slug)):
        yield found("course.not-adopted", f"course {slug}")


def reviewers(examination: Examination) -> Iterator[Finding]:
    """A reviewer's account does nothing but look, and whoever reviews has one."""
    works = or_(
        Person.is_administrator,
        select(Enrolment.id).where(Enrolment.person_id == Person.id).exists(),
        select(Certificate.id).where(Certificate.person_id == Person.id).exists(),
        select(Membership.id).where(Membership.person_id == Person.id).exists(),
    )
    for (person_id,) in examination.rows(select(Person.id).where(Person.is_reviewer, works)):
        yield found("reviewer.works", f"person {person_id}")
    strangers = select(CourseReview.id).join(Person, Person.id == CourseReview.person_id).where(~Person.is_reviewer)
    for (review_id,) in examination.rows(strangers):
        yield found("reviewer.works", f"review {review_id}: its person has another account than a reviewer’s")


def attachments(examination: Examination) -> Iterator[Finding]:
    """The bytes of each attachment are there, and those that it was kept with."""
    kept = (
        select(Attachment.id, Attachment.sha256, AttachmentContent.data)
        .outerjoin(AttachmentContent, AttachmentContent.attachment_id == Attachment.id)
        .order_by(Attachment.id)
    )
    for attachment_id, sha256, data in examination.rows(kept, "attachments", FEW):
        if data is None or hashlib.sha256(data).hexdigest() != sha256:
            yield found("attachment.content", f"attachment {attachment_id}: its file is gone or has other bytes than it was kept with")
