"""A trainee, a piece of their work, the reflections in it, and signing it off."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here
from ceapp.errors import Malformed, Missing
from ceapp.learning.presenter import Presenter
from ceapp.learning.reviews import review_of
from ceapp.supervision.access import scope_for, trainees_seen
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.progress.board import standings_of
from ceapp.supervision.review import service as work
from ceapp.supervision.review.access import SeenWork, work_for
from ceapp.supervision.review.forms import ReadForm, SignOffForm
from ceapp.supervision.review.queries import added_to, name_of, signed_off_by, work_page
from ceapp.supervision.scopes import SAYS
from ceapp.web.audience import member
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

_TRAINEE = "/organisations/<organisation>/trainees/<uuid:person_id>"
_WORK = f"{_TRAINEE}/<uuid:task_id>"


@blueprint.get(_TRAINEE)
@member("supervisor", "administrator")
def trainee(organisation: str, person_id: UUID) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """What was assigned to a trainee, and how it stands."""
    scope, page = scope_for(here(), person_id), page_number()
    found, pages = work_page(here().id, person_id, page)
    if page > pages:
        raise Missing
    return render_template(
        "supervision/trainee.html",
        person_id=person_id,
        name=name_of(person_id),
        sees=SAYS[scope],
        works=found,
        standings=standings_of(found, {person_id: scope}, clock.now()),
        added=added_to(here().id, [each.task_id for each in found]),
        page=page,
        pages=pages,
    )


@blueprint.get(_WORK, endpoint="work")
@member("supervisor", "administrator")
def one_work(organisation: str, person_id: UUID, task_id: UUID) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """A piece of work: the first attempt, choice by choice, as far as the supervisor sees it."""
    seen = work_for(here(), person_id, task_id, now=clock.now())
    review = review_of(seen.work.first_id) if seen.shows_answers and seen.work.first_id else None
    return render_template(
        "supervision/work.html",
        person_id=person_id,
        name=name_of(person_id),
        seen=seen,
        sees=SAYS[seen.scope],
        review=review,
        present=Presenter(review.published) if review else None,
        added=added_to(here().id, [task_id])[task_id],
    )


@blueprint.post(f"{_WORK}/reflection")
@member("supervisor")
def reflection(organisation: str, person_id: UUID, task_id: UUID) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """A reflection that was handed in. It comes by POST, because that it was read is written down."""
    form = ReadForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete. Nothing was opened; go back to the work and try again.")
    text = work.read_reflection(here(), person_id, task_id, form.question.data or "", now=clock.now())
    seen = work_for(here(), person_id, task_id, now=clock.now())
    return render_template("supervision/reflection.html", person_id=person_id, name=name_of(person_id), seen=seen, text=text)


@blueprint.get(f"{_WORK}/sign-off")
@member("supervisor")
def sign_off(organisation: str, person_id: UUID, task_id: UUID) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """What would be signed, before it is."""
    return _sign_off_page(person_id, work_for(here(), person_id, task_id, now=clock.now()), SignOffForm(formdata=None))


@blueprint.post(f"{_WORK}/sign-off")
@member("supervisor")
@resendable
def sign_off_now(organisation: str, person_id: UUID, task_id: UUID) -> ResponseReturnValue:
    """Sign."""
    form = SignOffForm()
    if not form.validate_on_submit():
        return _sign_off_page(person_id, work_for(here(), person_id, task_id, now=clock.now()), form)
    try:
        work.sign_off(here(), person_id, task_id, note=form.note.data or "", shown=form.shown.data or "", now=clock.now())
    except work.Changed as problem:
        form.form_errors.append(problem.message)
        return _sign_off_page(person_id, work_for(here(), person_id, task_id, now=clock.now()), form)
    flash("Signed off. It is kept with what you saw, also when you no longer supervise this trainee.", "good")
    return redirect(url_for("supervision.work", organisation=organisation, person_id=person_id, task_id=task_id), 303)


@blueprint.get("/organisations/<organisation>/signed-off")
@member("supervisor")
def signed_off(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """What the supervisor signed, whether or not they still see the trainee."""
    page = page_number()
    found, pages = signed_off_by(here().id, here().membership.person_id, page)
    if page > pages:
        raise Missing
    return render_template("supervision/signed_off.html", signed=found, seen=trainees_seen(here()), page=page, pages=pages)


def _sign_off_page(person_id: UUID, seen: SeenWork, form: SignOffForm) -> ResponseReturnValue:
    if not seen.may_be_signed_off:
        raise Missing
    facts = work.facts_of(seen)
    form.shown.data = facts.seal
    page = render_template(
        "supervision/sign_off.html",
        person_id=person_id,
        task_id=seen.work.task_id,
        name=name_of(person_id),
        seen=seen,
        facts=facts,
        form=form,
    )
    return page, 422 if form.errors else 200
