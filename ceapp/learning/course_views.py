"""A course and its scenarios: what they ask, what is left, and beginning."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp.accounts.access import caller, current_person, me
from ceapp.accounts.along import reads_along
from ceapp.accounts.licences.places import PLACES
from ceapp.accounts.licences.professions import PROFESSIONS
from ceapp.accounts.service import profile_is_complete
from ceapp.catalogue.adoptions.shown import shown_adoption
from ceapp.catalogue.queries import PublishedCourse
from ceapp.certificates.models import Certificate
from ceapp.certificates.queries import current_certificate
from ceapp.clock import now
from ceapp.errors import Malformed, Missing
from ceapp.learning import starting
from ceapp.learning.acceptance_queries import told_to
from ceapp.learning.access import course_for
from ceapp.learning.completion import Checklist, Item
from ceapp.learning.forms import BeginForm, EnrolForm
from ceapp.learning.grant_queries import NOTHING_ASKED, asking_of
from ceapp.learning.offers.queries import reason_of_way, words_of
from ceapp.learning.offers.service import WrongCode
from ceapp.learning.queries import EnrolledCourse, checklist_of, outcomes_in
from ceapp.learning.seen import COURSE_ALONG
from ceapp.learning.views import blueprint
from ceapp.web.audience import anyone, signed_in
from ceapp.web.resend import resendable


@dataclass(frozen=True, slots=True)
class CourseView:
    """A course as it stands for one person; without an enrolment nothing is done yet."""

    published: PublishedCourse
    enrolled: EnrolledCourse | None
    checklist: Checklist
    certificate: Certificate | None

    @property
    def has_newer_text(self) -> bool:
        return bool(self.enrolled and not self.enrolled.completion and self.enrolled.current_revision_id != self.published.id)

    @property
    def exact_hours(self) -> Decimal:
        """The contact hours before rounding, from which an approval may round in its own way."""
        return max(Decimal(0), Decimal(self.published.hours_inputs.get("exact") or self.published.contact_hours))

    @property
    def has_form(self) -> bool:
        """Whether there is something to send: to enrol, or to move to the newest text."""
        return self.enrolled is None or self.has_newer_text

    def allowed(self, item: Item) -> int | None:
        """How many attempts there are; None without a limit."""
        about = self.published.course
        return item.allowed_in_all or (about.closing.attempts if item.requirement.is_closing and about.closing else about.attempts)

    def may_practise(self, item: Item) -> bool:
        """Whether this may be practised before it is passed: practice shows the key, so not where attempts are numbered."""
        return self.published.course.attempts is None and not item.requirement.is_closing


def course_view(slug: str) -> CourseView:
    """Read everything that the pages of a course show. Raises Missing."""
    person = current_person()
    published, enrolled = course_for(person.id if person else None, slug)
    outcomes = outcomes_in(enrolled.enrolment.id) if enrolled else []
    certificate = (
        current_certificate(enrolled.enrolment.person_id, slug, enrolled.enrolment.cycle) if enrolled and enrolled.completion else None
    )
    return CourseView(published, enrolled, checklist_of(published, enrolled.enrolment if enrolled else None, outcomes), certificate)


@blueprint.get("/courses/<course_slug>")
@anyone
@reads_along(COURSE_ALONG)
def course(course_slug: str) -> ResponseReturnValue:
    """A course: what it is, what it asks, and for an enrolled person what is left before the certificate."""
    view = course_view(course_slug)
    return _course_page(view, EnrolForm() if view.has_form and current_person() else None)


@blueprint.post("/courses/<course_slug>/enrol")
@signed_in
@resendable
def enrol(course_slug: str) -> ResponseReturnValue:
    """Enrol; a second time changes nothing."""
    form = EnrolForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    try:
        enter(course_slug, form)
    except (starting.Unacknowledged, WrongCode) as problem:
        form.form_errors.append(problem.message)
        return _course_page(course_view(course_slug), form)
    flash("You are enrolled. Begin with any scenario; everything you do is saved at once.", "good")
    return redirect(url_for("learning.course", course_slug=course_slug), 303)


@blueprint.post("/courses/<course_slug>/move")
@signed_in
@resendable
def move(course_slug: str) -> ResponseReturnValue:
    """Move the enrolment to the newest text of the course."""
    if not EnrolForm().validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    starting.move_to_current(me().id, course_slug, now=now())
    flash("You are on the newest text. Scenarios that you passed and that are still in the course count.", "good")
    return redirect(url_for("learning.course", course_slug=course_slug), 303)


@blueprint.get("/courses/<course_slug>/<scenario_slug>")
@anyone
@reads_along(COURSE_ALONG)
def scenario(course_slug: str, scenario_slug: str) -> ResponseReturnValue:
    """One scenario before it is begun, while it is under way, and after."""
    view = course_view(course_slug)
    item = view.checklist.item(scenario_slug)
    if item is None:
        name = view.published.name_now(scenario_slug)
        if name == scenario_slug:
            raise Missing
        return redirect(url_for("learning.scenario", course_slug=course_slug, scenario_slug=name), 301)
    form = BeginForm(formdata=None)
    form.renew()
    person = current_person()
    return render_template(
        "learning/scenario.html",
        view=view,
        item=item,
        form=form,
        asking=asking_of(view.enrolled.enrolment.id, item) if view.enrolled else NOTHING_ASKED,
        enrol_form=EnrolForm(),
        needs_name=person is not None and not profile_is_complete(person),
    )


@blueprint.post("/courses/<course_slug>/<scenario_slug>/begin")
@signed_in
@resendable
def begin(course_slug: str, scenario_slug: str) -> ResponseReturnValue:
    """Begin an attempt for credit, or go on with the one under way."""
    return _begin(course_slug, scenario_slug, "credit")


@blueprint.post("/courses/<course_slug>/<scenario_slug>/practise")
@signed_in
@resendable
def practise(course_slug: str, scenario_slug: str) -> ResponseReturnValue:
    """Begin an attempt that counts for nothing and that only its maker sees."""
    return _begin(course_slug, scenario_slug, "practice")


def enter(course_slug: str, form: EnrolForm, *, again: bool = False) -> None:
    """Enrol, or enrol again, with what was ticked and typed."""
    ticked, shown = form.acknowledged, form.shown_offer
    if form.code.data:
        code, at = form.code.data, caller()
        starting.enrol_with_code(me().id, course_slug, code, caller=at, again=again, acknowledged=ticked, shown_offer=shown, now=now())
    else:
        use = starting.enrol_again if again else starting.enrol
        use(me().id, course_slug, acknowledged=ticked, shown_offer=shown, now=now())


def _course_page(view: CourseView, form: EnrolForm | None) -> ResponseReturnValue:
    enrolment = view.enrolled.enrolment if view.enrolled else None
    told = told_to(current_person(), view.published.slug, enrolment_id=enrolment.id if enrolment else None, now=now())
    if form is not None:
        form.show(told.offer.id if told.offer else None)
        if form.errors:
            form.ask_for(told.acceptance.notices)
    page = render_template(
        "learning/course.html",
        view=view,
        form=form,
        told=told,
        paid=words_of(told.payment),
        reason=reason_of_way(told.way),
        names={**PROFESSIONS, **PLACES},
        adopted=shown_adoption(view.published.id),
    )
    return page, 422 if form is not None and form.errors else 200


def _begin(course_slug: str, scenario_slug: str, purpose: str) -> ResponseReturnValue:
    form = BeginForm()
    if not form.validate_on_submit():
        raise Malformed("The form is incomplete; nothing was changed.")
    if purpose == "credit" and not profile_is_complete(me()):
        return redirect(
            url_for("accounts.name", next=url_for("learning.scenario", course_slug=course_slug, scenario_slug=scenario_slug)), 303
        )
    attempt = starting.begin(me().id, course_slug, scenario_slug, purpose=purpose, form_key=form.form_key, now=now())
    return redirect(url_for("learning.attempt", attempt_id=attempt.id), 303)
