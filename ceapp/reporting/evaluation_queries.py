"""Reading what was said about a course: counts, the questions by their ids, comments. Never by person, organisation or day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from ceapp.catalogue.models import Course, CourseRevision
from ceapp.database import db, pages_of
from ceapp.keys import current_keys
from ceapp.learning.models import EvaluationAnswer
from ceapp.reporting.evaluations import Answered, Period
from ceapp.scenarios.structure import load_course
from ceapp.scenarios.values import EvaluationItem

PAGE = 25


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote, with the item that it answers."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportedCourse:
    slug: str
    title: str


def courses(page: int) -> list[ReportedCourse]:
    """A page of the courses that were ever published, by title."""
    statement = select(Course.slug, Course.title).order_by(Course.title, Course.slug).limit(PAGE).offset((page - 1) * PAGE)
    return [ReportedCourse(*row) for row in db.session.execute(statement)]


def course_pages() -> int:
    return pages_of(db.session.scalar(select(func.count()).select_from(Course)) or 0, PAGE)


def answered(course_slug: str) -> list[Answered]:
    """How often each item was answered how, by month."""
    columns = (EvaluationAnswer.month, EvaluationAnswer.item_id, EvaluationAnswer.rating)
    statement = select(*columns, func.count()).where(EvaluationAnswer.course_slug == course_slug).group_by(*columns)
    return [Answered(*row) for row in db.session.execute(statement)]


def items_of(course_slug: str) -> dict[str, EvaluationItem]:
    """What was ever asked about a course, by id, in the words and the order of the newest revision that asks it."""
    structures = select(CourseRevision.structure).where(CourseRevision.course_slug == course_slug)
    items: dict[str, EvaluationItem] = {}
    for structure in db.session.scalars(structures.order_by(CourseRevision.published_at.desc(), CourseRevision.id)):
        for item in load_course(structure).evaluation:
            items.setdefault(item.id, item)
    return items


def comments(course_slug: str, period: Period, page: int) -> list[Comment]:
    """A page of the comments of a period, in the order of their ids: these are random, and stay when more are read."""
    return _read(_comments(course_slug, period).limit(PAGE).offset((page - 1) * PAGE))


def comment_pages(answers: list[Answered]) -> int:
    """How many pages the comments among these answers fill."""
    return pages_of(sum(each.number for each in answers if each.rating is None), PAGE)


def every_comment(course_slug: str, period: Period) -> Iterator[Comment]:
    """All comments of a period, some at a time."""
    page = 1
    while some := comments(course_slug, period, page):
        yield from some
        page += 1


def _comments(course_slug: str, period: Period) -> Select[EvaluationAnswer]:
    return (
        select(EvaluationAnswer)
        .where(
            EvaluationAnswer.course_slug == course_slug,
            EvaluationAnswer.month.between(period.first, period.last),
            EvaluationAnswer.ciphertext.is_not(None),
        )
        .order_by(EvaluationAnswer.id)
    )


def _read(statement: Select[EvaluationAnswer]) -> list[Comment]:
    keys = current_keys()
    return [Comment(row.item_id, keys.unseal(row.key_id, row.ciphertext or b"")) for row in db.session.scalars(statement)]
