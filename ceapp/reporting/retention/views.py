"""How long records are kept, and what is held, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.queries import person_by_email
from ceapp.catalogue.queries import every_course
from ceapp.errors import Missing, Refused
from ceapp.reporting.retention import holds as service
from ceapp.reporting.retention.forms import HoldForm, LiftForm
from ceapp.reporting.retention.hold_queries import hold_with_id, holds_page
from ceapp.reporting.retention.queries import counted_at_once
from ceapp.reporting.views import blueprint
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

NOBODY = "Nobody has an account with this address. Nothing was held."


@blueprint.get("/retention")
@administrator
def retention() -> ResponseReturnValue:
    """The rules, how much there is of each kind, and how much of it may go today."""
    settings = asdict(current_app.extensions["ceapp.settings"])
    today = clock.now().date()
    return render_template("reporting/retention.html", kinds=counted_at_once(settings, today), today=today)


@blueprint.get("/retention/holds")
@administrator
def holds() -> ResponseReturnValue:
    """What is held, and what was."""
    return render_template("reporting/holds.html", found=holds_page(page_number()))


@blueprint.route("/retention/holds/new", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def new_hold() -> ResponseReturnValue:
    form = HoldForm()
    form.offer(every_course())
    if form.validate_on_submit():
        try:
            _place(form)
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("It is held until somebody lifts the hold.", "good")
            return redirect(url_for("reporting.holds"), 303)
    form.renew()
    return render_template("reporting/hold_new.html", form=form), 422 if form.errors else 200


@blueprint.route("/retention/holds/<uuid:hold_id>/lifting", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def lift_hold(hold_id: UUID) -> ResponseReturnValue:
    found, form = hold_with_id(hold_id), LiftForm()
    if found is None:
        raise Missing
    if form.validate_on_submit():
        try:
            service.lift(hold_id, form.reason.data or "", by=me().id, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The hold is lifted. What was held goes by the rules again.", "good")
            return redirect(url_for("reporting.holds"), 303)
    return render_template("reporting/hold_lifting.html", form=form, held=found), 422 if form.errors else 200


def _place(form: HoldForm) -> None:
    person = person_by_email(form.address) if form.address else None
    if form.address and person is None:
        raise Refused(NOBODY)
    person_id = person.id if person else None
    reason = form.reason.data or ""
    service.place(reason, by=me().id, form_key=form.form_key, now=clock.now(), person_id=person_id, course_slug=form.course_slug)
