"""A whole and healthy instance: every kind of row, written by the product's own services over three weeks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from ceapp.accounts import second_factor_changes, sign_ins, totp
from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.invitations.service import Invited
from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.accounts.models import Membership, Organisation, Person
from ceapp.accounts.people import service as people
from ceapp.app import create_app
from ceapp.audit.sealing import seal_all
from ceapp.audit.service import record
from ceapp.catalogue.adoptions import service as adoptions
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind as AttachmentKind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.catalogue.queries import current_course
from ceapp.certificates import life
from ceapp.certificates import service as certificates
from ceapp.certificates.approvals import service as approvals
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.certificates.renditions import pdf_of
from ceapp.config import load_settings
from ceapp.database import db, new_id, scoped_to, transaction
from ceapp.keys import export_keys, note_exported
from ceapp.learning import acts, grants, reflections, service, starting
from ceapp.learning.acceptance import Notice
from ceapp.learning.accommodations import service as accommodations
from ceapp.learning.grievances import service as grievances
from ceapp.learning.grievances.service import AnswerInput, GrievanceInput
from ceapp.learning.models import Attempt, Enrolment
from ceapp.learning.offers import service as offers
from ceapp.learning.offers.queries import PaymentWords
from ceapp.learning.offers.rules import Refund, Way
from ceapp.learning.offers.service import BatchInput, OfferInput, PaymentInput
from ceapp.learning.record.service import open_record
from ceapp.learning.removals import service as removals
from ceapp.learning.service import Submission
from ceapp.mail.models import Message
from ceapp.reporting import exporting, transcript_service
from ceapp.reporting.ce_broker import service as ce_broker
from ceapp.reporting.ce_broker import settings as ce_broker_settings
from ceapp.reporting.ce_broker.models import CeBrokerEntry
from ceapp.reporting.ce_broker.rules import Answer, Kind
from ceapp.reporting.ce_broker.settings import Board, SettingInput
from ceapp.reporting.retention import holds
from ceapp.reporting.reviewing import service as reviewing
from ceapp.reporting.reviewing.service import ReviewerInput
from ceapp.reporting.selection import Selection
from ceapp.supervision.access import acting
from ceapp.supervision.assigning import changes
from ceapp.supervision.assigning.orders import Order, What
from ceapp.supervision.assigning.service import assign
from ceapp.supervision.groups import service as groups
from ceapp.supervision.models import Task
from ceapp.supervision.relations import covers
from ceapp.supervision.relations import service as relations
from ceapp.supervision.reminders import service as reminders
from ceapp.supervision.review import service as review
from ceapp.supervision.review.access import work_for
from ceapp.supervision.scopes import Scope
from ceapp.supervision.tasks import service as tasks
from tests.catalogue.adopting import adopters
from tests.certificates.conftest import approval_input, png, provider_input
from tests.conftest import NOW
from tests.harness.courses import Library
from tests.supervision.working import GOOD_PATH, RISKY_PATH

PUBLIC = "https://ce.example.org"
BEGIN = NOW - timedelta(days=21)
BALLAST_MB = 1
TEXT = "I would ask my supervisor before I answer"
NAMES = ("ada", "ines", "rita", "sam", "noor", "tess", "omar", "lea")
SHORT = [("now", ("ask",))]
SHORT_FAILED = [("now", ("like",))]


def make_whole(url: str, folder: Path) -> None:
    """Fill a migrated database and the instance folder around it; everything in it ends before the day of the tests."""
    folder.chmod(0o700)
    with (folder / "ballast").open("wb") as file:
        file.truncate(BALLAST_MB << 20)
    library = folder / "scenarios"
    app = create_app(load_settings({}, instance=str(folder), database_url=url, scenarios=str(library), base_url=PUBLIC))
    _Weeks(app, Library(app, library, BEGIN)).tell()
    note_exported(folder / "keys", export_keys(folder / "keys", folder / "keys.json"))
    with app.app_context():
        db.session.remove()
        if url.startswith("sqlite"):
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    for file in folder.glob("*.sqlite3*"):
        file.chmod(0o600)


class _Weeks:
    def __init__(self, app: Flask, library: Library) -> None:
        self._app, self._library = app, library
        self._keys = itertools.count()
        self.ids: dict[str, UUID] = {}
        self.clinic = self.house = new_id()

    def tell(self) -> None:
        self._publish()
        with self._app.app_context():
            self._people()
            self._organise()
            self._assign()
            self._learn()
            self._supervise()
            self._certify()
            self._rest()

    def _publish(self) -> None:
        pictures = self._library.root / "sample" / "images"
        pictures.mkdir()
        (pictures / "room.png").write_bytes(png())
        self._library.edit(
            "sample/short.md", "the waiting room online.", "the waiting room online.\n\n![a room with chairs](images/room.png)"
        )
        self._library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
        self._library.edit("sample/course.md", "evaluation: none\nattestation: none", "evaluation: standard\nattestation: standard")
        report = self._library.publish()
        assert not report.problems, [str(problem) for problem in report.problems]

    def _people(self) -> None:
        with transaction() as session:
            for name in NAMES:
                row = Person(
                    email=f"{name}@example.org",
                    name=name.title(),
                    time_zone="America/Toronto",
                    password_hash="",
                    email_confirmed_at=BEGIN,
                    created_at=BEGIN,
                )
                session.add(row)
                session.flush()
                self.ids[name] = row.id
        people.make_administrator(self.ids["ada"], actor=None, now=BEGIN)
        licences.add(self.ids["tess"], LicenceInput("counselor", "", "US-NY", "", "00123", "", None, is_printed=True), now=BEGIN)
        for name in NAMES:
            sign_ins.begin(self.ids[name], now=NOW - timedelta(days=3))
        self.clinic = self._organisation(
            "clinic", ines="administrator", sam="supervisor", noor="supervisor", tess="trainee", omar="trainee"
        )
        self.house = self._organisation("house", rita="trainee supervisor administrator", omar="trainee")

    def _organisation(self, slug: str, **roles: str) -> UUID:
        with transaction() as session:
            made = Organisation(slug=slug, name=slug.title(), time_zone="America/Toronto", created_at=BEGIN)
            session.add(made)
            session.flush()
            with scoped_to(made.id):
                for name, held in roles.items():
                    columns = {f"is_{role}": True for role in held.split()}
                    session.add(Membership(organisation_id=made.id, person_id=self.ids[name], joined_on=BEGIN.date(), **columns))
                session.flush()
            return made.id

    def _organise(self) -> None:
        for organisation, by, supervisor, trainees in (
            (self.clinic, "ines", "sam", ("tess", "omar")),
            (self.house, "rita", "rita", ("omar",)),
        ):
            with scoped_to(organisation):
                relations.supervise(
                    organisation,
                    self.ids[by],
                    supervisor_id=self.ids[supervisor],
                    trainee_ids=[self.ids[each] for each in trainees],
                    first_day=BEGIN.date(),
                    last_day=None,
                    scope=Scope.REFLECTIONS,
                    now=BEGIN,
                )
        with scoped_to(self.clinic):
            group_id = groups.make_group(self.clinic, self.ids["ines"], "First years", now=BEGIN)
            groups.add_members(self.clinic, self.ids["ines"], group_id, [self.ids["tess"], self.ids["omar"]], now=BEGIN)
            covers.cover(
                self.clinic,
                self.ids["ines"],
                supervisor_id=self.ids["sam"],
                colleague_id=self.ids["noor"],
                first_day=NOW.date() - timedelta(days=8),
                last_day=NOW.date() + timedelta(days=5),
                now=NOW - timedelta(days=9),
            )
            invited = Invited("guest@example.net", "Guest", ("trainee",))
            invitations.invite(self.clinic, invited, actor=self.ids["ines"], form_key=self._key(), now=NOW - timedelta(hours=3))

    def _assign(self) -> None:
        due_on = NOW.date() + timedelta(days=3)
        for organisation, by, trainees, scenarios, attempts, own in (
            (self.clinic, "sam", ("tess", "omar"), ("every-kind", "short"), 1, False),
            (self.clinic, "sam", ("tess",), ("extra",), None, True),
            (self.house, "rita", ("omar",), ("every-kind",), None, False),
        ):
            order = Order(
                What.SCENARIOS,
                "sample",
                scenarios,
                "",
                due_on,
                (),
                "America/Toronto",
                tuple(self.ids[each] for each in trainees),
                "Read the feedback to every choice.",
                attempts,
                own,
            )
            with scoped_to(organisation):
                assign(organisation, self.ids[by], order, form_key=self._key(), now=BEGIN + timedelta(hours=1))

    def _learn(self) -> None:
        """Tess completes the course, then Omar with a grant; Lea is in the middle of it."""
        day = BEGIN + timedelta(days=1)
        for name in ("tess", "omar", "lea"):
            starting.enrol(self.ids[name], "sample", acknowledged=tuple(Notice), now=day)
        self._offer(day)
        self._promise(day)
        self._file()
        self._work("tess", self._begin("tess", "every-kind", "credit", day), GOOD_PATH, day)
        self._work("tess", self._begin("tess", "short", "credit", day), SHORT, day)
        self._finish("tess", day + timedelta(hours=1))
        self._work("tess", self._begin("tess", "extra", "credit", day), SHORT, day)
        self._work("tess", self._begin("tess", "every-kind", "practice", day), RISKY_PATH, day)
        self._work("tess", self._begin("tess", "every-kind", "practice", day), GOOD_PATH[:2], day)
        day += timedelta(days=1)
        with scoped_to(self.ids["tess"]):
            tasks.release(self.ids["tess"], self._task("tess", "extra"), self._passed("tess", "extra"), now=day)
        self._work("omar", self._begin("omar", "every-kind", "credit", day), GOOD_PATH, day)
        self._work("omar", self._begin("omar", "short", "credit", day), SHORT_FAILED, day)
        grants.ask(self.ids["omar"], "sample", "short", now=day)
        enrolment = db.session.scalars(select(Enrolment.id).where(Enrolment.person_id == self.ids["omar"])).one()
        grants.grant(self.ids["omar"], enrolment, "short", "The power failed.", actor=self.ids["ada"], form_key=self._key(), now=day)
        self._provider()
        self._work("omar", self._begin("omar", "short", "credit", day), SHORT, day + timedelta(days=1))
        self._finish("omar", day + timedelta(days=1, hours=1))
        lea = self._begin("lea", "every-kind", "credit", day)
        self._work("lea", lea, GOOD_PATH[:-1], day)
        reflections.save_draft(self.ids["lea"], lea.id, "note", TEXT, 0, now=day)

    def _offer(self, day: datetime) -> None:
        """Noor comes in by a voucher, Sam by hand, with what was paid."""
        ada = self.ids["ada"]
        offer = offers.make_offer(
            "sample", OfferInput(Way.BY_CODE, "120 dollars", "All of it."), after_version=0, by=ada, form_key=self._key(), now=day
        )
        batch = offers.make_vouchers("sample", BatchInput("Clinic", 2, NOW.date(), "Invoice 7"), by=ada, form_key=self._key(), now=day)
        code = next(offers.show_vouchers(batch.id, by=ada, now=day))[1]
        starting.enrol(self.ids["noor"], "sample", code=code, shown_offer=offer.id, now=day)
        offers.withdraw_vouchers(batch.id, None, by=ada, now=day)
        enrolment = starting.enrol_by_hand(self.ids["sam"], "sample", "Paid by cheque.", actor=ada, now=day)
        payment = PaymentInput(Refund.ASKED, day.date(), PaymentWords("Cheque 12", "Ill."))
        offers.note_payment(self.ids["sam"], enrolment.id, payment, after_version=0, by=ada, form_key=self._key(), now=day)

    def _promise(self, day: datetime) -> None:
        """Tess asks for two accommodations, has one and takes the other back, and complains; what is about her is held for a while."""
        tess, ada = self.ids["tess"], self.ids["ada"]
        asked = accommodations.ask(tess, "sample", "More time would help.", form_key=self._key(), now=day)
        accommodations.read(asked.id, by=ada, sign_in_id=new_id(), now=day)
        granted = {"in_print": True, "after_number": 0, "form_key": self._key()}
        accommodations.answer(asked.id, "granted", "As long as you like.", **granted, by=ada, now=day)
        other = accommodations.ask(tess, None, "Larger letters would help.", form_key=self._key(), now=day)
        accommodations.withdraw(tess, other.id, form_key=self._key(), now=day)
        held = holds.place("Her board asks.", by=ada, form_key=self._key(), now=day, person_id=tess)
        holds.lift(held.id, "Her board has it.", by=ada, now=day)
        filed = grievances.file(tess, GrievanceInput("other", None, "Nobody answers."), form_key=self._key(), now=day)
        rude = grievances.file(tess, GrievanceInput("other", None, "A client of mine was here."), form_key=self._key(), now=day)
        removals.redact("grievance", rude.id, "It names a client.", by=ada, form_key=self._key(), now=day)
        for number, given in enumerate((AnswerInput("looked into", "", "We look."), AnswerInput("closed", "upheld", "We answer now."))):
            grievances.answer(filed.id, given, after_number=number, by=ada, form_key=self._key(), now=day)

    def _file(self) -> None:
        """A curriculum vitae in two versions, and who answers for the course, put right once."""
        ada, day = self.ids["ada"], BEGIN + timedelta(days=1)
        vita = AttachmentInput(AttachmentKind.CV, "Vita of the author", day.date(), b"Worked at many places.", "sample")
        first = attachments.add(vita, by=ada, form_key=self._key(), now=day).id
        newer = replace(vita, data=b"Worked at more places.")
        attachments.replace(first, newer, after_version=1, by=ada, form_key=self._key(), now=day)
        policy = AttachmentInput(AttachmentKind.POLICY, "Refunds", day.date(), png())
        attachments.add(policy, by=ada, form_key=self._key(), now=day)
        revision = current_course("sample").id
        for version, named in enumerate((adopters(), adopters(cv_id=first))):
            adoptions.adopt("sample", revision, named, after_version=version, by=ada, form_key=self._key(), now=day)

        reviewer = ReviewerInput("bea@board.example", "Bea Moss", "Board of Examples", NOW + timedelta(days=30))
        ended = reviewing.invite("sample", reviewer, by=ada, form_key=self._key(), now=day)
        reviewing.end(ended.id, by=ada, now=day + timedelta(hours=1))
        reviewing.invite("sample", reviewer, by=ada, form_key=self._key(), now=day + timedelta(hours=2))

    def _finish(self, name: str, at: datetime) -> None:
        assert not acts.evaluate(self.ids[name], "sample", {"learned": 4, "useful": 5}, {"comment": "Shorter scenes."}, now=at)
        assert acts.attest(self.ids[name], "sample", name.title(), now=at)

    def _provider(self) -> None:
        """Between the two completions: Tess's is a specimen first."""
        set_provider_facts(provider_input(signature=png()), after_version=0, by=self.ids["ada"], now=BEGIN + timedelta(days=2))

        first = approvals.enter(approval_input(), by=self.ids["ada"], form_key=self._key(), now=BEGIN)
        ended = approvals.enter(approval_input(body="Another Board"), by=self.ids["ada"], form_key=self._key(), now=BEGIN)
        approvals.change(first.id, approval_input(number="77"), after_version=1, by=self.ids["ada"], form_key=self._key(), now=BEGIN)
        approvals.withdraw(ended.id, from_day=NOW.date(), reason="The board ended it.", by=self.ids["ada"], now=BEGIN)

    def _supervise(self) -> None:
        day = BEGIN + timedelta(days=4)
        for name, scenario, path in (("tess", "every-kind", GOOD_PATH), ("omar", "every-kind", RISKY_PATH), ("omar", "short", SHORT)):
            self._do_task(self.clinic, name, scenario, path, day)
        self._do_task(self.house, "omar", "every-kind", GOOD_PATH, day)
        later = NOW - timedelta(days=2)
        omars = self._task("omar", "every-kind")
        with scoped_to(self.clinic):
            changes.give_attempt(self.clinic, self.ids["sam"], omars, reason="Once more.", form_key=self._key(), now=later)
            changes.extend(
                self.clinic,
                self.ids["sam"],
                self._task("tess", "short"),
                due_on=NOW.date() + timedelta(days=10),
                reason="Illness.",
                now=later,
            )
        for by in ("sam", "noor"):
            self._sign_off(by, "tess", later)
        with scoped_to(self.clinic, self.ids["sam"]):
            here = acting(self.clinic, self.ids["sam"], "supervisor", now=later)
            review.read_reflection(here, self.ids["tess"], self._task("tess", "every-kind"), "note", now=later)

    def _do_task(self, organisation: UUID, name: str, scenario: str, path: Sequence[tuple[str, tuple[str, ...]]], day: datetime) -> None:
        task_id = self._task(name, scenario, organisation)
        with scoped_to(self.ids[name]):
            attempt = tasks.begin(self.ids[name], task_id, form_key=self._key(), now=day)
        self._work(name, attempt, path, day)

    def _sign_off(self, by: str, trainee: str, day: datetime) -> None:
        task_id = self._task(trainee, "every-kind")
        with scoped_to(self.clinic, self.ids[by]):
            here = acting(self.clinic, self.ids[by], "supervisor", now=day)
            seen = work_for(here, self.ids[trainee], task_id, now=day)
            review.sign_off(here, self.ids[trainee], task_id, note="Well done.", shown=review.facts_of(seen).seal, now=day)

    def _certify(self) -> None:
        later = NOW - timedelta(days=1)
        enrolment = db.session.scalars(select(Enrolment.id).where(Enrolment.person_id == self.ids["tess"])).one()
        opened = {"actor": self.ids["ada"], "sign_in_id": new_id(), "form_key": self._key()}
        open_record(self.ids["tess"], enrolment, "Asked for by the board.", **opened, now=later)
        certificates.issue_waiting(by=self.ids["ada"], now=later)
        rows = {row.person_id: row for row in db.session.scalars(select(Certificate).where(Certificate.serial.is_not(None)))}
        assert set(rows) == {self.ids["tess"], self.ids["omar"]}
        pdf_of(rows[self.ids["tess"]], Paper.LETTER, now=later)
        life.revoke(rows[self.ids["omar"]].id, by=self.ids["ada"], reason="Asked for by the board.", now=later)
        exporting.ask(self.ids["ada"], Selection("", None, None, None), Paper.LETTER, now=later)
        self._by_hand(later)
        self._report(later)

    def _report(self, day: datetime) -> None:
        """Tess is reported, rejected and reported again; Lea holds no licence."""
        board = Board("sample", "US-NY", "counselor", "")
        given = SettingInput(
            is_active=True,
            provider_number="1234",
            course_number="5678",
            own_number="",
            publishing_number="",
            profession_code="LMHC",
            subject_code="",
            hours="",
            days=30,
            first_day=BEGIN.date(),
            approval_id=None,
        )
        ada = self.ids["ada"]
        ce_broker_settings.enter(board, given, by=ada, form_key=self._key(), now=day)
        first = ce_broker.make_file(Kind.FULL, by=ada, form_key=self._key(), now=day)
        ce_broker.answer_file(first.id, {1: "Licence not found."}, accepts_rest=False, by=ada, now=day)
        entry = db.session.scalars(select(CeBrokerEntry.id).where(CeBrokerEntry.file_id == first.id)).one()
        ce_broker.answer_line(entry, Answer.AGAIN, "", by=ada, now=day)
        second = ce_broker.make_file(Kind.FULL, by=ada, form_key=self._key(), now=day)
        ce_broker.answer_file(second.id, {}, accepts_rest=True, by=ada, now=day)
        ce_broker.take_file(second.id, by=ada, now=day)

    def _by_hand(self, day: datetime) -> None:
        """Lea has a certificate by hand, which is replaced; she finds the newer one wrong too."""
        said = {"category": "ethics", "contact_hours": "2", "time_zone": "America/Toronto", "licences": ()}
        facts = life.completion_of_hand(name="Lea", course_title="Sample", days=(BEGIN.date(), BEGIN.date()), **said)
        made = life.issue_by_hand(
            self.ids["lea"],
            "sample",
            facts,
            with_approvals_of_that_day=True,
            reason="Done on paper.",
            by=self.ids["ada"],
            form_key=self._key(),
            now=day,
        )
        given = life.Correction("Lea L.", "1.5", "ethics", (), renews_approvals=True)
        newer = life.supersede(made.id, given, reason="Fewer hours.", by=self.ids["ada"], form_key=self._key(), now=day)
        transcript_service.note_copy(self.ids["lea"], reason="An audit.", by=self.ids["ada"], form_key=self._key(), now=day)
        life.ask_for_correction(self.ids["lea"], newer.id, "My name is Léa.", now=day)

    def _rest(self) -> None:
        self._second_factors(NOW - timedelta(days=2))
        reminders.queue_due(NOW - timedelta(hours=2))
        record("backup.made", actor=None, now=NOW - timedelta(hours=12))
        with transaction() as session:
            for message in session.scalars(select(Message).where(Message.sent_at.is_(None), Message.cancelled_at.is_(None))):
                if message.due_at < NOW - timedelta(hours=6):
                    message.sent_at, message.values = NOW - timedelta(hours=5), b""
        seal_all()

    def _second_factors(self, day: datetime) -> None:
        """Ada has one, and Sam's was taken away when his telephone was lost."""
        for name in ("ada", "sam"):
            seed, token = totp.new_seed(), sign_ins.begin(self.ids[name], now=day)
            second_factor_changes.switch_on(self.ids[name], token, seed, totp.code_at(seed, totp.step_at(day)), now=day)
        people.reset_second_factor(self.ids["sam"], "His telephone is lost.", actor=self.ids["ada"], form_key=self._key(), now=day)

    def _begin(self, name: str, scenario: str, purpose: str, day: datetime) -> Attempt:
        return starting.begin(self.ids[name], "sample", scenario, purpose=purpose, form_key=self._key(), now=day)

    def _work(self, name: str, attempt: Attempt, path: Sequence[tuple[str, tuple[str, ...]]], day: datetime) -> None:
        for number, (question, given) in enumerate(path, 1):
            text = TEXT if question == "note" else ""
            at = day + timedelta(minutes=number)
            service.hand_in(self.ids[name], attempt.id, Submission(question, given, text, self._key(), at), now=at)

    def _task(self, name: str, scenario: str, organisation: UUID | None = None) -> UUID:
        positions = {"every-kind": 1, "short": 2, "extra": 1}
        with scoped_to(self.ids[name]):
            rows = db.session.scalars(
                select(Task).where(
                    Task.trainee_id == self.ids[name],
                    Task.organisation_id == (organisation or self.clinic),
                    Task.position == positions[scenario],
                )
            ).all()
            wanted = [row.id for row in sorted(rows, key=lambda row: row.id)]
            return wanted[-1 if scenario == "extra" else 0]

    def _passed(self, name: str, scenario: str) -> UUID:
        return self._attempts(name, scenario)[0]

    def _attempts(self, name: str, scenario: str) -> list[UUID]:
        from_series = starting.credit_series
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == self.ids[name])).one()
        series = from_series(enrolment.id, (scenario,))
        assert series is not None
        return list(db.session.scalars(select(Attempt.id).where(Attempt.series_id == series.id).order_by(Attempt.number)))

    def _key(self) -> str:
        return f"form-of-the-whole-{next(self._keys):06}"
