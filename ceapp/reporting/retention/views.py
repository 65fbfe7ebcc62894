"""How long records are kept, for administrators."""

from __future__ import annotations

from dataclasses import asdict

from flask import current_app, render_template
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.reporting.retention.queries import counted_at_once
from ceapp.reporting.views import blueprint
from ceapp.web.audience import administrator


@blueprint.get("/retention")
@administrator
def retention() -> ResponseReturnValue:
    """The rules, how much there is of each kind, and how much of it may go today."""
    settings = asdict(current_app.extensions["ceapp.settings"])
    today = clock.now().date()
    return render_template("reporting/retention.html", kinds=counted_at_once(settings, today), today=today)
