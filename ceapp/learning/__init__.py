"""Enrolments, series, attempts, answers, completion; what learners ask for and complain about."""

from flask import Flask

from ceapp.learning import act_views, course_views, grant_views, help_views, letters, mixing, preview_views, renewal_views, views
from ceapp.learning.accommodations import letters as accommodation_letters
from ceapp.learning.accommodations import views as accommodation_views
from ceapp.learning.grievances import letters as grievance_letters
from ceapp.learning.grievances import views as grievance_views
from ceapp.learning.left import install_left
from ceapp.learning.offers import views as offer_views
from ceapp.learning.record import views as record_views
from ceapp.learning.removals import views as removal_views
from ceapp.web.jobs import register_job

__all__ = [
    "accommodation_views",
    "act_views",
    "course_views",
    "grant_views",
    "grievance_views",
    "help_views",
    "install",
    "offer_views",
    "preview_views",
    "record_views",
    "removal_views",
    "renewal_views",
]


def install(app: Flask) -> None:
    """Register the pages of this feature, and the job that takes the traces of writing from evaluations."""
    install_left(app)
    for each in (letters, accommodation_letters, grievance_letters):
        each.install_letters(app)
    app.register_blueprint(views.blueprint)
    register_job(app, mixing.JOB, mixing.EVERY_SECONDS, mixing.mix_some)
