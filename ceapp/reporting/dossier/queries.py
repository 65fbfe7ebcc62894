"""Gathering the material of a dossier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select

from ceapp.catalogue.adoptions.queries import adoption_of
from ceapp.catalogue.attachments.queries import Listed, attachments_for
from ceapp.catalogue.models import CourseRevision
from ceapp.catalogue.queries import ListedScenario, PublishedCourse, current_course, published_scenario
from ceapp.certificates.approvals.queries import approvals_for
from ceapp.certificates.facts import PROVIDER_FIELDS, printed
from ceapp.certificates.provider import with_provider
from ceapp.certificates.queries import newest_provider_facts
from ceapp.certificates.rendering import EXAMPLE
from ceapp.certificates.site import has_public_address
from ceapp.database import db
from ceapp.learning.offers.queries import current_offer
from ceapp.reporting.dossier.material import Attached, Evaluated, Material, Told
from ceapp.reporting.dossier.specimens import specimen_facts
from ceapp.reporting.evaluation_queries import answered, items_of
from ceapp.reporting.evaluations import evaluations_in, periods_of, rated, within
from ceapp.reporting.pack_queries import scenario_revisions
from ceapp.web.archives import Entry

_PERIODS = 4


def material_of(course_slug: str, *, address: str, now: datetime, with_texts: bool = True) -> Material:
    """Everything about the current revision of a course. Raises Missing when there is no such course.

    Without the texts of its scenarios and the specimen, which nobody misses where only what is missing is asked.
    """
    course, today = current_course(course_slug), now.date()
    published_at = db.session.scalars(select(CourseRevision.published_at).where(CourseRevision.id == course.id)).one()
    provider, offer = newest_provider_facts(), current_offer(course_slug)
    return Material(
        course=course.course,
        course_slug=course_slug,
        revision=course.id,
        published_on=published_at.date(),
        contact_hours=f"{course.contact_hours.normalize():f}",
        hours_inputs=course.hours_inputs,
        hours_explanation=course.hours_explanation,
        scenarios=tuple(_told(each) for each in course.scenarios if with_texts),
        forms=tuple(_told(each) for each in course.forms if with_texts),
        provider=printed(with_provider(EXAMPLE, provider), only=PROVIDER_FIELDS) if provider else (),
        has_public_address=has_public_address(),
        approvals=approvals_for(course_slug, today),
        adopted=adoption_of(course.id),
        attached=tuple(_attached(number, each) for number, each in enumerate(attachments_for(course_slug), 1)),
        price=offer.price if offer else "",
        refund=offer.refund if offer else "",
        evaluated=tuple(_evaluated(course_slug, today)),
        specimen=printed(specimen_facts(course, now)) if with_texts else (),
        address=address,
        made_on=today,
    )


def sources_of(course: PublishedCourse) -> Iterator[Entry]:
    """The files of a course revision as they were written, with the pictures of its scenarios."""
    row = db.session.get_one(CourseRevision, course.id)
    yield "course.md", row.source.encode(), row.published_at
    for revision, pictures in scenario_revisions([each.revision_id for each in (*course.scenarios, *course.forms)]):
        yield f"scenario-{revision.slug}.md", revision.source.encode(), revision.published_at
        for image in {image.id: image for _, image in pictures}.values():
            yield f"scenario-{revision.slug}-{image.id[:12]}.{image.media_type.rpartition('/')[2]}", image.data, revision.published_at


def _told(listed: ListedScenario) -> Told:
    published = published_scenario(listed.revision_id)
    cited = tuple((each.citation, each.standard, each.section) for each in published.cited)
    return Told(listed.slug, listed.revision_id, listed.minutes, listed.is_required, published.scenario, cited)


def _attached(number: int, listed: Listed) -> Attached:
    row = listed.attachment
    name = f"attachment-{number:02}-{listed.file_name}"
    return Attached(name, row.kind, row.title, row.dated, row.sha256, str(row.first_id))


def _evaluated(course_slug: str, today: date) -> list[Evaluated]:
    """The newest periods, the newest first."""
    answers, items = answered(course_slug), items_of(course_slug)
    periods = list(reversed(periods_of(answers, today)))[:_PERIODS]
    return [
        Evaluated(period.words, evaluations_in(within(answers, period)), tuple(rated(within(answers, period), items))) for period in periods
    ]
