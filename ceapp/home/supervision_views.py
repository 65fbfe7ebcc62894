"""The way into the pages of one's organisations."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.home.queries import organisations_of
from ceapp.home.views import blueprint
from ceapp.web.audience import signed_in

_FIRST_PAGE = {True: "supervision.progress", False: "accounts.organisation"}
"""By whether somebody supervises there."""


@blueprint.get("/supervision")
@signed_in
def supervision() -> ResponseReturnValue:
    """Where I supervise or administer: with one organisation its first page, with several the choice."""
    worked_in = [each for each in organisations_of(me().id) if each.is_worked_in]
    if len(worked_in) == 1:
        return redirect(url_for(_FIRST_PAGE[worked_in[0].membership.is_supervisor], organisation=worked_in[0].slug), 303)
    return render_template("home/supervision.html", worked_in=worked_in)
