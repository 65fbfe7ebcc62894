"""Sending beside the pages: at once when this process queued something, and every few seconds what others queued or is due again."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import Flask, current_app
from flask_sqlalchemy.session import Session
from sqlalchemy import event

from ceapp.database import db
from ceapp.mail.sender import send_waiting
from ceapp.mail.service import WAKE
from ceapp.web.jobs import register_job, wake

log = logging.getLogger(__name__)

JOB = "mail"
EVERY_SECONDS = 15


def install_background(app: Flask) -> None:
    app.extensions["ceapp.mail.trouble"] = ""
    if app.extensions["ceapp.settings"].mail_url:
        register_job(app, JOB, EVERY_SECONDS, _send)


def _send(now: datetime) -> bool:
    done = send_waiting(now)
    if done.trouble or done.sent:
        _tell_change(done.trouble)
    return done.is_full


def _tell_change(trouble: str) -> None:
    """Trouble is said once, not every few seconds, and so is its end."""
    if trouble != current_app.extensions["ceapp.mail.trouble"]:
        current_app.extensions["ceapp.mail.trouble"] = trouble
        log.warning("mail: %s", trouble or "the mail server takes mail again")


@event.listens_for(db.session, "after_commit")
def _wake(session: Session) -> None:
    if session.info.pop(WAKE, False):
        wake(current_app, JOB)
