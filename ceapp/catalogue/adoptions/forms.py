"""What administrators post to adopt a course revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wtforms import Field, SelectField
from wtforms.validators import Length, Optional
from wtforms.widgets import HiddenInput

from ceapp.catalogue.adoptions.rules import MOST_PEOPLE, PARTS, Adopted, Adopter, problem_with
from ceapp.certificates.approvals.forms import Day, Ticked
from ceapp.certificates.facts import plain
from ceapp.web.forms import Counter, KeyedForm, Line, Passage

SHOWN_AT_FIRST = 3
LONGEST_DISCLOSURE = 1000
NOBODY = "Name the people who answer for this revision."


def _at_most(most: int) -> list[object]:
    return [Optional(), Length(max=most, message=f"This is longer than {most} characters. Shorten it.")]


@dataclass(frozen=True, slots=True)
class Person:
    """The fields about one person."""

    number: int
    name: Field
    parts: Field
    degree: Field
    licence: Field
    disclosure: Field
    dated: Field
    cv: SelectField

    @property
    def has_any(self) -> bool:
        """Whether something about this person was filled in."""
        return any(field.data or (field.raw_data and any(field.raw_data)) for field in self.all)

    @property
    def all(self) -> tuple[Field, ...]:
        return self.name, self.parts, self.degree, self.licence, self.disclosure, self.dated, self.cv


class AdoptionForm(KeyedForm):
    """Up to six people, each with their part; who is left empty is nobody. The fields of each carry their number."""

    revision = Line(widget=HiddenInput())
    after_version = Counter(widget=HiddenInput(), default="0")

    @property
    def people(self) -> list[Person]:
        return [Person(number, *(self[f"{name}_{number}"] for name in _FIELDS)) for number in range(1, MOST_PEOPLE + 1)]

    def offer(self, cvs: Iterable[tuple[UUID, str]]) -> None:
        """The curricula vitae that can be chosen."""
        choices = {"": "none on file", **{str(each): label for each, label in cvs}}
        for person in self.people:
            person.cv.choices = choices

    def about(self, revision_id: str, version: int) -> None:
        """The person has now seen this revision, and this version of its adoption."""
        self.revision.data, self.after_version.data, self.after_version.raw_data = revision_id, str(version), None

    def fill_in(self, adopted: Adopted, cvs: dict[UUID, UUID], *, with_days: bool) -> None:
        """What was said before, for a form that nobody sent yet; `cvs` has the newest version of each file."""
        for person, said in zip(self.people, adopted.people, strict=False):
            person.name.data, person.degree.data, person.licence.data = said.name, said.degree, said.licence
            person.disclosure.data, person.parts.data = said.disclosure, list(said.parts)
            person.dated.data = said.dated if with_days else None
            person.cv.data = str(cvs.get(said.cv_first_id, "")) if said.cv_first_id else ""

    def validate(self, extra_validators: Any = None) -> bool:
        """Each person whole, and together an adoption."""
        is_right: bool = super().validate(extra_validators)
        for person in self.people:
            if person.has_any:
                for field, sentence in _missing(person):
                    field.errors = [*field.errors, sentence]
                    is_right = False
        if is_right:
            listed = list(self._adopters())
            problem = problem_with(listed) if listed else NOBODY
            if problem:
                self.form_errors.append(problem)
                return False
        return is_right

    @property
    def given(self) -> tuple[Adopter, ...]:
        return tuple(self._adopters())

    def _adopters(self) -> Iterator[Adopter]:
        for person in self.people:
            if person.has_any:
                name, degree, licence = (plain(field.data or "") for field in (person.name, person.degree, person.licence))
                parts = tuple(part for part in PARTS if part in (person.parts.data or ()))
                cv_id = UUID(person.cv.data) if person.cv.data else None
                yield Adopter(name, degree, licence, (person.disclosure.data or "").strip(), person.dated.data, parts, cv_id)


_FIELDS = ("name", "parts", "degree", "licence", "disclosure", "dated", "cv")

for _number in range(1, MOST_PEOPLE + 1):
    setattr(AdoptionForm, f"name_{_number}", Line("Name", _at_most(120)))
    setattr(AdoptionForm, f"parts_{_number}", Ticked("Part", choices=PARTS))
    setattr(AdoptionForm, f"degree_{_number}", Line("Degree", _at_most(120)))
    setattr(AdoptionForm, f"licence_{_number}", Line("Licence", _at_most(120)))
    setattr(AdoptionForm, f"disclosure_{_number}", Passage("Interests that may conflict", _at_most(LONGEST_DISCLOSURE)))
    setattr(AdoptionForm, f"dated_{_number}", Day("Day of this statement", [Optional()]))
    setattr(AdoptionForm, f"cv_{_number}", SelectField("Curriculum vitae", default=""))


def _missing(person: Person) -> Iterator[tuple[Field, str]]:
    """What a person needs that is not there."""
    number = person.number
    if not plain(person.name.data or ""):
        yield person.name, f"Write the name of person {number}, or empty the other fields of that person."
    if not person.parts.data:
        yield person.parts, f"Tick what person {number} did."
    if not (person.disclosure.data or "").strip():
        yield person.disclosure, f"Write the statement of person {number}; where no interest conflicts, write that."
    if not person.dated.data and not person.dated.errors:
        yield person.dated, f"Choose the day on which person {number} said this."
