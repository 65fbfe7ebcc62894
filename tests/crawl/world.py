"""One world in which everything that somebody could see and others must not carries a marker of its own.

A marker is a made-up word: it is nowhere else, so one that is found in an answer tells what was shown. Two organisations and a third,
every kind of relation of supervision, and people of whom each stands for a way in which a page could say too much.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.invitations.service import Invited
from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.accounts.models import Membership, Organisation, Person, SignIn
from ceapp.app import create_app
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind as AttachmentKind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.certificates import life, queries
from ceapp.certificates.approvals import service as approvals
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.certificates.service import issue
from ceapp.config import load_settings
from ceapp.database import db, new_id, scoped_to, transaction
from ceapp.learning import grants
from ceapp.learning.accommodations import service as accommodations
from ceapp.learning.grievances import service as grievances
from ceapp.learning.grievances.service import GrievanceInput
from ceapp.learning.models import Enrolment, Series
from ceapp.learning.offers import service as offers
from ceapp.learning.offers.service import BatchInput
from ceapp.reporting import exporting
from ceapp.reporting.ce_broker import service as ce_broker
from ceapp.reporting.ce_broker import settings as ce_broker_settings
from ceapp.reporting.ce_broker.queries import file_page
from ceapp.reporting.ce_broker.rules import Kind
from ceapp.reporting.ce_broker.settings import Board
from ceapp.reporting.own_data import service as own_data
from ceapp.reporting.retention import holds
from ceapp.reporting.reviewing import service as reviewing
from ceapp.reporting.reviewing.service import ReviewerInput
from ceapp.reporting.selection import Selection
from ceapp.supervision import notes
from ceapp.supervision.access import acting
from ceapp.supervision.assigning import changes as assignment_changes
from ceapp.supervision.models import Cover, Group, GroupMember, Supervision
from ceapp.supervision.reminders import service as reminders
from ceapp.supervision.review import service as work
from ceapp.supervision.review.access import work_for
from tests.catalogue.adopting import adopt
from tests.certificates.conftest import approval_input, completion, provider_input
from tests.conftest import JOINED_ON, NOW, Agency, Member
from tests.harness.assignments import Assigned, assign
from tests.harness.courses import Library
from tests.harness.databases import Databases
from tests.harness.once import quicken
from tests.reporting.boards import setting_input
from tests.supervision.working import GOOD_PATH, RISKY_PATH, Trainee

AGENCY, ELSEWHERE, NORTH = "agency", "elsewhere", "north"
TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)
DUE = date(2026, 11, 27)
ALL_ROLES = "trainee supervisor administrator"
MEMBERS = {
    AGENCY: {
        "tess": "trainee",
        "omar": "trainee",
        "nina": "trainee",
        "duo": "trainee",
        "held": "trainee",
        "gone": "trainee",
        "blocked": "trainee",
        "sam": "supervisor",
        "stan": "supervisor",
        "rhea": "supervisor",
        "endo": "supervisor",
        "cora": "supervisor",
        "cole": "supervisor",
        "idle": "supervisor",
        "ines": "administrator",
        "trio": ALL_ROLES,
    },
    ELSEWHERE: {"rita": ALL_ROLES, "eli": "trainee"},
    NORTH: {"duo": "trainee", "nora": "supervisor", "nils": "administrator"},
}
ALONE = ("ada", "vera", "bea")
"""Ada administers the server, Vera only has an account, Bea reviews the course for a board."""


def marker(kind: str) -> str:
    """The made-up word of a kind, of small letters only, so that it survives in names, addresses and file names."""
    digest = hashlib.sha256(kind.encode()).hexdigest()[:14]
    return "zq" + "".join("abcdefghijklmnop"[int(digit, 16)] for digit in digest)


@dataclass
class World:
    """The application with everything in it. `markers` is kind → word."""

    app: Flask
    people: dict[str, Member] = field(default_factory=dict)
    organisations: dict[str, Agency] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)

    def mark(self, kind: str) -> str:
        self.markers[kind] = marker(kind)
        return self.markers[kind]

    def client(self, key: str | None) -> FlaskClient:
        """The browser of a person; of nobody for None."""
        client = self.app.test_client()
        if key is not None:
            client.set_cookie(self.app.config["SIGN_IN_COOKIE_NAME"], self.people[key].token)
        return client

    @contextmanager
    def within(self, organisation: str, *people: str) -> Iterator[None]:
        with self.app.app_context(), scoped_to(self.organisations[organisation].id, *(self.people[each].id for each in people)):
            yield

    @property
    def roles(self) -> list[str | None]:
        return [None, *self.people]


@contextmanager
def a_world(databases: Databases, folder: Path, cache: Any = None, **settings: Any) -> Iterator[World]:
    """A world of one's own, on the day of the tests. With the usual settings it is a copy of one that a process fills once."""
    filled = None if settings else _filled_once(databases)
    url, drop = databases.copied(filled.url, folder) if filled else databases.fresh(folder)
    if filled:
        shutil.copytree(filled.folder, folder, ignore=shutil.ignore_patterns("*.sqlite3*"), dirs_exist_ok=True)
    with _application(url, folder, **settings) as app:
        if cache is not None:
            app.jinja_env.bytecode_cache = cache
        yield filled.in_another(app) if filled else _fill(app, folder)
    drop()


@contextmanager
def _application(url: str, folder: Path, **settings: Any) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ceapp.clock.now", lambda: NOW)
        app = create_app(load_settings({}, instance=str(folder), **{"database_url": url, "base_url": "https://ce.example.org", **settings}))
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            quicken(db.engine)
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@dataclass(frozen=True)
class _Filled:
    """Where a world is that nobody opens any more, and what is in it."""

    url: str
    folder: Path
    world: World

    def in_another(self, app: Flask) -> World:
        return World(app, *(dict(each) for each in (self.world.people, self.world.organisations, self.world.markers, self.world.ids)))


_filled: dict[Databases, _Filled] = {}


def _filled_once(databases: Databases) -> _Filled:
    if databases not in _filled:
        folder = databases.folder / "world"
        folder.mkdir()
        url, _ = databases.fresh(folder)
        with _application(url, folder) as app:
            _filled[databases] = _Filled(url, folder, _fill(app, folder))
    return _filled[databases]


def _fill(app: Flask, folder: Path) -> World:
    world = World(app)
    _publish(world, Library(app, folder / "scenarios", NOW - timedelta(days=40)))
    for key in [*dict.fromkeys(key for members in MEMBERS.values() for key in members), *ALONE]:
        _person(world, key)
    for name, members in MEMBERS.items():
        _organisation(world, name, members)
    _relations(world)
    _groups(world)
    _assignments(world)
    _own_work(world)
    _handling(world)
    _leavings(world)
    _invitations(world)
    _certificates(world)
    _asked_and_complained(world)
    _mail(world)
    return world


def _publish(world: World, library: Library) -> None:
    """The answer key of the scenario that only some have answered, and of the one that nobody has, carries markers."""
    library.edit("sample/short.md", "an awkward call.", f"an awkward call {world.mark('key:short')}.")
    library.edit("sample/short.md", "more than you mean.", f"more than you mean {world.mark('key:short-other')}.")
    library.edit("sample/short.md", "Ask who is in it.", f"Ask who is in it {world.mark('option:short')}.")
    library.edit("sample/extra.md", "an awkward call.", f"an awkward call {world.mark('key:extra')}.")
    library.edit("sample/extra.md", "Ask who is in it.", f"Ask who is in it {world.mark('option:extra')}.")
    library.edit("sample/every-kind.md", "KEYMARK-explain:", f"KEYMARK-explain {world.mark('key:explain')}:")
    library.edit("sample/every-kind.md", "KEYMARK-rubric:", f"KEYMARK-rubric {world.mark('key:rubric')}:")
    report = library.publish()
    assert not report.problems, [str(problem) for problem in report.problems]


def _person(world: World, key: str) -> None:
    name, email = f"{key.title()} {world.mark(f'name:{key}').title()}", f"{world.mark(f'email:{key}')}@example.org"
    token = f"token-of-{key}"
    values = {"time_zone": "America/Toronto", "password_hash": "", "is_administrator": key == "ada", "is_reviewer": key == "bea"}
    with world.app.app_context(), transaction() as session:
        person = Person(id=new_id(), email=email, name=name, created_at=NOW - timedelta(days=60), email_confirmed_at=NOW, **values)
        session.add(person)
        session.flush()
        session.add(
            SignIn(
                person_id=person.id,
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                created_at=NOW,
                last_seen_at=NOW,
                proved_at=NOW,
                expires_at=NOW + timedelta(days=7),
            )
        )
        world.people[key] = Member(person.id, email, name, key == "ada", token)


def _organisation(world: World, name: str, members: dict[str, str]) -> None:
    word = world.mark(f"org:{name}")
    with world.app.app_context(), transaction() as session:
        made = Organisation(
            id=new_id(), slug=word, name=f"House {word.title()}", time_zone="America/Toronto", created_at=NOW - timedelta(days=60)
        )
        session.add(made)
        session.flush()
        world.organisations[name] = Agency(made.id, made.slug, made.name)
        with scoped_to(made.id):
            for key, roles in members.items():
                held = {f"is_{role}": True for role in roles.split()}
                session.add(Membership(organisation_id=made.id, person_id=world.people[key].id, joined_on=JOINED_ON, **held))
            session.flush()


def _relations(world: World) -> None:
    relations = [
        (AGENCY, "sam", "tess", "answers", None),
        (AGENCY, "sam", "duo", "answers", None),
        (AGENCY, "sam", "trio", "scores", None),
        (AGENCY, "sam", "held", "reflections", None),
        (AGENCY, "sam", "gone", "reflections", None),
        (AGENCY, "sam", "blocked", "answers", None),
        (AGENCY, "stan", "tess", "status", None),
        (AGENCY, "rhea", "tess", "reflections", None),
        (AGENCY, "endo", "tess", "reflections", None),  # ends below, after signing
        (AGENCY, "trio", "nina", "reflections", None),
        (ELSEWHERE, "rita", "eli", "reflections", None),
        (NORTH, "nora", "duo", "reflections", None),
    ]
    for organisation, supervisor, trainee, scope, last_day in relations:
        columns = {
            "first_day": JOINED_ON,
            "last_day": last_day,
            "made_by": world.people[supervisor].id,
            "made_at": NOW - timedelta(days=50),
        }
        with world.within(organisation), transaction() as session:
            row = Supervision(
                id=new_id(),
                organisation_id=world.organisations[organisation].id,
                supervisor_id=world.people[supervisor].id,
                trainee_id=world.people[trainee].id,
                scope=scope,
                **columns,
            )
            session.add(row)
            world.ids[f"relation:{supervisor}-{trainee}"] = row.id
    for colleague, last_day in (("cora", DUE), ("cole", YESTERDAY)):
        with world.within(AGENCY), transaction() as session:
            session.add(
                Cover(
                    organisation_id=world.organisations[AGENCY].id,
                    supervisor_id=world.people["sam"].id,
                    colleague_id=world.people[colleague].id,
                    first_day=TODAY - timedelta(days=5),
                    last_day=last_day,
                    made_by=world.people["sam"].id,
                    made_at=NOW - timedelta(days=6),
                )
            )


def _groups(world: World) -> None:
    for name, organisation, members in (
        ("group:tess", AGENCY, ("tess", "duo", "omar")),
        ("group:omar", AGENCY, ("omar",)),
        ("group:nina", AGENCY, ("nina",)),
        ("group:eli", ELSEWHERE, ("eli",)),
        ("group:north", NORTH, ("duo",)),
    ):
        with world.within(organisation), transaction() as session:
            own = world.organisations[organisation].id
            group = Group(id=new_id(), organisation_id=own, name=f"Group {world.mark(name)}", created_at=NOW)
            session.add(group)
            session.flush()
            session.add_all(GroupMember(group_id=group.id, person_id=world.people[key].id, organisation_id=own) for key in members)
            world.ids[name] = group.id


def _assignments(world: World) -> None:
    """With a note each: what is assigned by whom to whom."""
    for kind, organisation, by, trainees, scenarios in (
        ("note:tess", AGENCY, "sam", ["tess"], ["every-kind", "short"]),
        ("note:omar", AGENCY, "ines", ["omar"], ["every-kind", "short"]),
        ("note:both", AGENCY, "ines", ["tess", "omar", "held", "gone", "blocked", "trio"], ["short"]),
        ("note:nina", AGENCY, "trio", ["nina"], ["every-kind"]),
        ("note:duo", AGENCY, "sam", ["duo"], ["every-kind"]),
        ("note:north", NORTH, "nora", ["duo"], ["every-kind"]),
        ("note:duo-open", AGENCY, "sam", ["duo"], ["short"]),
        ("note:north-open", NORTH, "nora", ["duo"], ["short"]),
        ("note:eli", ELSEWHERE, "rita", ["eli"], ["every-kind"]),
    ):
        own = world.organisations[organisation]
        with world.within(organisation):
            note_id = notes.write(own.id, world.people[by].id, f"Please {world.mark(kind)}", now=NOW)
        world.ids[kind] = assign(
            world.app,
            own,
            world.people[by],
            [world.people[key] for key in trainees],
            "sample",
            scenarios,
            now=NOW - timedelta(days=7),
            due_on=DUE,
            note_id=note_id,
            attempts=1 if kind == "note:nina" else None,
        )


def task(world: World, kind: str, trainee: str, scenario: str | None = None) -> UUID:
    """The id of a trainee's task in the assignment of this kind."""
    made: Assigned = world.ids[kind]
    return made.task(world.people[trainee], scenario)


def _at_work(world: World, organisation: str, key: str) -> Trainee:
    return Trainee(world.app, world.organisations[organisation], world.people[key])


def _text(world: World, kind: str) -> str:
    return f"I would write down {world.mark(kind)} for everybody"


def _own_work(world: World) -> None:
    tess = _at_work(world, AGENCY, "tess")
    first = tess.work_through(task(world, "note:tess", "tess", "every-kind"), RISKY_PATH, text=_text(world, "reflection:tess"))
    tess.work_through(task(world, "note:tess", "tess", "every-kind"), GOOD_PATH, text=_text(world, "reflection:tess-second"))
    drafting = tess.begin(task(world, "note:tess", "tess", "every-kind"))
    tess.answer(drafting, GOOD_PATH[:-1])
    tess.draft(drafting, _text(world, "reflection:tess-draft"))
    tess.work_through(task(world, "note:tess", "tess", "short"), [("now", ("ask",))])
    tess.answer(tess.begin_alone("credit"), GOOD_PATH, text=_text(world, "reflection:tess-credit"))
    tess.answer(tess.begin_alone("practice"), RISKY_PATH, text=_text(world, "reflection:tess-practice"))
    draft = tess.begin_alone("practice", "every-kind")
    tess.answer(draft, GOOD_PATH[:-1])
    tess.draft(draft, _text(world, "reflection:tess-practice-draft"))
    world.ids["attempt:tess"] = first.id
    for kind, organisation, key in (
        ("note:omar", AGENCY, "omar"),
        ("note:nina", AGENCY, "nina"),
        ("note:duo", AGENCY, "duo"),
        ("note:north", NORTH, "duo"),
        ("note:eli", ELSEWHERE, "eli"),
    ):
        written = _text(world, f"reflection:{kind.removeprefix('note:')}")
        _at_work(world, organisation, key).work_through(task(world, kind, key, "every-kind"), RISKY_PATH, text=written)
    for key in ("held", "gone", "blocked"):
        _at_work(world, AGENCY, key).work_through(task(world, "note:both", key), [("now", ("like",))])


def _handling(world: World) -> None:
    """Extensions, sign-offs, grants and readings, each with words of its own."""
    agency = world.organisations[AGENCY].id
    for kind, by, found in (
        ("extension:tess", "sam", task(world, "note:both", "tess")),
        ("extension:omar", "ines", task(world, "note:omar", "omar", "short")),
    ):
        with world.within(AGENCY):
            assignment_changes.extend(
                agency, world.people[by].id, found, due_on=DUE + timedelta(days=7), reason=f"Because {world.mark(kind)}", now=NOW
            )
    for kind, organisation, by, key, found in (
        ("sign-off:sam", AGENCY, "sam", "tess", task(world, "note:tess", "tess", "every-kind")),
        ("sign-off:endo", AGENCY, "endo", "tess", task(world, "note:tess", "tess", "every-kind")),
        ("sign-off:nora", NORTH, "nora", "duo", task(world, "note:north", "duo")),
        ("sign-off:rita", ELSEWHERE, "rita", "eli", task(world, "note:eli", "eli")),
    ):
        _sign(world, organisation, by, key, found, f"Well done {world.mark(kind)}")
    with world.within(AGENCY), transaction() as session:
        session.execute(
            update(Supervision)
            .where(Supervision.organisation_id == agency, Supervision.id == world.ids["relation:endo-tess"])
            .values(ended_at=NOW - timedelta(days=1), last_day=YESTERDAY)
        )
    with world.within(AGENCY, "nina"), transaction() as session:
        session.execute(update(Series).where(Series.person_id == world.people["nina"].id).values(allowed=1))
    with world.within(AGENCY):
        found = task(world, "note:nina", "nina")
        word = world.mark("grant:nina")
        assignment_changes.give_attempt(agency, world.people["trio"].id, found, reason=f"Once more {word}", form_key="k" * 22, now=NOW)
    _grant_for_credit(world)


def _sign(world: World, organisation: str, by: str, trainee: str, task_id: UUID, note: str) -> None:
    own = world.organisations[organisation].id
    with world.within(organisation, by):
        here = acting(own, world.people[by].id, "supervisor", now=NOW)
        seen = work_for(here, world.people[trainee].id, task_id, now=NOW)
        work.sign_off(here, world.people[trainee].id, task_id, note=note, shown=work.facts_of(seen).seal, now=NOW)


def _grant_for_credit(world: World) -> None:
    """Eli asks and is given another attempt for credit; Omar asks and waits."""
    for key in ("eli", "omar"):
        trainee = _at_work(world, AGENCY, key)
        trainee.answer(trainee.begin_alone("credit", "short"), [("now", ("like",))])
        with world.app.app_context(), transaction() as session:
            session.execute(update(Series).where(Series.person_id == world.people[key].id, Series.purpose == "credit").values(allowed=1))
            enrolment = session.scalars(select(Enrolment.id).where(Enrolment.person_id == world.people[key].id)).one()
        with world.app.app_context():
            grants.ask(world.people[key].id, "sample", "short", now=NOW)
            if key == "eli":
                said = f"The power failed {world.mark('grant:eli')}"
                grants.grant(world.people[key].id, enrolment, "short", said, actor=world.people["ada"].id, form_key="g" * 22, now=NOW)


def _leavings(world: World) -> None:
    """One member is suspended, one has left, and one is suspended on the whole server."""
    agency = world.organisations[AGENCY].id
    with world.within(AGENCY), transaction() as session:
        of = update(Membership).where(Membership.organisation_id == agency)
        session.execute(of.where(Membership.person_id == world.people["held"].id).values(suspended_at=NOW - timedelta(days=1)))
        session.execute(of.where(Membership.person_id == world.people["gone"].id).values(left_on=YESTERDAY))
        session.execute(update(Person).where(Person.id == world.people["blocked"].id).values(suspended_at=NOW - timedelta(days=1)))


def _invitations(world: World) -> None:
    for organisation, by in ((AGENCY, "ines"), (ELSEWHERE, "rita"), (NORTH, "nils")):
        email, name = world.mark(f"invited-email:{organisation}"), world.mark(f"invited-name:{organisation}")
        with world.within(organisation):
            invitations.invite(
                world.organisations[organisation].id,
                Invited(f"{email}@example.net", f"Guest {name.title()}", ("trainee",)),
                actor=world.people[by].id,
                form_key=(organisation * 10)[:30],
                now=NOW,
            )


def _certificates(world: World) -> None:
    """With names that differ from today's."""
    with world.app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=world.people["ada"].id, now=NOW)
    for key in ("tess", "eli"):
        with world.app.app_context(), transaction():
            given = issue(
                person_id=world.people[key].id,
                course_slug="sample",
                cycle=7,
                facts_input=completion(name=f"Printed {world.mark(f'printed:{key}').title()}"),
                now=NOW,
            )
            world.ids[f"code:{key}"] = given.code
    for key in ("tess", "eli"):
        licence = LicenceInput("counselor", "", "US-NY", "", world.mark(f"licence:{key}"), "", None, is_printed=True)
        with world.app.app_context():
            world.ids[f"licence:{key}"] = licences.add(world.people[key].id, licence, now=NOW).id
            held = queries.certificate_with_code(world.ids[f"code:{key}"])
            words = f"It should say {world.mark(f'correction:{key}')}"
            world.ids[f"correction:{key}"] = life.ask_for_correction(world.people[key].id, held.certificate.id, words, now=NOW).id
    with world.app.app_context():
        given = approval_input(statement=f"Approved {world.mark('approval')}", courses=("no-course",))
        world.ids["approval"] = approvals.enter(given, by=world.people["ada"].id, form_key="approval-of-the-world", now=NOW).id
        batch = BatchInput(f"Batch {world.mark('batch')}", 2, date(2099, 1, 1), "Invoice 7")
        made = offers.make_vouchers("sample", batch, by=world.people["ada"].id, form_key="batch-of-the-world-no-1", now=NOW)
        world.ids["batch"] = made.id
        held = holds.place(f"Because {world.mark('hold')}", by=world.people["ada"].id, form_key="hold-of-the-world-no-1", now=NOW)
        world.ids["hold"] = held.id
        word = world.mark("attachment")
        vita = AttachmentInput(AttachmentKind.CV, f"Vita {word}", TODAY, f"Worked at {word}.".encode(), "sample")
        world.ids["attachment"] = attachments.add(vita, by=world.people["ada"].id, form_key="attachment-of-the-world", now=NOW).id
        adopt(world.app, world.people["ada"], cv_id=world.ids["attachment"])
        given = ReviewerInput(world.people["bea"].email, "Bea", f"Board {world.mark('board')}", NOW + timedelta(days=30))
        invited = reviewing.invite("sample", given, by=world.people["ada"].id, form_key="review-of-the-world-no-1", now=NOW)
        world.ids["review"] = invited.id
    _ce_broker(world)
    with world.app.app_context():
        world.ids["export"] = exporting.ask(world.people["ada"].id, Selection("", None, None, None), Paper.LETTER, now=NOW)
        exporting.prepare_some(NOW)
        for key, person in world.people.items():
            world.ids[f"own-data:{key}"] = own_data.ask(person.id, Paper.LETTER, now=NOW)
        while exporting.prepare_some(NOW):
            pass


def _asked_and_complained(world: World) -> None:
    for key in ("tess", "eli"):
        person = world.people[key].id
        with world.app.app_context():
            words = f"More time would help {world.mark(f'accommodation:{key}')}"
            asked = accommodations.ask(person, "sample", words, form_key=f"accommodation-of-{key}-no-1", now=NOW)
            given = GrievanceInput("course", "sample", f"It was late {world.mark(f'grievance:{key}')}")
            filed = grievances.file(person, given, form_key=f"grievance-of-{key}-number-1", now=NOW)
            world.ids[f"accommodation:{key}"], world.ids[f"grievance:{key}"] = asked.id, filed.id


def _ce_broker(world: World) -> None:
    """Tess and Eli are reported, and one of them was rejected."""
    ada, given = world.people["ada"].id, setting_input(provider_number=world.mark("provider-number"))
    with world.app.app_context():
        board = Board("sample", "US-NY", "counselor", "")
        world.ids["setting"] = ce_broker_settings.enter(board, given, by=ada, form_key="setting-of-the-world-1", now=NOW).id
        file = ce_broker.make_file(Kind.FULL, by=ada, form_key="file-of-the-world-no-01", now=NOW)
        world.ids["file"] = file.id
        ce_broker.answer_file(file.id, {1: f"Not found {world.mark('rejection')}"}, accepts_rest=False, by=ada, now=NOW)
        world.ids["entry"] = file_page(file.id, 1).lines[0].entry.row.id


def _mail(world: World) -> None:
    """What waits to be sent: the reminders that are due, besides what the deeds above queued."""
    with world.app.app_context():
        reminders.queue_due(NOW)
