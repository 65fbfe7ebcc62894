"""The pages of certificates: one's own, the public check, and the provider's facts."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import caller, me
from ceapp.accounts.along import reads_along
from ceapp.certificates import codes, queries, renditions, service
from ceapp.certificates.access import certificate_of
from ceapp.certificates.archive import own_archive
from ceapp.certificates.facts import printed
from ceapp.certificates.forms import IssueForm, ProviderForm, typed_code
from ceapp.certificates.life_queries import deeds_about, open_request_about, successor_of
from ceapp.certificates.misses import Misses
from ceapp.certificates.provider import provider_page, set_provider_facts
from ceapp.certificates.rendering import Paper, file_name, page_sheet
from ceapp.certificates.standing import Standing
from ceapp.errors import Missing, Refused
from ceapp.web.archives import zip_stream
from ceapp.web.audience import administrator, anyone, signed_in
from ceapp.web.paging import page_number

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/certificates")
@signed_in
def certificates() -> ResponseReturnValue:
    held = queries.certificates_of(me().id, page_number())
    return render_template("certificates/certificates.html", held=held)


@blueprint.get("/certificates/all.zip")
@signed_in
def archive() -> ResponseReturnValue:
    """All of one's own certificates that count today; what has no PDF yet gets one, as when it is opened singly."""
    moment, paper = clock.now(), request.args.get("paper", Paper.LETTER)
    if paper not in list(Paper):
        raise Missing
    response = Response(zip_stream(own_archive(me().id, Paper(paper), now=moment)), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename="certificates.zip")
    return response


@blueprint.get("/certificates/<uuid:certificate_id>")
@signed_in
@reads_along(queries.CERTIFICATE_ALONG)
def certificate(certificate_id: UUID) -> ResponseReturnValue:
    held = certificate_of(me().id, certificate_id)
    return render_template(
        "certificates/certificate.html",
        held=held,
        sheet=page_sheet(held.facts, signature=queries.signature_of(held.facts.provider_version)),
        missing=renditions.missing_glyphs(held.facts),
        deeds=deeds_about(certificate_id),
        successor=successor_of(certificate_id) if held.standing is Standing.SUPERSEDED else None,
        request_open=open_request_about(certificate_id),
    )


@blueprint.get("/certificates/<uuid:certificate_id>.pdf")
@signed_in
@reads_along(queries.CERTIFICATE_ALONG)
def pdf(certificate_id: UUID) -> ResponseReturnValue:
    held = certificate_of(me().id, certificate_id)
    paper = request.args.get("paper", Paper.LETTER)
    if paper not in list(Paper):
        raise Missing
    rendition = renditions.pdf_of(held.certificate, Paper(paper), now=clock.now())
    response = Response(rendition.pdf, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(held.facts, held.certificate.course_slug))
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(rendition.sha256)
    return response.make_conditional(request)


@blueprint.get("/verify")
@anyone
def verify() -> ResponseReturnValue:
    typed = typed_code(request.args.get("code", ""))
    if typed:
        return redirect(url_for("certificates.verified", code=typed), 303)
    return _unlisted(render_template("certificates/verify.html"))


@blueprint.get("/verify/<code>")
@anyone
def verified(code: str) -> ResponseReturnValue:
    parsed = codes.parse(code)
    held = queries.certificate_with_code(parsed) if parsed else None
    if held is None:
        _misses().count(caller().network, now=clock.now())
        return _unlisted(render_template("certificates/unknown.html", typed=typed_code(code)), 404)
    return _unlisted(render_template("certificates/verified.html", held=held, lines=printed(held.facts)))


@blueprint.get("/VERIFY/<code>")
@anyone
def scanned(code: str) -> ResponseReturnValue:
    """QR codes are smaller in capitals."""
    return redirect(url_for("certificates.verified", code=code), 303)


@blueprint.route("/provider", methods=["GET", "POST"])
@administrator
def provider() -> ResponseReturnValue:
    page = provider_page()
    form = ProviderForm(obj=page.facts, after_version=page.version)
    if form.validate_on_submit():
        try:
            set_provider_facts(form.given, after_version=form.after_version.number, by=me().id, now=clock.now())
        except Refused as problem:
            form.form_errors.append(problem.message)
            page = provider_page()
            form.compare_with(page.version)
        else:
            flash("Saved. Certificates that are issued from now on print these facts.", "good")
            return redirect(url_for("certificates.provider"), 303)
    return render_template(
        "certificates/provider.html", form=form, issue_form=IssueForm(formdata=None), page=page
    ), 422 if form.errors else 200


@blueprint.post("/provider/issue")
@administrator
def issue_waiting() -> ResponseReturnValue:
    form, page = IssueForm(), provider_page()
    if not form.validate_on_submit():
        shown = ProviderForm(formdata=None, obj=page.facts, after_version=page.version)
        return render_template("certificates/provider.html", form=shown, issue_form=form, page=page), 422
    issued = service.issue_waiting(by=me().id, now=clock.now())
    flash(
        f"{issued} {'certificate is' if issued == 1 else 'certificates are'} issued; their holders find them under “Certificates”.",
        "good",
    )
    return redirect(url_for("certificates.provider"), 303)


def _misses() -> Misses:
    found: Misses = current_app.extensions["ceapp.misses"]
    return found


def _unlisted(page: str, status: int = 200) -> Response:
    """A public page that search engines must not keep."""
    response = make_response(page, status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
