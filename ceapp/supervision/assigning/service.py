"""Assigning: one act, one transaction, however many people it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from ceapp.audit.service import record
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Refused
from ceapp.supervision import notes
from ceapp.supervision.assigning.drafts import Draft, draft
from ceapp.supervision.assigning.orders import Order
from ceapp.supervision.assigning.queries import assignment_made_with
from ceapp.supervision.assigning.sight import assigning_member
from ceapp.supervision.models import AssignedScenario, Assignment, Task

_MOST_NAMED = 5
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Assigned:
    """The assignment, and what was done now; `done` is None when the same form had made it before."""

    id: UUID
    done: Draft | None


def assign(organisation_id: UUID, member_id: UUID, order: Order, *, form_key: str, now: datetime) -> Assigned:
    """Give the order's scenarios to those of its people whom the member may assign to now; the same form again gives the first assignment.

    Raises Missing when the member may not assign in the organisation, Refused when nobody would get anything.
    """
    with transaction():
        one_at_a_time(f"assign.{organisation_id}")  # Two at once would each miss what the other gives.
        here = assigning_member(organisation_id, member_id, now)
        earlier = assignment_made_with(organisation_id, member_id, form_key)
        if earlier is not None:
            return Assigned(earlier, None)
        decided = draft(here, order, now)
        if not decided.recipients:
            raise Refused(f"Nothing was assigned: {_left_out(decided) or 'nobody was chosen'}.")
        assignment_id = _keep(organisation_id, member_id, order, decided, form_key, now)
        record("assignment.made", actor=member_id, now=now, organisation=organisation_id, assignment=assignment_id)
        return Assigned(assignment_id, decided)


def report(assigned: Assigned) -> str:
    """What happened, in one sentence for the page that follows."""
    if assigned.done is None:
        return "This form was sent before, and assigned once: here is the assignment."
    number = len(assigned.done.recipients)
    sentence = f"Assigned to {number} {'person' if number == 1 else 'people'}"
    left = assigned.done.left_out_number
    return f"{sentence}; {left} {'was' if left == 1 else 'were'} left out: {_left_out(assigned.done)}." if left else f"{sentence}."


def _left_out(decided: Draft) -> str:
    """Names and reasons of the first few; the sentence travels in a cookie, which holds little."""
    parts = [f"{_short(each.name)} {each.why}" for each in decided.left_out[:_MOST_NAMED]]
    more = len(decided.left_out) - _MOST_NAMED
    if more > 0:
        parts.append(f"{more} more")
    if decided.not_seen:
        parts.append(f"{decided.not_seen} of those chosen {'is' if decided.not_seen == 1 else 'are'} not among your trainees")
    return ", ".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _keep(organisation_id: UUID, member_id: UUID, order: Order, decided: Draft, form_key: str, now: datetime) -> UUID:
    assignment = Assignment(
        id=new_id(),
        organisation_id=organisation_id,
        kind=order.what.value,
        title=decided.title,
        time_zone=order.time_zone,
        attempts=order.attempts,
        accepts_own_pass=order.accepts_own_pass,
        note_id=notes.write(organisation_id, member_id, order.note, now=now),
        form_key=form_key,
        assigned_by=member_id,
        assigned_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(assignment)
    except IntegrityError:
        raise Refused("This form was used for something else. Nothing was assigned; open the page “Assign” again.") from None
    common = {"organisation_id": organisation_id, "assignment_id": assignment.id}
    db.session.execute(
        insert(AssignedScenario),
        [
            {
                **common,
                "position": s.position,
                "course_slug": decided.course.slug,
                "scenario_slug": s.slug,
                "title": s.title,
                "due_on": s.due_on,
            }
            for s in decided.scenarios
        ],
    )
    db.session.execute(
        insert(Task),
        [{**common, "id": new_id(), "position": s.position, "trainee_id": to.id} for to in decided.recipients for s in to.scenarios],
    )
    return assignment.id
