"""The pages of grievances: a learner files one and sees what comes of it; administrators answer and close."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.catalogue.queries import every_course
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.grievances import queries, service
from ceapp.learning.grievances.forms import GrievanceAnswerForm, GrievanceForm
from ceapp.learning.grievances.queries import Seen
from ceapp.learning.removals.queries import GRIEVANCE, removed
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/account/grievances")
@signed_in
def own_grievances() -> ResponseReturnValue:
    """What one complained about, and what came of it."""
    return render_template("learning/grievances/own.html", found=queries.own_grievances(me().id, page_number()))


@blueprint.route("/account/grievances/new", methods=["GET", "POST"])
@signed_in
@resendable
def new_grievance() -> ResponseReturnValue:
    """Complain."""
    form = GrievanceForm()
    form.offer(every_course(), request.args.get("course", ""))
    if form.validate_on_submit():
        try:
            filed = service.file(me().id, form.given, form_key=form.form_key, now=now())
        except (Malformed, Refused) as problem:
            form.form_errors.append(problem.message)
        else:
            flash("Your grievance is filed. What comes of it stands here, and a mail tells you when there is an answer.", "good")
            return redirect(url_for("learning.own_grievance", grievance_id=filed.id), 303)
    form.renew()
    return render_template("learning/grievances/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/account/grievances/<uuid:grievance_id>")
@signed_in
def own_grievance(grievance_id: UUID) -> ResponseReturnValue:
    """One grievance of one's own, with the answers."""
    seen = _seen(grievance_id, of=me().id)
    gone = None if seen.words else removed(GRIEVANCE, grievance_id, me().id)
    return render_template("learning/grievances/one.html", seen=seen, removed=gone)


@blueprint.get("/provider/grievances")
@administrator
def grievances() -> ResponseReturnValue:
    """Grievances that are open, or with `?show=closed` those that are not."""
    shows_closed = request.args.get("show") == "closed"
    found = (queries.closed_grievances if shows_closed else queries.open_grievances)(page_number())
    return render_template("learning/grievances/list.html", found=found, shows_closed=shows_closed)


@blueprint.get("/provider/grievances/<uuid:grievance_id>")
@administrator
def grievance(grievance_id: UUID) -> ResponseReturnValue:
    """One grievance, and a form to answer it."""
    return _answer_page(_seen(grievance_id), GrievanceAnswerForm(formdata=None))


@blueprint.post("/provider/grievances/<uuid:grievance_id>/answer")
@administrator
@resendable
def answer_grievance(grievance_id: UUID) -> ResponseReturnValue:
    """Answer it, or close it with an outcome."""
    form = GrievanceAnswerForm()
    if form.validate_on_submit():
        try:
            after = form.after_number.number
            service.answer(grievance_id, form.given, after_number=after, by=me().id, form_key=form.form_key, now=now())
        except (Malformed, Refused) as problem:
            form.form_errors.append(problem.message)
            form.key.data = ""
        else:
            flash("The answer is saved. The person is told by mail that there is one, and reads it here.", "good")
            return redirect(url_for("learning.grievance", grievance_id=grievance_id), 303)
    return _answer_page(_seen(grievance_id), form)


def _answer_page(seen: Seen, form: GrievanceAnswerForm) -> ResponseReturnValue:
    form.compare_with(len(seen.answers))
    form.renew()
    return render_template("learning/grievances/answer.html", seen=seen, form=form), 422 if form.errors else 200


def _seen(grievance_id: UUID, *, of: UUID | None = None) -> Seen:
    found = queries.grievance_seen(grievance_id, of=of)
    if found is None:
        raise Missing
    return found
