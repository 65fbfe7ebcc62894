"""A person's own training record: on a page that prints well, and as CSV."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.supervision.blueprint import blueprint
from ceapp.supervision.tasks import training
from ceapp.web.audience import signed_in
from ceapp.web.spreadsheets import csv_rows, file_name


@blueprint.get("/training-record")
@signed_in
def training_records() -> ResponseReturnValue:
    """What I did, organisation by organisation."""
    records = training.training_records(me().id, now=clock.now())
    return render_template("supervision/training_records.html", records=records, statement=training.IS_NOT_A_CERTIFICATE)


@blueprint.get("/training-record/<slug>")
@signed_in
def training_record(slug: str) -> ResponseReturnValue:
    """What I did for one organisation, to print or to hand over."""
    record = training.training_record(me().id, slug, now=clock.now())
    return render_template("supervision/training_record.html", record=record, statement=training.IS_NOT_A_CERTIFICATE)


@blueprint.get("/training-record/<slug>.csv")
@signed_in
def training_record_csv(slug: str) -> ResponseReturnValue:
    """The same as a file for a spreadsheet."""
    record, person = training.training_record(me().id, slug, now=clock.now()), me()
    text = "".join(csv_rows(training.rows(record, person.name), byte_order_mark=True))
    response = Response(text, mimetype="text/csv")
    name = file_name(record.organisation.name, "training record", ending="csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
