"""R7 through a running server: whatever form is sent many times at once has one effect, and all replies say the same.

Each deed here is a form that is ready to be sent, and a count of what it made. The controls run the same against a server whose code has
forgotten to look for what the form did before. The full form runs on both databases, the short one where writers meet; the control, and
`test_service_races.py`, run on SQLite too.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from bench.visitor import Reply, Visitor, form
from ceapp.accounts.models import Membership, Person
from ceapp.audit.models import AuditEntry
from ceapp.catalogue.adoptions.models import Adoption
from ceapp.certificates.models import ApprovalVersion, Certificate
from ceapp.database import Model
from ceapp.learning.models import (
    Answer,
    Attempt,
    AttemptGrant,
    AttemptRequest,
    Completion,
    CourseOffer,
    Enrolment,
    EnrolmentPayment,
    Reflection,
    Score,
    Series,
    Voucher,
    VoucherBatch,
)
from ceapp.mail.models import Message
from ceapp.reporting.ce_broker.models import CeBrokerSetting
from ceapp.reporting.reviewing.models import CourseReview
from ceapp.supervision.models import Assignment, Task
from tests.reliability.agencies import Office, beside
from tests.reliability.conftest import Installations
from tests.reliability.figures import Figures
from tests.reliability.installation import Installation
from tests.reliability.journeys import Filled, begin, beginning, choosing, enrol, form_at, page, to_reflection, writing
from tests.reliability.ledger import faults_of
from tests.reliability.rounds import WORKERS, rounds, together
from tests.reliability.weakened import weaken

ONE_STEP, ONE_GO = "one-step", "one-go"
"""Slugs of courses like the sample that one answer completes; in the second every scenario may be attempted once."""

GOOD, BAD = "Ask who is in it.", "Like it."

Count = tuple[type[Model], ColumnElement[bool]]


@dataclass(frozen=True)
class Deed:
    """A form that somebody is about to send, and what there has to be one of afterwards."""

    visitor: Visitor
    filled: Filled
    counts: tuple[Count, ...]


class Place:
    """A served installation with an office, and the deeds that are tried in it."""

    def __init__(self, installation: Installation, app: Flask) -> None:
        self.installation = installation
        for slug, attempts in ((ONE_STEP, "unlimited"), (ONE_GO, "1")):
            _copy_of_sample(installation, slug, attempts)
        installation.server.start()
        self.office = Office(installation, app)

    def enrol(self) -> Deed:
        person = self.installation.somebody()
        visitor = self.installation.visitor(person)
        return Deed(visitor, form_at(visitor, "/courses/sample", "/enrol"), ((Enrolment, Enrolment.person_id == person.id),))

    def begin(self) -> Deed:
        visitor = self._learner("sample")
        filled = beginning(visitor, "short")
        return Deed(visitor, filled, ((Attempt, Attempt.form_key == filled.key),))

    def answer_and_complete(self) -> Deed:
        person = self.installation.somebody()
        visitor = self.installation.visitor(person)
        enrol(visitor, ONE_STEP)
        address = begin(visitor, "short", ONE_STEP)
        filled = choosing(page(visitor, f"{address}/1"), 1, GOOD)
        attempt_id = UUID(address.rpartition("/")[2])
        mine = Enrolment.person_id == person.id
        return Deed(
            visitor,
            filled,
            (
                (Answer, Answer.form_key == filled.key),
                (Score, Score.attempt_id == attempt_id),
                (Completion, Completion.enrolment_id.in_(_ids(Enrolment, mine))),
                (Certificate, Certificate.person_id == person.id),
            ),
        )

    def hand_in(self) -> Deed:
        visitor = self.installation.visitor(self.installation.somebody())
        address = to_reflection(visitor)
        filled = writing(visitor, address, "At least five words, sent many times over.")
        attempt_id = UUID(address.rpartition("/")[2])
        return Deed(visitor, filled, ((Answer, Answer.form_key == filled.key), (Reflection, Reflection.attempt_id == attempt_id)))

    def ask(self) -> Deed:
        visitor, person_id = self._used_up()
        filled = form_at(visitor, f"/courses/{ONE_GO}/short", "/ask")
        return Deed(visitor, filled, ((AttemptRequest, AttemptRequest.series_id.in_(_ids(Series, Series.person_id == person_id))),))

    def grant(self) -> Deed:
        learner, person_id = self._used_up()
        visitor = self.installation.visitor(self.office.administrator)
        blank = form_at(visitor, f"/people/{person_id}/enrolments", "/attempts?page=1")
        learner.close()
        filled = Filled(blank.action, (*blank.fields, ("reason", "The server was away.")))
        return Deed(visitor, filled, ((AttemptGrant, AttemptGrant.form_key == filled.key),))

    def accept_invitation(self) -> Deed:
        person, link = self.installation.somebody(), self.office.invitation()
        visitor = self.installation.visitor(person)
        return Deed(visitor, form_at(visitor, link, link), ((Membership, Membership.person_id == person.id),))

    def accept_invitation_anew(self) -> Deed:
        visitor, link = self.installation.visitor(), self.office.invitation()
        blank = form_at(visitor, link, link)
        name = f"Kari {random.getrandbits(40)}"
        filled = Filled(blank.action, (*blank.fields, ("name", name), ("time_zone", "Europe/Oslo")))
        return Deed(
            visitor, filled, ((Person, Person.name == name), (Membership, Membership.person_id.in_(_ids(Person, Person.name == name))))
        )

    def assign(self) -> Deed:
        trainee, visitor = self.office.trainee(), self.installation.visitor(self.office.supervisor)
        address = f"/organisations/{self.office.slug}/assign"
        action, hidden, _ = form(page(visitor, f"{address}?course=sample"), "/assign/preview")
        chosen = [("what", "scenarios"), ("scenarios", "short"), ("time_zone", "UTC"), ("people", str(trainee.id))]
        preview = visitor.send("POST", action, [*hidden, *chosen])
        assert preview.status == 200, preview.page
        action, hidden, _ = form(preview.page, "/assignments")
        filled = Filled(action, tuple(hidden))
        return Deed(visitor, filled, ((Assignment, Assignment.form_key == filled.key), (Task, Task.trainee_id == trainee.id)))

    def adopt(self) -> Deed:
        visitor = self.installation.visitor(self.office.administrator)
        blank = form_at(visitor, "/provider/files/sample/adoption", "/adoption")
        said = (("parts_1", "course"), ("parts_1", "assessment"), ("disclosure_1", "Nothing."), ("dated_1", "2026-11-18"))
        filled = Filled(blank.action, (*blank.fields, ("name_1", "Ida Berg"), *said))
        return Deed(visitor, filled, ((Adoption, Adoption.form_key == filled.key),))

    def invite_reviewer(self) -> Deed:
        visitor, email = self.installation.visitor(self.office.administrator), f"bea{random.getrandbits(40)}@board.example"
        blank = form_at(visitor, "/provider/files/sample/reviewers/new", "/reviewers/new")
        last_day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        said = (("email", email), ("name", "Bea Moss"), ("board", "Board of Examples"), ("last_day", last_day))
        filled = Filled(blank.action, (*blank.fields, *said))
        return Deed(visitor, filled, ((CourseReview, CourseReview.form_key == filled.key), (Person, Person.email == email)))

    def offer(self) -> Deed:
        visitor, address = self._administrator(), f"/provider/offers/{ONE_GO}"
        blank = form_at(visitor, address, address)
        filled = blank.filled(way="open", price=f"{random.getrandbits(40)} dollars")
        return Deed(visitor, filled, ((CourseOffer, CourseOffer.form_key == filled.key),))

    def vouchers(self) -> Deed:
        visitor, address = self._administrator(), f"/provider/offers/{ONE_GO}/vouchers"
        filled = form_at(visitor, address, address).filled(label="A clinic", size="1", last_day="2099-01-01")
        made = VoucherBatch.form_key == filled.key
        return Deed(visitor, filled, ((VoucherBatch, made), (Voucher, Voucher.batch_id.in_(select(VoucherBatch.id).where(made)))))

    def enrol_by_hand(self) -> Deed:
        person, visitor = self.installation.somebody(), self._administrator()
        address = f"/people/{person.id}/enrolments/new"
        filled = form_at(visitor, address, address).filled(course="sample", reason="Paid by cheque.")
        told = (Message.person_id == person.id) & (Message.letter == "enrolled-by-hand")
        return Deed(visitor, filled, ((Enrolment, Enrolment.person_id == person.id), (Message, told)))

    def payment(self) -> Deed:
        person = self.installation.somebody()
        learner, visitor = self.installation.visitor(person), self._administrator()
        enrol(learner)
        learner.close()
        with self.installation.engine() as engine, Session(engine) as session:
            enrolment_id = session.scalars(select(Enrolment.id).where(Enrolment.person_id == person.id)).one()
        address = f"/people/{person.id}/enrolments/{enrolment_id}/payment"
        filled = form_at(visitor, address, address).filled(reference="Invoice 7", refund="none")
        return Deed(visitor, filled, ((EnrolmentPayment, EnrolmentPayment.enrolment_id == enrolment_id),))

    def approval(self) -> Deed:
        visitor, address = self._administrator(), "/provider/approvals/new"
        typed = {"kind": "provider", "body": "A board", "number": "1", "statement": "Approved.", "hours_by": "own", "rounding": "down"}
        filled = form_at(visitor, address, address).filled(**typed, valid_from="2020-01-01", valid_to="2020-12-31")
        return Deed(visitor, filled, ((ApprovalVersion, ApprovalVersion.form_key == filled.key),))

    def report_somewhere(self) -> Deed:
        visitor, address = self._administrator(), "/reports/ce-broker/settings/new"
        board = {"course": "sample", "place": "US-FL", "profession": "other", "profession_words": f"Helper {random.getrandbits(40)}"}
        numbers = {"provider_number": "1", "own_number": "2", "profession_code": "X", "days": "30", "first_day": "2099-01-01"}
        filled = form_at(visitor, address, address).filled(**board, **numbers, is_active="y")
        return Deed(visitor, filled, ((CeBrokerSetting, CeBrokerSetting.form_key == filled.key),))

    def change_what_is_reported(self) -> Deed:
        first = self.report_somewhere()
        assert first.filled.send(first.visitor).status == 303
        first.visitor.close()
        with self.installation.engine() as engine, Session(engine) as session:
            wanted = select(CeBrokerSetting.id).where(CeBrokerSetting.form_key == first.filled.key)
            address = f"/reports/ce-broker/settings/{session.scalars(wanted).one()}"
        visitor = self._administrator()
        typed = {name: first.filled.values(name)[0] for name in ("provider_number", "own_number", "profession_code", "first_day")}
        filled = form_at(visitor, address, address).filled(**typed, days="10")
        return Deed(visitor, filled, ((CeBrokerSetting, CeBrokerSetting.form_key == filled.key),))

    def _administrator(self) -> Visitor:
        return self.installation.visitor(self.office.administrator)

    def _learner(self, course: str) -> Visitor:
        visitor = self.installation.visitor(self.installation.somebody())
        enrol(visitor, course)
        return visitor

    def _used_up(self) -> tuple[Visitor, UUID]:
        """Somebody who has failed the only attempt at a scenario."""
        person = self.installation.somebody()
        visitor = self.installation.visitor(person)
        enrol(visitor, ONE_GO)
        address = begin(visitor, "short", ONE_GO)
        assert choosing(page(visitor, f"{address}/1"), 1, BAD).send(visitor).status == 303
        return visitor, person.id


DEEDS: dict[str, Callable[[Place], Deed]] = {
    "enrol": Place.enrol,
    "begin": Place.begin,
    "answer": Place.answer_and_complete,
    "hand in": Place.hand_in,
    "ask": Place.ask,
    "grant": Place.grant,
    "accept": Place.accept_invitation,
    "accept anew": Place.accept_invitation_anew,
    "assign": Place.assign,
    "adopt": Place.adopt,
    "invite a reviewer": Place.invite_reviewer,
    "offer": Place.offer,
    "vouchers": Place.vouchers,
    "enrol by hand": Place.enrol_by_hand,
    "payment": Place.payment,
    "approval": Place.approval,
    "report": Place.report_somewhere,
    "report otherwise": Place.change_what_is_reported,
}


def differences(installation: Installation, deed: Deed, times: int) -> list[str]:
    """What is wrong after the form was sent so many times at once: replies that differ, or anything but one effect."""
    tabs = [installation.visitor() for _ in range(times)]
    for tab in tabs:
        tab.cookies.update(deed.visitor.cookies)
    replies: list[Reply | BaseException] = together([lambda tab=tab: deed.filled.send(tab) for tab in tabs])
    for tab in (*tabs, deed.visitor):
        tab.close()
    said = Counter((each.status, each.location) if isinstance(each, Reply) else (0, repr(each)) for each in replies)
    wrong = [] if len(said) == 1 and next(iter(said))[0] == 303 else [f"the replies differ: {dict(said)}"]
    found = [(table.__tablename__, installation.count(table, which)) for table, which in deed.counts]
    return wrong + [f"{count} rows of {name}" for name, count in found if count != 1]


@pytest.mark.parametrize("kind", [pytest.param("sqlite", marks=pytest.mark.full_form), "postgresql"])
def test_r7_every_form_that_is_sent_many_times_at_once_has_one_effect(
    kind: str, installations: Installations, figures: Callable[..., Figures]
) -> None:
    turns, chance = rounds(1, 600), random.Random(20261120)
    row = figures("R7 forms", kind, turns * len(DEEDS))
    with installations(kind) as installation, beside(installation) as app:
        place = Place(installation, app)
        for turn in range(turns):
            for name, prepare in DEEDS.items():
                times = 50 if turn % 20 == 19 else chance.randint(2, 12)
                found = differences(installation, prepare(place), times)
                row.lost += len(found)
                assert (name, found) == (name, [])
                row.done, row.acknowledged = row.done + 1, row.acknowledged + times
        with installation.engine() as engine:
            assert faults_of(engine) == []
        assert "Traceback" not in installation.server.log
        assert installation.count(AuditEntry, AuditEntry.deed == "invitation.accepted") == 2 * turns


WEAKENINGS = {
    "answer": "from ceapp.learning import service\nservice._earlier = lambda *_: None",
    "assign": "from ceapp.supervision.assigning import service\nservice.assignment_made_with = lambda *_: None",
    "grant": "from ceapp.learning import grants\ngrants.grant_made_with = lambda *_: None",
    "accept": "from ceapp.accounts.invitations import service\nservice.came_in_by = lambda *_: None",
}


def test_r7_control_a_server_that_forgets_what_a_form_did_is_seen(
    installations: Installations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, figures: Callable[..., Figures]
) -> None:
    """What is forgotten is seen, and nothing else: a form of which nothing is forgotten is as it was."""
    row = figures("R7 forms", "control", len(WEAKENINGS))
    weaken(monkeypatch, tmp_path, "\n".join(WEAKENINGS.values()))
    with installations("sqlite", workers=WORKERS) as installation, beside(installation) as app:
        place = Place(installation, app)
        for name in ("enrol", *WEAKENINGS):
            seen = differences(installation, DEEDS[name](place), 4)
            assert (name, bool(seen)) == (name, name in WEAKENINGS)
            row.done, row.lost = row.done + bool(seen), row.lost + len(seen)
    row.control = "tripped"


def _copy_of_sample(installation: Installation, slug: str, attempts: str) -> None:
    shutil.copytree(installation.scenarios / "sample", installation.scenarios / slug)
    installation.edit(f"{slug}/course.md", "[every-kind, short]", "[short]")
    installation.edit(f"{slug}/course.md", "optional: [extra]", "optional: [extra, every-kind]")
    installation.edit(f"{slug}/course.md", "attempts: unlimited", f"attempts: {attempts}")


def _ids(table: type[Person | Enrolment | Series], which: ColumnElement[bool]) -> Select[tuple[UUID]]:
    return select(table.id).where(which)
