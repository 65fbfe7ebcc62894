"""The administrators' pages of offers, vouchers, enrolling by hand and payments."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me
from ceapp.accounts.models import Person
from ceapp.accounts.people.queries import person_with_id
from ceapp.catalogue.models import Course
from ceapp.catalogue.queries import course_by_slug, every_course
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.learning import starting
from ceapp.learning.grant_queries import enrolment_of
from ceapp.learning.offers import service
from ceapp.learning.offers.forms import BatchForm, ByHandForm, OfferForm, PaymentForm, WithdrawForm
from ceapp.learning.offers.queries import (
    VouchersPage,
    batches_page,
    current_offer,
    newest_offers,
    newest_payment,
    offers_page,
    vouchers_page,
    words_of,
)
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable
from ceapp.web.spreadsheets import csv_rows, file_name


@blueprint.get("/provider/offers")
@administrator
def offers() -> ResponseReturnValue:
    """Every course with its offer of today."""
    return render_template("learning/offers.html", found=offers_page(page_number()))


@blueprint.route("/provider/offers/<course_slug>", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def offer(course_slug: str) -> ResponseReturnValue:
    """How people come into a course, its price and refund in words, and its vouchers."""
    course, form, current = _course(course_slug), OfferForm(), current_offer(course_slug)
    if not form.is_submitted():
        form.compare_with(current.version if current else 0)
        if current:
            form.fill_in(current)
    if form.validate_on_submit():
        after = form.after_version.number
        try:
            service.make_offer(course_slug, form.given, after_version=after, by=me().id, form_key=form.form_key, now=now())
            flash("The offer is saved. It holds for enrolments from now on; those that exist keep what they were shown.", "good")
            return redirect(url_for("learning.offer", course_slug=course_slug), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            current = current_offer(course_slug)
            form.compare_with(current.version if current else 0)
            form.key.data = ""
    form.renew()
    versions, batches = newest_offers(course_slug), batches_page(course_slug, page_number())
    page = render_template("learning/offer.html", course=course, form=form, versions=versions, batches=batches)
    return page, 422 if form.errors else 200


@blueprint.route("/provider/offers/<course_slug>/vouchers", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def new_vouchers(course_slug: str) -> ResponseReturnValue:
    """Have vouchers made."""
    course, form = _course(course_slug), BatchForm()
    if form.validate_on_submit():
        try:
            batch = service.make_vouchers(course_slug, form.given, by=me().id, form_key=form.form_key, now=now())
            flash("The vouchers are made. Take the file with their codes.", "good")
            return redirect(url_for("learning.vouchers", batch_id=batch.id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("learning/vouchers_new.html", course=course, form=form), 422 if form.errors else 200


@blueprint.get("/provider/vouchers/<uuid:batch_id>")
@administrator
def vouchers(batch_id: UUID) -> ResponseReturnValue:
    """How many of a batch are used, and which; never the codes."""
    found = _vouchers(batch_id)
    return render_template("learning/vouchers.html", found=found, course=_course(found.seen.batch.course_slug), form=WithdrawForm())


@blueprint.post("/provider/vouchers/<uuid:batch_id>/codes.csv")
@administrator
@fresh
@resendable
def voucher_codes(batch_id: UUID) -> ResponseReturnValue:
    """The codes of a batch as a file; by a form, because each taking is written down."""
    batch = _vouchers(batch_id).seen.batch
    rows: list[tuple[str | int, str, str]] = [("Number", "Voucher", "State"), *service.show_vouchers(batch_id, by=me().id, now=now())]
    name = file_name("vouchers", batch.label, ending="csv")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("".join(csv_rows(rows, byte_order_mark=True)), mimetype="text/csv", headers=headers)


@blueprint.post("/provider/vouchers/<uuid:batch_id>/withdrawal")
@administrator
@fresh
@resendable
def withdraw_vouchers(batch_id: UUID) -> ResponseReturnValue:
    """Withdraw one voucher, or all that nobody used."""
    form = WithdrawForm()
    if not form.validate_on_submit():
        raise Malformed("The number is not one of a voucher; nothing was changed.")
    taken = service.withdraw_vouchers(batch_id, form.number.number or None, by=me().id, now=now())
    flash(f"Withdrawn now: {taken}. Used vouchers stay as they are.", "good" if taken else "info")
    return redirect(url_for("learning.vouchers", batch_id=batch_id), 303)


@blueprint.route("/people/<uuid:person_id>/enrolments/new", methods=["GET", "POST"])
@administrator
@resendable
def enrol_by_hand(person_id: UUID) -> ResponseReturnValue:
    """Enrol somebody, with a reason that they read."""
    person, form = _person(person_id), ByHandForm()
    form.offer(every_course())
    if form.validate_on_submit():
        try:
            reason = (form.reason.data or "").strip()
            starting.enrol_by_hand(person_id, form.course.data, reason, actor=me().id, now=now())
            flash("The person is enrolled, and reads your reason on the page of the course.", "good")
            return redirect(url_for("learning.person_enrolments", person_id=person_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
    form.renew()
    return render_template("learning/enrol_by_hand.html", person=person, form=form), 422 if form.errors else 200


@blueprint.route("/people/<uuid:person_id>/enrolments/<uuid:enrolment_id>/payment", methods=["GET", "POST"])
@administrator
@resendable
def payment(person_id: UUID, enrolment_id: UUID) -> ResponseReturnValue:
    """What is known of a payment that was made elsewhere, and of its refund."""
    person, enrolment, form = _person(person_id), enrolment_of(person_id, enrolment_id), PaymentForm()
    if enrolment is None:
        raise Missing
    known = newest_payment(enrolment_id)
    if not form.is_submitted():
        form.compare_with(known.version if known else 0)
        if known:
            form.fill_in(known, words_of(known))
    if form.validate_on_submit():
        after = form.after_version.number
        try:
            service.note_payment(person_id, enrolment_id, form.given, after_version=after, by=me().id, form_key=form.form_key, now=now())
            flash("Saved. The person reads it on the page of the course.", "good")
            return redirect(url_for("learning.person_enrolments", person_id=person_id), 303)
        except Refused as problem:
            form.form_errors.append(problem.message)
            known = newest_payment(enrolment_id)
            form.compare_with(known.version if known else 0)
            form.key.data = ""
    form.renew()
    page = render_template(
        "learning/payment.html", person=person, course=_course(enrolment.course_slug), enrolment=enrolment, known=known, form=form
    )
    return page, 422 if form.errors else 200


def _course(course_slug: str) -> Course:
    found = course_by_slug(course_slug)
    if found is None:
        raise Missing
    return found


def _vouchers(batch_id: UUID) -> VouchersPage:
    found = vouchers_page(batch_id, page_number())
    if found is None:
        raise Missing
    return found


def _person(person_id: UUID) -> Person:
    found = person_with_id(person_id)
    if found is None:
        raise Missing
    return found
