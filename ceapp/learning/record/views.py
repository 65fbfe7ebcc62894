"""The pages of a record: opening it with a reason, its attempts, one attempt as it was, and who looked."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me, sign_in_id
from ceapp.clock import now
from ceapp.errors import Malformed, Refused
from ceapp.learning.presenter import Presenter
from ceapp.learning.record import queries, service
from ceapp.learning.record.access import own_replay, replay_in, subject_of
from ceapp.learning.record.forms import OpenForm
from ceapp.learning.record.queries import Looker, Subject
from ceapp.learning.record.replay import Replay
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, fresh, signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/people/<uuid:person_id>/record/<uuid:subject_id>")
@administrator
def opened_record(person_id: UUID, subject_id: UUID) -> ResponseReturnValue:
    """The attempts of a part of a record that this administrator has opened; else the page that asks for a reason."""
    subject = _looked_at(person_id, subject_id)
    if subject.opening is None:
        return _ask_first(subject)
    found, ends_at = queries.attempts_in(subject, page_number()), subject.opening.opened_at + queries.LASTS
    return render_template("learning/record/opened.html", subject=subject, found=found, ends_at=ends_at)


@blueprint.get("/people/<uuid:person_id>/record/<uuid:subject_id>/open")
@administrator
@fresh
def open_record(person_id: UUID, subject_id: UUID) -> ResponseReturnValue:
    """Say why a record has to be opened."""
    form = OpenForm()
    form.renew()
    return render_template("learning/record/open.html", subject=subject_of(person_id, subject_id), form=form)


@blueprint.post("/people/<uuid:person_id>/record/<uuid:subject_id>/open")
@administrator
@fresh
@resendable
def do_open_record(person_id: UUID, subject_id: UUID) -> ResponseReturnValue:
    """Open it for half an hour, in this browser."""
    subject, form = subject_of(person_id, subject_id), OpenForm()
    if form.validate_on_submit():
        try:
            reason, signed_in_by = form.reason.data or "", sign_in_id()
            service.open_record(person_id, subject_id, reason, actor=me().id, sign_in_id=signed_in_by, form_key=form.form_key, now=now())
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
        else:
            flash("The record is open to you in this browser for 30 minutes. The person reads that you opened it, and why.", "info")
            return redirect(url_for("learning.opened_record", person_id=person_id, subject_id=subject_id), 303)
    form.renew()
    return render_template("learning/record/open.html", subject=subject, form=form), 422


@blueprint.get("/people/<uuid:person_id>/record/<uuid:subject_id>/<uuid:attempt_id>")
@administrator
def opened_attempt(person_id: UUID, subject_id: UUID, attempt_id: UUID) -> ResponseReturnValue:
    """One attempt as it was, in a record that this administrator has opened."""
    subject = _looked_at(person_id, subject_id)
    seen = replay_in(subject, attempt_id)
    return _replay_page(seen, subject) if subject.opening else _ask_first(subject)


@blueprint.get("/attempts/<uuid:attempt_id>/replay")
@signed_in
def own_attempt(attempt_id: UUID) -> ResponseReturnValue:
    """An attempt of one's own as it was."""
    return _replay_page(own_replay(me().id, attempt_id), None)


@blueprint.get("/account/record")
@signed_in
def who_looked() -> ResponseReturnValue:
    """Who opened one's record, when and why."""
    return render_template("learning/record/who_looked.html", found=queries.openings_of(me().id, page_number()))


def _looked_at(person_id: UUID, subject_id: UUID) -> Subject:
    return subject_of(person_id, subject_id, Looker(me().id, sign_in_id(), now()))


def _ask_first(subject: Subject) -> ResponseReturnValue:
    return redirect(url_for("learning.open_record", person_id=subject.person.id, subject_id=subject.id), 303)


def _replay_page(seen: Replay, subject: Subject | None) -> ResponseReturnValue:
    return render_template("learning/record/replay.html", seen=seen, subject=subject, present=Presenter(seen.published))
