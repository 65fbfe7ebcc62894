"""Taking the traces of writing from evaluations on PostgreSQL, beside the requests.

PostgreSQL keeps with each row the number of the transaction that wrote it, and lays rows down in the order of writing. So the answers of
one evaluation would lie together, and share their number with the mark on the enrolment. Once new ones have come, all answers of that
course and month are written anew: in random order, by one statement of one transaction. SQLite keeps neither for this table.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, func, select, text

from ceapp.database import db, one_at_a_time, transaction
from ceapp.errors import Unavailable
from ceapp.learning.models import EvaluationAnswer, EvaluationMixed

JOB = "evaluations"
EVERY_SECONDS = 60
_WRITE_ANEW = text(
    "WITH taken AS (DELETE FROM evaluation_answer WHERE course_slug = :course AND month = :month RETURNING *)"
    " INSERT INTO evaluation_answer SELECT * FROM taken ORDER BY random()"
)


def mix_some(_now: datetime) -> bool:
    """Write the answers of one course and month anew; whether there may be more. A database that is busy is asked again next time."""
    if db.engine.dialect.name != "postgresql":
        return False
    with suppress(Unavailable):
        return _mix_next()
    return False


def _mix_next() -> bool:
    """Looks first, without keeping anybody waiting."""
    found = _changed()
    db.session.rollback()
    if found is None:
        return False
    course, month = found
    with transaction() as session:
        one_at_a_time(f"evaluations.{course}")
        written = cast("CursorResult[Any]", session.execute(_WRITE_ANEW, {"course": course, "month": month}))
        session.merge(EvaluationMixed(course_slug=course, month=month, rows=written.rowcount))
    return True


def _changed() -> tuple[str, date] | None:
    """A course and month of which there are other answers than when they were last written anew."""
    answers = (
        select(EvaluationAnswer.course_slug, EvaluationAnswer.month, func.count().label("rows"))
        .group_by(EvaluationAnswer.course_slug, EvaluationAnswer.month)
        .subquery()
    )
    mixed = and_(EvaluationMixed.course_slug == answers.c.course_slug, EvaluationMixed.month == answers.c.month)
    changed = EvaluationMixed.rows.is_distinct_from(answers.c.rows)
    row = db.session.execute(
        select(answers.c.course_slug, answers.c.month).outerjoin(EvaluationMixed, mixed).where(changed).limit(1)
    ).one_or_none()
    return None if row is None else (row[0], row[1])
