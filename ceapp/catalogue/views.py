"""The list of courses, and what a scenario revision refers to: its pictures and the standards that it cites."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from ceapp.catalogue import queries
from ceapp.web.audience import anyone
from ceapp.web.paging import page_number

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/courses")
@anyone
def courses() -> ResponseReturnValue:
    """The courses on offer."""
    return render_template("catalogue/courses.html", courses=queries.courses_offered(page_number()))


@blueprint.get("/standards/<revision_id>")
@anyone
def standards(revision_id: str) -> ResponseReturnValue:
    """The standards that a scenario revision cites, paraphrased, as they read on the day it was published."""
    published = queries.published_scenario(revision_id)
    return render_template("catalogue/standards.html", published=published)


@blueprint.get("/images/<image_id>")
@anyone
def image(image_id: str) -> Response:
    """A picture by its hash; it never changes."""
    row = queries.image(image_id)
    return Response(row.data, mimetype=row.media_type, headers={"Cache-Control": "public, max-age=31536000, immutable"})
