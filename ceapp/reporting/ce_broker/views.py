"""The administrators' pages of reports to CE Broker."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.catalogue.queries import every_course
from ceapp.certificates.approvals.queries import all_approvals
from ceapp.errors import Malformed, Missing, Refused
from ceapp.reporting.ce_broker import queries, service, settings
from ceapp.reporting.ce_broker.forms import AnswerForm, AnswersForm, MakeForm, NewSettingForm, SettingForm
from ceapp.reporting.ce_broker.queries import Entry, FilePage, SettingSeen
from ceapp.reporting.ce_broker.rules import Answer, Kind, State, answers_to
from ceapp.reporting.forms import DownloadForm
from ceapp.reporting.views import blueprint
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable

LATE = "late"


@blueprint.get("/reports/ce-broker")
@administrator
def ce_broker() -> ResponseReturnValue:
    """The ledger: what is ready, in a file, accepted, rejected, late."""
    return _ledger_page(MakeForm(formdata=None))


@blueprint.post("/reports/ce-broker")
@administrator
@fresh
@resendable
def make_ce_broker_file() -> ResponseReturnValue:
    """Make a file of everything that is ready."""
    form = MakeForm()
    if form.validate_on_submit():
        try:
            file = service.make_file(Kind(form.kind.data), by=me().id, form_key=form.form_key, now=clock.now())
            flash("The file is made. Download it, upload it to CE Broker, and note here what became of its rows.", "good")
            return redirect(url_for("reporting.ce_broker_file", file_id=file.id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            form.key.data = ""
    return _ledger_page(form), 422


@blueprint.get("/reports/ce-broker/files")
@administrator
def ce_broker_files() -> ResponseReturnValue:
    """The files that were made."""
    return render_template("reporting/ce_broker/files.html", found=queries.files_page(page_number()))


@blueprint.route("/reports/ce-broker/files/<uuid:file_id>", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def ce_broker_file(file_id: UUID) -> ResponseReturnValue:
    """The rows of a file, and the form that says what became of them."""
    found, form = _file(file_id), AnswersForm()
    if form.validate_on_submit():
        try:
            noted = service.answer_file(file_id, form.rows, accepts_rest=bool(form.accepts_rest.data), by=me().id, now=clock.now())
            flash(f"Noted now: {noted}.", "good" if noted else "info")
            return redirect(url_for("reporting.ce_broker_file", file_id=file_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    page = render_template("reporting/ce_broker/file.html", found=found, form=form, download=DownloadForm(formdata=None))
    return page, 422 if form.errors else 200


@blueprint.post("/reports/ce-broker/files/<uuid:file_id>/file")
@administrator
@fresh
def ce_broker_download(file_id: UUID) -> ResponseReturnValue:
    """The file, as it was made."""
    if not DownloadForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was exported.")
    file, content = service.take_file(file_id, by=me().id, now=clock.now())
    response = Response(content, mimetype="application/vnd.ms-excel")
    response.headers.set("Content-Disposition", "attachment", filename=f"ce-broker-{file.number}-{file.kind}.xls")
    return response


@blueprint.route("/reports/ce-broker/lines/<uuid:entry_id>", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def ce_broker_entry(entry_id: UUID) -> ResponseReturnValue:
    """One completion and licence: where it was sent, what became of it, and what can be done."""
    entry, form = _entry(entry_id), AnswerForm()
    form.offer(answers_to(entry.state, has_licence=bool(entry.row.licence_key)))
    if form.validate_on_submit():
        try:
            reason = (form.reason.data or "").strip()
            service.answer_line(entry_id, Answer(form.answer.data), reason, by=me().id, now=clock.now())
            flash("Noted.", "good")
            return redirect(url_for("reporting.ce_broker_entry", entry_id=entry_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            entry = _entry(entry_id)
    form.renew()
    lines, today = queries.lines_about(entry_id), _today()
    return render_template("reporting/ce_broker/line.html", entry=entry, lines=lines, form=form, today=today), 422 if form.errors else 200


@blueprint.get("/reports/ce-broker/settings")
@administrator
def ce_broker_settings() -> ResponseReturnValue:
    """Where completions are reported."""
    return render_template("reporting/ce_broker/settings.html", found=queries.settings_page(page_number()))


@blueprint.route("/reports/ce-broker/settings/new", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def new_ce_broker_setting() -> ResponseReturnValue:
    form = NewSettingForm()
    form.offer(every_course())
    form.offer_approvals(_approvals())
    if form.validate_on_submit():
        try:
            settings.enter(form.board, form.given, by=me().id, form_key=form.form_key, now=clock.now())
            flash("The setting is saved. The completions that it is for appear in the ledger within minutes.", "good")
            return redirect(url_for("reporting.ce_broker_settings"), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    return _setting_page(form, None)


@blueprint.route("/reports/ce-broker/settings/<uuid:setting_id>", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def ce_broker_setting(setting_id: UUID) -> ResponseReturnValue:
    found, form = _setting(setting_id), SettingForm()
    form.offer_approvals(_approvals())
    if not form.is_submitted():
        form.fill_in(found.row)
        form.compare_with(found.row.version)
    if form.validate_on_submit():
        after = form.after_version.number
        try:
            settings.change(setting_id, form.given, after_version=after, by=me().id, form_key=form.form_key, now=clock.now())
            flash("The setting is saved. Lines that were sent already keep what they said.", "good")
            return redirect(url_for("reporting.ce_broker_settings"), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            found = _setting(setting_id)
            form.compare_with(found.row.version)
            form.key.data = ""
    return _setting_page(form, found)


def _ledger_page(form: MakeForm) -> str:
    wanted, today = request.args.get("state", ""), _today()
    state = State(wanted) if wanted in list(State) else State.READY
    form.renew()
    found = queries.ledger(state, page_number(), today, late=wanted == LATE)
    return render_template(
        "reporting/ce_broker/ledger.html",
        form=form,
        found=found,
        wanted=LATE if wanted == LATE else state,
        states=State,
        kinds=Kind,
        has_settings=any(found.counts.values()) or queries.has_settings(),
        today=today,
    )


def _setting_page(form: SettingForm, found: SettingSeen | None) -> ResponseReturnValue:
    form.renew()
    return render_template("reporting/ce_broker/setting.html", form=form, found=found), 422 if form.errors else 200


def _approvals() -> list[tuple[UUID, str]]:
    return sorted(((each.id, f"{each.body}, {each.kind.number_label} {each.number}") for each in all_approvals()), key=lambda each: each[1])


def _file(file_id: UUID) -> FilePage:
    found = queries.file_page(file_id, page_number())
    if found is None:
        raise Missing
    return found


def _entry(entry_id: UUID) -> Entry:
    found = queries.entry_with_id(entry_id)
    if found is None:
        raise Missing
    return found


def _setting(setting_id: UUID) -> SettingSeen:
    found = queries.setting_seen(setting_id)
    if found is None:
        raise Missing
    return found


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(me().zone)).date()
