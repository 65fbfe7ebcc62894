"""What a supervisor does with a piece of work: read a reflection, and sign off."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.accounts.access import Here
from ceapp.audit.service import record
from ceapp.database import new_id, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning.reflections import text_of
from ceapp.learning.reviews import handed_in_reflection
from ceapp.supervision import notes
from ceapp.supervision.models import ReflectionReading, SignOff
from ceapp.supervision.review.access import SeenWork, read_again, work_for
from ceapp.supervision.review.facts import Facts
from ceapp.supervision.review.queries import sign_off_of


class Changed(Refused):
    """The work is no longer what the supervisor was shown."""


def read_reflection(here: Here, trainee_id: UUID, task_id: UUID, question_id: str, *, now: datetime) -> str:
    """The text that was handed in with the first attempt. That it was opened is written down first, for the trainee to see.

    Raises Missing for a narrower scope today or when it was handed in, for a draft, and for whatever does not belong together.
    """
    with transaction() as session:
        seen = work_for(read_again(here), trainee_id, task_id, now=now)
        if not seen.shows_reflections or seen.work.first_id is None:
            raise Missing
        row = handed_in_reflection(seen.work.first_id, question_id)
        if not seen.may_read(row.handed_in_at):
            raise Missing
        session.add(
            ReflectionReading(
                organisation_id=here.id,
                reader_id=here.membership.person_id,
                trainee_id=trainee_id,
                attempt_id=seen.work.first_id,
                question_id=question_id,
                read_at=now,
            )
        )
        record("reflection.read", actor=here.membership.person_id, now=now, organisation=here.id, task=task_id)
    return text_of(row)


def sign_off(here: Here, trainee_id: UUID, task_id: UUID, *, note: str, shown: str, now: datetime) -> None:
    """Put the supervisor's name under a piece of work as it is now; a second time changes nothing.

    `shown` is the seal of what they were shown. Raises Changed when that is no longer so, Refused when nothing is handed in yet, and
    Missing when the member does not see so much of this trainee.
    """
    with transaction() as session:
        seen, supervisor_id = work_for(read_again(here), trainee_id, task_id, now=now), here.membership.person_id
        if not seen.shows_scores:
            raise Missing
        if sign_off_of(here.id, task_id, supervisor_id) is not None:
            return
        if not seen.may_be_signed_off:
            raise Refused("There is nothing to sign off yet: it was not handed in. Nothing was changed.")
        facts = facts_of(seen)
        if facts.seal != shown:
            raise Changed("The work has changed since you opened this page. Nothing was signed: look at it below, and sign if you agree.")
        row = SignOff(id=new_id(), organisation_id=here.id, task_id=task_id, supervisor_id=supervisor_id, trainee_id=trainee_id)
        row.facts, row.signed_at = facts.stored(), now
        try:
            with session.begin_nested():
                row.note_id = notes.write(here.id, supervisor_id, note, now=now)
                session.add(row)
        except IntegrityError:  # The other click of a double click was first.
            return
        record("work.signed-off", actor=supervisor_id, now=now, organisation=here.id, task=task_id, sign_off=row.id)


def facts_of(seen: SeenWork) -> Facts:
    """What is signed."""
    work, found = seen.work, seen.standing
    return Facts(
        scenario=work.title,
        assignment=work.assignment_title,
        revision=work.revision_id,
        state=str(found.state),
        done_on=found.done_on,
        due_on=work.due.on,
        days_late=found.days_late,
        first_percent=found.percent,
        attempts=sum(each.closed_at is not None for each in work.tries),
    )
