"""The pages about groups of trainees."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here, me
from ceapp.errors import Refused
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.groups import queries, service
from ceapp.supervision.groups.forms import AddForm, DeleteGroupForm, GroupForm, RemoveForm
from ceapp.supervision.relations.forms import named
from ceapp.web.audience import member
from ceapp.web.filters import plural
from ceapp.web.forms import Form
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.route("/organisations/<organisation>/groups", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def groups(organisation: str) -> ResponseReturnValue:
    form = GroupForm()
    if form.validate_on_submit():
        try:
            group_id = service.make_group(here().id, me().id, form.given_name, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The group is made. Now add people.", "good")
            return redirect(url_for("supervision.group", organisation=organisation, group_id=group_id), 303)
    page = page_number()
    found, pages = queries.groups_page(here().id, page)
    address = url_for("supervision.groups", organisation=organisation)
    shown = render_template("supervision/groups.html", form=form, groups=found, page=page, pages=pages, address=address)
    return shown, 422 if form.errors else 200


@blueprint.route("/organisations/<organisation>/groups/<uuid:group_id>", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def group(organisation: str, group_id: UUID) -> ResponseReturnValue:
    """The group with the people in it; posting renames it."""
    form = GroupForm()
    if form.validate_on_submit():
        try:
            service.rename_group(here().id, me().id, group_id, form.given_name, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The group has its new name.", "good")
            return _back(organisation, group_id)
    return _group_page(group_id, form)


@blueprint.post("/organisations/<organisation>/groups/<uuid:group_id>/members")
@member("supervisor", "administrator")
@resendable
def add_members(organisation: str, group_id: UUID) -> ResponseReturnValue:
    form = AddForm()
    if form.validate_on_submit():
        try:
            added = service.add_members(here().id, me().id, group_id, form.person_ids, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash(f"{plural(added, 'person', 'people')} added.", "good")
            return _back(organisation, group_id)
    return _group_page(group_id, form)


@blueprint.post("/organisations/<organisation>/groups/<uuid:group_id>/members/remove")
@member("supervisor", "administrator")
@resendable
def remove_members(organisation: str, group_id: UUID) -> ResponseReturnValue:
    form = RemoveForm()
    if form.validate_on_submit():
        try:
            removed = service.remove_members(here().id, me().id, group_id, form.person_ids, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash(f"{plural(removed, 'person', 'people')} taken out. What they were assigned stays.", "good")
            return _back(organisation, group_id)
    return _group_page(group_id, form)


@blueprint.route("/organisations/<organisation>/groups/<uuid:group_id>/delete", methods=["GET", "POST"])
@member("supervisor", "administrator")
@resendable
def delete_group(organisation: str, group_id: UUID) -> ResponseReturnValue:
    form = DeleteGroupForm()
    if form.validate_on_submit():
        try:
            service.delete_group(here().id, me().id, group_id, with_members=form.confirmed.data, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The group is deleted. People and their assignments are as they were.", "good")
            return redirect(url_for("supervision.groups", organisation=organisation), 303)
    shown = queries.group_page(here(), group_id, search="")
    return render_template("supervision/delete_group.html", shown=shown, form=form), 422 if form.errors else 200


def _back(organisation: str, group_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("supervision.group", organisation=organisation, group_id=group_id), 303)


def _group_page(group_id: UUID, posted: Form) -> ResponseReturnValue:
    """The page with its three forms; the one that was posted shows what is wrong with it."""
    search = " ".join(request.args.get("q", "").split())[:100]
    shown = queries.group_page(here(), group_id, search=search)
    name = posted if isinstance(posted, GroupForm) and request.method == "POST" else GroupForm(formdata=None, obj=shown.group)
    adding = posted if isinstance(posted, AddForm) else AddForm(formdata=None)
    removing = posted if isinstance(posted, RemoveForm) else RemoveForm(formdata=None)
    adding.people.choices, removing.members.choices = named(shown.offered), named(shown.members)
    page = render_template("supervision/group.html", shown=shown, posted=posted, name=name, adding=adding, removing=removing, search=search)
    return page, 422 if posted.errors else 200
