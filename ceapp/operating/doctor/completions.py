"""Completions: there exactly when everything required is passed, resting on the person's own passes, with one first certificate each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from ceapp.catalogue.models import CourseRevision, CourseRevisionScenario
from ceapp.certificates.models import Certificate, CertificateDeed
from ceapp.learning.completion import Outcome, Requirement, meeting_attempts
from ceapp.learning.models import Attempt, Attestation, Completion, CompletionRequirement, Enrolment, Score, Series
from ceapp.operating.doctor.examination import Examination, Statement
from ceapp.operating.doctor.findings import Finding, found
from ceapp.operating.doctor.names import names_of
from ceapp.scenarios import structure

_earlier = aliased(Score)
_NEWEST = select(func.max(_earlier.version)).where(_earlier.attempt_id == Score.attempt_id).correlate(Score).scalar_subquery()
_PASSED = and_(Score.passed, Score.version == _NEWEST)


def deserved(examination: Examination) -> Iterator[Finding]:
    """Everything required is passed and done ⇔ there is a completion."""
    requirements, acts = _requirements(examination), _acts(examination)
    complete = select(Completion.id).where(Completion.enrolment_id == Enrolment.id).exists()
    marks = (Enrolment.evaluated_at, Enrolment.attested_at)
    wanted = select(Enrolment.id, Enrolment.course_revision_id, *marks, complete.label("is_complete")).order_by(Enrolment.id)
    for enrolments in examination.pieces(wanted, "enrolments"):
        passes = _passes(examination, enrolments[0].id, enrolments[-1].id)
        for row in enrolments:
            is_passed = meeting_attempts(requirements[row.course_revision_id], passes[row.id]) is not None
            is_met = is_passed and all(getattr(row, mark) is not None for mark in acts[row.course_revision_id])
            if is_met and not row.is_complete:
                yield found("completion.missing", f"enrolment {row.id}: everything is met and it is not complete")
            if row.is_complete and not is_met:
                yield found("completion.too-early", f"enrolment {row.id}: complete, and not everything is met")


def signed(examination: Examination) -> Iterator[Finding]:
    """What was signed is there exactly where an enrolment says so, and at that moment."""
    differs = Enrolment.attested_at.is_distinct_from(Attestation.attested_at)
    unlike = select(Enrolment.id).outerjoin(Attestation, Attestation.enrolment_id == Enrolment.id).where(differs)
    for row in examination.rows(unlike):
        yield found("attestation.mark", f"enrolment {row.id}")


def _requirements(examination: Examination) -> dict[str, list[Requirement]]:
    """Course revision → what it asks for."""
    asked: dict[str, list[Requirement]] = defaultdict(list)
    forms: dict[str, list[str]] = defaultdict(list)
    for each in examination.session.scalars(select(CourseRevisionScenario).order_by(CourseRevisionScenario.position)):
        if each.is_closing:
            forms[each.course_revision_id].append(each.slug)
        else:
            asked[each.course_revision_id].append(Requirement(each.slug, "", "", 0, each.is_required, tuple(each.formerly)))
    for revision_id, (first, *others) in forms.items():
        asked[revision_id].append(Requirement(first, "", "", 0, True, tuple(others), is_closing=True))
    return asked


def _acts(examination: Examination) -> dict[str, list[str]]:
    """Course revision → the marks that it asks an enrolment for."""
    asked = {}
    for revision_id, stored in examination.session.execute(select(CourseRevision.id, CourseRevision.structure)):
        course = structure.load_course(stored)
        wanted = {"evaluated_at": course.evaluation, "attested_at": course.attestation}
        asked[revision_id] = [mark for mark, what in wanted.items() if what]
    return asked


def _passes(examination: Examination, first: UUID, last: UUID) -> dict[UUID, list[Outcome]]:
    """The passes that count for each of these enrolments: for credit, and of assignments since it began."""
    counts = (Series.enrolment_id == Enrolment.id) | ((Series.purpose == "assigned") & (Attempt.closed_at >= Enrolment.began_at))
    passed: dict[UUID, list[Outcome]] = defaultdict(list)
    for row in examination.session.execute(
        select(Enrolment.id, Series.scenario_slug, Series.purpose, Attempt.id.label("attempt_id"), Attempt.number)
        .join(Series, (Series.person_id == Enrolment.person_id) & (Series.course_slug == Enrolment.course_slug))
        .join(Attempt, Attempt.series_id == Series.id)
        .join(Score, Score.attempt_id == Attempt.id)
        .where(Enrolment.id.between(first, last), counts, Attempt.closed_at.is_not(None), _PASSED)
    ):
        for_credit = row.purpose == "credit"
        passed[row.id].append(
            Outcome(
                row.scenario_slug,
                row.attempt_id,
                row.number,
                None,
                is_open=False,
                is_closed=True,
                passed=True,
                percent=None,
                for_credit=for_credit,
            )
        )
    return passed


def enrolments(examination: Examination) -> Iterator[Finding]:
    """An enrolment is pinned to a revision of its course, and its attempts are of the person who is enrolled."""
    of_another = Enrolment.course_slug != CourseRevision.course_slug
    for row in examination.rows(
        select(Enrolment.id).join(CourseRevision, CourseRevision.id == Enrolment.course_revision_id).where(of_another)
    ):
        yield found("enrolment.foreign-revision", f"enrolment {row.id}")
    foreign = (Series.person_id != Enrolment.person_id) | (Series.course_slug != Enrolment.course_slug)
    for row in examination.rows(select(Series.id).join(Enrolment, Enrolment.id == Series.enrolment_id).where(foreign)):
        yield found("series.foreign-enrolment", f"series {row.id}")


def pinned(examination: Examination) -> Iterator[Finding]:
    """A completion names for each requirement an attempt of this person at this scenario that passed before; no more, no fewer."""
    requirements, names = _requirements(examination), names_of(examination.session)
    wanted = (
        select(
            Completion.id,
            Completion.course_revision_id,
            Completion.completed_at,
            Completion.completed_on,
            Completion.time_zone,
            Enrolment.person_id,
            Enrolment.course_slug,
            Enrolment.course_revision_id.label("enrolled_revision_id"),
        )
        .join(Enrolment, Enrolment.id == Completion.enrolment_id)
        .order_by(Completion.id)
    )
    for completions in examination.pieces(wanted, "completions"):
        met = defaultdict(list)
        for row in examination.session.execute(_met(completions[0].id, completions[-1].id)):
            met[row.completion_id].append(row)
        for completion in completions:
            name = f"completion {completion.id}"
            required = {each.slug for each in requirements[completion.course_revision_id] if each.is_required}
            is_pinned = completion.course_revision_id == completion.enrolled_revision_id
            if not is_pinned or {row.scenario_slug for row in met[completion.id]} != required:
                yield found("completion.requirements", f"{name}: it does not name what its course revision asks for")
            if completion.completed_at.astimezone(ZoneInfo(completion.time_zone)).date() != completion.completed_on:
                yield found("completion.day", f"{name}: another day than that of its last answer")
            yield from _rests_on(name, completion, met[completion.id], names)


def _met(first: UUID, last: UUID) -> Statement:
    has_passed = select(Score.id).where(Score.attempt_id == Attempt.id, _PASSED).exists()
    return (
        select(
            CompletionRequirement.completion_id,
            CompletionRequirement.scenario_slug,
            CompletionRequirement.scenario_revision_id,
            CompletionRequirement.attempt_id,
            Attempt.scenario_revision_id.label("attempted_revision_id"),
            Attempt.closed_at,
            Series.person_id,
            Series.course_slug,
            Series.scenario_slug.label("attempted_slug"),
            Series.purpose,
            has_passed.label("has_passed"),
        )
        .join(Attempt, Attempt.id == CompletionRequirement.attempt_id)
        .join(Series, Series.id == Attempt.series_id)
        .where(CompletionRequirement.completion_id.between(first, last))
    )


def _rests_on(name: str, completion: Any, met: Sequence[Any], names: dict[tuple[str, str], set[str]]) -> Iterator[Finding]:
    for row in met:
        is_own = (
            row.person_id == completion.person_id
            and row.course_slug == completion.course_slug
            and row.attempted_slug in names[row.course_slug, row.scenario_slug]
            and row.attempted_revision_id == row.scenario_revision_id
            and row.purpose != "practice"
        )
        if not is_own:
            yield found("completion.foreign-attempt", f"{name}: attempt {row.attempt_id} is not one that could meet {row.scenario_slug}")
        elif not row.has_passed or row.closed_at is None:
            yield found("completion.not-passed", f"{name}: attempt {row.attempt_id} did not pass {row.scenario_slug}")


def certified(examination: Examination) -> Iterator[Finding]:
    """A completion ⇔ a first certificate of this person, course and cycle; those made by hand need none, but a deed."""
    same = and_(
        Certificate.person_id == Enrolment.person_id, Certificate.course_slug == Enrolment.course_slug, Certificate.cycle == Enrolment.cycle
    )
    certificate = select(Certificate.id).where(same).exists()
    without = select(Completion.id).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(~certificate)
    for row in examination.rows(without):
        yield found("certificate.missing", f"completion {row.id} has no certificate")
    completion = select(Completion.id).join(Enrolment, Enrolment.id == Completion.enrolment_id).where(same).exists()
    for row in examination.rows(select(Certificate.id).where(Certificate.basis == "completion", ~completion)):
        yield found("certificate.without-completion", f"certificate {row.id}")
    deed = select(CertificateDeed.id).where(CertificateDeed.certificate_id == Certificate.id, CertificateDeed.deed == "by hand").exists()
    by_hand = (Certificate.basis == "by hand", Certificate.version == 1)
    for row in examination.rows(select(Certificate.id).where(*by_hand, ~deed | (Certificate.cycle > 0))):
        yield found("certificate.by-hand", f"certificate {row.id}")
