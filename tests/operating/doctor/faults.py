"""Faults to plant, each with what the doctor has to say about it: these codes and no others."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, text

from ceapp.accounts.models import Person
from ceapp.audit import kept_heads
from ceapp.audit.models import AuditEntry, AuditSeal
from ceapp.audit.seals import Head, seal_sha256
from ceapp.database import new_id
from ceapp.operating import starting
from ceapp.operating.doctor import machine
from tests.operating.doctor.patients import Patient
from tests.reliability.damage import unprotected

Plant = Callable[[Patient, pytest.MonkeyPatch], None]

PLANTED: dict[str, tuple[Plant, set[str]]] = {}
"""What is wrong → how it is made, and the codes that name it."""

ON_BOTH: list[str] = []
"""Those that are tried on PostgreSQL too."""


def sql(*statements: str, **values: object) -> Plant:
    return lambda patient, _patch: patient.write(*statements, **values)


def fault(what: str, *codes: str) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTED[what] = (plant, set(codes))
        return plant

    return keep


def rows(what: str, statement: str | tuple[str, ...], *codes: str, both: bool = False) -> None:
    """A fault that is one statement or a few."""
    PLANTED[what] = (sql(*([statement] if isinstance(statement, str) else statement)), set(codes))
    if both:
        ON_BOTH.append(what)


def _who(name: str) -> str:
    return f"(SELECT id FROM person WHERE email = '{name}@example.org')"


def _series(name: str, scenario: str, purpose: str = "credit") -> str:
    return f"(SELECT id FROM series WHERE person_id = {_who(name)} AND scenario_slug = '{scenario}' AND purpose = '{purpose}')"


def _attempt(name: str, scenario: str, number: int = 1, purpose: str = "credit") -> str:
    return f"(SELECT id FROM attempt WHERE series_id = {_series(name, scenario, purpose)} AND number = {number})"


def _completion(name: str) -> str:
    return f"(SELECT id FROM completion WHERE enrolment_id = (SELECT id FROM enrolment WHERE person_id = {_who(name)}))"


def _task(name: str, scenario: str) -> str:
    """Of the clinic."""
    return (
        "(SELECT task.id FROM task JOIN assigned_scenario ON assigned_scenario.assignment_id = task.assignment_id"
        " AND assigned_scenario.position = task.position JOIN organisation ON organisation.id = task.organisation_id"
        f" WHERE organisation.slug = 'clinic' AND task.trainee_id = {_who(name)} AND assigned_scenario.scenario_slug = '{scenario}')"
    )


_TASK_SERIES = f"(SELECT series_id FROM task WHERE id = {_task('tess', 'every-kind')})"
_HOUSE = "(SELECT id FROM organisation WHERE slug = 'house')"
_OTHER_COURSE = (
    "INSERT INTO course (slug, title, summary, preview, revision_id, fingerprint)"
    " SELECT 'other', title, summary, preview, revision_id, fingerprint FROM course WHERE slug = 'sample'"
)
_FIRST_OF_OMAR = _attempt("omar", "short")

# The database as a file and as tables


@fault("a page of an index is overwritten", "database.damaged")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    with patient.engine() as engine, engine.connect() as connection:
        found = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_guess_window_window_start'"
        page = connection.exec_driver_sql(found).scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    with (patient.folder / "ceapp.sqlite3").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x07" * 64)


rows(
    "a value that its column does not allow",
    f"UPDATE membership SET is_trainee = false WHERE person_id = {_who('tess')}",
    "database.damaged",
)
rows("an older migration", "UPDATE alembic_version SET version_num = '0001'", "database.behind", both=True)
rows("a migration from the future", "UPDATE alembic_version SET version_num = '9999'", "database.ahead", both=True)
rows("a table is gone", "DROP TABLE guess_window", "schema.differs", both=True)
rows("an index is gone", "DROP INDEX ix_sign_in_person_id", "schema.differs", both=True)
rows("a unique index is gone", "DROP INDEX uq_attempt_open", "schema.differs", both=True)
rows("a column is gone", "ALTER TABLE person DROP COLUMN wants_reminders", "schema.differs", both=True)


@fault("a trigger is gone", "schema.trigger-missing")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.run("DROP TRIGGER keep_answer__delete")


@fault("a trigger does nothing", "schema.trigger-differs")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.run(
        "DROP TRIGGER keep_score__update",
        "CREATE TRIGGER keep_score__update BEFORE UPDATE ON score FOR EACH ROW WHEN (0) BEGIN SELECT RAISE(ABORT, 'no'); END",
    )


@fault("a trigger that nobody declared", "schema.trigger-differs")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.run("CREATE TRIGGER keep_person__update BEFORE UPDATE ON person FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'no'); END")


@fault("two people have one address", "schema.differs", "rows.twice")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    with patient.engine() as engine:
        unprotected(engine, Person)
    patient.write("UPDATE person SET email = 'sam@example.org' WHERE email = 'noor@example.org'")


@fault("two attempts of a series are open", "schema.differs", "rows.twice", "series.two-open")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    columns = "series_id, allowed, scenario_revision_id, option_order, pass_mark, scoring, began_at"
    copied = f"SELECT :id, 'another-form', 3, {columns} FROM attempt WHERE id = {_attempt('tess', 'every-kind', 2, 'practice')}"
    patient.write("DROP INDEX uq_attempt_open", f"INSERT INTO attempt (id, form_key, number, {columns}) {copied}", id=new_id().hex)


rows("a sign-in of nobody", "UPDATE sign_in SET person_id = '00000000000000000000000000000000'", "rows.dangling", both=True)
rows(
    "an attempt is gone",
    f"DELETE FROM attempt WHERE id = {_attempt('tess', 'every-kind', 2, 'practice')}",
    "rows.dangling",
    "deed.without-record",
    both=True,
)
rows(
    "a task moves to another organisation",
    f"UPDATE task SET organisation_id = {_HOUSE} WHERE id = {_task('omar', 'short')}",
    "rows.dangling",
    both=True,
)

# What was published

rows(
    "a scenario's source is another",
    "UPDATE scenario_revision SET source = source || ' ' WHERE slug = 'extra'",
    "revision.hash",
    both=True,
)
rows("a picture is another", "UPDATE image SET data = x'00'", "revision.image")
rows("a picture is not in its scenario any more", "DELETE FROM scenario_revision_image", "revision.hash")
rows("a structure cannot be read", "UPDATE scenario_revision SET structure = '{}' WHERE slug = 'extra'", "revision.unreadable", both=True)
rows(
    "a structure is of another scenario",
    "UPDATE scenario_revision SET structure = (SELECT structure FROM scenario_revision WHERE slug = 'short') WHERE slug = 'extra'",
    "revision.unreadable",
)
rows("a course's source is another", "UPDATE course_revision SET source = source || ' '", "revision.hash")
rows(
    "a required scenario is optional now",
    "UPDATE course_revision_scenario SET is_required = false WHERE slug = 'short'",
    "revision.listing",
    "completion.requirements",
    both=True,
)
rows("a course shows the revision of another one", _OTHER_COURSE, "course.foreign-revision")


@fault("a scenario's file is broken", "scenarios.broken")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    file = patient.folder / "scenarios" / "sample" / "short.md"
    file.write_text(file.read_text().replace("(best)", "(splendid)"))


@fault("a scenario's file was changed and not published", "scenarios.unpublished")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    file = patient.folder / "scenarios" / "sample" / "short.md"
    file.write_text(file.read_text().replace("Like it.", "Like it at once."))


# Attempts

rows(
    "an answer in the middle is gone",
    f"DELETE FROM answer WHERE position = 2 AND attempt_id = {_attempt('lea', 'every-kind')}",
    "attempt.gap",
    both=True,
)
rows("the last answer is gone", f"DELETE FROM answer WHERE attempt_id = {_FIRST_OF_OMAR}", "attempt.closed-early", both=True)
rows(
    "an answer is another",
    f"UPDATE answer SET given = '[\"ask\"]' WHERE attempt_id = {_FIRST_OF_OMAR}",
    "attempt.wrong-score",
    both=True,
)
rows(
    "an answer that nobody could give",
    f"UPDATE answer SET given = '[\"both\"]' WHERE attempt_id = {_FIRST_OF_OMAR}",
    "attempt.unknown-answer",
)
rows(
    "an answer to a question that is not there",
    f"UPDATE answer SET question_id = 'nowhere' WHERE attempt_id = {_FIRST_OF_OMAR}",
    "attempt.unknown-answer",
)
rows(
    "answers in another order",
    tuple(
        f"UPDATE answer SET position = {new} WHERE position = {old} AND attempt_id = {_attempt('lea', 'every-kind')}"
        for old, new in ((1, 9), (2, 1), (9, 2))
    ),
    "attempt.off-path",
)
rows(
    "a finished attempt is open again",
    f"UPDATE attempt SET closed_at = NULL WHERE id = {_FIRST_OF_OMAR}",
    "attempt.not-closed",
    "attempt.scored-early",
    both=True,
)
rows(
    "an unfinished attempt is closed",
    f"UPDATE attempt SET closed_at = began_at, began_at = began_at WHERE id = {_attempt('lea', 'every-kind')}",
    "attempt.closed-early",
    "attempt.not-scored",
    "time.order",
)
rows("a score is gone", f"DELETE FROM score WHERE attempt_id = {_FIRST_OF_OMAR}", "attempt.not-scored", both=True)
rows("a score is higher", f"UPDATE score SET percent = 79 WHERE attempt_id = {_FIRST_OF_OMAR}", "attempt.wrong-score")
rows("a failed attempt counts as passed", f"UPDATE score SET passed = true WHERE attempt_id = {_FIRST_OF_OMAR}", "attempt.wrong-score")
rows(
    "a question's credit is another",
    f'UPDATE score SET credits = \'{{"now": "1"}}\' WHERE attempt_id = {_FIRST_OF_OMAR}',
    "attempt.wrong-score",
)
rows(
    "an attempt at the text of another scenario",
    f"UPDATE attempt SET scenario_revision_id = (SELECT id FROM scenario_revision WHERE slug = 'extra') WHERE id = {_FIRST_OF_OMAR}",
    "attempt.foreign-revision",
    both=True,
)
rows("a number is left out", f"UPDATE attempt SET number = 5, allowed = 5 WHERE id = {_FIRST_OF_OMAR}", "series.numbers", both=True)
rows("more attempts than are allowed", f"UPDATE series SET allowed = 1 WHERE id = {_series('omar', 'short')}", "series.too-many", both=True)
rows(
    "a series in somebody else's enrolment",
    f"UPDATE series SET person_id = {_who('noor')} WHERE id = {_series('lea', 'every-kind')}",
    "series.foreign-enrolment",
)
rows(
    "an enrolment in the revision of another course",
    (_OTHER_COURSE, f"UPDATE enrolment SET course_slug = 'other' WHERE person_id = {_who('lea')}"),
    "course.foreign-revision",
    "enrolment.foreign-revision",
    "series.foreign-enrolment",
)
rows(
    "a text is handed in without an answer",
    "UPDATE reflection SET handed_in_at = saved_at WHERE handed_in_at IS NULL",
    "reflection.without-answer",
    both=True,
)

# Completions

rows(
    "a completion is gone",
    (
        f"DELETE FROM completion_requirement WHERE completion_id = {_completion('tess')}",
        f"DELETE FROM completion WHERE id = {_completion('tess')}",
    ),
    "completion.missing",
    "certificate.without-completion",
    "deed.without-record",
    both=True,
)
rows(
    "a signature is gone",
    f"DELETE FROM attestation WHERE enrolment_id = (SELECT id FROM enrolment WHERE person_id = {_who('tess')})",
    "attestation.mark",
    "deed.without-record",
)
rows(
    "a completion without its evaluation",
    f"UPDATE enrolment SET evaluated_at = NULL WHERE person_id = {_who('tess')}",
    "completion.too-early",
    both=True,
)
rows(
    "a completion without the pass that it rests on",
    f"DELETE FROM score WHERE attempt_id = {_attempt('tess', 'short')}",
    "attempt.not-scored",
    "completion.too-early",
    "completion.not-passed",
)
rows(
    "a completion that names too little",
    f"DELETE FROM completion_requirement WHERE scenario_slug = 'short' AND completion_id = {_completion('tess')}",
    "completion.requirements",
)
rows(
    "a completion that rests on somebody else's attempt",
    f"UPDATE completion_requirement SET attempt_id = {_attempt('omar', 'short', 2)}"
    f" WHERE scenario_slug = 'short' AND completion_id = {_completion('tess')}",
    "completion.foreign-attempt",
    both=True,
)
rows(
    "a completion that rests on a failed attempt",
    f"UPDATE completion_requirement SET attempt_id = {_FIRST_OF_OMAR}"
    f" WHERE scenario_slug = 'short' AND completion_id = {_completion('omar')}",
    "completion.not-passed",
    both=True,
)
rows(
    "a completion on another day",
    f"UPDATE completion SET completed_on = '2026-10-01' WHERE id = {_completion('tess')}",
    "completion.day",
    "certificate.days",
)

# Certificates

_CERTIFICATE = f"(SELECT id FROM certificate WHERE person_id = {_who('tess')} AND version = 2)"
_SPECIMEN = f"(SELECT id FROM certificate WHERE person_id = {_who('tess')} AND version = 1)"
_REVOKED = f"(SELECT id FROM certificate WHERE person_id = {_who('omar')})"
rows(
    "a certificate is gone",
    (
        f"DELETE FROM certificate_revocation WHERE certificate_id = {_REVOKED}",
        f"DELETE FROM certificate_deed WHERE certificate_id = {_REVOKED}",
        f"DELETE FROM certificate WHERE id = {_REVOKED}",
    ),
    "certificate.missing",
    "deed.without-record",
    both=True,
)
rows("a certificate by hand that nobody made", "DELETE FROM certificate_deed WHERE deed = 'by hand'", "certificate.by-hand")
rows("a file for CE Broker has another hash", "UPDATE ce_broker_file SET sha256 = 'x' WHERE number = 1", "ce-broker.file")
rows("a line was answered past the ledger", "UPDATE ce_broker_entry SET state = 'rejected' WHERE state = 'accepted'", "ce-broker.line")
rows("a line is late", "UPDATE ce_broker_entry SET due_on = '2026-11-01', state = 'missing' WHERE licence_key = ''", "ce-broker.late")
rows("an approval ends within weeks", "UPDATE approval_version SET valid_to = '2026-12-20' WHERE version = 2", "approval.ending")
rows(
    "a certificate says another name",
    f"UPDATE certificate SET facts = replace(facts, 'Tess', 'Bess') WHERE id = {_CERTIFICATE}",
    "certificate.altered",
    both=True,
)
rows("a certificate has another hash", f"UPDATE certificate SET facts_sha256 = 'f' WHERE id = {_CERTIFICATE}", "certificate.altered")
rows(
    "a certificate has another code", f"UPDATE certificate SET code = '{'0' * 27}' WHERE id = {_CERTIFICATE}", "certificate.code", both=True
)
rows("a certificate has another serial", f"UPDATE certificate SET serial = '2026-000001x' WHERE id = {_CERTIFICATE}", "certificate.serial")
rows("the counter of serials is set back", "UPDATE serial_counter SET last = 1", "certificate.serial", both=True)
rows(
    "a certificate supersedes somebody else's",
    f"UPDATE certificate SET supersedes_id = {_REVOKED} WHERE id = {_CERTIFICATE}",
    "certificate.chain",
    both=True,
)
rows(
    "a certificate was issued before the course was completed",
    f"UPDATE certificate SET issued_at = '2026-10-29 12:00:00.000000' WHERE id = {_SPECIMEN}",
    "certificate.days",
)
rows("the provider's signature is another", "UPDATE provider_facts SET signature = x'00'", "certificate.provider")
rows("a PDF is another", "UPDATE rendition SET pdf = x'255044462D'", "certificate.pdf")


@fault("a PDF is none, and its hash was written anew", "certificate.pdf")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.write("UPDATE rendition SET pdf = x'00', sha256 = :sha256", sha256=hashlib.sha256(b"\0").hexdigest())


# Secrets


@fault("the keys are gone", "keys.missing")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(patient.folder / "keys")


@fault("a sealing key is another", "sealed.broken")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    (patient.folder / "keys" / "sealing-0001.key").write_bytes(Fernet.generate_key())


@fault("a sealing key is not here", "keys.unknown")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.write("UPDATE reflection SET key_id = '0007'")


@fault("a sealing key was never exported", "keys.not-exported")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    file = patient.folder / "keys" / "sealing-0002.key"
    file.write_bytes(Fernet.generate_key())
    file.chmod(0o600)


rows("a learner reviews", f"UPDATE course_review SET person_id = {_who('lea')}", "reviewer.works")
rows("a reviewer learns", "UPDATE person SET is_reviewer = true WHERE email = 'lea@example.org'", "reviewer.works")
rows(
    "nobody answers for the current revision",
    ("DELETE FROM adoption_person", "DELETE FROM adoption"),
    "course.not-adopted",
    "deed.without-record",
)
rows("an attachment was altered", "UPDATE attachment_content SET data = x'00'", "attachment.content")
rows("an attachment lost its file", "DELETE FROM attachment_content", "attachment.content")
rows(
    "nobody wrote the assessment of an adopted course",
    "UPDATE adoption_person SET wrote_course = true, wrote_assessment = false WHERE wrote_assessment",
    "adoption.people",
)
rows(
    "an adoption is gone",
    (
        "DELETE FROM adoption_person WHERE adoption_id IN (SELECT id FROM adoption WHERE version = 1)",
        "DELETE FROM adoption WHERE version = 1",
    ),
    "adoption.people",
    "deed.without-record",
)
rows("a note was altered", "UPDATE note SET ciphertext = x'00'", "sealed.broken")
rows("a reason for opening a record was altered", "UPDATE opening_reason SET ciphertext = x'00'", "sealed.broken")
rows("what somebody asked for was altered", "UPDATE accommodation_request SET ciphertext = x'00' WHERE ciphertext <> x''", "sealed.broken")
rows("a reason for a hold was altered", "UPDATE legal_hold SET ciphertext = x'00'", "sealed.broken")
rows("a reason for lifting a hold was altered", "UPDATE hold_lifting SET ciphertext = x'00'", "sealed.broken")
rows("a grievance was altered", "UPDATE grievance SET ciphertext = x'00'", "sealed.broken")
rows("a reason for removing a text was altered", "UPDATE text_removal SET ciphertext = x'00'", "sealed.broken")
rows("a reason for a grant was altered", "UPDATE attempt_grant SET ciphertext = x'00'", "sealed.broken")
rows("the seed of a second factor was altered", "UPDATE second_factor SET ciphertext = x'00'", "sealed.broken")
rows("a reason for a reset was altered", "UPDATE second_factor_reset SET ciphertext = x'00'", "sealed.broken")


def _opened(name: str, mode: int) -> Plant:
    return lambda patient, _patch: (patient.folder / name).chmod(mode)


PLANTED["others may read the database"] = (_opened("ceapp.sqlite3", 0o644), {"files.open"})
PLANTED["others may enter the instance folder"] = (_opened(".", 0o750), {"files.open"})
PLANTED["others may read a key"] = (_opened("keys/sealing-0001.key", 0o640), {"files.open", "keys.missing"})

# Time


@fault("the clock was set back", "clock.set-back", "time.future")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.now -= timedelta(days=2)


rows("a sign-in was last seen next year", "UPDATE sign_in SET last_seen_at = '2027-11-20 15:00:00.000000'", "time.future", both=True)
rows(
    "an attempt began after its answers",
    f"UPDATE attempt SET began_at = '2026-11-19 15:00:00.000000' WHERE id = {_FIRST_OF_OMAR}",
    "time.order",
    both=True,
)
rows(
    "a score was given before the end",
    f"UPDATE score SET scored_at = '2026-10-31 12:00:00.000000' WHERE attempt_id = {_FIRST_OF_OMAR}",
    "time.order",
)

# The machine


@fault("this SQLite has the WAL-reset fault", "sqlite.version")
def _(_patient: Patient, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(machine, "has_wal_reset_fix", lambda _version: False)


@fault("the write-ahead log grows and grows", "sqlite.wal-large")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    log = patient.folder / "ceapp.sqlite3-wal"
    with log.open("wb") as file:
        file.truncate(machine.WAL_LIMIT + 1)
    log.chmod(0o600)


@fault("what is saved is not on disk", "database.not-durable")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    patient.pragma = "synchronous=NORMAL"


@fault("the instance is on a network file system", "disk.network")
def _(patient: Patient, patch: pytest.MonkeyPatch) -> None:
    mounts = patient.folder / "mounts"
    folder = patient.folder.resolve()
    mounts.write_text(f"20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 0:40 / {folder} rw - nfs4 server:/ce rw\n")
    patch.setattr(starting, "MOUNTS", mounts)


def _free(megabytes: int) -> Plant:
    def plant(_patient: Patient, patch: pytest.MonkeyPatch) -> None:
        patch.setattr("ceapp.operating.doctor.machine.free_bytes", lambda _folder: megabytes * machine.MEGABYTE)

    return plant


PLANTED["little room on the disk"] = (_free(700), {"disk.low"})
PLANTED["next to no room on the disk"] = (_free(20), {"disk.full"})


@fault("the ballast was used", "disk.no-ballast")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    (patient.folder / "ballast").unlink()


rows(
    "no backup was ever made",
    "DELETE FROM audit_entry WHERE deed = 'backup.made'",
    "backup.never",
    "audit.gone",
    "rows.dangling",
    both=True,
)
rows(
    "the newest backup is old",
    "UPDATE audit_entry SET at = '2026-11-10 15:00:00.000000' WHERE deed = 'backup.made'",
    "backup.old",
    "audit.altered",
    both=True,
)

# Work beside the pages

_WAITING = "sent_at IS NULL AND cancelled_at IS NULL"
rows("mail waits for days", f"UPDATE message SET due_at = '2026-11-15 15:00:00.000000' WHERE {_WAITING}", "mail.stuck", both=True)
rows("mail was given up", f"UPDATE message SET failed_at = queued_at WHERE {_WAITING}", "mail.given-up", both=True)
rows(
    "a message is held for days", f"UPDATE message SET taken_until = '2026-11-25 15:00:00.000000' WHERE {_WAITING}", "jobs.lease", both=True
)
rows("an export stands still", "UPDATE export SET finished_at = NULL", "export.stuck", both=True)
rows("an export is held for days", "UPDATE export SET finished_at = NULL, taken_until = '2026-11-25 15:00:00.000000'", "jobs.lease")

# People and organisations

rows("nobody administers the server", "UPDATE person SET is_administrator = false", "people.no-administrator", both=True)
rows(
    "an administrator signs in with one factor",
    ("DELETE FROM recovery_code", "DELETE FROM second_factor"),
    "people.no-second-factor",
    both=True,
)
rows(
    "nobody administers an organisation",
    f"UPDATE membership SET left_on = '2026-11-19' WHERE person_id = {_who('ines')}",
    "organisation.no-administrator",
)
rows(
    "somebody left before they joined", f"UPDATE membership SET left_on = '2026-01-01' WHERE person_id = {_who('tess')}", "membership.days"
)
rows(
    "a sign-in lasts for ever",
    f"UPDATE sign_in SET expires_at = '2099-01-01 00:00:00.000000' WHERE person_id = {_who('lea')}",
    "sign-in.too-long",
)
rows(
    "a suspended person is signed in",
    "UPDATE person SET suspended_at = '2026-11-19 15:00:00.000000' WHERE email = 'lea@example.org'",
    "sign-in.suspended",
    both=True,
)

# Supervision

rows(
    "a task has somebody else's attempts",
    f"UPDATE series SET person_id = {_who('lea')} WHERE id = {_TASK_SERIES}",
    "task.foreign-series",
    both=True,
)
rows(
    "a task has attempts at another scenario",
    f"UPDATE series SET scenario_slug = 'short' WHERE id = {_TASK_SERIES}",
    "task.foreign-series",
    "attempt.foreign-revision",
)
rows("an extension has no effect", "UPDATE task SET due_on = NULL WHERE due_on IS NOT NULL", "task.extension", both=True)
rows(
    "what was assigned is no scenario",
    "UPDATE assigned_scenario SET scenario_slug = 'gone' WHERE scenario_slug = 'short'",
    "assigned.unknown-scenario",
    "task.foreign-series",
)
rows(
    "a sign-off under somebody else's work",
    f"UPDATE sign_off SET trainee_id = {_who('omar')} WHERE supervisor_id = {_who('sam')}",
    "sign-off.foreign-task",
    both=True,
)
rows(
    "somebody signed off who had no such trainee",
    f"UPDATE sign_off SET supervisor_id = {_who('ines')} WHERE supervisor_id = {_who('noor')}",
    "sign-off.unrelated",
    both=True,
)
rows(
    "a relation was over when its supervisor signed and read",
    f"UPDATE supervision SET ended_at = made_at WHERE supervisor_id = {_who('sam')} AND trainee_id = {_who('tess')}",
    "sign-off.unrelated",
    "reading.unrelated",
)
rows(
    "a reflection was read under a narrower scope",
    f"UPDATE supervision SET scope = 'scores' WHERE supervisor_id = {_who('sam')} AND trainee_id = {_who('tess')}",
    "reading.unrelated",
)
rows(
    "a released pass is none",
    f"DELETE FROM score WHERE attempt_id = {_attempt('tess', 'extra')}",
    "attempt.not-scored",
    "released.no-pass",
    both=True,
)
rows(
    "a released pass is somebody else's",
    f"UPDATE released_pass SET attempt_id = {_attempt('omar', 'short', 2)}",
    "released.foreign-attempt",
    both=True,
)
rows(
    "a note of another organisation",
    f"UPDATE note SET organisation_id = {_HOUSE} WHERE id IN (SELECT note_id FROM sign_off)",
    "note.foreign",
)


@fault("a colleague covers twice on a day", "cover.overlaps")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    columns = "organisation_id, supervisor_id, colleague_id, first_day, last_day, made_by, made_at"
    patient.write(f"INSERT INTO cover (id, {columns}) SELECT :id, {columns} FROM cover", id=new_id().hex)


# The record of deeds

rows(
    "an administrator whom nobody made",
    f"UPDATE person SET is_administrator = true WHERE id = {_who('lea')}",
    "deed.unrecorded",
    "people.no-second-factor",
    both=True,
)
for deed in (
    "certificate.revoked",
    "certificate.issued",
    "course.completed",
    "work.signed-off",
    "assignment.made",
    "attempt.granted",
    "person.second-factor-reset",
    "record.opened",
    "accommodation.read",
    "accommodation.granted",
    "grievance.filed",
    "grievance.closed",
    "hold.placed",
    "hold.lifted",
    "course.adopted",
    "attachment.added",
    "reviewer.invited",
    "text.removed",
):
    rows(
        f"a deed is not in the record: {deed}",
        f"DELETE FROM audit_entry WHERE deed = '{deed}'",
        "deed.unrecorded",
        "audit.gone",
        "rows.dangling",
    )
rows(
    "an entry about an enrolment that is gone",
    f"UPDATE audit_entry SET subjects = '{{\"enrolment\": \"{new_id()}\"}}' WHERE deed = 'enrolment.begun' AND actor_id = {_who('lea')}",
    "deed.without-record",
    "audit.altered",
)

# The seals over it

_FOUNDED = "deed = 'group.made'"  # in the chain of the clinic
rows("an entry was changed", f"UPDATE audit_entry SET actor_id = {_who('lea')} WHERE {_FOUNDED}", "audit.altered", both=True)
rows("an entry was given to another organisation", f"UPDATE audit_entry SET organisation_id = {_HOUSE} WHERE {_FOUNDED}", "audit.altered")
rows("a seal was changed", f"UPDATE audit_seal SET sha256 = '{'0' * 64}' WHERE chain = 'server' AND number = 4", "audit.altered")
rows(
    "two entries changed places",
    (
        "UPDATE audit_seal SET number = 100003 WHERE chain = 'server' AND number = 3",
        "UPDATE audit_seal SET number = 3 WHERE chain = 'server' AND number = 7",
        "UPDATE audit_seal SET number = 7 WHERE chain = 'server' AND number = 100003",
    ),
    "audit.swapped",
    "audit.altered",
    both=True,
)
rows(
    "seals were removed",
    "DELETE FROM audit_seal WHERE chain = 'server' AND number BETWEEN 3 AND 5",
    "audit.gone",
    "audit.unsealed",
    both=True,
)
rows(
    "the end of the record was cut off",
    (
        "DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE chain <> 'server' AND number > 8)",
        "DELETE FROM audit_seal WHERE chain <> 'server' AND number > 8",
    ),
    "audit.truncated",
    "deed.unrecorded",
    both=True,
)
rows(
    "an entry was put in",
    f"INSERT INTO audit_entry (id, at, deed, subjects) VALUES ('{new_id().hex}', '2026-11-02 15:00:00.000000', 'person.restored', '{{}}')",
    "audit.unsealed",
    both=True,
)


@fault("an entry was sealed into another chain", "audit.inserted")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    foreign = AuditEntry(
        id=new_id(), at=patient.now, actor_id=None, deed="x", subjects={"organisation": str(new_id())}, organisation_id=None
    )
    with patient.unprotected() as connection:
        last, before = connection.execute(
            text("SELECT number, sha256 FROM audit_seal WHERE chain = 'server' ORDER BY number DESC LIMIT 1")
        ).one()
        connection.execute(insert(AuditEntry), [{each.key: getattr(foreign, each.key) for each in AuditEntry.__table__.c}])
        seal = {"chain": "server", "number": last + 1, "entry_id": foreign.id, "sha256": seal_sha256("server", last + 1, before, foreign)}
        connection.execute(insert(AuditSeal), [seal])


@fault("the chain was made anew", "audit.rewritten")
def _(patient: Patient, _patch: pytest.MonkeyPatch) -> None:
    kept_heads.keep(patient.folder, [Head(each.chain, each.number, "0" * 64) for each in kept_heads.kept(patient.folder)])


# Only on PostgreSQL

ON_POSTGRESQL: dict[str, tuple[str, set[str]]] = {
    "a trigger is gone": ("DROP TRIGGER keep_answer__delete ON answer", {"schema.trigger-missing"}),
    "a trigger is switched off": ("ALTER TABLE score DISABLE TRIGGER keep_score__update", {"schema.trigger-differs"}),
    "what triggers call does nothing": (
        "CREATE OR REPLACE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        {"schema.trigger-differs"},
    ),
    "a foreign key is gone": ("ALTER TABLE answer DROP CONSTRAINT fk_answer_attempt_id", {"schema.differs"}),
    "a check is gone": ("ALTER TABLE membership DROP CONSTRAINT ck_membership_role", {"schema.differs"}),
}
