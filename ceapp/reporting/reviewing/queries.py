"""What is asked about reviewers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from ceapp.accounts.models import Person
from ceapp.catalogue.models import Course
from ceapp.database import db, pages_of
from ceapp.reporting.reviewing.models import CourseReview

PAGE_SIZE = 25
_LISTED = 50


@dataclass(frozen=True, slots=True)
class ReviewersPage:
    """One page of the reviewers of a course, the newest first."""

    reviews: tuple[tuple[CourseReview, Person], ...]
    page: int
    pages: int


def reviewers_page(course_slug: str, page: int) -> ReviewersPage:
    """A page beyond the last is the last."""
    count = db.session.scalar(select(func.count()).select_from(CourseReview).where(CourseReview.course_slug == course_slug)) or 0
    pages = pages_of(count, PAGE_SIZE)
    page = min(max(1, page), pages)
    rows = db.session.execute(
        select(CourseReview, Person)
        .join(Person, Person.id == CourseReview.person_id)
        .where(CourseReview.course_slug == course_slug)
        .order_by(CourseReview.invited_at.desc(), CourseReview.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return ReviewersPage(tuple((review, person) for review, person in rows), page, pages)


def reviews_of(person_id: UUID) -> list[tuple[CourseReview, str]]:
    """Somebody's reviews with the titles of the courses, those that last longest first."""
    rows = db.session.execute(
        select(CourseReview, Course.title)
        .join(Course, Course.slug == CourseReview.course_slug)
        .where(CourseReview.person_id == person_id)
        .order_by(CourseReview.expires_at.desc(), CourseReview.id)
        .limit(_LISTED)
    )
    return [(review, title) for review, title in rows]


def open_review(person_id: UUID, course_slug: str, now: datetime) -> CourseReview | None:
    """The review by which somebody may look at a course at this moment."""
    wanted = (CourseReview.person_id == person_id, CourseReview.course_slug == course_slug)
    is_open = (CourseReview.ended_at.is_(None), CourseReview.expires_at > now)
    return db.session.scalars(select(CourseReview).where(*wanted, *is_open).limit(1)).first()


def revision_to_review(person_id: UUID, course_slug: str, now: datetime) -> str | None:
    """The current revision of a course that somebody may look at at this moment."""
    wanted = (CourseReview.person_id == person_id, CourseReview.course_slug == course_slug)
    is_open = (CourseReview.ended_at.is_(None), CourseReview.expires_at > now)
    return db.session.scalar(
        select(Course.revision_id).join(CourseReview, CourseReview.course_slug == Course.slug).where(*wanted, *is_open).limit(1)
    )


def has_open_review(person_id: UUID, now: datetime) -> bool:
    is_open = (CourseReview.ended_at.is_(None), CourseReview.expires_at > now)
    return db.session.scalar(select(CourseReview.id).where(CourseReview.person_id == person_id, *is_open).limit(1)) is not None


def review_with_id(review_id: UUID) -> CourseReview | None:
    return db.session.get(CourseReview, review_id)


def review_made_with(form_key: str) -> CourseReview | None:
    return db.session.scalars(select(CourseReview).where(CourseReview.form_key == form_key)).first()
