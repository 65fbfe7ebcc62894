"""How everybody stands: a table to look at and to take along."""

from __future__ import annotations

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import here
from ceapp.errors import Malformed
from ceapp.supervision.access import trainees_seen
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.progress.board import board, whole_board
from ceapp.supervision.progress.forms import ProgressForm
from ceapp.supervision.progress.lines import in_scope, lines
from ceapp.supervision.scopes import Scope
from ceapp.web.audience import member
from ceapp.web.paging import page_number
from ceapp.web.spreadsheets import csv_rows, file_name


@blueprint.get("/organisations/<organisation>/progress")
@member("supervisor", "administrator")
def progress(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """Trainee by scenario: who stands where."""
    form = ProgressForm(request.args)
    is_right = form.validate()
    found = board(here().id, trainees_seen(here()), form.filters(), page=page_number(), part=page_number("part"), now=clock.now())
    form.offer(found.choices.groups, found.choices.assignments)
    page = render_template(
        "supervision/progress.html",
        form=form,
        board=found,
        arguments=form.arguments(),
        show_scores=bool(form.show.data),
        is_filtered=form.filters().is_narrow or form.filters().group_id is not None,
    )
    return page, 200 if is_right else 422


@blueprint.get("/organisations/<organisation>/progress.csv")
@member("supervisor", "administrator")
def progress_file(organisation: str) -> ResponseReturnValue:  # noqa: ARG001 - it is in here()
    """The same as a file, all pages of it."""
    form, seen = ProgressForm(request.args), trainees_seen(here())
    if not form.validate():
        raise Malformed("The day in the address cannot be read. Open the file from the progress page.")
    columns, rows = whole_board(here().id, seen, form.filters(), clock.now())
    has_scores = any(scope.includes(Scope.SCORES) for scope in seen.values())
    table = in_scope(here().id, lines(columns, rows, has_scores=has_scores, show_scores=bool(form.show.data)))
    name = file_name(here().slug, "progress", here().today.isoformat(), ending="csv")
    return Response(
        stream_with_context(csv_rows(table, byte_order_mark=True)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
