"""An attempt: a step asked, a step answered, drafts, the result."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.accounts.along import reads_along
from ceapp.clock import now
from ceapp.errors import Malformed, Refused
from ceapp.learning import reflections, service, starting
from ceapp.learning.access import Place, place_of
from ceapp.learning.forms import AnswerForm, BeginForm, DraftForm
from ceapp.learning.one_by_one import OneByOne, one_by_one
from ceapp.learning.presenter import Presenter
from ceapp.learning.queries import reflections_of
from ceapp.learning.removals.forms import OwnRemovalForm
from ceapp.learning.removals.queries import REFLECTION, removed
from ceapp.learning.results import result_view
from ceapp.learning.seen import ATTEMPT_ALONG
from ceapp.learning.service import Pairs, Submission
from ceapp.learning.way_back import asks_for_text, way_back
from ceapp.scenarios.learner import LearnerQuestion
from ceapp.scenarios.values import Kind, Question
from ceapp.web.audience import signed_in
from ceapp.web.resend import resendable

blueprint = Blueprint("learning", __name__)


@blueprint.get("/attempts/<uuid:attempt_id>")
@signed_in
@reads_along(ATTEMPT_ALONG)
def attempt(attempt_id: UUID) -> ResponseReturnValue:
    """Where the learner is: the waiting question, or the result."""
    place = place_of(me().id, attempt_id)
    if place.walk.current is None:
        return redirect(url_for("learning.result", attempt_id=attempt_id), 303)
    return _step_page(place, place.walk.current.number)


@blueprint.get("/attempts/<uuid:attempt_id>/<int:number>")
@signed_in
@reads_along(ATTEMPT_ALONG)
def step(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """One step: its question, or once answered its feedback."""
    return _step_page(place_of(me().id, attempt_id), number)


@blueprint.post("/attempts/<uuid:attempt_id>/<int:number>")
@signed_in
@resendable
def answer(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """Hand in the answer to a step; the same page then shows the feedback."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _step_page(place_of(me().id, attempt_id), number, form, "The form is incomplete. Choose again; nothing was changed.")

    def read(question: Question, pairs: Pairs) -> Submission:
        given, shown_at = form.given(question, pairs), form.shown_at(attempt_id, number)
        return Submission(question.id, given, form.text.data or "", form.form_key, shown_at, form.saves.number)

    try:
        receipt = service.hand_in_at(me().id, attempt_id, number, read, now=now())
    except (Malformed, reflections.NewerDraft) as problem:
        return _step_page(place_of(me().id, attempt_id), number, form, problem.message)
    if receipt.was_answered:
        flash("You had answered this question already, perhaps in another window. That first answer stands.", "info")
    if receipt.is_withheld:  # There is no feedback to stop at.
        return redirect(url_for("learning.result" if receipt.closed else "learning.attempt", attempt_id=attempt_id), 303)
    return redirect(url_for("learning.step", attempt_id=attempt_id, number=receipt.position, _anchor="feedback"), 303)


@blueprint.post("/attempts/<uuid:attempt_id>/<int:number>/draft")
@signed_in
@resendable
def draft(attempt_id: UUID, number: int) -> ResponseReturnValue:
    """Keep a text while it is being written; the script asks for JSON, the button for a page."""
    place, form = place_of(me().id, attempt_id), DraftForm()
    wants_json = request.accept_mimetypes.best == "application/json"
    if not form.validate_on_submit():
        return (jsonify(message="The draft was not saved."), 422) if wants_json else _step_page(place, number, AnswerForm(), "Not saved.")
    try:
        saves = reflections.save_draft(me().id, attempt_id, place.question(number).id, form.text.data or "", form.saves.number, now=now())
    except (Refused, Malformed) as problem:
        if wants_json:
            return jsonify(message=problem.message), 409 if isinstance(problem, Refused) else 422
        if not isinstance(problem, (Malformed, reflections.NewerDraft)):
            raise  # The page of an answered question has no place for the text; the error page gives it back.
        return _step_page(place, number, AnswerForm(), problem.message)
    if wants_json:
        return jsonify(saves=saves)
    flash("Draft saved. It is kept until you hand it in.", "good")
    return redirect(url_for("learning.step", attempt_id=attempt_id, number=number), 303)


@blueprint.get("/attempts/<uuid:attempt_id>/result")
@signed_in
@reads_along(ATTEMPT_ALONG)
def result(attempt_id: UUID) -> ResponseReturnValue:
    """What came of a closed attempt: score, the path taken, every question with its key, and what is next."""
    place = place_of(me().id, attempt_id)
    if place.opened.score is None:
        return redirect(url_for("learning.attempt", attempt_id=attempt_id), 303)
    view = result_view(place)
    form = _fresh_begin_form() if view.has_form else None
    return render_template("learning/result.html", view=view, present=Presenter(place.published), form=form)


@blueprint.post("/attempts/<uuid:attempt_id>/anew")
@signed_in
@resendable
def anew(attempt_id: UUID) -> ResponseReturnValue:
    """Leave an attempt for the newer text of its scenario."""
    form = BeginForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    begun = starting.begin_anew(me().id, attempt_id, form_key=form.form_key, now=now())
    flash("You are on the new text. What you did before stays in your record and uses up no attempt.", "good")
    return redirect(url_for("learning.attempt", attempt_id=begun.id), 303)


def _step_page(place: Place, number: int, form: AnswerForm | None = None, problem: str = "") -> ResponseReturnValue:
    """The page of a step; with a form that was refused, everything typed is still in it."""
    view = place.step(number)
    attempt_id = place.opened.attempt.id
    refused = form is not None
    form = form or AnswerForm(formdata=None)
    form.renew()
    form.go_on_from(request.args.get("shown", ""), attempt_id, number, now())
    question, present = place.question(number), Presenter(place.published)
    written = reflections_of(attempt_id).get(question.id) if question.kind is Kind.REFLECTION and place.has_text(question) else None
    has_newer_text = place.has_newer_text
    has_gone = view.answered is not None and written is not None and not written.ciphertext
    page = render_template(
        "learning/step.html",
        place=place,
        view=view,
        one=one_asked(view.asked, refused=refused),
        scenario_title=present.plain(place.published.scenario.title),
        has_newer_text=has_newer_text,
        trail_items=present.trail(view.trail, attempt_id),
        form=form,
        begin=_fresh_begin_form() if has_newer_text else None,
        problem=problem,
        chosen=form.chosen() if refused else {},
        text=form.text.data if refused else reflections.text_of(written),
        newer_draft=reflections.text_of(written) if refused and written and written.saves > form.saves.number else "",
        saves=written.saves if written else 0,
        asks_text=question.kind is not Kind.REFLECTION or view.asked is None or asks_for_text(place.opened.series),
        removed=removed(REFLECTION, written.id, me().id) if has_gone and written else None,
        removal=_removal_form(question),
        present=present,
        way_back=way_back(place.opened),
    )
    return page, 422 if problem else 200


def one_asked(asked: LearnerQuestion | None, *, refused: bool) -> OneByOne | None:
    """How far somebody came who answers an ordering question by single choices; None on every other page, and once it was sent."""
    if asked is None or asked.kind is not Kind.ORDER or refused or request.args.get("by") != "one":
        return None
    return one_by_one(asked, [*request.args.getlist("picked"), *request.args.getlist("given")])


def _removal_form(question: Question) -> OwnRemovalForm:
    form = OwnRemovalForm(formdata=None)
    form.question.data = question.id
    form.renew()
    return form


def _fresh_begin_form() -> BeginForm:
    form = BeginForm(formdata=None)
    form.renew()
    return form
