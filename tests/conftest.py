"""Fixtures that every test may ask for: a fresh application, the cast, the strict page client."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import event

from ceapp.accounts.models import Membership, Organisation, Person, SignIn
from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.database import db, in_transaction, scoped_to, transaction
from ceapp.supervision.models import Supervision
from tests.harness.chromium import launched
from tests.harness.courses import Library
from tests.harness.databases import Databases, PostgresDatabases, SqliteDatabases
from tests.harness.once import compile_addresses_once, quicken
from tests.harness.pages import Page, Visitor

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
JOINED_ON = date(2026, 9, 21)
PASSWORD = "a quiet heron at dusk"

USUAL_DATABASE = os.environ.get("CEAPP_TEST_DATABASE", "sqlite")
"""What a test runs on that is not marked `both_databases`; `make test-postgresql` says `postgresql`."""

compile_addresses_once()

_SLOWEST = 10
_FIXTURES = {"sqlite": "sqlite_databases", "postgresql": "postgres_databases"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        metafunc.parametrize("engine", ["sqlite", "postgresql"] if both else [USUAL_DATABASE], indirect=True)


_LONGEST_FIRST = ("browser", "reliability", "crawl", "nodes", "security", "journeys", "operating")
"""Folders whose files take long. `loadfile` hands files out in this order: a long one at the end would leave a process without work."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first; when all is tested on PostgreSQL, only what uses a database and is not about SQLite."""
    items.sort(key=lambda item: _place(item.path))
    if USUAL_DATABASE == "sqlite":
        return
    kept = [item for item in items if _is_for_postgresql(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _place(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)


def _is_for_postgresql(item: pytest.Item) -> bool:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    on_sqlite = "sqlite" in params.values() or item.get_closest_marker("sqlite_only") is not None
    return not on_sqlite and bool({"engine", "databases", "postgres_databases"} & set(getattr(item, "fixturenames", ())))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly what was not tested, and which files took longest."""
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"NOT TESTED: {report.nodeid}: {report.longrepr[-1]}", red=True)
    seconds = Counter[str]()
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    if len(seconds) > _SLOWEST:
        lines = [f"{spent:7.1f} s  {file}" for file, spent in seconds.most_common(_SLOWEST)]
        terminalreporter.write_line("\n".join(["The files that took longest:", *lines]))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a test that cannot run is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases()
    yield databases
    databases.stop()


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where tests get a database from that do not say which kind they want."""
    found: Databases = request.getfixturevalue(_FIXTURES[USUAL_DATABASE])
    return found


@pytest.fixture(scope="session")
def template_cache(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def start_chromium(playwright: Playwright) -> Callable[..., Browser]:
    """Start a browser of one's own. One playwright serves all tests of a process: a second one beside it refuses to start."""
    return partial(launched, playwright)


@pytest.fixture(scope="session")
def chromium(start_chromium: Callable[..., Browser]) -> Iterator[Browser]:
    browser = start_chromium()
    yield browser
    browser.close()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The usual database, or with the marker `both_databases` each of `sqlite` and `postgresql`."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    url, drop = request.getfixturevalue(_FIXTURES[engine]).fresh(tmp_path)
    yield url
    drop()


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """Override in a test module to change settings of its application."""
    return {}


@pytest.fixture
def app(database_url: str, tmp_path: Path, settings_overrides: dict[str, Any], template_cache: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The application on a fresh migrated database, in an instance folder of its own. No application context is pushed."""
    values = {"instance": str(tmp_path), "database_url": database_url, **settings_overrides}
    application = create_app(load_settings({}, **values))
    application.testing = True
    application.config["PROPAGATE_EXCEPTIONS"] = False
    application.jinja_env.bytecode_cache = template_cache
    with application.app_context():
        quicken(db.engine)
        event.listen(db.session, "before_flush", _refuse_stray_writes)
    yield application
    with application.app_context():
        event.remove(db.session, "before_flush", _refuse_stray_writes)
        db.session.remove()
        db.engine.dispose()


def _refuse_stray_writes(_session: object, _context: object, _instances: object) -> None:
    assert in_transaction(), "a row is written outside transaction()"


@pytest.fixture
def now() -> datetime:
    return NOW


@dataclass(frozen=True)
class Member:
    """Somebody of the cast, as plain values."""

    id: UUID
    email: str
    name: str
    is_administrator: bool
    token: str


@pytest.fixture
def make_person(app: Flask) -> Callable[..., Member]:
    """Make a person who is signed in in one browser; keyword arguments override the columns."""

    def make(email: str, name: str = "", **columns: Any) -> Member:
        values = {"email": email, "name": name, "time_zone": "America/Toronto", "password_hash": "", "is_administrator": False, **columns}
        with app.app_context(), transaction() as session:
            person = Person(created_at=NOW - timedelta(days=30), **values)
            session.add(person)
            session.flush()
            token = f"token-of-{person.id}"
            session.add(
                SignIn(
                    person_id=person.id,
                    token_hash=hashlib.sha256(token.encode()).hexdigest(),
                    created_at=datetime.now(UTC),
                    last_seen_at=datetime.now(UTC),
                    proved_at=datetime.now(UTC),
                    expires_at=datetime.now(UTC) + timedelta(days=7),
                )
            )
            return Member(person.id, person.email, person.name, person.is_administrator, token)

    return make


@pytest.fixture
def tess(make_person: Callable[..., Member]) -> Member:
    return make_person("tess@example.org", "Tess Adeyemi")


@pytest.fixture
def omar(make_person: Callable[..., Member]) -> Member:
    return make_person("omar@example.org", "Omar Demir")


@pytest.fixture
def sam(make_person: Callable[..., Member]) -> Member:
    """Supervises Tess."""
    return make_person("sam@example.org", "Sam Okafor")


@pytest.fixture
def rita(make_person: Callable[..., Member]) -> Member:
    """Supervises nobody here: she gets a 404 everywhere."""
    return make_person("rita@example.org", "Rita Blom")


@pytest.fixture
def ada(make_person: Callable[..., Member]) -> Member:
    return make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)


@pytest.fixture
def ines(make_person: Callable[..., Member]) -> Member:
    """Administers the agency."""
    return make_person("ines@example.org", "Ines Castro")


@dataclass(frozen=True)
class Agency:
    """An organisation, as plain values."""

    id: UUID
    slug: str
    name: str


@pytest.fixture
def make_agency(app: Flask) -> Callable[..., Agency]:
    """Make an organisation: `make_agency("harbour", "Harbour Clinic", {sam.id: "supervisor", tess.id: "trainee supervisor"})`."""

    def make(slug: str, name: str, members: dict[UUID, str], time_zone: str = "America/Toronto") -> Agency:
        with app.app_context(), transaction() as session:
            organisation = Organisation(slug=slug, name=name, time_zone=time_zone, created_at=NOW - timedelta(days=60))
            session.add(organisation)
            session.flush()
            with scoped_to(organisation.id):
                for person_id, roles in members.items():
                    held = {f"is_{role}": True for role in roles.split()}
                    session.add(Membership(organisation_id=organisation.id, person_id=person_id, joined_on=JOINED_ON, **held))
                session.flush()
            return Agency(organisation.id, slug, name)

    return make


@pytest.fixture
def agency(make_agency: Callable[..., Agency], tess: Member, omar: Member, sam: Member, ines: Member) -> Agency:
    """Harbour Clinic: Tess and Omar are trainees, Sam is a supervisor (of nobody yet), Ines administers it."""
    return make_agency(
        "harbour", "Harbour Clinic", {tess.id: "trainee", omar.id: "trainee", sam.id: "supervisor", ines.id: "administrator"}
    )


@pytest.fixture
def elsewhere(make_agency: Callable[..., Agency], rita: Member) -> Agency:
    """Another organisation, in which Rita is everything."""
    return make_agency("elsewhere", "Elsewhere House", {rita.id: "trainee supervisor administrator"})


@pytest.fixture
def supervise(app: Flask) -> Callable[..., UUID]:
    """Let somebody supervise a trainee from before the test's day: `supervise(agency, sam, tess, scope="answers")`; the relation's id."""

    def relate(agency: Agency, supervisor: Member, trainee: Member, scope: str = "reflections", **columns: Any) -> UUID:
        values = {"first_day": JOINED_ON, "made_by": supervisor.id, "made_at": NOW - timedelta(days=50), **columns}
        with app.app_context(), scoped_to(agency.id), transaction() as session:
            relation = Supervision(organisation_id=agency.id, supervisor_id=supervisor.id, trainee_id=trainee.id, scope=scope, **values)
            session.add(relation)
            session.flush()
            return relation.id

    return relate


@pytest.fixture
def browser_of(app: Flask) -> Callable[[Member | None], Visitor]:
    """The strict page client of a person; the same one each time."""
    known: dict[str, Visitor] = {}

    def visitor(person: Member | None) -> Visitor:
        name = person.email if person else ""
        if name not in known:
            client = app.test_client()
            if person:
                client.set_cookie(app.config["SIGN_IN_COOKIE_NAME"], person.token)
            known[name] = Visitor(app, client)
        return known[name]

    return visitor


@pytest.fixture
def visit(browser_of: Callable[[Member | None], Visitor]) -> Callable[..., Page]:
    """Open an address as a person: `visit("/courses", person=tess)`."""

    def open_page(address: str, person: Member | None = None, status: int = 200, **options: Any) -> Page:
        return browser_of(person).get(address, status=status, **options)

    return open_page


@pytest.fixture
def library(app: Flask, tmp_path: Path, now: datetime) -> Library:
    """The files of the sample course, not yet published."""
    return Library(app, tmp_path / "scenarios", now)


@pytest.fixture
def course(library: Library) -> str:
    """The sample course, published; its slug."""
    report = library.publish()
    assert not report.problems, [str(problem) for problem in report.problems]
    return report.slug
