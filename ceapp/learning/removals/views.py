"""Taking texts away: one's own reflection, and with a reason a text of somebody else."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning.removals import queries, service
from ceapp.learning.removals.forms import OwnRemovalForm, RedactionForm
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, fresh, signed_in
from ceapp.web.resend import resendable


@blueprint.post("/attempts/<uuid:attempt_id>/<int:number>/removal")
@signed_in
@resendable
def remove_reflection(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """Take away what one handed in at a step."""
    form = OwnRemovalForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    service.remove_own_reflection(me().id, attempt_id, form.question.data or "", form_key=form.form_key, now=now())
    flash("What you wrote is deleted. How many words it had stays with your answer.", "good")
    return redirect(url_for("learning.step", attempt_id=attempt_id, number=number), 303)


@blueprint.route("/provider/texts/<kind>/<uuid:text_id>/removal", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def redact_text(kind: str, text_id: UUID) -> ResponseReturnValue:
    """Take away somebody's text, with a reason; the text itself is never shown here."""
    kept, form = queries.kept(kind, text_id), RedactionForm()
    if kept is None:
        raise Missing
    if form.validate_on_submit():
        try:
            service.redact(kind, text_id, form.reason.data or "", by=me().id, form_key=form.form_key, now=now())
        except (Malformed, Refused) as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The text is gone. Its author reads that you removed it, and why.", "good")
            return redirect(url_for("learning.redact_text", kind=kind, text_id=text_id), 303)
    form.renew()
    page = render_template("learning/removals/redact.html", kept=kept, form=form, title=queries.KINDS[kind])
    return page, 422 if form.errors else 200
