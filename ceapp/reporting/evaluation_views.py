"""The provider's reports on what learners said about a course."""

from __future__ import annotations

from collections.abc import Iterator

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.catalogue.queries import course_by_slug
from ceapp.clock import now
from ceapp.errors import Malformed, Missing
from ceapp.reporting import evaluation_queries, exporting
from ceapp.reporting.evaluations import RATINGS, Period, Rated, evaluations_in, periods_of, rated, within
from ceapp.reporting.forms import DownloadForm
from ceapp.reporting.selection import Selection
from ceapp.reporting.views import blueprint, file_response
from ceapp.web.audience import administrator
from ceapp.web.paging import page_number
from ceapp.web.spreadsheets import csv_rows, file_name

Cells = tuple[str | int | None, ...]
COLUMNS: Cells = ("Period", "Evaluations", "Question", "Answers", "Mean", *(f"Rated {rating}" for rating in RATINGS), "Comment")
_NO_RATINGS: Cells = (None,) * (2 + len(RATINGS))
TOO_FEW = "fewer than five, not shown"


@blueprint.get("/reports/evaluation")
@administrator
def evaluations() -> ResponseReturnValue:
    """The courses that people may have evaluated."""
    page = page_number()
    found, pages = evaluation_queries.courses(page), evaluation_queries.course_pages()
    return render_template("reporting/evaluations.html", courses=found, page=page, pages=pages)


@blueprint.get("/reports/evaluation/<course_slug>")
@administrator
def evaluation(course_slug: str) -> ResponseReturnValue:
    """What was said about a course in one period, the newest unless another is asked for."""
    course = course_by_slug(course_slug)
    if course is None:
        raise Missing
    answers = evaluation_queries.answered(course_slug)
    periods = periods_of(answers, now().date())[::-1]
    period = _asked_for(periods)
    if period is None:
        return render_template("reporting/evaluation.html", course=course, periods=[], period=None)
    shown, items, page = within(answers, period), evaluation_queries.items_of(course_slug), page_number()
    return render_template(
        "reporting/evaluation.html",
        course=course,
        periods=periods,
        period=period,
        number=evaluations_in(shown),
        rated=rated(shown, items),
        items=items,
        ratings=RATINGS,
        comments=evaluation_queries.comments(course_slug, period, page),
        page=page,
        pages=evaluation_queries.comment_pages(shown),
        address=url_for("reporting.evaluation", course_slug=course_slug, period=period.name),
        form=DownloadForm(formdata=None),
    )


@blueprint.post("/reports/evaluation/<course_slug>")
@administrator
def evaluation_file(course_slug: str) -> ResponseReturnValue:
    """Everything that the pages show of a course, as CSV."""
    if course_by_slug(course_slug) is None:
        raise Missing
    if not DownloadForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was exported. Open the report again.")
    exporting.note_download(me().id, "evaluations", Selection(course_slug), now=now())
    lines = (line.encode() for line in csv_rows(_rows(course_slug), byte_order_mark=True))
    return file_response(lines, "text/csv", file_name("evaluations", course_slug, ending="csv"))


def _asked_for(periods: list[Period]) -> Period | None:
    named = {period.name: period for period in periods}
    return named.get(request.args.get("period", ""), periods[0] if periods else None)


def _rows(course_slug: str) -> Iterator[Cells]:
    yield COLUMNS
    answers, items = evaluation_queries.answered(course_slug), evaluation_queries.items_of(course_slug)
    for period in periods_of(answers, now().date()):
        shown = within(answers, period)
        head: Cells = (period.words, evaluations_in(shown))
        for each in rated(shown, items):
            yield (*head, each.item.text, *_cells_of(each))
        for comment in evaluation_queries.every_comment(course_slug, period):
            item = items.get(comment.item_id)
            yield (*head, item.text if item else comment.item_id, *_NO_RATINGS, comment.text)


def _cells_of(ratings: Rated) -> Cells:
    return (ratings.number, ratings.mean, *ratings.counts) if ratings.is_shown else (TOO_FEW,)
