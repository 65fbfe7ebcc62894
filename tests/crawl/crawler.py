"""Opens every address as everybody, for everything in the database that could stand in it, and notes which markers come back."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdf
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ceapp.accounts.models import Invitation, Licence, Organisation, Person, SignIn
from ceapp.accounts.people.views import DEEDS
from ceapp.catalogue.attachments.models import Attachment
from ceapp.catalogue.models import ScenarioRevision
from ceapp.certificates.models import ApprovalVersion, Certificate, CorrectionRequest
from ceapp.database import Model, db, everybody
from ceapp.learning.accommodations.models import AccommodationRequest
from ceapp.learning.grievances.models import Grievance
from ceapp.learning.models import Attempt, AttemptRequest, Enrolment, Reflection, VoucherBatch
from ceapp.mail.models import Message
from ceapp.reporting.ce_broker.models import CeBrokerEntry, CeBrokerFile, CeBrokerSetting
from ceapp.reporting.models import Export
from ceapp.reporting.retention.models import LegalHold
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.supervision.models import Assignment, Cover, Group, Supervision, Task
from ceapp.web.audience import Audience, audience_of, roles_of
from tests.crawl.world import MEMBERS, World

MARKER = re.compile(rb"zq[a-p]{14}", re.IGNORECASE)
NOT_OPENED = {"static", "assets.asset"}
SCENARIOS = ("every-kind", "short", "extra")
_SEEN_BY_THE_WAY = {"guess_window", "rendition"}
"""What opening a page may write: how often a code was guessed, and the PDF that is frozen when it is first asked for."""


@dataclass(frozen=True)
class Sighting:
    """That a marker of this kind came back to somebody from an address."""

    kind: str
    who: str
    address: str


@dataclass
class Answer:
    """What came back: where from, to whom, and everything in it as bytes."""

    who: str
    method: str
    address: str
    endpoint: str
    status: int
    content: bytes = field(repr=False)
    mimetype: str = ""

    def sightings(self, kinds: dict[str, str]) -> Iterator[Sighting]:
        """`kinds` is marker → kind."""
        for word in {found.decode().lower() for found in MARKER.findall(self.content)}:
            if word in kinds:
                yield Sighting(kinds[word], self.who, f"{self.method} {self.address}")


def content_of(response: TestResponse) -> bytes:
    """Headers and body; files in an archive and the text of PDFs are unpacked."""
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers if name != "Location").encode()
    if response.status_code in (301, 302, 303):  # It names the address that was asked for, and nothing else.
        return headers
    return headers + b"\n" + unpacked(response.get_data())


def unpacked(body: bytes) -> bytes:
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return b"\n".join(name.encode() + b"\n" + unpacked(archive.read(name)) for name in archive.namelist())
    if body.startswith(b"%PDF"):
        reader = pypdf.PdfReader(io.BytesIO(body))
        return "\n".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)]).encode()
    return body


class Crawler:
    """`Crawler(world).crawl()` opens everything; the answers are kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._places = Places(world)

    def crawl(self) -> list[Answer]:
        """Every GET address as everybody."""
        answers: list[Answer] = []
        for who in self.world.roles:
            client = self.world.client(who)
            for endpoint, address in self.addresses_for(who):
                answers.append(self.open(client, who, "GET", address, endpoint))
        return answers

    def open(self, client: FlaskClient, who: str | None, method: str, address: str, endpoint: str = "", **options: Any) -> Answer:
        response = client.open(address, method=method, **options)
        name = who or "visitor"
        return Answer(name, method, address, endpoint, response.status_code, content_of(response), response.mimetype or "")

    def addresses_for(self, who: str | None) -> Iterator[tuple[str, str]]:
        for rule in self.world.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in NOT_OPENED:
                for address in self._places.addresses(rule, who):
                    yield rule.endpoint, address


class Places:
    """What can stand in an address: rows that belong together. In an organisation that somebody is not in, one of each kind is enough."""

    def __init__(self, world: World) -> None:
        self._world = world
        with world.app.app_context(), everybody("the crawl asks for every id"):
            endpoints = [rule.endpoint for rule in world.app.url_map.iter_rules()]
            self._audiences = {endpoint: audience_of(endpoint) for endpoint in endpoints}
            self._roles = {endpoint: roles_of(endpoint) for endpoint in endpoints}
            self._single = self._single_places()
            self._together = self._places_together()

    def addresses(self, rule: Rule, who: str | None) -> Iterator[str]:
        names = frozenset(rule.arguments) - {"organisation"}
        fillings = self._fillings(names)
        queries = ["", *self._queries(rule.endpoint)]
        chosen: Iterable[dict[str, Any]] = fillings
        if "organisation" in rule.arguments:
            chosen = self._in_organisations(rule, fillings, who)
        elif self._is_closed_to(rule, who):
            chosen, queries = fillings[:1], [""]
        for values, query in itertools.product(chosen, queries):
            built = self._world.app.url_map.bind("localhost").build(rule.endpoint, values, force_external=False)
            yield built + (f"?{query}" if query else "")

    def _is_closed_to(self, rule: Rule, who: str | None) -> bool:
        audience = self._audiences[rule.endpoint]
        is_others = audience is Audience.REVIEWER and who not in ("ada", "bea")
        return is_others or (audience is Audience.ADMINISTRATOR and who != "ada") or (audience is not Audience.ANYONE and who is None)

    def _in_organisations(self, rule: Rule, fillings: list[dict[str, Any]], who: str | None) -> Iterator[dict[str, Any]]:
        for name, agency in self._world.organisations.items():
            has_role = set(MEMBERS[name].get(who or "", "").split()) & set(self._roles[rule.endpoint])
            for values in fillings if has_role else fillings[:1]:
                yield {"organisation": agency.slug, **values}
        yield {"organisation": "nonsense", **fillings[0]}

    def _fillings(self, names: frozenset[str]) -> list[dict[str, Any]]:
        if names in self._together:
            return self._together[names]
        return [
            dict(zip(sorted(names), values, strict=True)) for values in itertools.product(*(self._single[name] for name in sorted(names)))
        ]

    def _single_places(self) -> dict[str, list[Any]]:
        def ids(model: Any) -> list[Any]:
            return list(db.session.scalars(select(model.id)))

        return {
            "person_id": ids(Person),
            "task_id": ids(Task),
            "attempt_id": ids(Attempt),
            "certificate_id": ids(Certificate),
            "export_id": ids(Export),
            "group_id": ids(Group),
            "assignment_id": ids(Assignment),
            "invitation_id": ids(Invitation),
            "relation_id": ids(Supervision),
            "cover_id": ids(Cover),
            "enrolment_id": ids(Enrolment),
            "request_id": ids(AttemptRequest),
            "licence_id": ids(Licence),
            "correction_id": ids(CorrectionRequest),
            "approval_id": ids(ApprovalVersion),
            "batch_id": ids(VoucherBatch),
            "hold_id": ids(LegalHold),
            "accommodation_id": ids(AccommodationRequest),
            "grievance_id": ids(Grievance),
            "attachment_id": ids(Attachment),
            "review_id": ids(CourseReview),
            "setting_id": ids(CeBrokerSetting),
            "file_id": ids(CeBrokerFile),
            "entry_id": ids(CeBrokerEntry),
            "text_id": [*ids(Reflection)[:8], *ids(AccommodationRequest), *ids(Grievance)],
            "kind": ["reflection", "accommodation", "grievance"],
            "subject_id": ids(Enrolment)[:3],
            "message_id": ids(Message),
            "sign_in_id": ids(SignIn),
            "revision_id": ids(ScenarioRevision),
            "image_id": ["nonsense"],
            "course_slug": ["sample"],
            "scenario_slug": list(SCENARIOS),
            "deed_slug": list(DEEDS),
            "slug": list(db.session.scalars(select(Organisation.slug))),
            "code": list(db.session.scalars(select(Certificate.code))),
            "token": ["nonsense"],
            "name": ["nonsense"],
            "number": [1, 2, 5, 6],
        }

    def _places_together(self) -> dict[frozenset[str], list[dict[str, Any]]]:
        tasks = db.session.execute(select(Task.trainee_id, Task.id, Task.assignment_id)).all()
        enrolments = db.session.execute(select(Enrolment.person_id, Enrolment.id)).all()
        subjects = [{"person_id": row[0], "subject_id": each} for row in enrolments for each in (row[1], row[0])]
        deeds = [{"person_id": each, "deed_slug": deed} for each in self._single["person_id"][:4] for deed in DEEDS]
        return {
            frozenset({"person_id", "task_id"}): [{"person_id": row[0], "task_id": row[1]} for row in tasks],
            frozenset({"person_id", "assignment_id"}): [{"person_id": row[0], "assignment_id": row[2]} for row in tasks],
            frozenset({"person_id", "enrolment_id", "scenario_slug"}): [
                {"person_id": row[0], "enrolment_id": row[1], "scenario_slug": slug} for row in enrolments for slug in SCENARIOS
            ],
            frozenset({"person_id", "deed_slug"}): deeds,
            frozenset({"person_id", "enrolment_id"}): [{"person_id": row[0], "enrolment_id": row[1]} for row in enrolments],
            frozenset({"person_id", "subject_id"}): subjects,
            frozenset({"person_id", "subject_id", "attempt_id"}): [
                {**each, "attempt_id": attempt_id} for each in subjects[:4] for attempt_id in self._single["attempt_id"][:6]
            ],
        }

    def _queries(self, endpoint: str) -> list[str]:
        some = {
            "supervision.progress": ["show=scores", *(f"show=y&group={each}" for each in self._single["group_id"])],
            "supervision.progress_file": ["show=scores", *(f"group={each}" for each in self._single["group_id"])],
            "supervision.assign": ["course=sample", *(f"course=sample&person={each}" for each in self._single["person_id"][:3])],
            "supervision.relations": ["by=supervisor", "over=yes", "q=e"],
            "supervision.assignments": ["by=me", "page=2"],
            "supervision.my_tasks": ["state=under-way", "state=done", "state=withdrawn", "state=nonsense"],
            "supervision.my_relations": ["q=e"],
            "accounts.people": ["q=e", "page=2"],
            "accounts.members": ["q=e"],
            "reporting.exports": [f"organisation={agency.slug}" for agency in self._world.organisations.values()],
            "certificates.pdf": ["paper=a4"],
            "reporting.ce_broker": ["state=late", "state=exported", "state=missing", "state=nonsense&page=2"],
        }
        if endpoint == "supervision.progress":
            some[endpoint] += [f"assignment={each}" for each in self._single["assignment_id"]]
        return some.get(endpoint, [])


def fingerprint(world: World) -> dict[str, tuple[int, str]]:
    """Table → number of rows and a hash of them, but for what opening a page may write."""
    found = {}
    with world.app.app_context(), everybody("the crawl compares all tables"):
        for table in Model.metadata.sorted_tables:
            if table.name in _SEEN_BY_THE_WAY:
                continue
            columns = [column for column in table.columns if (table.name, column.name) != ("sign_in", "last_seen_at")]
            rows = sorted(repr(tuple(row)) for row in db.session.execute(select(*columns)))
            found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
        db.session.rollback()
    return found
