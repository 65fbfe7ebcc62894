"""The preview: the opening and first question of one scenario, open to anybody. Nothing is recorded."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from random import Random

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.catalogue.queries import PublishedScenario, current_course, published_scenario
from ceapp.errors import Malformed, Missing
from ceapp.keys import current_keys
from ceapp.learning.forms import SEED, PreviewForm
from ceapp.learning.presenter import Presenter
from ceapp.learning.steps import step_view
from ceapp.learning.views import blueprint, one_asked
from ceapp.scenarios.learner import shuffled
from ceapp.scenarios.position import walk
from ceapp.scenarios.scoring import given_problem
from ceapp.web.audience import anyone


@blueprint.get("/courses/<course_slug>/preview")
@anyone
def preview(course_slug: str) -> ResponseReturnValue:
    """The first step of the preview scenario."""
    form = PreviewForm(formdata=None)
    carried = request.args.get("seed", "")
    form.seed.data = carried if SEED.fullmatch(carried) else secrets.token_hex(8)
    return _page(course_slug, form)


@blueprint.post("/courses/<course_slug>/preview")
@anyone
def preview_answer(course_slug: str) -> ResponseReturnValue:
    """The feedback to the first step, computed from what was posted and kept nowhere."""
    form = PreviewForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete. Open the preview again.")
    return _page(course_slug, form, answered=True)


def _page(course_slug: str, form: PreviewForm, *, answered: bool = False) -> ResponseReturnValue:
    course = current_course(course_slug)
    listed = course.listed(course.course.preview)
    if listed is None:
        raise Missing
    published = published_scenario(listed.revision_id)
    chosen = form.chosen() if request.method == "POST" else dict.fromkeys(request.args.getlist("picked"), "")
    order, problem, answers = _order_with(published, form.seed.data or "", tuple(chosen)), "", {}
    question = walk(published.scenario, {}).steps[0].question
    if question is None:
        raise Missing
    if answered:
        try:
            given = form.given(question, order[question.id])
            problem = given_problem(question, given) or ""
            answers = {} if problem else {question.id: given}
        except Malformed as malformed:
            problem = malformed.message
    view = step_view(published.scenario, walk(published.scenario, answers), answers, order, 1)
    page = render_template(
        "learning/preview.html",
        course=course,
        view=view,
        form=form,
        problem=problem,
        chosen=chosen,
        one=one_asked(view.asked if view else None, refused=request.method == "POST"),
        present=Presenter(published),
        scenario=published.scenario,
    )
    return page, 422 if problem else 200


def _order_with(published: PublishedScenario, seed: str, chosen: Sequence[str]) -> dict[str, list[list[str]]]:
    """The order of the page on which these were chosen: one from before a change of the server's secret has that secret's."""
    accepted = current_keys().secrets(clock.now())
    orders = [_order(published, seed, secret) for secret in reversed(accepted if chosen else accepted[-1:])]
    return next((order for order in orders if set(chosen) & _page_ids(order)), orders[0])


def _page_ids(order: dict[str, list[list[str]]]) -> set[str]:
    return {page_id for pairs in order.values() for page_id, _ in pairs}


def _order(published: PublishedScenario, seed: str, secret: str) -> dict[str, list[list[str]]]:
    """The order of options and their ids on the page, from the page's own seed, so that nothing needs to be stored.

    The ids are keyed with the server's secret: the seed alone, which the visitor has, does not lead back to the file's order.
    """

    def keyed(text: str) -> str:
        return hmac.new(secret.encode(), f"preview:{published.id}:{seed}:{text}".encode(), "sha256").hexdigest()

    orders = shuffled(published.scenario, Random(keyed("order")))  # noqa: S311 - seeded with a keyed hash
    return {question_id: [[keyed(option_id)[:10], option_id] for option_id in ids] for question_id, ids in orders.items()}
