"""What a served installation holds besides courses: an organisation, who administers, invitations; written beside the server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Flask
from sqlalchemy import update

from ceapp.accounts.models import Invitation, Membership, Organisation, Person
from ceapp.accounts.tokens import new_token, token_hash
from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db, scoped_to, transaction
from ceapp.supervision.models import Supervision
from tests.reliability.installation import Installation, Somebody

_NUMBERS = itertools.count()


@contextmanager
def beside(installation: Installation) -> Iterator[Flask]:
    """The application of an installation, in this process."""
    server = installation.server
    values = {"instance": str(installation.instance), "scenarios": str(installation.scenarios), "database_url": server.database_url}
    app = create_app(load_settings({}, **values))
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


class Office:
    """One organisation of an installation: Sam supervises trainees there, and Ada administers the server."""

    def __init__(self, installation: Installation, app: Flask) -> None:
        self._installation, self._app = installation, app
        self.slug = f"office-{next(_NUMBERS)}"
        self.supervisor, self.administrator = installation.somebody(), installation.somebody()
        with app.app_context(), transaction() as session:
            organisation = Organisation(slug=self.slug, name="An office", time_zone="UTC", created_at=datetime.now(UTC))
            session.add(organisation)
            session.flush()
            self.id: UUID = organisation.id
            session.execute(update(Person).where(Person.id == self.administrator.id).values(is_administrator=True))
        self._join(self.supervisor, is_supervisor=True, is_administrator=True)

    def trainee(self) -> Somebody:
        """Another trainee, supervised."""
        person, today = self._installation.somebody(), datetime.now(UTC).date()
        self._join(person, is_trainee=True)
        with self._app.app_context(), scoped_to(self.id), transaction() as session:
            about = {"first_day": today - timedelta(days=1), "made_by": self.supervisor.id, "made_at": datetime.now(UTC)}
            session.add(
                Supervision(organisation_id=self.id, supervisor_id=self.supervisor.id, trainee_id=person.id, scope="reflections", **about)
            )
        return person

    def invitation(self, *, made_at: datetime | None = None) -> str:
        """The link of an open invitation to be a trainee here."""
        token, made = new_token(), made_at or datetime.now(UTC)
        with self._app.app_context(), scoped_to(self.id), transaction() as session:
            session.add(
                Invitation(
                    organisation_id=self.id,
                    email=f"{token[:12].lower()}@example.org",
                    is_trainee=True,
                    token_hash=token_hash(token),
                    made_at=made,
                    invited_by=self.supervisor.id,
                    invited_at=made,
                )
            )
        return f"/invitations/{token}"

    def _join(self, person: Somebody, **roles: bool) -> None:
        joined = datetime.now(UTC).date() - timedelta(days=2)
        with self._app.app_context(), scoped_to(self.id), transaction() as session:
            session.add(Membership(organisation_id=self.id, person_id=person.id, joined_on=joined, **roles))
