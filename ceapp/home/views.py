"""The front page: for a visitor what this is, for everybody else all that waits for them; and the practice space."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import current_person, is_reviewing, me
from ceapp.accounts.current_sign_in import next_step
from ceapp.catalogue.queries import courses_offered
from ceapp.home.practice_queries import practice_of
from ceapp.home.queries import front_page
from ceapp.web.audience import anyone, signed_in
from ceapp.web.paging import page_number

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@anyone
def front() -> ResponseReturnValue:
    """The front page of whoever opens it."""
    person, page, step = current_person(), page_number(), next_step("/")
    if step:
        return redirect(step, 303)
    if is_reviewing():
        return redirect(url_for("reporting.reviews"), 303)
    if person is None:
        return render_template("home/visitor.html", courses=courses_offered(1))
    return render_template("home/learner.html", front=front_page(person, page, now=clock.now()), page=page)


@blueprint.get("/practice")
@signed_in
def practice() -> ResponseReturnValue:
    """What I practised; nobody else has a page that shows it."""
    return render_template("home/practice.html", found=practice_of(me().id, page_number()))
