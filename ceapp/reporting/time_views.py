"""How long people take, for the provider's administrators: to see whether the estimates are right, and who was very fast."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from ceapp.catalogue.queries import PublishedCourse, current_course
from ceapp.database import pages_of
from ceapp.errors import Malformed
from ceapp.reporting import time_queries
from ceapp.reporting.forms import PeriodForm
from ceapp.reporting.pace import Pace
from ceapp.reporting.time_queries import PAGE, Period
from ceapp.reporting.views import blueprint
from ceapp.web.audience import administrator
from ceapp.web.paging import page_number
from ceapp.web.spreadsheets import csv_rows, file_name

_COLUMNS = ("Scenario", "Required", "Estimate in minutes", "Median in seconds", "Completed enrolments")


@blueprint.get("/reports/times")
@administrator
def times() -> ResponseReturnValue:
    """The courses, each with its report."""
    return render_template("reporting/times.html", courses=time_queries.courses_with_times(page_number()))


@blueprint.get("/reports/times/<course_slug>")
@administrator
def times_of_course(course_slug: str) -> ResponseReturnValue:
    """Estimates beside what the newest completed enrolments took, and those that were very fast."""
    course, form, page = current_course(course_slug), _form(), page_number()
    is_right = not request.args or form.validate()
    completed, has_more = time_queries.newest_completed(course_slug, _period(form)) if is_right else ([], False)
    pace = Pace(time_queries.estimates(course))
    pace.add(each.work for each in completed)
    fast = [each for each in completed if each.work.stands_out]
    arguments = {name: str(day) for name, day in form.data.items() if day and is_right}
    told = render_template(
        "reporting/times_of_course.html",
        course=course,
        form=form,
        pace=pace,
        has_more=has_more,
        newest=time_queries.NEWEST,
        fast=fast[(page - 1) * PAGE : page * PAGE],
        number_of_fast=len(fast),
        page=page,
        pages=pages_of(len(fast), PAGE),
        arguments=arguments,
        address=f"{url_for('reporting.times_of_course', course_slug=course_slug)}?{urlencode(arguments)}",
    )
    return told, 200 if is_right else 422


@blueprint.get("/reports/times/<course_slug>.csv")
@administrator
def times_file(course_slug: str) -> ResponseReturnValue:
    """The same numbers over every completed enrolment of the period, without people."""
    course, form = current_course(course_slug), _form()
    if not form.validate():
        raise Malformed("The days in the address cannot be read. Open the file from the page of the times.")
    rows = stream_with_context(csv_rows(_rows(course, _period(form)), byte_order_mark=True))
    response = Response(rows, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=file_name("times", course_slug, ending="csv"))
    return response


def _rows(course: PublishedCourse, period: Period) -> Iterator[tuple[str | int | None, ...]]:
    yield _COLUMNS
    pace = Pace(time_queries.estimates(course))
    for works in time_queries.pieces_completed(course.slug, period):
        pace.add(works)
    for line in pace.lines:
        yield line.title, "yes" if line.is_required else "no", line.estimate, line.median_seconds, line.enrolments


def _form() -> PeriodForm:
    return PeriodForm(request.args, meta={"csrf": False})  # It is sent with GET; a token never stands in an address.


def _period(form: PeriodForm) -> Period:
    return Period(form.first_day.data, form.last_day.data)
