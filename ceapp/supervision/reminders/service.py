"""Reminding people of what they were assigned: each occasion once, and all that fall together in one message.

Occasions are counted in days of the assignment, in its zone; a message leaves when it is that day in the person's own zone too, and not
at night. An extension moves the occasions that are still to come; one that was sent before it is not sent again under the same name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from ceapp.database import everybody, one_at_a_time, transaction
from ceapp.mail.service import queue
from ceapp.supervision.days import ASSIGNED, day_of, is_day_time
from ceapp.supervision.models import Reminder
from ceapp.supervision.reminders.queries import OpenTask, open_tasks_of, people_to_look_at, reminded_of

LETTER = "reminders"
EVERY_SECONDS = 600

_PEOPLE_AT_ONCE = 50
_MOST_A_DAY = 24

Owed = tuple[OpenTask, str]
"""A task and the name of an occasion to remind of it."""


def queue_due(now: datetime) -> int:
    """Queue the reminders that are due now, for everybody in every organisation; how many messages these are."""
    with everybody("reminders go to the trainees of all organisations"):
        queued, after = 0, None
        while people := people_to_look_at(now, after=after, most=_PEOPLE_AT_ONCE):
            queued += _queue_for(dict(people), now)
            after = people[-1][0]
        return queued


def run(now: datetime) -> bool:
    """The job: one turn does everything that is due."""
    queue_due(now)
    return False


def _queue_for(zones: dict[UUID, str], now: datetime) -> int:
    """One transaction for these people, and none when nothing is owed, as it is most of the time."""
    if not _owed(zones, now):
        return 0
    with transaction() as session:
        one_at_a_time("reminders")
        owed, queued = _owed(zones, now), 0
        for person_id, each in groupby(owed, key=lambda each: each[0].trainee_id):
            about = list(each)
            message_id = _queue_one(person_id, day_of(now, zones[person_id] or about[0][0].zone), about, now)
            session.add_all(_rows(about, message_id, now))
            queued += message_id is not None
        session.flush()
        return queued


def _owed(zones: dict[UUID, str], now: datetime) -> list[Owed]:
    """What is due now and was not sent before, by person."""
    tasks = [(task, zones[task.trainee_id] or task.zone) for task in open_tasks_of(list(zones))]
    due = [(task, each.name) for task, zone in tasks if is_day_time(now, zone) for each in task.occasions(now, zone)]
    sent = reminded_of({task.task_id for task, _name in due}) if due else set()
    return sorted([(task, name) for task, name in due if (task.task_id, name) not in sent], key=lambda each: each[0].trainee_id)


def _queue_one(person_id: UUID, today: date, owed: Sequence[Owed], now: datetime) -> UUID | None:
    """One message with all of it; a second one on a day has a number. None after very many: then nothing is sent that day."""
    first = f"{LETTER}:{person_id}:{today}"
    values = {
        "tasks": list(dict.fromkeys(str(task.task_id) for task, _name in owed)),
        "new": all(name == ASSIGNED for _task, name in owed),
    }
    for occurrence in (first, *(f"{first}:{number}" for number in range(2, _MOST_A_DAY + 1))):
        message_id = queue(LETTER, occurrence, person_id=person_id, values=values, now=now, at_most_once=True)
        if message_id is not None:
            return message_id
    return None


def _rows(owed: Sequence[Owed], message_id: UUID | None, now: datetime) -> list[Reminder]:
    if message_id is None:
        return []
    return [
        Reminder(organisation_id=task.organisation_id, task_id=task.task_id, occasion=name, message_id=message_id, made_at=now)
        for task, name in owed
    ]
