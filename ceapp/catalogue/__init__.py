"""Courses, scenarios, their revisions and renderings; publishing and retiring."""

from flask import Flask

from ceapp.catalogue import views
from ceapp.catalogue.queries import every_course
from ceapp.certificates.approvals.courses import register_courses


def install(app: Flask) -> None:
    """Register the pages of this feature, and what courses there are."""
    register_courses(app, every_course)
    app.register_blueprint(views.blueprint)
