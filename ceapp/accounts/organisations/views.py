"""The pages of organisations: the list on the server, the front page of one, its settings, its members."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here, me
from ceapp.accounts.forms import text
from ceapp.accounts.organisations import service
from ceapp.accounts.organisations.forms import ChangeSettingsForm, ConfirmForm, OrganisationForm, RolesForm, sought_text
from ceapp.accounts.organisations.queries import Member, member_of, members_found, organisations_listed
from ceapp.accounts.views import blueprint
from ceapp.errors import Missing, Refused
from ceapp.web.audience import administrator, fresh, member
from ceapp.web.forms import Form
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

ALL_ROLES = ("trainee", "supervisor", "administrator")


@blueprint.get("/organisations")
@administrator
def organisations() -> ResponseReturnValue:
    """The organisations on this server; their pages are for their members."""
    return render_template("accounts/organisations.html", found=organisations_listed(page_number()))


@blueprint.route("/organisations/new", methods=["GET", "POST"])
@administrator
@resendable
def new_organisation() -> ResponseReturnValue:
    form = OrganisationForm()
    if form.validate_on_submit():
        try:
            service.found_organisation(form.short_name, text(form.name), text(form.time_zone), form.address, actor=me().id, now=clock.now())
            flash(f"{text(form.name)} is made, and {form.address} is invited to administer it.", "good")
            return redirect(url_for("accounts.organisations"), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _shown("accounts/organisation_new.html", form)


@blueprint.get("/organisations/<organisation>")
@member(*ALL_ROLES)
def organisation(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - read by access
    """What the person is here, and where they can go from here."""
    return render_template("accounts/organisation.html")


@blueprint.route("/organisations/<organisation>/settings", methods=["GET", "POST"])
@member("administrator")
@resendable
def organisation_settings(organisation: str) -> ResponseReturnValue:
    form = ChangeSettingsForm(obj=here().organisation)
    if form.validate_on_submit():
        takes = bool(form.takes_reflections.data)
        service.change_settings(
            here().id, name=text(form.name), time_zone=text(form.time_zone), takes_reflections=takes, actor=me().id, now=clock.now()
        )
        flash("The settings are saved.", "good")
        return redirect(url_for("accounts.organisation_settings", organisation=organisation), 303)
    return _shown("accounts/organisation_settings.html", form)


@blueprint.route("/organisations/<organisation>/leave", methods=["GET", "POST"])
@member(*ALL_ROLES)
@resendable
def leave_organisation(organisation: str) -> ResponseReturnValue:  # noqa: ARG001
    """What stays and what ends, to be confirmed; then the end."""
    form = ConfirmForm()
    if form.validate_on_submit():
        try:
            service.leave(here().id, me().id, now=clock.now())
            flash(f"You have left {here().organisation.name}.", "good")
            return redirect("/", 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return _shown("accounts/organisation_leave.html", form)


@blueprint.get("/organisations/<organisation>/members")
@member("administrator")
def members(organisation: str) -> ResponseReturnValue:  # noqa: ARG001
    """Who is in the organisation, or those who are looked for."""
    sought = sought_text()
    return render_template("accounts/members.html", found=members_found(here().id, sought, page_number()), sought=sought)


@blueprint.route("/organisations/<organisation>/members/<uuid:person_id>", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def one_member(organisation: str, person_id: UUID) -> ResponseReturnValue:
    """One member, and their roles."""
    found = _member(person_id)
    form = RolesForm(data={"roles": list(found.membership.roles)})
    if form.validate_on_submit():
        try:
            service.change_roles(here().id, person_id, form.roles.roles, actor=me().id, now=clock.now())
            flash("The roles are saved. They hold from the person’s next page on.", "good")
            return redirect(_after_roles(organisation, person_id, form.roles.roles), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _shown("accounts/member.html", form, found=found)


@blueprint.post("/organisations/<organisation>/members/<uuid:person_id>/suspension")
@member("administrator")
@fresh
@resendable
def suspend_member(organisation: str, person_id: UUID) -> ResponseReturnValue:
    return _done(organisation, person_id, service.suspend_member, "The person is suspended here, from their next page on.")


@blueprint.post("/organisations/<organisation>/members/<uuid:person_id>/restoration")
@member("administrator")
@resendable
def restore_member(organisation: str, person_id: UUID) -> ResponseReturnValue:
    return _done(organisation, person_id, service.restore_member, "The person is restored, with the roles that they had.")


@blueprint.route("/organisations/<organisation>/members/<uuid:person_id>/end", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def end_membership(organisation: str, person_id: UUID) -> ResponseReturnValue:
    """What ends and what stays, to be confirmed; then the end."""
    found, form = _member(person_id), ConfirmForm()
    if form.validate_on_submit():
        try:
            service.end_membership(here().id, person_id, actor=me().id, now=clock.now())
            flash(f"{found.person.name or found.person.email} is no longer in {here().organisation.name}.", "good")
            own = person_id == me().id
            return redirect("/" if own else url_for("accounts.members", organisation=organisation), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return _shown("accounts/member_end.html", form, found=found)


def _member(person_id: UUID) -> Member:
    found = member_of(here().id, person_id)
    if found is None:
        raise Missing
    return found


def _after_roles(organisation: str, person_id: UUID, roles: tuple[str, ...]) -> str:
    """Who took their own administration away has no page of members to go back to."""
    if person_id == me().id and "administrator" not in roles:
        return url_for("accounts.organisation", organisation=organisation)
    return url_for("accounts.one_member", organisation=organisation, person_id=person_id)


def _done(organisation: str, person_id: UUID, do: Callable[..., None], said: str) -> ResponseReturnValue:
    """Do a deed to a member; what is refused is said on the member's page."""
    now: datetime = clock.now()
    try:
        do(here().id, person_id, actor=me().id, now=now)
        flash(said, "good")
    except Refused as problem:
        flash(problem.message, "bad")
    return redirect(url_for("accounts.one_member", organisation=organisation, person_id=person_id), 303)


def _shown(template: str, form: Form, **values: object) -> ResponseReturnValue:
    return render_template(template, form=form, **values), 422 if request.method == "POST" else 200
