"""Organisations at work: groups, who supervises whom, assignments, progress, sign-off."""

from flask import Flask

from ceapp.learning.way_back import register_asks, register_way_back
from ceapp.mail.letters import register_letter
from ceapp.supervision.assigning import letters as attempt_letter
from ceapp.supervision.assigning import views as assignment_views
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.groups import views as group_views
from ceapp.supervision.progress import views as progress_views
from ceapp.supervision.relations import cover_views
from ceapp.supervision.relations import views as relation_views
from ceapp.supervision.reminders import letters
from ceapp.supervision.reminders import service as reminders
from ceapp.supervision.review import views as work_views
from ceapp.supervision.tasks import queries as task_queries
from ceapp.supervision.tasks import training_views
from ceapp.supervision.tasks import views as task_views
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
    register_asks(app, task_queries.asks_for_texts)
    register_letter(app, attempt_letter.LETTER, attempt_letter.compose_attempt_given)
    register_letter(app, reminders.LETTER, letters.compose_reminders)
    register_job(app, "reminders", reminders.EVERY_SECONDS, reminders.run)
