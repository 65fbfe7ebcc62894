"""Health for load balancers, figures for Prometheus, and the operator's page."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.errors import Missing
from ceapp.operating.examinations import look_now
from ceapp.operating.health import Probe
from ceapp.operating.metrics import metrics_of
from ceapp.operating.overview import gauges, overview
from ceapp.web.audience import administrator, anyone
from ceapp.web.request_log import quiet
from ceapp.web.resend import resendable

blueprint = Blueprint("operating", __name__)


@blueprint.get("/healthz")
@anyone
@quiet
def healthz() -> ResponseReturnValue:
    """Whether this process answers; it asks nobody else."""
    return {"status": "ok"}


@blueprint.get("/healthz/ready")
@anyone
@quiet
def ready() -> ResponseReturnValue:
    """Whether this process should be given requests; 503 and one word when not."""
    probe: Probe = current_app.extensions["ceapp.probe"]
    trouble = probe.trouble()
    return {"status": trouble or "ready"}, 503 if trouble else 200


@blueprint.get("/metrics")
@anyone
@quiet
def metrics() -> ResponseReturnValue:
    """The figures of this server, for whoever brings the token."""
    counted = metrics_of(current_app)
    if counted is None:
        raise Missing
    if not _has_token():
        return Response("A token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    text, content_type = counted.text(gauges(current_app))
    return Response(text, content_type=content_type)


@blueprint.get("/operating")
@administrator
def operating() -> ResponseReturnValue:
    """How the installation is."""
    return render_template("operating/operating.html", seen=overview(current_app, today=clock.now().date()))


@blueprint.post("/operating/look")
@administrator
@resendable
def look() -> ResponseReturnValue:
    """Have the doctor look at what takes a moment only."""
    found = look_now(current_app.extensions["ceapp.settings"].instance_path, now=clock.now())
    flash("The doctor looked, and found nothing." if not found.total else "The doctor looked. What it found is listed below.", "info")
    return redirect(url_for("operating.operating", _anchor="findings"), 303)


def _has_token() -> bool:
    kind, _, brought = request.headers.get("Authorization", "").partition(" ")
    wanted: str = current_app.extensions["ceapp.settings"].metrics_token
    return kind.lower() == "bearer" and hmac.compare_digest(brought.strip().encode(), wanted.encode())
