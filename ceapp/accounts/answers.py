"""How the views of accounts answer: with a form that is shown, or shown again with what was refused."""

from __future__ import annotations

import logging

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from ceapp.accounts.addresses import local_address
from ceapp.errors import Refused, TooMany
from ceapp.web.forms import Form

log = logging.getLogger(__name__)


def wanted_address(otherwise: str) -> str:
    """The page that the person came from, when it is one of ours."""
    return local_address(request.args.get("next"), otherwise)


def shown(template: str, form: Form, **values: object) -> ResponseReturnValue:
    return render_template(template, form=form, **values), 422 if form.errors else 200


def refused(template: str, form: Form, problem: Refused | TooMany, **values: object) -> ResponseReturnValue:
    """The page again, with what was typed and why nothing was done."""
    log.warning("request %s: %s refused: %s", g.get("request_id"), request.endpoint, type(problem).__name__)
    form.form_errors.append(problem.message)
    page, status = render_template(template, form=form, **values), 422
    if isinstance(problem, TooMany):
        return page, problem.status, {"Retry-After": str(problem.retry_after)}
    return page, status
