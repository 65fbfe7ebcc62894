"""The pages on which an organisation invites people, and the page that an invitation's link opens."""

from __future__ import annotations

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import browser, caller, current_person, here, me, welcome
from ceapp.accounts.forms import text
from ceapp.accounts.invitations import service
from ceapp.accounts.invitations.people_list import Review, Standing, Unreadable, as_text, lines_of, reviewed
from ceapp.accounts.invitations.queries import LINK_LIFE, link_may_work, open_invitations
from ceapp.accounts.invitations.service import Invited
from ceapp.accounts.organisations.forms import AcceptForm, ConfirmForm, InvitationForm, ListForm, NewPersonForm, SendListForm
from ceapp.accounts.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import anyone, fresh, member
from ceapp.web.forms import Form
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

_SHOWN_SKIPPED = 10


@blueprint.get("/organisations/<organisation>/invitations")
@member("administrator")
def invitations(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - read by access
    """The open invitations."""
    now, found = clock.now(), open_invitations(here().id, page_number())
    ended = {each.id for each in found.invitations if not link_may_work(each, now)}
    form = ConfirmForm()
    form.renew()
    return render_template("accounts/invitations.html", found=found, ended=ended, form=form, life=LINK_LIFE)


@blueprint.route("/organisations/<organisation>/invitations/new", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def new_invitation(organisation: str) -> ResponseReturnValue:
    form = InvitationForm()
    if form.validate_on_submit():
        try:
            invited = Invited(form.address, text(form.name), form.roles.roles)
            service.invite(here().id, invited, actor=me().id, form_key=form.form_key, now=clock.now())
            flash(f"{form.address} is invited.", "good")
            return redirect(url_for("accounts.invitations", organisation=organisation), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return _shown("accounts/invitation_new.html", form)


@blueprint.post("/organisations/<organisation>/invitations/<uuid:invitation_id>/sending")
@member("administrator")
@resendable
def send_invitation(organisation: str, invitation_id: UUID) -> ResponseReturnValue:
    form = ConfirmForm()
    if form.validate_on_submit():
        email = service.send_again(here().id, invitation_id, actor=me().id, form_key=form.form_key, now=clock.now())
        flash(f"A new link goes to {email}; the one before no longer works.", "good")
    return redirect(url_for("accounts.invitations", organisation=organisation), 303)


@blueprint.post("/organisations/<organisation>/invitations/<uuid:invitation_id>/withdrawal")
@member("administrator")
@resendable
def withdraw_invitation(organisation: str, invitation_id: UUID) -> ResponseReturnValue:
    service.withdraw(here().id, invitation_id, actor=me().id, now=clock.now())
    flash("The invitation is withdrawn. Its link no longer works.", "good")
    return redirect(url_for("accounts.invitations", organisation=organisation), 303)


@blueprint.route("/organisations/<organisation>/members/import", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def import_members(organisation: str) -> ResponseReturnValue:  # noqa: ARG001
    """A list goes in, and comes back with what would come of every line. Nothing is written."""
    form = ListForm()
    if form.validate_on_submit():
        try:
            return _looked_over(form.content)
        except Unreadable as problem:
            form.form_errors.append(str(problem))
    return _shown("accounts/members_import.html", form)


@blueprint.post("/organisations/<organisation>/members/import/invitations")
@member("administrator")
@fresh
@resendable
def send_list(organisation: str) -> ResponseReturnValue:
    """Invite the list that was looked over. It is read and looked over again: what changed meanwhile is said."""
    form = SendListForm()
    if not form.validate_on_submit():
        return redirect(url_for("accounts.import_members", organisation=organisation), 303)
    try:
        people = [Invited(line.email, line.name, line.roles) for line in lines_of(text(form.people)) if not line.problem]
    except Unreadable as problem:
        flash(str(problem), "bad")
        return redirect(url_for("accounts.import_members", organisation=organisation), 303)
    found = service.invite_all(here().id, people, actor=me().id, form_key=form.form_key, now=clock.now())
    _say_what_happened(found)
    return redirect(url_for("accounts.invitations", organisation=organisation), 303)


@blueprint.route("/invitations/<token>", methods=["GET", "POST"])
@anyone
@resendable
def invitation(token: str) -> ResponseReturnValue:
    """What the link offers, for whoever is signed in or for somebody new. Opening it spends nothing; sending the form does."""
    person = current_person()
    if request.method == "POST" and service.came_in_by(token, person.id if person else None):
        return _in_already(token, person.id if person else None)
    try:
        found = service.opened(token, now=clock.now())
    except Missing:  # Spent since we looked: by the other click of a double click, or by somebody else.
        if request.method != "POST":
            raise
        return _in_already(token, person.id if person else None)
    signs_in = person is None and service.has_account(found.invitation.email)
    form: Form = NewPersonForm(data={"name": found.invitation.name}) if person is None and not signs_in else AcceptForm()
    if not signs_in and form.validate_on_submit():
        try:
            return _accepted(token, form, person.id if person else None)
        except Missing:  # The other click of a double click was first.
            return _in_already(token, person.id if person else None)
        except Refused as problem:
            form.form_errors.append(problem.message)
    status = 422 if request.method == "POST" else 200
    return render_template(
        "accounts/invitation.html", form=form, found=found, token=token, signs_in=signs_in, makes=_makes_accounts()
    ), status


def _in_already(token: str, person_id: UUID | None) -> ResponseReturnValue:
    slug = service.came_in_by(token, person_id)
    if slug is None:
        raise Missing(service.NOT_OPEN)
    return redirect(url_for("accounts.organisation", organisation=slug), 303)


def _accepted(token: str, form: Form, person_id: UUID | None) -> ResponseReturnValue:
    now = clock.now()
    if person_id is not None:
        done = service.accept(token, person_id, caller=caller(), now=now)
        response = redirect(url_for("accounts.organisation", organisation=done.slug), 303)
    else:
        assert isinstance(form, NewPersonForm)
        name, time_zone = text(form.name), text(form.time_zone)
        made = {"name": name, "time_zone": time_zone, "browser": browser()}
        done = service.accept_anew(token, **made, makes_accounts=_makes_accounts(), caller=caller(), now=now)
        response = welcome(url_for("accounts.organisation", organisation=done.slug), done.token, done.email)
    flash("You are in.", "good")
    return response


def _looked_over(content: str) -> ResponseReturnValue:
    lines = lines_of(content)
    found = service.standings(here().id, [line.email for line in lines if not line.problem], clock.now())
    review = reviewed(lines, found)
    form = SendListForm(formdata=None)
    form.people.data = as_text(review.new)
    form.renew()
    return render_template("accounts/members_import_review.html", review=review, counts=_counts(review), form=form)


def _counts(review: Review) -> dict[str, int]:
    standings = {"new": Standing.NEW, "invited": Standing.INVITED, "here": Standing.HERE, "refused": None}
    return {word: review.count(standing) for word, standing in standings.items()}


def _say_what_happened(found: dict[str, Standing]) -> None:
    """How many were invited, and who was not since the list was looked over."""
    invited = [email for email, standing in found.items() if standing is Standing.NEW]
    flash(f"{len(invited)} invited: each gets a letter with a link.", "good")
    skipped = [f"{email} is {standing}" for email, standing in found.items() if standing is not Standing.NEW]
    more = f"; and {len(skipped) - _SHOWN_SKIPPED} more" if len(skipped) > _SHOWN_SKIPPED else ""
    if skipped:
        flash(f"Not invited now: {'; '.join(skipped[:_SHOWN_SKIPPED])}{more}.", "info")


def _makes_accounts() -> bool:
    sign_up: str = current_app.extensions["ceapp.settings"].sign_up
    return sign_up != "closed"


def _shown(template: str, form: Form, **values: object) -> ResponseReturnValue:
    return render_template(template, form=form, **values), 422 if request.method == "POST" else 200
