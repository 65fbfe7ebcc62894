"""What is whose: for every table the rows that are about a person and the columns that they get, or why nothing of it is theirs.

A test compares this with the schema: a table or a column that is in neither fails. The rules behind it:

- What somebody wrote or did as a learner is theirs, with the texts that they wrote.
- What others wrote about them is theirs where the server shows it to them: reasons of deeds, notes to assignments and extensions.
- What somebody did in an office (assigned, invited, set, granted) is about others. It stands in their entries of the audit record.
- Other people are "somebody else", but whom the pages go on naming to the person: who opened, made, read or signed something of theirs.
- Secrets, hashes of secrets and the keys of closing cases are nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from ceapp.accounts.models import (
    Invitation,
    Licence,
    MailedCode,
    Membership,
    Organisation,
    Person,
    RecoveryCode,
    SecondFactor,
    SecondFactorReset,
    SignIn,
)
from ceapp.certificates.models import Certificate, CertificateDeed, CertificateRevocation, CorrectionRequest, Rendition
from ceapp.database import Model
from ceapp.learning.accommodations.models import AccommodationAnswer, AccommodationGrant, AccommodationReading, AccommodationRequest
from ceapp.learning.grievances.models import Grievance, GrievanceAnswer
from ceapp.learning.models import (
    Acknowledgement,
    Answer,
    Attempt,
    AttemptGrant,
    AttemptRequest,
    Attestation,
    Completion,
    CompletionRequirement,
    Enrolment,
    EnrolmentPayment,
    EnrolmentWay,
    Reflection,
    Score,
    Series,
)
from ceapp.learning.record.models import OpeningReason, RecordOpening
from ceapp.learning.removals.models import TextRemoval
from ceapp.mail.models import Message
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerLine
from ceapp.reporting.models import Export, TranscriptCopy
from ceapp.reporting.retention.models import HoldLifting, LegalHold
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.supervision.models import (
    AssignedScenario,
    Assignment,
    Cover,
    Extension,
    GroupMember,
    Note,
    ReflectionReading,
    ReleasedPass,
    Reminder,
    SignOff,
    Supervision,
    Task,
)

Rows = Callable[[UUID], Select[Any]]
"""The rows of a person, by their id."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one table that are a person's. What is not left out is given.

    `opened` names the text that is sealed in the row. `named` are columns of people whose names the person may read.
    """

    model: type[Model]
    words: str
    rows: Rows
    left_out: Mapping[str, str] = field(default_factory=dict)
    opened: str = ""
    named: frozenset[str] = frozenset()
    is_shared: bool = False
    """Whether others have these rows too, so that what happened to them is not only about this person."""

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)

    @property
    def columns(self) -> list[str]:
        """The columns that are given as they are."""
        sealed = {"key_id", "ciphertext"} if self.opened else set()
        left = {*self.left_out, *sealed, *EVERYWHERE_LEFT_OUT}
        return [column.name for column in self.model.__table__.columns if column.name not in left]


EVERYWHERE_LEFT_OUT = {"form_key": "keeps a double click from counting twice"}

_HIDDEN = "a secret, or the hash of one"
_NOT_SHOWN = "a note that administrators keep for themselves; ask the provider for it"
_WHY_HELD = "why something is held is for administrators"
_SEALED_AWAY = {"key_id": _NOT_SHOWN, "ciphertext": _NOT_SHOWN}


def _of_person(model: Any, **more: Any) -> Rows:
    column = more.get("by", model.__table__.c.get("person_id"))
    return lambda person_id: select(model).where(column == person_id)


def _of_enrolment(model: Any) -> Rows:
    return lambda person_id: select(model).join(Enrolment, Enrolment.id == model.enrolment_id).where(Enrolment.person_id == person_id)


def _of_series(model: Any) -> Rows:
    return lambda person_id: select(model).join(Series, Series.id == model.series_id).where(Series.person_id == person_id)


def _removed_texts(person_id: UUID) -> Select[Any]:
    of_series = select(Attempt.id).join(Series, Series.id == Attempt.series_id).where(Series.person_id == person_id)
    return select(TextRemoval).where(
        or_(
            TextRemoval.text_id.in_(select(Reflection.id).where(Reflection.attempt_id.in_(of_series))),
            TextRemoval.text_id.in_(select(AccommodationRequest.id).where(AccommodationRequest.person_id == person_id)),
            TextRemoval.text_id.in_(select(Grievance.id).where(Grievance.person_id == person_id)),
        )
    )


def _of_attempt(model: Any) -> Rows:
    return lambda person_id: (
        select(model)
        .join(Attempt, Attempt.id == model.attempt_id)
        .join(Series, Series.id == Attempt.series_id)
        .where(Series.person_id == person_id)
    )


def _of_certificate(model: Any) -> Rows:
    return lambda person_id: (
        select(model).join(Certificate, Certificate.id == model.certificate_id).where(Certificate.person_id == person_id)
    )


def _of_task(model: Any) -> Rows:
    return lambda person_id: (
        select(model)
        .join(Task, and_(Task.organisation_id == model.organisation_id, Task.id == model.task_id))
        .where(Task.trainee_id == person_id)
    )


def _assigned(person_id: UUID) -> Select[Any]:
    is_in = and_(Task.organisation_id == Assignment.organisation_id, Task.assignment_id == Assignment.id)
    return select(Assignment).join(Task, is_in).where(Task.trainee_id == person_id).distinct()


def _assigned_scenarios(person_id: UUID) -> Select[Any]:
    here = AssignedScenario
    is_in = and_(Task.organisation_id == here.organisation_id, Task.assignment_id == here.assignment_id, Task.position == here.position)
    return select(here).join(Task, is_in).where(Task.trainee_id == person_id)


def _notes_to_assignments(person_id: UUID) -> Select[Any]:
    is_of = and_(Assignment.organisation_id == Note.organisation_id, Assignment.note_id == Note.id)
    is_in = and_(Task.organisation_id == Assignment.organisation_id, Task.assignment_id == Assignment.id)
    return select(Note).join(Assignment, is_of).join(Task, is_in).where(Task.trainee_id == person_id).distinct()


def _notes_to_extensions(person_id: UUID) -> Select[Any]:
    is_of = and_(Extension.organisation_id == Note.organisation_id, Extension.note_id == Note.id)
    is_in = and_(Task.organisation_id == Extension.organisation_id, Task.id == Extension.task_id)
    return select(Note).join(Extension, is_of).join(Task, is_in).where(Task.trainee_id == person_id)


def _organisations(person_id: UUID) -> Select[Any]:
    return select(Organisation).join(Membership, Membership.organisation_id == Organisation.id).where(Membership.person_id == person_id)


def _accepted(person_id: UUID) -> Select[Any]:
    belongs = Membership.organisation_id == Invitation.organisation_id
    return select(Invitation).join(Membership, belongs).where(Membership.person_id == person_id, Invitation.accepted_by == person_id)


def _requirements(person_id: UUID) -> Select[Any]:
    met = select(CompletionRequirement).join(Completion, Completion.id == CompletionRequirement.completion_id)
    return met.join(Enrolment, Enrolment.id == Completion.enrolment_id).where(Enrolment.person_id == person_id)


def _recovery_codes(person_id: UUID) -> Select[Any]:
    return (
        select(RecoveryCode).join(SecondFactor, SecondFactor.id == RecoveryCode.second_factor_id).where(SecondFactor.person_id == person_id)
    )


def _reasons(person_id: UUID) -> Select[Any]:
    return (
        select(OpeningReason).join(RecordOpening, RecordOpening.id == OpeningReason.opening_id).where(RecordOpening.person_id == person_id)
    )


HOLDINGS = (
    Holding(Person, "Your account.", _of_person(Person, by=Person.id), {"password_hash": _HIDDEN}),
    Holding(SignIn, "The browsers in which you are signed in.", _of_person(SignIn), {"token_hash": _HIDDEN}),
    Holding(
        SecondFactor,
        "Your second factor, while it is on.",
        _of_person(SecondFactor),
        dict.fromkeys(("key_id", "ciphertext", "last_step"), _HIDDEN),
    ),
    Holding(RecoveryCode, "When your recovery codes were made and used.", _recovery_codes, {"code_hash": _HIDDEN}),
    Holding(SecondFactorReset, "When your second factor was taken away, and why.", _of_person(SecondFactorReset), opened="reason"),
    Holding(
        MailedCode,
        "When codes were mailed to you, and to which address.",
        _of_person(MailedCode),
        dict.fromkeys(("token_hash", "code_hash"), _HIDDEN),
    ),
    Holding(Licence, "Your licences.", _of_person(Licence)),
    Holding(Membership, "The organisations that you belong or belonged to, and your roles there.", _of_person(Membership)),
    Holding(Organisation, "What those organisations are called.", _organisations, is_shared=True),
    Holding(Invitation, "The invitations that you accepted.", _accepted, {"token_hash": _HIDDEN}),
    Holding(Enrolment, "The courses that you enrolled in.", _of_person(Enrolment)),
    Holding(Acknowledgement, "The notices about approvals that you were shown and ticked.", _of_enrolment(Acknowledgement)),
    Holding(EnrolmentWay, "How each enrolment came about.", _of_enrolment(EnrolmentWay), _SEALED_AWAY),
    Holding(EnrolmentPayment, "What is noted of payments that were made elsewhere.", _of_enrolment(EnrolmentPayment), _SEALED_AWAY),
    Holding(Series, "The scenarios that you worked at, and for what purpose.", _of_person(Series)),
    Holding(
        Attempt,
        "Your attempts.",
        _of_series(Attempt),
        {"option_order": "the options are in the files of the attempts, in the order in which they were shown"},
    ),
    Holding(AttemptRequest, "When you asked for another attempt.", _of_series(AttemptRequest)),
    Holding(AttemptGrant, "When you were given another attempt, and why.", _of_series(AttemptGrant), opened="reason"),
    Holding(
        Answer,
        "When you answered, and how many words you wrote.",
        _of_attempt(Answer),
        {"given": "what you chose is in the files of the attempts, as it was shown to you"},
    ),
    Holding(Reflection, "What you wrote, drafts included.", _of_attempt(Reflection), opened="text"),
    Holding(
        Score,
        "Your scores.",
        _of_attempt(Score),
        {"credits": "the credit of each answer is in the files of the attempts; of closing cases, only once they are passed"},
    ),
    Holding(Attestation, "The statements that you signed, and the name that you typed.", _of_enrolment(Attestation), opened="signed"),
    Holding(Completion, "What you completed.", _of_enrolment(Completion)),
    Holding(CompletionRequirement, "Which attempt met which requirement.", _requirements),
    Holding(Certificate, "Your certificates, replaced and revoked ones too, with the facts that they print.", _of_person(Certificate)),
    Holding(
        Rendition,
        "The PDFs that are kept of your certificates.",
        _of_certificate(Rendition),
        {"pdf": "the PDFs of certificates that count are files of their own; one that counts no more would be taken for one that does"},
    ),
    Holding(CertificateDeed, "What was done with your certificates, and why.", _of_certificate(CertificateDeed), opened="reason"),
    Holding(CertificateRevocation, "Certificates of yours that were revoked, and why.", _of_certificate(CertificateRevocation)),
    Holding(CorrectionRequest, "What you found wrong with a certificate.", _of_certificate(CorrectionRequest), opened="words"),
    Holding(
        CeBrokerEntry,
        "Completions of yours that are reported to CE Broker, under which licence, and how far that is.",
        _of_person(CeBrokerEntry),
        {"licence_key": "the hash of the licence, which is given"},
        opened="licence",
    ),
    Holding(
        CeBrokerLine,
        "The files for CE Broker in which these stood, and what became of them.",
        lambda person_id: (
            select(CeBrokerLine).join(CeBrokerEntry, CeBrokerEntry.id == CeBrokerLine.entry_id).where(CeBrokerEntry.person_id == person_id)
        ),
        _SEALED_AWAY,
    ),
    Holding(
        RecordOpening,
        "Who opened your record.",
        _of_person(RecordOpening),
        {"sign_in_id": "the browser of somebody else"},
        named=frozenset({"opened_by"}),
    ),
    Holding(OpeningReason, "Why your record was opened.", _reasons, opened="reason"),
    Holding(
        TranscriptCopy,
        "Who else made your transcript, and why.",
        _of_person(TranscriptCopy),
        opened="reason",
        named=frozenset({"made_by"}),
    ),
    Holding(AccommodationRequest, "What you said would help you to take part.", _of_person(AccommodationRequest), opened="words"),
    Holding(
        AccommodationAnswer,
        "What became of it, and why.",
        lambda person_id: (
            select(AccommodationAnswer)
            .join(AccommodationRequest, AccommodationRequest.id == AccommodationAnswer.request_id)
            .where(AccommodationRequest.person_id == person_id)
        ),
        opened="reason",
    ),
    Holding(
        AccommodationGrant,
        "What was opened to you with it.",
        lambda person_id: (
            select(AccommodationGrant)
            .join(AccommodationAnswer, AccommodationAnswer.id == AccommodationGrant.answer_id)
            .join(AccommodationRequest, AccommodationRequest.id == AccommodationAnswer.request_id)
            .where(AccommodationRequest.person_id == person_id)
        ),
    ),
    Holding(
        AccommodationReading,
        "Who read what you said would help you.",
        lambda person_id: (
            select(AccommodationReading)
            .join(AccommodationRequest, AccommodationRequest.id == AccommodationReading.request_id)
            .where(AccommodationRequest.person_id == person_id)
        ),
        {"sign_in_id": "the browser of somebody else"},
        named=frozenset({"read_by"}),
    ),
    Holding(Grievance, "What you complained about.", _of_person(Grievance), opened="words"),
    Holding(
        GrievanceAnswer,
        "What was done about it.",
        lambda person_id: (
            select(GrievanceAnswer).join(Grievance, Grievance.id == GrievanceAnswer.grievance_id).where(Grievance.person_id == person_id)
        ),
        opened="words",
    ),
    Holding(
        TextRemoval,
        "Which texts of yours were taken away, by whom, and why.",
        _removed_texts,
        opened="reason",
        named=frozenset({"removed_by"}),
    ),
    Holding(CourseReview, "The courses that you were asked to review.", _of_person(CourseReview)),
    Holding(
        LegalHold,
        "That what is about you is held, whatever the rules say.",
        _of_person(LegalHold),
        dict.fromkeys(("key_id", "ciphertext"), _WHY_HELD),
    ),
    Holding(
        HoldLifting,
        "That such a hold was lifted.",
        lambda person_id: select(HoldLifting).join(LegalHold, LegalHold.id == HoldLifting.hold_id).where(LegalHold.person_id == person_id),
        dict.fromkeys(("key_id", "ciphertext"), _WHY_HELD),
    ),
    Holding(Export, "Archives that you asked for, this one included.", _of_person(Export, by=Export.asked_by)),
    Holding(
        Message,
        "The mails that were owed to you: which kind, and when.",
        _of_person(Message),
        {
            "key_id": "belongs to the sealed values",
            "values": "what a mail needs until it is sent, links and codes among it; emptied then",
            "occurrence": "tells two mails about the same thing apart, and may name others",
        },
    ),
    Holding(
        Supervision,
        "That you are supervised or supervise, from when to when, and how much is seen.",
        lambda person_id: select(Supervision).where(or_(Supervision.trainee_id == person_id, Supervision.supervisor_id == person_id)),
    ),
    Holding(
        Cover,
        "When a colleague stood in for you, or you for a colleague.",
        lambda person_id: select(Cover).where(or_(Cover.supervisor_id == person_id, Cover.colleague_id == person_id)),
    ),
    Holding(GroupMember, "The groups that you are in.", _of_person(GroupMember)),
    Holding(
        Assignment,
        "What was assigned to you, once for each act of assigning.",
        _assigned,
        is_shared=True,
    ),
    Holding(AssignedScenario, "The scenarios of those assignments.", _assigned_scenarios, is_shared=True),
    Holding(Task, "Your part in those assignments.", _of_person(Task, by=Task.trainee_id)),
    Holding(
        Extension,
        "When you got more time.",
        _of_task(Extension),
    ),
    Holding(Note, "What was written to you with an assignment.", _notes_to_assignments, opened="text", is_shared=True),
    Holding(Note, "What was written to you with more time.", _notes_to_extensions, opened="text"),
    Holding(ReleasedPass, "Passes of your own that you let stand for an assignment.", _of_task(ReleasedPass)),
    Holding(Reminder, "When you were reminded of an assignment.", _of_task(Reminder)),
    Holding(
        ReflectionReading,
        "Who read what you wrote.",
        _of_person(ReflectionReading, by=ReflectionReading.trainee_id),
        named=frozenset({"reader_id"}),
    ),
    Holding(
        SignOff,
        "Who put their name under your work, and what they saw.",
        _of_person(SignOff, by=SignOff.trainee_id),
        {"note_id": "a note that supervisors keep for themselves; ask your organisation for it"},
        named=frozenset({"supervisor_id"}),
    ),
)
"""In the order of the README. The entries of the audit record come last and are found by all of these."""

AUDIT_COLUMNS = ("id", "at", "actor_id", "deed", "subjects", "organisation_id")

_CONTENT = "what the provider teaches; it says nothing about anybody"
_OFFICE = "what the provider set; who set it is in that person's entries of the audit record"

NOBODYS = {
    "adoption": _OFFICE,
    "adoption_person": "who answers for a course, as the provider wrote it; the pages of the course name them",
    "approval_version": _OFFICE,
    "approval_withdrawal": _OFFICE,
    "attachment": _OFFICE,
    "attachment_content": "files of the provider",
    "audit_seal": "the hashes that keep the audit record; the audit pack of a certificate has those of its entries",
    "ce_broker_file": "files with the lines of many people; your lines say what of them is yours",
    "ce_broker_setting": _OFFICE,
    "course": _CONTENT,
    "course_offer": _OFFICE,
    "course_revision": _CONTENT,
    "course_revision_scenario": _CONTENT,
    "evaluation_answer": "what was said of a course, kept so that nobody can tell who said it",
    "evaluation_mixed": "counts of what was said of a course",
    "guess_window": "counts of wrong guesses, by a hash, for two days",
    "image": _CONTENT,
    "provider_facts": "what the provider says of itself; certificates print it",
    "scenario_revision": _CONTENT,
    "scenario_revision_image": _CONTENT,
    "serial_counter": "the number of the last certificate",
    "set_up_link": "the link that made the first administrator",
    "supervision_group": "how an organisation calls its groups; their members do not see it",
    "voucher": "codes of the provider; your enrolment says that one was used",
    "voucher_batch": _OFFICE,
}
"""Tables of which nobody gets anything, each with its reason."""

IN_OFFICE = {
    "accommodation_answer.set_by",
    "accommodation_reading.read_by",
    "assignment.assigned_by",
    "assignment.withdrawn_by",
    "attempt_grant.granted_by",
    "ce_broker_entry.changed_by",
    "ce_broker_line.decided_by",
    "certificate_deed.done_by",
    "certificate_revocation.revoked_by",
    "course_review.ended_by",
    "course_review.invited_by",
    "cover.made_by",
    "enrolment_payment.set_by",
    "enrolment_way.enrolled_by",
    "extension.extended_by",
    "grievance_answer.set_by",
    "hold_lifting.lifted_by",
    "invitation.invited_by",
    "legal_hold.placed_by",
    "note.author_id",
    "record_opening.opened_by",
    "reflection_reading.reader_id",
    "second_factor_reset.reset_by",
    "sign_off.supervisor_id",
    "supervision.made_by",
    "text_removal.removed_by",
    "transcript_copy.made_by",
}
"""By these columns no rows are found: the row is about somebody else, and whoever did it has their entry of the audit record."""
