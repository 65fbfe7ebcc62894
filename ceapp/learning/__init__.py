"""Enrolments, series, attempts, answers, completion."""

from flask import Flask

from ceapp.learning import act_views, course_views, grant_views, help_views, mixing, preview_views, renewal_views, views
from ceapp.learning.left import install_left
from ceapp.learning.letters import install_letters
from ceapp.learning.offers import views as offer_views
from ceapp.learning.record import views as record_views
from ceapp.web.jobs import register_job

__all__ = [
    "act_views",
    "course_views",
    "grant_views",
    "help_views",
    "install",
    "offer_views",
    "preview_views",
    "record_views",
    "renewal_views",
]


def install(app: Flask) -> None:
    """Register the pages of this feature, and the job that takes the traces of writing from evaluations."""
    install_left(app)
    install_letters(app)
    app.register_blueprint(views.blueprint)
    register_job(app, mixing.JOB, mixing.EVERY_SECONDS, mixing.mix_some)
