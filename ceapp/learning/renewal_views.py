"""Taking a completed course again."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning import starting
from ceapp.learning.acceptance_queries import told_to
from ceapp.learning.course_views import course_view, enter
from ceapp.learning.forms import EnrolForm
from ceapp.learning.offers.service import WrongCode
from ceapp.learning.views import blueprint
from ceapp.web.audience import signed_in
from ceapp.web.resend import resendable


@blueprint.get("/courses/<course_slug>/again")
@signed_in
def again(course_slug: str) -> ResponseReturnValue:
    """What taking it again means, before it is begun."""
    return _page(course_slug, EnrolForm())


@blueprint.post("/courses/<course_slug>/again")
@signed_in
@resendable
def enrol_again(course_slug: str) -> ResponseReturnValue:
    """Begin the next cycle; a second time changes nothing."""
    form = EnrolForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    try:
        enter(course_slug, form, again=True)
    except (starting.Unacknowledged, WrongCode) as problem:
        form.form_errors.append(problem.message)
        return _page(course_slug, form)
    flash("You are enrolled again, in the newest text. What you did before stays on record, and its certificate stays valid.", "good")
    return redirect(url_for("learning.course", course_slug=course_slug), 303)


def _page(course_slug: str, form: EnrolForm) -> ResponseReturnValue:
    view = course_view(course_slug)
    completion = view.enrolled.completion if view.enrolled else None
    if completion is None:
        raise Missing
    if view.enrolled and view.enrolled.is_retired:
        raise Refused(starting.RETIRED)
    told = told_to(me(), course_slug, completed_on=completion.completed_on, now=now())
    form.show(told.offer.id if told.offer else None)
    if form.errors:
        form.ask_for(told.acceptance.notices)
    page = render_template("learning/again.html", view=view, completion=completion, told=told, form=form)
    return page, 422 if form.errors else 200
