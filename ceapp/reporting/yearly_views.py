"""The provider's yearly report on a course."""

from __future__ import annotations

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.catalogue.queries import PublishedCourse, course_by_slug, current_course
from ceapp.clock import now
from ceapp.errors import Malformed, Missing
from ceapp.reporting import evaluation_queries, exporting, yearly_queries
from ceapp.reporting.forms import DownloadForm
from ceapp.reporting.selection import Selection
from ceapp.reporting.views import blueprint, file_response
from ceapp.reporting.yearly import TOO_FEW, rows
from ceapp.web.audience import administrator
from ceapp.web.paging import page_number
from ceapp.web.spreadsheets import csv_rows, file_name


@blueprint.get("/reports/yearly")
@administrator
def yearly_reports() -> ResponseReturnValue:
    """The courses that there are reports on."""
    page = page_number()
    found, pages = evaluation_queries.courses(page), evaluation_queries.course_pages()
    return render_template("reporting/yearly_reports.html", courses=found, page=page, pages=pages)


@blueprint.get("/reports/yearly/<course_slug>")
@administrator
def yearly(course_slug: str) -> ResponseReturnValue:
    """One year of a course, the running one unless another is asked for."""
    course, today = _course(course_slug), now().date()
    years = yearly_queries.years(course_slug, today)
    year = _year(request.args.get("year", ""), years)
    return render_template(
        "reporting/yearly.html",
        course=course,
        years=years,
        report=yearly_queries.year_of(course, year, today),
        is_over=year < today.year,
        too_few=TOO_FEW,
        form=DownloadForm(formdata=None),
    )


@blueprint.post("/reports/yearly/<course_slug>")
@administrator
def yearly_file(course_slug: str) -> ResponseReturnValue:
    """The same as CSV."""
    course, today = _course(course_slug), now().date()
    if not DownloadForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was exported. Open the report again.")
    year = _year(request.args.get("year", ""), yearly_queries.years(course_slug, today))
    about = Selection(course_slug, date(year, 1, 1), date(year, 12, 31))
    exporting.note_download(me().id, "yearly", about, now=now())
    lines = [line.encode() for line in csv_rows(rows(yearly_queries.year_of(course, year, today)), byte_order_mark=True)]
    return file_response(lines, "text/csv", file_name("yearly", course_slug, str(year), ending="csv"))


def _course(course_slug: str) -> PublishedCourse:
    if course_by_slug(course_slug) is None:
        raise Missing
    return current_course(course_slug)


def _year(asked: str, years: list[int]) -> int:
    return next((each for each in years if str(each) == asked), years[0])
