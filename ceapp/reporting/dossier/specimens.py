"""The specimen of a course's certificate: what one would print today, of nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ceapp.catalogue.adoptions.queries import adoption_of
from ceapp.catalogue.queries import PublishedCourse
from ceapp.certificates.codes import LENGTH
from ceapp.certificates.facts import CompletionFacts, Facts
from ceapp.certificates.pdf import press
from ceapp.certificates.provider import with_provider
from ceapp.certificates.queries import newest_provider_facts, signature_of
from ceapp.certificates.rendering import EXAMPLE, Paper, sheet
from ceapp.certificates.service import of_completion, with_approvals
from ceapp.certificates.site import verify_address
from ceapp.database import db
from ceapp.learning.service import who_answers


def specimen_facts(course: PublishedCourse, now: datetime) -> Facts:
    """What a certificate of this course would say to somebody who completed it today, without serial and code."""
    today = now.date()
    given = CompletionFacts(
        name=EXAMPLE.learner,
        course_title=course.course.title,
        course_revision=course.id,
        category=course.course.category,
        contact_hours=str(course.contact_hours),
        started_on=today,
        completed_on=today,
        time_zone="UTC",
        exact_hours=course.hours_inputs.get("exact", ""),
        licences=EXAMPLE.licences,
        **who_answers(course.course, adoption_of(course.id)),
    )
    facts = with_provider(with_approvals(of_completion(given), course.slug), newest_provider_facts())
    return replace(facts, issued_on=today.isoformat(), code="0" * LENGTH, verify_address=verify_address())


def specimen_pdf(course: PublishedCourse, paper: Paper, now: datetime) -> bytes:
    """The same on paper, with its watermark. Raises MissingGlyphs, CannotPrint or Unavailable."""
    facts = specimen_facts(course, now)
    signature = signature_of(facts.provider_version)
    db.session.commit()  # No read transaction stays open while it is printed.
    return press().print(sheet(facts, paper=paper, signature=signature))
