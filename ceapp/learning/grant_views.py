"""Another attempt: the learner asks, administrators look at enrolments and requests, grant and decline."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.accounts.people.queries import person_with_id
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning import grants
from ceapp.learning.grant_forms import AskForm, DeclineForm, GrantForm
from ceapp.learning.grant_queries import enrolments_seen, open_requests
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

GRANTED = "Another attempt is granted. The person is told by mail and reads your reason on the page of the scenario."


@blueprint.post("/courses/<course_slug>/<scenario_slug>/ask")
@signed_in
@resendable
def ask_again(course_slug: str, scenario_slug: str) -> ResponseReturnValue:
    """Ask for another attempt at a scenario whose attempts are used up."""
    if not AskForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    grants.ask(me().id, course_slug, scenario_slug, now=now())
    flash("Your request is with the administrators. The answer comes by mail and stands on this page.", "good")
    return redirect(url_for("learning.scenario", course_slug=course_slug, scenario_slug=scenario_slug), 303)


@blueprint.get("/people/<uuid:person_id>/enrolments")
@administrator
def person_enrolments(person_id: UUID) -> ResponseReturnValue:
    """What a person is enrolled in, with the attempts for credit; never answers, practice or what they wrote."""
    return _enrolments_page(person_id)


@blueprint.post("/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/<scenario_slug>/attempts")
@administrator
@resendable
def grant_attempt(person_id: UUID, enrolment_id: UUID, scenario_slug: str) -> ResponseReturnValue:
    """Grant another attempt, with a reason."""
    form = GrantForm(about=_about(enrolment_id, scenario_slug))
    if not form.validate_on_submit():
        return _enrolments_page(person_id, form)
    try:
        grants.grant(person_id, enrolment_id, scenario_slug, form.reason.data or "", actor=me().id, form_key=form.form_key, now=now())
    except (Refused, Malformed) as problem:
        form.form_errors.append(problem.message)
        return _enrolments_page(person_id, form)
    flash(GRANTED, "good")
    return redirect(url_for("learning.person_enrolments", person_id=person_id), 303)


@blueprint.get("/requests")
@administrator
def requests() -> ResponseReturnValue:
    """Who waits for another attempt."""
    return _requests_page()


@blueprint.post("/requests/<uuid:request_id>/grant")
@administrator
@resendable
def grant_request(request_id: UUID) -> ResponseReturnValue:
    """Grant what somebody asked for."""
    form = GrantForm(about=str(request_id))
    if not form.validate_on_submit():
        return _requests_page(form)
    try:
        grants.grant_request(request_id, form.reason.data or "", actor=me().id, form_key=form.form_key, now=now())
    except (Refused, Malformed) as problem:
        form.form_errors.append(problem.message)
        return _requests_page(form)
    flash(GRANTED, "good")
    return redirect(url_for("learning.requests"), 303)


@blueprint.post("/requests/<uuid:request_id>/decline")
@administrator
@resendable
def decline_request(request_id: UUID) -> ResponseReturnValue:
    """Decline a request; the person is told whom to write to."""
    if not DeclineForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    grants.decline(request_id, actor=me().id, now=now())
    flash("The request is declined. The person is told by mail, and can ask again.", "good")
    return redirect(url_for("learning.requests"), 303)


def _enrolments_page(person_id: UUID, refused: GrantForm | None = None) -> ResponseReturnValue:
    """A page of enrolments with a form wherever another attempt can be granted; one that was refused still holds what was typed."""
    person, page = person_with_id(person_id), page_number()
    if person is None:
        raise Missing
    seen, has_older = enrolments_seen(person_id, page)
    about = [_about(each.enrolled.enrolment.id, item.requirement.slug) for each in seen for item in each.used_up]
    return _with_forms("learning/enrolments.html", about, refused, person=person, seen=seen, page=page, has_older=has_older)


def _requests_page(refused: GrantForm | None = None) -> ResponseReturnValue:
    found = open_requests(page_number())
    about = [str(each.request.id) for each in found.requests]
    return _with_forms("learning/requests.html", about, refused, found=found, decline=DeclineForm(formdata=None))


def _with_forms(template: str, about: list[str], refused: GrantForm | None, **values: object) -> ResponseReturnValue:
    forms = {each: GrantForm.blank(each) for each in about}
    if refused is not None:
        refused.renew()
        forms[refused.about] = refused
    page = render_template(template, forms=forms, refused=refused, **values)
    return page, 422 if refused else 200


def _about(enrolment_id: UUID, scenario_slug: str) -> str:
    return f"{enrolment_id}-{scenario_slug}"
