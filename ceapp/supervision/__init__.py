"""Organisations at work: groups, who supervises whom, assignments, progress, sign-off."""

from flask import Flask

from ceapp.learning.way_back import register_way_back
from ceapp.mail.letters import register_letter
from ceapp.supervision import (
    assignment_views,
    cover_views,
    group_views,
    letters,
    progress_views,
    relation_views,
    reminders,
    task_views,
    training_views,
    work_views,
)
from ceapp.supervision.blueprint import blueprint
from ceapp.web.jobs import register_job

__all__ = [
    "assignment_views",
    "cover_views",
    "group_views",
    "install",
    "progress_views",
    "relation_views",
    "task_views",
    "training_views",
    "work_views",
]


def install(app: Flask) -> None:
    """Register the pages of this feature."""
    app.register_blueprint(blueprint)
    register_way_back(app, task_views.way_back)
    register_letter(app, reminders.LETTER, letters.compose_reminders)
    register_job(app, "reminders", reminders.EVERY_SECONDS, reminders.run)
