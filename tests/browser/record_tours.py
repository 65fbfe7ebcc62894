"""Tours of the CE record: licences, and what certificates say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from ceapp.accounts.licences import service as licences
from ceapp.accounts.licences.service import LicenceInput
from ceapp.catalogue.attachments import service as attachments
from ceapp.catalogue.attachments.kinds import Kind as AttachmentKind
from ceapp.catalogue.attachments.service import AttachmentInput
from ceapp.certificates import life
from ceapp.certificates.approvals import service as approvals
from ceapp.certificates.facts import PrintedLicence
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.queries import current_certificates
from ceapp.certificates.rendering import Paper
from ceapp.certificates.service import issue
from ceapp.database import db, transaction
from ceapp.keys import current_keys
from ceapp.learning import acts, grants, starting
from ceapp.learning.acceptance import Notice
from ceapp.learning.models import Attempt, Completion, Enrolment, EvaluationAnswer
from ceapp.learning.offers import service as offers
from ceapp.learning.offers.queries import PaymentWords
from ceapp.learning.offers.rules import Refund, Way
from ceapp.learning.offers.service import BatchInput, OfferInput, PaymentInput
from ceapp.reporting import transcript_service
from ceapp.reporting.ce_broker import service as ce_broker
from ceapp.reporting.ce_broker import settings as ce_broker_settings
from ceapp.reporting.ce_broker import stock
from ceapp.reporting.ce_broker.queries import file_page
from ceapp.reporting.ce_broker.rules import Kind
from ceapp.reporting.ce_broker.settings import Board
from ceapp.reporting.own_data import service as own_data
from ceapp.reporting.reviewing import service as reviewing
from ceapp.reporting.reviewing.service import ReviewerInput
from tests.browser.tours import LONG_NAME, LONG_WORD, Tour, World
from tests.catalogue.adopting import adopt
from tests.certificates.conftest import approval_input, completion, png, provider_input
from tests.conftest import NOW
from tests.reporting.boards import setting_input

STATEMENT = (
    "Harbour Street Training is approved as a provider of continuing education by the Board of Examples, and keeps responsibility for it."
)
LICENCE = LicenceInput("psychologist", "", "US-CA", "", "PSY 01234", "", date(2099, 6, 30), True)


def holder_of_licences(world: World) -> Tour:
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.sign_in(tess)
    world.go("/account/licences")
    yield "licences, none"
    world.go("/account/licences/new")
    yield "licence, new"
    world.send_empty("Save")
    yield "licence, refused"
    long = LicenceInput("other", LONG_WORD[:80], "other", LONG_WORD[:80], "9" * 40, LONG_NAME[:120], date(2020, 1, 1), False)
    with world.app.app_context():
        for given in (LICENCE, long, *(replace(LICENCE, number=str(number)) for number in range(8))):
            held = licences.add(tess.id, given, now=NOW)
    world.go("/account/licences")
    yield "licences, no more room"
    world.go(f"/account/licences/{held.id}")
    yield "licence, change"


def administrator_who_opens_a_record(world: World) -> Tour:
    world.library.publish()
    tess, ada = world.make_person("tess@example.org", LONG_NAME), world.make_person("ada@example.org", "Ada", is_administrator=True)
    learner = world.learner(tess)
    learner.complete()
    with world.app.app_context():
        enrolment_id, attempt_id = db.session.scalars(select(Enrolment.id)).one(), db.session.scalars(select(Attempt.id)).first()
        certificate_id = current_certificates(tess.id)[0].id
    world.sign_in(tess)
    world.go("/account/record")
    yield "who looked, nobody"
    world.go(f"/attempts/{attempt_id}/replay")
    yield "own attempt as it was"
    world.sign_in(ada)
    world.go(f"/people/{tess.id}/record/{tess.id}")
    yield "open a record"
    world.send_empty("Open the record")
    yield "open a record, refused"
    world.page.get_by_label("Reason").fill("A board asks.")
    world.press("Open the record")
    yield "record, opened, no attempts"
    world.go(f"/people/{tess.id}/record/{enrolment_id}")
    world.page.get_by_label("Reason").fill(LONG_WORD * 8)
    world.press("Open the record")
    yield "record, opened"
    world.page.locator("main table a").first.click()
    yield "attempt as it was"
    world.go(f"/people/{tess.id}/record/{enrolment_id}/audit-pack")
    yield "audit pack of somebody"
    world.sign_in(tess)
    world.go("/account/record")
    yield "who looked"
    world.go(f"/certificates/{certificate_id}/audit-pack")
    yield "audit pack"


def administrator_of_approvals(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.sign_in(ada)
    world.go("/provider/approvals")
    yield "approvals, none"
    world.go("/provider/approvals/new")
    yield "approval, new"
    world.send_empty("Save")
    yield "approval, refused"
    given = approval_input(valid_from=date(2020, 1, 1), valid_to=datetime.now(UTC).date() + timedelta(days=20), statement=STATEMENT)
    long = approval_input(
        body=LONG_WORD * 2, number=LONG_WORD[:60], statement=LONG_WORD * 10, courses=("sample",), places=("US-CA", "CA-ON")
    )
    with world.app.app_context():
        set_provider_facts(provider_input(signature=png(400, 100)), after_version=0, by=ada.id, now=NOW)
        first = approvals.enter(given, by=ada.id, form_key="approval-of-the-tour-1", now=NOW).id
        approvals.change(
            first, replace(given, number="5678"), after_version=1, by=ada.id, form_key="approval-of-the-tour-2", now=NOW + timedelta(days=1)
        )
        other = approvals.enter(long, by=ada.id, form_key="approval-of-the-tour-3", now=NOW).id
        for each in (LICENCE, replace(LICENCE, profession="counselor", place="CA-ON", number="998877", name="Theresa Adeyemi-Cole")):
            licences.add(tess.id, each, now=NOW)
    for name, address in (
        ("home, an approval ends", "/"),
        ("operating, an approval ends", "/operating"),
        ("approvals", "/provider/approvals"),
        ("approval", f"/provider/approvals/{first}"),
        ("approval, long", f"/provider/approvals/{other}"),
        ("approval, change", f"/provider/approvals/{first}/change"),
        ("approval, withdraw", f"/provider/approvals/{first}/withdrawal"),
    ):
        world.go(address)
        yield name
    world.sign_in(tess)
    world.go("/courses/sample")
    yield "course, will my board take this"
    world.press("Enrol")
    yield "course, a tick is missing"
    world.sign_in(ada)
    with world.app.app_context():
        approvals.withdraw(other, from_day=date(2026, 11, 1), reason="The board ended it.", by=ada.id, now=NOW)
    world.go(f"/provider/approvals/{other}")
    yield "approval, withdrawn"
    with world.app.app_context():
        starting.enrol(tess.id, "sample", acknowledged=tuple(Notice), now=NOW)
    world.learner(tess).complete()
    world.sign_in(tess)
    world.go("/certificates")
    world.follow("Open: ")
    yield "certificate, licences and approvals"
    world.check_certificate()
    yield "verify, licences and approvals"


def towards_the_certificate(world: World) -> Tour:
    world.library.add_acts()
    world.library.add_closing_cases()
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    learner = world.learner(tess)
    world.sign_in(tess)
    learner.enrol()
    world.go("/courses/sample")
    yield "course, everything ahead"
    world.go("/courses/sample/closing-a")
    yield "closing cases, not open yet"
    world.go("/courses/sample/evaluation")
    yield "evaluation, too early"
    world.go("/courses/sample/attestation")
    yield "attestation, too early"
    learner.work_through(learner.begin())
    learner.work_through(learner.begin("short"), (("now", ("ask",)),))
    world.go("/courses/sample/closing-a")
    yield "closing cases"
    world.press("Begin")
    yield "closing case"
    world.page.get_by_text("To wait").click()
    world.press("Decide")
    yield "closing cases, not passed"
    world.go(world.page.url.replace("/result", "/1"))
    yield "closing case, answered"
    learner.work_through(learner.begin("closing-a"), (("case", ("guess",)),))
    world.go("/courses/sample/closing-a")
    yield "closing cases, used up"
    with world.app.app_context():
        request = grants.ask(tess.id, "sample", "closing-a", now=NOW)
        grants.grant_request(request.id, "The line failed.", actor=None, form_key="g" * 24, now=NOW)
    learner.work_through(learner.begin("closing-a"), (("case", ("tell",)),))
    world.go("/courses/sample/evaluation")
    yield "evaluation"
    world.send_empty("Send")
    yield "evaluation, refused"
    with world.app.app_context():
        acts.evaluate(tess.id, "sample", {"learned": 4}, {}, now=NOW)
    world.go("/courses/sample/evaluation")
    yield "evaluation, done"
    world.go("/courses/sample/attestation")
    yield "attestation"
    world.send_empty("Sign")
    yield "attestation, refused"
    with world.app.app_context():
        acts.attest(tess.id, "sample", "Tess Adeyemi", now=NOW)
    world.go("/courses/sample/attestation")
    yield "attestation, done"
    world.go("/courses/sample")
    yield "course, everything done"


def life_of_a_certificate(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess, omar = world.make_person("tess@example.org", "Tess Adeyemi"), world.make_person("omar@example.org", LONG_NAME[:120])
    world.sign_in(ada)
    world.go("/issued-certificates")
    yield "certificates of everybody, none"
    world.go("/issued-certificates/requests")
    yield "corrections, none"
    with world.app.app_context():
        set_provider_facts(provider_input(signature=png(400, 100)), after_version=0, by=ada.id, now=NOW)
    for person in (tess, omar):
        world.learner(person).complete()
    world.go("/issued-certificates?q=nobody")
    yield "certificates of everybody, not found"
    held = {}
    with world.app.app_context():
        licences.add(tess.id, LICENCE, now=NOW)
        for person in (tess, omar):
            held[person.id] = current_certificates(person.id)[0].id
        life.ask_for_correction(omar.id, held[omar.id], f"My name is shorter. {LONG_WORD}", now=NOW)
    world.sign_in(tess)
    world.go("/courses/sample")
    yield "course, completed"
    world.follow("Take this course again")
    yield "course, again"
    world.go(f"/certificates/{held[tess.id]}/wrong")
    yield "certificate, something wrong"
    world.send_empty("Ask for a corrected certificate")
    yield "certificate, something wrong, refused"
    world.page.get_by_role("textbox").fill("My name is Theresa.")
    world.press("Ask for a corrected certificate")
    yield "certificate, asked"
    world.sign_in(ada)
    one = f"/issued-certificates/{held[tess.id]}"
    for name, address in (
        ("certificates of everybody", "/issued-certificates"),
        ("corrections", "/issued-certificates/requests"),
        ("issued certificate, asked", one),
        ("revocation", f"{one}/revocation"),
        ("correction", f"{one}/correction"),
    ):
        world.go(address)
        yield name
    world.send_empty("Issue the corrected certificate")
    yield "correction, refused"
    world.page.get_by_label("Reason").fill("The name was wrong.")
    world.press("Issue the corrected certificate")
    yield "issued certificate, corrected"
    world.go(one)
    yield "issued certificate, replaced"
    world.go(f"/people/{tess.id}/certificate")
    yield "by hand"
    world.send_empty("Issue the certificate")
    yield "by hand, refused"
    with world.app.app_context():
        life.revoke(held[omar.id], by=ada.id, reason="Somebody else did the work.", now=NOW)
    world.sign_in(tess)
    world.go(f"/certificates/{held[tess.id]}")
    yield "certificate, replaced"
    with world.app.app_context():
        transcript_service.note_copy(tess.id, reason="Her board asked for it.", by=ada.id, form_key="t" * 24, now=NOW)
    world.go("/account/transcript")
    yield "transcript"
    world.go("/account/transcript?first_day=2027-01-02&last_day=2027-01-01")
    yield "transcript, refused"
    world.go("/account/transcript?first_day=2027-01-02")
    yield "transcript, nothing in these days"
    world.sign_in(world.make_person("new@example.org"))
    world.go("/account/transcript")
    yield "transcript, nothing yet"
    world.go("/account/data")
    yield "everything about oneself"
    world.press("Make the file")
    yield "everything about oneself, ready"
    world.go("/account/data")
    yield "everything about oneself, asked for before"
    world.sign_in(tess)
    with world.app.app_context():
        asked = own_data.ask(tess.id, Paper.LETTER, now=NOW)
    world.go(f"/account/data/{asked}")
    yield "everything about oneself, being made"
    world.go("/account")  # Its script would open the page anew while the tour does.
    world.sign_in(ada)
    world.go(f"/people/{tess.id}/transcript")
    yield "transcript of somebody"
    world.send_empty("Make the transcript")
    yield "transcript of somebody, refused"
    world.sign_in(omar)
    world.go(f"/certificates/{held[omar.id]}")
    yield "certificate, revoked with a reason"


def administrator_of_offers(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess = world.make_person("tess@example.org", LONG_NAME)
    world.sign_in(ada)
    world.go("/provider/offers/sample")
    yield "offer, none"
    with world.app.app_context():
        given = OfferInput(Way.BY_CODE, "120 dollars, by invoice", LONG_WORD * 3)
        offer = offers.make_offer("sample", given, after_version=0, by=ada.id, form_key="offer-of-the-tour-number-1", now=NOW)
        batch = offers.make_vouchers(
            "sample",
            BatchInput(LONG_WORD[:80], 30, date(2099, 1, 1), "Invoice 7"),
            by=ada.id,
            form_key="vouchers-of-the-tour-number-1",
            now=NOW,
        )
        code = next(offers.show_vouchers(batch.id, by=ada.id, now=NOW))[1]
    world.go("/provider/offers")
    yield "offers"
    world.go("/provider/offers/sample")
    yield "offer"
    world.go("/provider/offers/sample/vouchers")
    yield "vouchers, new"
    world.send_empty("Make vouchers")
    yield "vouchers, refused"
    world.sign_in(tess)
    world.go("/courses/sample")
    yield "course, by code"
    world.press("Enrol")
    yield "course, no code"
    with world.app.app_context():
        enrolment = starting.enrol(tess.id, "sample", code=code, shown_offer=offer.id, now=NOW)
    world.sign_in(ada)
    world.go(f"/provider/vouchers/{batch.id}")
    yield "vouchers"
    world.go(f"/people/{ada.id}/enrolments/new")
    yield "enrol by hand"
    world.send_empty("Enrol")
    yield "enrol by hand, refused"
    world.go(f"/people/{tess.id}/enrolments/{enrolment.id}/payment")
    yield "payment"
    with world.app.app_context():
        paid = PaymentInput(Refund.DECLINED, date(2026, 11, 25), PaymentWords("Invoice 77", LONG_WORD))
        offers.note_payment(tess.id, enrolment.id, paid, after_version=0, by=ada.id, form_key="payment-of-the-tour-number-1", now=NOW)
        starting.enrol_by_hand(ada.id, "sample", "She looks at it before the others.", actor=ada.id, now=NOW)
    world.go("/courses/sample")
    yield "course, enrolled by hand"
    world.sign_in(tess)
    world.go("/courses/sample")
    yield "course, a refund declined"


def reader_of_evaluations(world: World) -> Tour:
    world.library.add_acts()
    world.library.publish()
    world.sign_in(world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True))
    world.go("/reports/evaluation")
    yield "courses with evaluations"
    world.go("/reports/evaluation/sample")
    yield "evaluations, none to show"
    world.go("/reports/yearly")
    yield "yearly reports"
    world.go("/reports/yearly/sample")
    yield "yearly report, nothing to show"
    with world.app.app_context(), transaction() as session:
        for month in (date(2025, 5, 1), date(2025, 9, 1)):
            for rating in (2, 3, 4, 4, 5):
                session.add(EvaluationAnswer(course_slug="sample", month=month, item_id="learned", rating=rating))
                session.add(EvaluationAnswer(course_slug="sample", month=month, item_id="objective-decide", rating=rating))
            session.add(EvaluationAnswer(course_slug="sample", month=month, item_id="useful", rating=1))
        for text in ("Shorter scenes.", f"{LONG_WORD} {LONG_WORD}"):
            key_id, ciphertext = current_keys().seal(text)
            said = {"item_id": "comment", "key_id": key_id, "ciphertext": ciphertext}
            session.add(EvaluationAnswer(course_slug="sample", month=date(2025, 9, 1), **said))
    world.go("/reports/evaluation/sample")
    yield "evaluations"
    world.go("/reports/evaluation/sample?period=2025-04")
    yield "evaluations, without comments"
    for number in range(6):
        person = world.make_person(f"person-{number}@example.org", f"Person {number}")
        with world.app.app_context():
            starting.enrol(person.id, "sample", now=NOW)
            with transaction() as session:
                enrolment = session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).one()
                revision = enrolment.course_revision_id
                done = {"completed_at": NOW, "completed_on": date(2025, 11, 20), "time_zone": "UTC"}
                session.add(Completion(enrolment_id=enrolment.id, course_revision_id=revision, **done))
    world.go("/reports/yearly/sample?year=2025")
    yield "yearly report"


def reporter_to_ce_broker(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess, omar = world.make_person("tess@example.org", "Tess Adeyemi"), world.make_person("omar@example.org", LONG_NAME)
    world.sign_in(ada)
    for name, address in (
        ("CE Broker, nothing", "/reports/ce-broker"),
        ("CE Broker, no files", "/reports/ce-broker/files"),
        ("CE Broker, no settings", "/reports/ce-broker/settings"),
        ("CE Broker, new setting", "/reports/ce-broker/settings/new"),
    ):
        world.go(address)
        yield name
    world.send_empty("Save")
    yield "CE Broker, setting refused"
    licence = PrintedLicence("Social worker, Florida", "SW 00123", profession="social-worker", place="US-FL")
    other = PrintedLicence(f"{LONG_WORD}, Florida", LONG_WORD[:40], profession="other", place="US-FL")
    with world.app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
        board = Board("sample", "US-FL", "social-worker", "")
        setting = ce_broker_settings.enter(board, setting_input(), by=ada.id, form_key="setting-of-the-tour-no-1", now=NOW).id
        board = Board("sample", "US-FL", "other", LONG_WORD)
        ce_broker_settings.enter(board, setting_input(days=366), by=ada.id, form_key="setting-of-the-tour-no-2", now=NOW)
        with transaction():
            for person, name, held in ((tess, "Tess Adeyemi", (licence, other)), (omar, LONG_NAME, ())):
                facts = completion(name=name, licences=held)
                issue(person_id=person.id, course_slug="sample", cycle=7, facts_input=facts, now=NOW)
        stock.take_all(NOW)
    for name, address in (
        ("home, reports are late", "/"),
        ("CE Broker, ready", "/reports/ce-broker"),
        ("CE Broker, missing", "/reports/ce-broker?state=missing"),
        ("CE Broker, settings", "/reports/ce-broker/settings"),
        ("CE Broker, setting", f"/reports/ce-broker/settings/{setting}"),
    ):
        world.go(address)
        yield name
    with world.app.app_context():
        file = ce_broker.make_file(Kind.FULL, by=ada.id, form_key="file-of-the-tour-number-1", now=NOW)
        ce_broker.answer_file(file.id, {1: LONG_WORD * 3}, accepts_rest=False, by=ada.id, now=NOW)
        entry = file_page(file.id, 1).lines[0].entry.row.id
    for name, address in (
        ("CE Broker, files", "/reports/ce-broker/files"),
        ("CE Broker, file", f"/reports/ce-broker/files/{file.id}"),
        ("CE Broker, line", f"/reports/ce-broker/lines/{entry}"),
        ("CE Broker, rejected", "/reports/ce-broker?state=rejected"),
    ):
        world.go(address)
        yield name


def administrator_of_files(world: World) -> Tour:
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    world.sign_in(ada)
    world.go("/provider/files")
    yield "courses’ files, none"
    world.library.publish()
    world.go("/provider/attachments")
    yield "attachments, none"
    world.go("/provider/attachments/new")
    yield "attachment, new"
    world.send_empty("Keep the file")
    yield "attachment, refused"
    world.go("/provider/files/sample")
    yield "file of a course, not adopted"
    world.go("/provider/files/sample/adoption")
    yield "adopt"
    world.send_empty("Adopt this revision")
    yield "adopt, refused"
    with world.app.app_context():
        vita = AttachmentInput(AttachmentKind.CV, LONG_WORD * 5, date(2026, 11, 18), b"Vita.", "sample")
        first = attachments.add(vita, by=ada.id, form_key="attachment-of-the-tour-1", now=NOW).id
        attachments.replace(first, vita, after_version=1, by=ada.id, form_key="attachment-of-the-tour-2", now=NOW)
        policy = replace(vita, kind=AttachmentKind.POLICY, title="Refunds", course_slug=None)
        attachments.add(policy, by=ada.id, form_key="attachment-of-the-tour-3", now=NOW)
    adopt(world.app, ada, cv_id=first)
    adopt(world.app, ada, after=1, key="adoption-of-the-tour-no-2")
    for name, address in (
        ("courses’ files", "/provider/files"),
        ("file of a course", "/provider/files/sample"),
        ("adopt, put right", "/provider/files/sample/adoption"),
        ("attachments", "/provider/attachments"),
        ("attachment", f"/provider/attachments/{first}"),
        ("attachment, newer", f"/provider/attachments/{first}/newer"),
        ("course, adopted", "/courses/sample"),
        ("dossier", "/provider/files/sample/dossier"),
    ):
        world.go(address)
        yield name


def reviewer_of_a_board(world: World) -> Tour:
    world.library.add_acts()
    world.library.add_closing_cases()
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    bea = world.make_person("bea@board.example", LONG_NAME, is_reviewer=True)
    world.sign_in(ada)
    world.go("/provider/files/sample/reviewers")
    yield "reviewers, none"
    world.go("/provider/files/sample/reviewers/new")
    yield "reviewer, invite"
    world.send_empty("Invite")
    yield "reviewer, refused"
    world.go("/review")
    yield "review, nobody invited"
    until = datetime.now(UTC) + timedelta(days=30)
    with world.app.app_context():
        vita = AttachmentInput(AttachmentKind.CV, "Vita of the author", date(2026, 11, 18), b"Vita.", "sample")
        attachments.add(vita, by=ada.id, form_key="attachment-of-the-tour-1", now=NOW)
        given = ReviewerInput(bea.email, "Bea", LONG_WORD * 2, until)
        first = reviewing.invite("sample", given, by=ada.id, form_key="review-of-the-tour-no-1", now=NOW)
        reviewing.end(first.id, by=ada.id, now=NOW + timedelta(days=1))
        again = replace(given, board="Board of Examples")
        reviewing.invite("sample", again, by=ada.id, form_key="review-of-the-tour-no-2", now=NOW + timedelta(days=2))
    bea = world.make_person("bea2@board.example", LONG_NAME, is_reviewer=True)
    with world.app.app_context():
        reviewing.invite("sample", replace(given, email=bea.email), by=ada.id, form_key="review-of-the-tour-no-3", now=NOW)
    world.go("/provider/files/sample/reviewers")
    yield "reviewers"
    world.sign_in(bea)
    world.go("/review")
    yield "review"
    world.go("/review/sample")
    yield "course, reviewed"
    world.go("/review/sample/scenarios/every-kind")
    yield "scenario, reviewed"
    world.go("/review/sample/scenarios/closing-a")
    yield "closing cases, reviewed"
    world.go("/courses/sample")
    yield "course, a reviewer looks"


RECORD_TOURS = (
    administrator_who_opens_a_record,
    holder_of_licences,
    administrator_of_approvals,
    towards_the_certificate,
    life_of_a_certificate,
    administrator_of_offers,
    administrator_of_files,
    reviewer_of_a_board,
    reader_of_evaluations,
    reporter_to_ce_broker,
)
