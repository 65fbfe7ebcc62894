"""The pages of accommodations: a learner asks, sees the answer and takes it back; administrators read and answer."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import me, sign_in_id
from ceapp.catalogue.queries import every_course, published_course
from ceapp.clock import now
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.accommodations import queries, service
from ceapp.learning.accommodations.forms import AccommodationAnswerForm, AccommodationForm, ReadingForm, WithdrawalForm
from ceapp.learning.accommodations.print_queries import has_in_print, worked_in
from ceapp.learning.accommodations.printing import printed_course
from ceapp.learning.accommodations.queries import Seen
from ceapp.learning.presenter import Presenter
from ceapp.learning.queries import enrolled_course, enrolled_courses
from ceapp.learning.removals.queries import ACCOMMODATION, removed
from ceapp.learning.views import blueprint
from ceapp.web.audience import administrator, signed_in
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@blueprint.get("/account/accommodations")
@signed_in
def own_accommodations() -> ResponseReturnValue:
    """What one asked for, and what became of it."""
    return render_template("learning/accommodations/own.html", found=queries.own_requests(me().id, page_number()))


@blueprint.route("/account/accommodations/new", methods=["GET", "POST"])
@signed_in
@resendable
def new_accommodation() -> ResponseReturnValue:
    """Say what would help."""
    form = AccommodationForm()
    form.offer(every_course(), request.args.get("course", ""))
    if form.validate_on_submit():
        try:
            asked = service.ask(me().id, form.course_slug, form.words.data or "", form_key=form.form_key, now=now())
        except (Malformed, Refused) as problem:
            form.form_errors.append(problem.message)
        else:
            flash("Your request is with the administrators. The answer stands here, and a mail tells you when there is one.", "good")
            return redirect(url_for("learning.own_accommodation", accommodation_id=asked.id), 303)
    form.renew()
    return render_template("learning/accommodations/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/account/accommodations/<uuid:accommodation_id>")
@signed_in
def own_accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    """One request of one's own: the words, the answer, and who read it."""
    form, seen = WithdrawalForm(formdata=None), _seen(accommodation_id, of=me().id)
    form.renew()
    mine = {each.enrolment.course_slug for each in enrolled_courses(me().id, 1)[0]} if seen.is_in_print else set()
    only, gone = seen.asked.request.course_slug, None if seen.words else removed(ACCOMMODATION, accommodation_id, me().id)
    slugs = sorted(mine & {only} if only else mine)
    return render_template("learning/accommodations/one.html", seen=seen, form=form, in_print=slugs, removed=gone)


@blueprint.post("/account/accommodations/<uuid:accommodation_id>/withdrawal")
@signed_in
@resendable
def withdraw_accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    """Take a request back."""
    form = WithdrawalForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    service.withdraw(me().id, accommodation_id, form_key=form.form_key, now=now())
    flash("Your request is withdrawn, and what you wrote is gone.", "good")
    return redirect(url_for("learning.own_accommodation", accommodation_id=accommodation_id), 303)


@blueprint.get("/courses/<course_slug>/print")
@signed_in
def print_course(course_slug: str) -> ResponseReturnValue:
    """The whole course on one page, for whom that was granted; never a key before its answer."""
    enrolled = enrolled_course(me().id, course_slug)
    if enrolled is None or not has_in_print(me().id, course_slug):
        raise Missing
    course, enrolment_id = published_course(enrolled.enrolment.course_revision_id), enrolled.enrolment.id
    printed = printed_course(course, enrolment_id, worked_in(enrolment_id), current_keys().secret)
    scenarios = [{"printed": each, "present": Presenter(each.published)} for each in printed]
    return render_template("learning/accommodations/print.html", course=course, scenarios=scenarios)


@blueprint.get("/provider/accommodations")
@administrator
def accommodations() -> ResponseReturnValue:
    """Requests that wait, or with `?show=answered` those that do not; never their words."""
    shows_answered = request.args.get("show") == "answered"
    found = (queries.answered_requests if shows_answered else queries.waiting_requests)(page_number())
    return render_template("learning/accommodations/list.html", found=found, shows_answered=shows_answered)


@blueprint.get("/provider/accommodations/<uuid:accommodation_id>")
@administrator
def accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    """One request; its words once it is written down who reads them."""
    form = AccommodationAnswerForm(formdata=None)
    return _answer_page(_seen(accommodation_id), form)


@blueprint.post("/provider/accommodations/<uuid:accommodation_id>/reading")
@administrator
@resendable
def read_accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    """Read what somebody wrote; by a form, because each reading is written down."""
    if not ReadingForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    service.read(accommodation_id, by=me().id, sign_in_id=sign_in_id(), now=now())
    return redirect(url_for("learning.accommodation", accommodation_id=accommodation_id), 303)


@blueprint.post("/provider/accommodations/<uuid:accommodation_id>/answer")
@administrator
@resendable
def answer_accommodation(accommodation_id: UUID) -> ResponseReturnValue:
    """Grant or decline, with a reason that the person reads."""
    form = AccommodationAnswerForm()
    if form.validate_on_submit():
        try:
            service.answer(
                accommodation_id,
                form.answer.data,
                form.words.data or "",
                in_print=bool(form.in_print.data),
                after_number=form.after_number.number,
                by=me().id,
                form_key=form.form_key,
                now=now(),
            )
        except (Malformed, Refused) as problem:
            form.form_errors.append(problem.message)
            form.key.data = ""
        else:
            flash("The answer is saved. The person is told by mail that there is one, and reads it here.", "good")
            return redirect(url_for("learning.accommodation", accommodation_id=accommodation_id), 303)
    return _answer_page(_seen(accommodation_id), form)


def _answer_page(seen: Seen, form: AccommodationAnswerForm) -> ResponseReturnValue:
    reading = queries.reading_that_counts(seen.asked.request.id, me().id, sign_in_id(), now())
    ends_at = reading.read_at + queries.LASTS if reading else None
    form.compare_with(len(seen.answers))
    form.renew()
    read_form = ReadingForm(formdata=None)
    read_form.renew()
    page = render_template("learning/accommodations/answer.html", seen=seen, form=form, read_form=read_form, ends_at=ends_at)
    return page, 422 if form.errors else 200


def _seen(accommodation_id: UUID, *, of: UUID | None = None) -> Seen:
    found = queries.request_seen(accommodation_id, of=of)
    if found is None:
        raise Missing
    return found
