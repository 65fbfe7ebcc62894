"""What a dossier is made of, as values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ceapp.catalogue.adoptions.rules import Adopted, Adopter
from ceapp.catalogue.attachments.kinds import Kind
from ceapp.certificates.approvals.rules import Approval
from ceapp.certificates.facts import Line
from ceapp.reporting.evaluations import Rated
from ceapp.scenarios.values import Citation, Course, Scenario, Section, Standard


@dataclass(frozen=True, slots=True)
class Told:
    """One scenario, or one form of the closing cases, as the course has it."""

    slug: str
    revision: str
    minutes: int
    is_required: bool
    scenario: Scenario
    cited: tuple[tuple[Citation, Standard, Section], ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes along, under the name that it has in the folder."""

    name: str
    kind: str
    title: str
    dated: date
    sha256: str
    first_id: str

    @property
    def kind_words(self) -> str:
        return Kind(self.kind).label


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What learners said in a period that may be shown."""

    period: str
    number: int
    rated: tuple[Rated, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """A course with all that belongs to it, on the day on which the dossier is made."""

    course: Course
    course_slug: str
    revision: str
    published_on: date
    contact_hours: str
    hours_inputs: Mapping[str, Any]
    hours_explanation: str
    scenarios: tuple[Told, ...]
    forms: tuple[Told, ...]
    provider: tuple[Line, ...]
    has_public_address: bool
    approvals: tuple[Approval, ...]
    adopted: Adopted | None
    attached: tuple[Attached, ...]
    price: str
    refund: str
    evaluated: tuple[Evaluated, ...]
    specimen: tuple[Line, ...]
    address: str
    made_on: date

    def of_kind(self, kind: str) -> list[Attached]:
        return [each for each in self.attached if each.kind == kind]

    def vita_of(self, person: Adopter) -> Attached | None:
        """The newest version of the curriculum vitae that somebody's adoption names."""
        first_id = str(person.cv_first_id) if person.cv_first_id else ""
        return next((each for each in self.attached if first_id and each.first_id == first_id), None)


FEWEST_REFERENCES = 3
_OF_EVERYBODY = ("degree", "licence")


def missing(found: Material) -> list[str]:
    """What an application would ask for and is not there, the most important first; each says where it is entered."""
    return [
        *_of_provider(found),
        *_of_people(found),
        *_of_course(found),
        *_of_papers(found),
    ]


def _of_provider(found: Material) -> Iterator[str]:
    if not found.provider:
        yield "The provider: name, address, contact and responsible person (page Provider)."
    if not found.has_public_address:
        yield "A public address of this server (setting base_url): until there is one, learners get specimens instead of certificates."


def _of_people(found: Material) -> Iterator[str]:
    if found.adopted is None:
        yield (
            "An adoption of this revision: who wrote the course, who wrote its assessment, who reviewed it, with degree, licence,"
            " curriculum vitae and disclosures (Provider, Courses’ files)."
        )
        return
    if not found.adopted.in_part("review"):
        yield "A reviewer: nobody has reviewed this revision (Provider, Courses’ files)."
    for person in found.adopted.people:
        for name in _OF_EVERYBODY:
            if not getattr(person, name):
                yield f"The {name} of {person.name} (Provider, Courses’ files)."
        if found.vita_of(person) is None:
            yield f"The curriculum vitae of {person.name} (Provider, Courses’ files, Attachments)."


def _of_course(found: Material) -> Iterator[str]:
    about = found.course
    if not about.objectives:
        yield "Learning objectives (course.md)."
    if found.contact_hours in ("0", "0.0", "0.00"):
        yield "Contact hours: by the rule of the course there are none (course.md)."
    if len(about.references) < FEWEST_REFERENCES:
        yield f"References: at least {FEWEST_REFERENCES} (course.md)."
    if not about.disclosures:
        yield "A statement on commercial support and conflicts of interest (course.md)."
    if not about.evaluation:
        yield "An evaluation form: learners are not asked about this course (course.md)."
    if not about.attestation:
        yield "A statement to be signed by learners (course.md)."
    if about.review_by and about.review_by < found.made_on:
        yield "A review of the content: the day by which it was to be reviewed is over (course.md)."


def _of_papers(found: Material) -> Iterator[str]:
    if not found.refund:
        yield "A refund policy (Provider, Offers)."
    if not found.of_kind("policy"):
        yield "Policies as documents, such as on grievances and on accommodation (Provider, Courses’ files, Attachments)."
    if not found.of_kind("advertisement"):
        yield "An advertisement or other promotional piece for the course (Provider, Courses’ files, Attachments)."
    if not found.of_kind("consultant"):
        yield "An agreement with a consultant, where the body asks for one (Provider, Courses’ files, Attachments)."
    if not found.evaluated:
        yield "A summary of evaluations: no period of five or more evaluations is over yet."
