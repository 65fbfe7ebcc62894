"""What the mail of supervision says. It is composed when it is sent, and says what is true then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from flask import current_app

from ceapp.accounts.models import Person
from ceapp.database import db, scoped_to
from ceapp.mail.letters import Letter, Values
from ceapp.mail.models import Message
from ceapp.supervision.days import day_of, days_late
from ceapp.supervision.reminders.queries import OpenTask, open_tasks_of
from ceapp.web.filters import day, plural

_MOST_LINES = 40


def compose_reminders(message: Message, values: Values, now: datetime) -> Letter | None:
    """What of these tasks is still to be done; None when nothing is, or when the person is to hear nothing any more."""
    if message.person_id is None:
        return None
    with scoped_to(message.person_id):
        person = db.session.get(Person, message.person_id)
        wanted = {UUID(task_id) for task_id in values["tasks"]}
        tasks = [task for task in open_tasks_of([message.person_id]) if task.task_id in wanted]
    if person is None or not tasks:
        return None
    return Letter(person.email, _subject(tasks, is_new=values["new"]), _text(tasks, now, is_new=values["new"]))


def _subject(tasks: Sequence[OpenTask], *, is_new: bool) -> str:
    """How much and for whom; what it is about stays out of what a locked screen shows."""
    organisations = list(dict.fromkeys(" ".join(task.organisation.split()) for task in tasks))
    where = organisations[0] if len(organisations) == 1 else plural(len(organisations), "organisation")
    return f"{'New' if is_new else 'Reminder'}: {plural(len(tasks), 'assignment')} for {where}"


def _text(tasks: Sequence[OpenTask], now: datetime, *, is_new: bool) -> str:
    address = current_app.extensions["ceapp.settings"].address
    parts = [_part(organisation, list(each), now) for organisation, each in groupby(tasks, key=lambda task: task.organisation)]
    return (
        ("This was assigned to you:\n\n" if is_new else "This is still to be done:\n\n")
        + "\n\n".join(parts)
        + f"\n\nAll of it is on your front page, and you can stop and go on at any time:\n{address}/\n\n"
        + f"If you do not want reminders, turn them off under Account:\n{address}/account\n"
    )


def _part(organisation: str, tasks: Sequence[OpenTask], now: datetime) -> str:
    lines = [f"- {task.title}: {_due(task, now)}" for task in tasks[:_MOST_LINES]]
    if len(tasks) > _MOST_LINES:
        lines.append(f"- and {len(tasks) - _MOST_LINES} more")
    return "\n".join([organisation, *lines])


def _due(task: OpenTask, now: datetime) -> str:
    if task.due_on is None:
        return "no due day"
    if days_late(task.due_on, task.zone, now):
        return f"was due on {day(task.due_on)} ({task.zone}); you can still hand it in"
    left = (task.due_on - day_of(now, task.zone)).days
    when = {0: ", which is today", 1: ", which is tomorrow"}.get(left, f", in {left} days")
    return f"due on {day(task.due_on)}{when}, until midnight ({task.zone})"
