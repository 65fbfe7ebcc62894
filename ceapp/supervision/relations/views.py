"""The pages about who supervises whom."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here, me
from ceapp.errors import Refused
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.relations import queries, service
from ceapp.supervision.relations.forms import EndForm, RelationForm, ScopeForm, named
from ceapp.supervision.scopes import Scope
from ceapp.web.audience import fresh, member
from ceapp.web.filters import plural
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/organisations/<organisation>/supervision")
@member("administrator")
def relations(organisation: str) -> ResponseReturnValue:
    by = "supervisor" if request.args.get("by") == "supervisor" else "trainee"
    over, search, page = request.args.get("over") == "yes", _searched(), page_number()
    found, pages = queries.relations_of(here(), by=by, search=search, over=over, page=page)
    address = url_for("supervision.relations", organisation=organisation, by=by, q=search or None, over="yes" if over else None)
    return render_template(
        "supervision/relations.html", relations=found, by=by, over=over, search=search, page=page, pages=pages, address=address
    )


@blueprint.route("/organisations/<organisation>/supervision/new", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def new_relation(organisation: str) -> ResponseReturnValue:
    form = RelationForm()
    if request.method == "POST" and form.validate():
        try:
            made = service.supervise(
                here().id,
                me().id,
                supervisor_id=form.supervisor.id_chosen,
                trainee_ids=form.trainee_ids,
                first_day=form.first_day.day,
                last_day=form.last_day.data,
                scope=Scope(form.scope.data),
                now=clock.now(),
            )
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash(f"{plural(made, 'relation')} made. The trainees read it on their front page." if made else "This was so already.", "good")
            return redirect(url_for("supervision.relations", organisation=organisation), 303)
    return _new_relation_page(form)


@blueprint.route("/organisations/<organisation>/supervision/<uuid:relation_id>", methods=["GET", "POST"])
@member("administrator")
@fresh
@resendable
def relation(organisation: str, relation_id: UUID) -> ResponseReturnValue:
    shown = queries.relation_of(here(), relation_id)
    form = ScopeForm(scope=shown.relation.scope)
    if form.validate_on_submit():
        try:
            fresh = service.change_scope(here().id, me().id, relation_id, Scope(form.scope.data), now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
        else:
            flash("Changed from today. The trainee reads it on their front page.", "good")
            return redirect(url_for("supervision.relation", organisation=organisation, relation_id=fresh), 303)
    return render_template(
        "supervision/relation.html", shown=shown, form=form, end_form=EndForm(formdata=None)
    ), 422 if form.errors else 200


@blueprint.post("/organisations/<organisation>/supervision/<uuid:relation_id>/end")
@member("administrator")
@resendable
def end_relation(organisation: str, relation_id: UUID) -> ResponseReturnValue:
    service.end_relation(here().id, me().id, relation_id, now=clock.now())
    flash("Ended. The supervisor keeps what they signed off, and sees nothing else any more.", "good")
    return redirect(url_for("supervision.relation", organisation=organisation, relation_id=relation_id), 303)


@blueprint.get("/organisations/<organisation>/supervision/mine")
@member("supervisor")
def my_relations(organisation: str) -> ResponseReturnValue:
    page = page_number()
    found, pages = queries.relations_of_supervisor(here(), page)
    covers, _pages = queries.covers_of(here(), about=me().id, page=1)
    address = url_for("supervision.my_relations", organisation=organisation)
    return render_template("supervision/my_relations.html", relations=found, covers=covers, page=page, pages=pages, address=address)


def _new_relation_page(form: RelationForm) -> ResponseReturnValue:
    """The form with whom it offers; those of a group are all ticked when it is first shown."""
    search, group_id = _searched(), _group_chosen()
    offered = queries.to_choose_from(here().id, search=search, group_id=group_id)
    form.supervisor.offer(offered.supervisors)
    form.trainees.choices = named(offered.trainees)
    if request.method == "GET":
        form.first_day.data = here().today
        form.trainees.data = [str(each.id) for each in offered.trainees] if group_id else []
    page = render_template("supervision/new_relation.html", form=form, offered=offered, search=search, group_id=group_id)
    return page, 422 if form.errors else 200


def _searched() -> str:
    return " ".join(request.args.get("q", "").split())[:100]


def _group_chosen() -> UUID | None:
    with suppress(ValueError):
        return UUID(request.args.get("group", ""))
    return None
