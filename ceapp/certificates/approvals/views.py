"""The administrators' pages of approvals."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.licences.places import PLACES
from ceapp.accounts.licences.professions import PROFESSIONS
from ceapp.certificates.approvals import service
from ceapp.certificates.approvals.courses import known_courses
from ceapp.certificates.approvals.forms import ApprovalForm, WithdrawalForm
from ceapp.certificates.approvals.queries import History, approval_history, approvals_page
from ceapp.certificates.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/provider/approvals")
@administrator
def approvals() -> ResponseReturnValue:
    """Every approval, those that hold longest first."""
    today = clock.now().astimezone(ZoneInfo(me().zone)).date()
    return render_template("certificates/approvals.html", found=approvals_page(page_number()), today=today)


@blueprint.route("/provider/approvals/new", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def new_approval() -> ResponseReturnValue:
    form = ApprovalForm()
    form.offer(known_courses())
    if form.validate_on_submit():
        try:
            service.enter(form.given, by=me().id, form_key=form.form_key, now=clock.now())
            flash("The approval is entered. Completions on its days print it from now on.", "good")
            return redirect(url_for("certificates.approvals"), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _form_page(form, None)


@blueprint.get("/provider/approvals/<uuid:approval_id>")
@administrator
def approval(approval_id: UUID) -> ResponseReturnValue:
    """One approval with its versions."""
    names = {**PROFESSIONS, **PLACES, **dict(known_courses())}
    return render_template("certificates/approval.html", found=_history(approval_id), names=names)


@blueprint.route("/provider/approvals/<uuid:approval_id>/change", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def change_approval(approval_id: UUID) -> ResponseReturnValue:
    found = _history(approval_id)
    form = ApprovalForm()
    form.offer(known_courses())
    if not form.is_submitted():
        form.fill_in(found.approval)
        form.compare_with(found.approval.version)
    if form.validate_on_submit():
        try:
            service.change(
                approval_id, form.given, after_version=form.after_version.number, by=me().id, form_key=form.form_key, now=clock.now()
            )
            flash("The approval is changed. Certificates that exist keep what they print.", "good")
            return redirect(url_for("certificates.approval", approval_id=approval_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            found = _history(approval_id)
            form.compare_with(found.approval.version)
            form.key.data = ""
    return _form_page(form, found)


@blueprint.route("/provider/approvals/<uuid:approval_id>/withdrawal", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def withdraw_approval(approval_id: UUID) -> ResponseReturnValue:
    found, form = _history(approval_id), WithdrawalForm()
    if form.validate_on_submit():
        try:
            reason = (form.reason.data or "").strip()
            service.withdraw(approval_id, from_day=form.from_day.day, reason=reason, by=me().id, now=clock.now())
            flash("The approval is withdrawn. Completions from that day on do not print it.", "good")
            return redirect(url_for("certificates.approval", approval_id=approval_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("certificates/approval_withdrawal.html", form=form, found=found), 422 if form.errors else 200


def _form_page(form: ApprovalForm, found: History | None) -> ResponseReturnValue:
    form.renew()
    return render_template("certificates/approval_form.html", form=form, found=found), 422 if form.errors else 200


def _history(approval_id: UUID) -> History:
    found = approval_history(approval_id)
    if found is None:
        raise Missing
    return found
