"""The demonstration's own page: become any of its invented people. Registered only where the setting `demo` is on."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts import sign_ins
from ceapp.accounts.access import token, welcome
from ceapp.accounts.sign_ins import Standing
from ceapp.clock import now
from ceapp.errors import Malformed
from ceapp.home.demo_queries import people_of_the_demonstration, person_of_the_demonstration
from ceapp.web.audience import anyone
from ceapp.web.forms import Form

blueprint = Blueprint("demo", __name__)


class BecomeForm(Form):
    """Become somebody."""


@blueprint.get("/demo")
@anyone
def people() -> ResponseReturnValue:
    """Everybody in the demonstration, and what they are."""
    return render_template("home/demo.html", people=people_of_the_demonstration(), form=BecomeForm())


@blueprint.post("/demo/<uuid:person_id>")
@anyone
def become(person_id: UUID) -> ResponseReturnValue:
    """Sign in as one of them, without a password: all of them are invented."""
    if not BecomeForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    person = person_of_the_demonstration(person_id)
    sign_ins.end(token())
    shown = Standing(proved_at=now(), factor_at=now())  # Somebody may have tried the second factor out: it keeps nobody out here.
    return welcome(url_for("home.front"), sign_ins.begin(person.id, now=now(), after=shown), person.email)
