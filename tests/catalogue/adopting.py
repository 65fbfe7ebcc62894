"""An adoption for tests: Ida wrote the course, Ben its assessment, Noor reviewed both."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Flask

from ceapp.catalogue.adoptions.rules import REVIEWED, WROTE, WROTE_ASSESSMENT, Adopter
from ceapp.catalogue.adoptions.service import adopt as adopt_revision
from ceapp.catalogue.queries import course_by_slug
from tests.conftest import NOW, Member

NOTHING = "No interest conflicts."
DAY = date(2026, 11, 18)


def adopters(*, cv_id: UUID | None = None) -> tuple[Adopter, ...]:
    return (
        Adopter("Ida Berg", "PhD", "Psychologist, California 123", NOTHING, DAY, (WROTE,), cv_id),
        Adopter("Ben Ode", "MSW", "", "Is paid for the course.", DAY, (WROTE_ASSESSMENT,)),
        Adopter("Noor Haddad", "", "LCSW, New York 77", NOTHING, DAY, (REVIEWED,)),
    )


def adopt(app: Flask, by: Member, *, after: int = 0, cv_id: UUID | None = None, key: str = "adoption-of-the-tests-no-1") -> UUID:
    """Adopt the current revision of the sample course; the id of the adoption."""
    with app.app_context():
        course = course_by_slug("sample")
        assert course is not None
        people = adopters(cv_id=cv_id)
        return adopt_revision("sample", course.revision_id, people, after_version=after, by=by.id, form_key=key, now=NOW).id
