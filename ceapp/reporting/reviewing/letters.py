"""The letter that invites a reviewer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Flask, current_app

from ceapp.accounts.people.queries import person_with_id
from ceapp.catalogue.queries import course_by_slug
from ceapp.mail.letters import Letter, Values, register_letter
from ceapp.mail.models import Message
from ceapp.reporting.reviewing.queries import review_with_id
from ceapp.reporting.reviewing.service import LETTER
from ceapp.web.filters import moment


def install_letters(app: Flask) -> None:
    register_letter(app, LETTER, _invited)


def _invited(message: Message, values: Values, now: datetime) -> Letter | None:
    """Nothing to say once the review is over."""
    review = review_with_id(UUID(values["review"]))
    person = person_with_id(message.person_id) if message.person_id else None
    course = course_by_slug(review.course_slug) if review else None
    if review is None or person is None or course is None or person.suspended_at is not None or not review.is_open(now):
        return None
    settings = current_app.extensions["ceapp.settings"]
    help_line = f"If you did not expect this, ask: {settings.contact}\n" if settings.contact else ""
    return Letter(
        person.email,
        f"A course for you to review: {course.title}",
        f"You are asked to review the course “{course.title}” for {review.board}. Until {moment(review.expires_at)} UTC you see all of it:"
        " every scene and every way through it, the key, the forms, a specimen of the certificate, and the dossier.\n\n"
        "To sign in, open this page, type this address of yours, and ask for a code by mail:\n"
        f"{settings.address}/account/sign-in\n\n"
        "There is no password. Your account does nothing but show you the course.\n"
        f"{help_line}",
    )
