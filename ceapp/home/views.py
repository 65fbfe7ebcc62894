"""The front page: for a visitor what this is, for a learner what is left."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import current_person
from ceapp.accounts.models import Person
from ceapp.catalogue.queries import courses_offered
from ceapp.home.queries import courses_of
from ceapp.web.audience import anyone
from ceapp.web.paging import page_number

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@anyone
def front() -> ResponseReturnValue:
    """The front page of whoever opens it."""
    person = current_person()
    return _learner(person) if person else render_template("home/visitor.html", courses=courses_offered(1))


def _learner(person: Person) -> str:
    page = page_number()
    mine, has_older = courses_of(person.id, page)
    offered = courses_offered(1).items if page == 1 and not mine else []
    return render_template("home/learner.html", mine=mine, page=page, has_older=has_older, offered=offered)


@blueprint.get("/healthz")
@anyone
def healthz() -> ResponseReturnValue:
    """Whether this process answers; for load balancers."""
    return {"status": "ok"}
