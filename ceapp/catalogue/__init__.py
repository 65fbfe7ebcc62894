"""Courses, scenarios, their revisions and renderings; publishing and retiring; who answers for a revision, and attachments."""

from flask import Flask

from ceapp.catalogue import views
from ceapp.catalogue.adoptions import views as adoption_views
from ceapp.catalogue.adoptions.shown import install_shown
from ceapp.catalogue.attachments import views as attachment_views
from ceapp.catalogue.queries import every_course
from ceapp.certificates.approvals.courses import register_courses

__all__ = ["adoption_views", "attachment_views", "install"]


def install(app: Flask) -> None:
    """Register the pages of this feature, and what courses there are."""
    register_courses(app, every_course)
    install_shown(app)
    app.register_blueprint(views.blueprint)
