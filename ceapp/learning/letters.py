"""The letters about another attempt, and about being enrolled by somebody. None of them holds a reason, an answer or a score."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask, current_app

from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import person_with_id
from ceapp.catalogue.queries import current_course
from ceapp.certificates.site import SiteCache
from ceapp.learning.grant_queries import asked_for, enrolment_of, series_with_id, titles_of
from ceapp.learning.models import Series
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message


def install_letters(app: Flask) -> None:
    register_letter(app, "attempt-asked", _asked)
    register_letter(app, "attempt-granted", _granted)
    register_letter(app, "attempt-declined", _declined)
    register_letter(app, "enrolled-by-hand", _enrolled)


def _asked(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, found = open_account(message), asked_for(UUID(values["request"]))
    if person is None or not person.is_administrator or found is None or found[0].answered_at is not None:
        return None
    course, scenario = _titles(found[1])
    return Letter(
        person.email,
        "Somebody asks for another attempt",
        f"In the course “{course}” all attempts at the scenario “{scenario}” are used, and the learner asks for another one.\n\n"
        "Who it is, and everybody else who waits, stands here; you can grant or decline it there:\n"
        f"{address()}/requests\n",
    )


def _granted(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, series = open_account(message), series_with_id(UUID(values["series"]))
    if person is None or series is None:
        return None
    course, scenario = _titles(series)
    return Letter(
        person.email,
        "You have another attempt",
        f"You were given another attempt at the scenario “{scenario}” of the course “{course}”.\n\n"
        "Begin it whenever you like; the reason stands on the same page:\n"
        f"{_page(series)}\n",
    )


def _declined(message: Message, values: Values, _now: datetime) -> Letter | None:
    person, series = open_account(message), series_with_id(UUID(values["series"]))
    if person is None or series is None:
        return None
    course, scenario = _titles(series)
    contact = _contact()
    whom = f"write to: {contact}" if contact else "ask whoever runs your course."
    return Letter(
        person.email,
        "About another attempt",
        f"You asked for another attempt at the scenario “{scenario}” of the course “{course}”. It was not granted this time.\n\n"
        "Everything you did stays readable, and you can practise the scenario as often as you like:\n"
        f"{_page(series)}\n\n"
        f"If you want to talk about it, {whom}\n",
    )


def _enrolled(message: Message, values: Values, _now: datetime) -> Letter | None:
    person = open_account(message)
    enrolment = enrolment_of(person.id, UUID(values["enrolment"])) if person else None
    if person is None or enrolment is None:
        return None
    course, contact = current_course(enrolment.course_slug).course.title, _contact()
    return Letter(
        person.email,
        "You are enrolled in a course",
        f"An administrator enrolled you in the course “{course}”.\n\n"
        "Why stands on its page, and you can begin there whenever you like:\n"
        f"{address()}/courses/{enrolment.course_slug}\n" + (f"\nIf you did not expect this, write to: {contact}\n" if contact else ""),
    )


def open_account(message: Message) -> Person | None:
    """Whom a message is for, unless they are suspended or gone."""
    person = person_with_id(message.person_id) if message.person_id else None
    return person if person and person.suspended_at is None else None


def _titles(series: Series) -> tuple[str, str]:
    return titles_of(current_course(series.course_slug), series.scenario_slug)


def _page(series: Series) -> str:
    return f"{address()}/courses/{series.course_slug}/{series.scenario_slug}"


def _contact() -> str:
    cache: SiteCache = current_app.extensions["ceapp.site"]
    contact: str = cache.site().contact or current_app.extensions["ceapp.settings"].contact
    return contact


def address() -> str:
    """Where people reach the server."""
    found: str = current_app.extensions["ceapp.settings"].address
    return found
