"""What the doctor can find: every code once, with how bad it is and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"

_RESTORE = "Keep a copy of the database as it is, restore the newest backup made before the damage, and report this."
_REPORT = "Nothing is lost by waiting: keep a backup from before today, and report this with the line above."
_SCHEMA = "Stop every server, back up, and start the newest version once: it brings tables and triggers up to date. Report it if it stays."
_EVIDENCE = (
    "Somebody wrote past the product. Keep a copy of the database as it is, compare it with your backups and with the heads that you kept"
    " (`ceapp audit verify --head FILE`), and find out who has access to the database."
)
_CLOCK = "Set the server's clock by NTP. Rows that carry a wrong time stay as they were written."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it has to be. `what` says which thing, by id: no names, no addresses, no texts."""

    code: str
    severity: str
    what: str
    remedy: str

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR


CODES: dict[str, tuple[str, str]] = {
    # The database as a file and as tables
    "database.damaged": (ERROR, _RESTORE),
    "database.behind": (ERROR, "Start the server, or run any command that opens the database: it migrates first."),
    "database.ahead": (ERROR, "The database was migrated by a newer version of ceapp: run that version."),
    "schema.differs": (ERROR, _SCHEMA),
    "schema.trigger-missing": (ERROR, _SCHEMA),
    "schema.trigger-differs": (ERROR, _SCHEMA),
    "rows.dangling": (ERROR, _RESTORE),
    "rows.twice": (ERROR, _RESTORE),
    # What was published
    "revision.hash": (ERROR, _RESTORE),
    "revision.unreadable": (ERROR, _RESTORE),
    "revision.image": (ERROR, _RESTORE),
    "revision.listing": (ERROR, _RESTORE),
    "course.foreign-revision": (ERROR, _RESTORE),
    "course.not-adopted": (
        WARNING,
        "Adopt its current revision (Provider, Courses’ files) when somebody answers for it; until then nothing is said of a review.",
    ),
    "adoption.people": (ERROR, _RESTORE),
    "attachment.content": (ERROR, _RESTORE),
    "reviewer.works": (ERROR, "Suspend the account (page People), invite the reviewer with another address, and report this."),
    "scenarios.broken": (WARNING, "Run `ceapp check` and mend the files; until then the last good revision is served."),
    "scenarios.unpublished": (WARNING, "Run `ceapp sync`, or start the server anew, to publish what changed."),
    # Attempts and what follows from them
    "attempt.gap": (ERROR, _RESTORE),
    "attempt.off-path": (ERROR, _RESTORE),
    "attempt.unknown-answer": (ERROR, _RESTORE),
    "attempt.not-closed": (ERROR, _REPORT),
    "attempt.closed-early": (ERROR, _RESTORE),
    "attempt.not-scored": (ERROR, _RESTORE),
    "attempt.scored-early": (ERROR, _RESTORE),
    "attempt.wrong-score": (ERROR, _RESTORE),
    "attempt.foreign-revision": (ERROR, _RESTORE),
    "series.numbers": (ERROR, _RESTORE),
    "series.too-many": (ERROR, _REPORT),
    "series.two-open": (ERROR, _REPORT),
    "series.foreign-enrolment": (ERROR, _RESTORE),
    "enrolment.foreign-revision": (ERROR, _RESTORE),
    "reflection.without-answer": (ERROR, _RESTORE),
    "attestation.mark": (ERROR, _RESTORE),
    "completion.missing": (ERROR, _RESTORE),
    "completion.too-early": (ERROR, _RESTORE),
    "completion.requirements": (ERROR, _RESTORE),
    "completion.foreign-attempt": (ERROR, _RESTORE),
    "completion.not-passed": (ERROR, _RESTORE),
    "completion.day": (ERROR, _RESTORE),
    # Certificates
    "certificate.missing": (ERROR, _RESTORE),
    "certificate.without-completion": (ERROR, "Revoke it, unless the completion comes back with a backup; then report this."),
    "certificate.by-hand": (ERROR, "Nobody answers for it: revoke it, and report this."),
    "certificate.altered": (ERROR, _RESTORE),
    "certificate.code": (ERROR, _RESTORE),
    "certificate.serial": (ERROR, _RESTORE),
    "certificate.chain": (ERROR, _RESTORE),
    "certificate.days": (ERROR, "Set the server's clock by NTP, revoke the certificate and report this: what it prints cannot be true."),
    "certificate.provider": (ERROR, _RESTORE),
    "certificate.pdf": (ERROR, _RESTORE),
    "approval.ending": (WARNING, "Enter the approval that follows it (Provider, Approvals); later completions print none otherwise."),
    # Reports
    "ce-broker.file": (ERROR, _RESTORE),
    "ce-broker.line": (ERROR, _RESTORE),
    "ce-broker.late": (
        WARNING,
        "Make a file and upload it, put right what was rejected, or ask for the licences that are missing (CE Broker).",
    ),
    # Secrets
    "keys.missing": (ERROR, "Put instance/keys/ back from your key export."),
    "keys.unknown": (
        ERROR,
        "Put the sealing key of this id back under instance/keys/ from your key export; without it these texts are lost.",
    ),
    "keys.not-exported": (WARNING, "Run `ceapp key export FILE` and keep the file apart from the database and its backups."),
    "sealed.broken": (ERROR, _RESTORE),
    "files.open": (ERROR, "Take the rights of others away: chmod go-rwx on it."),
    # Time
    "clock.set-back": (WARNING, _CLOCK),
    "time.future": (WARNING, _CLOCK),
    "time.order": (WARNING, _CLOCK),
    # The machine
    "sqlite.version": (ERROR, "Install the pysqlite3 wheel or an SQLite with the WAL-reset fix before the server writes again."),
    "sqlite.wal-large": (WARNING, "Something reads for hours: look for a hanging process, and restart the server when it is quiet."),
    "database.not-durable": (
        ERROR,
        "Set synchronous_commit, fsync and full_page_writes to on; an answer called saved may be lost otherwise.",
    ),
    "disk.network": (ERROR, "Move the instance folder to a disk of this machine: SQLite loses data on network file systems."),
    "disk.full": (ERROR, "Make room now: with a full disk nothing can be saved. Deleting the file `ballast` gives the first of it."),
    "disk.low": (WARNING, "Make room, or move backups elsewhere."),
    "disk.no-ballast": (WARNING, "Make room, then start the server again: it makes the file. With ballast_mb = 0 there is none."),
    "backup.never": (WARNING, "Run `ceapp backup` every night, and keep the files on another machine."),
    "backup.old": (WARNING, "Look why the nightly `ceapp backup` does not run."),
    # Work beside the pages
    "mail.stuck": (WARNING, "Look at the page Mail: it says what keeps the messages. Without a mail server use `ceapp mail show`."),
    "mail.given-up": (WARNING, "Look at the page Mail, mend what kept them, and send them again or cancel them."),
    "jobs.lease": (WARNING, "Restart the server; if the line stays, set the clock by NTP and report this."),
    "export.stuck": (WARNING, "Restart the server: the export goes on. If it stays, report this."),
    # People and organisations
    "people.no-administrator": (WARNING, "Start the server: it prints a link that makes one; or use `ceapp person`."),
    "people.no-second-factor": (
        WARNING,
        "Ask them to set one up under Account, or have everybody asked: second_factor = administrators in the settings.",
    ),
    "organisation.no-administrator": (WARNING, "Use `ceapp organisation` to invite an administrator."),
    "membership.days": (ERROR, _REPORT),
    "sign-in.too-long": (ERROR, "Sign the person out everywhere (page People), and report this."),
    "sign-in.suspended": (ERROR, "Suspend the account again (page People): that ends its sign-ins; and report this."),
    # Supervision
    "task.foreign-series": (ERROR, _RESTORE),
    "task.extension": (ERROR, _REPORT),
    "assigned.unknown-scenario": (ERROR, _REPORT),
    "sign-off.foreign-task": (ERROR, _RESTORE),
    "sign-off.unrelated": (ERROR, _REPORT),
    "reading.unrelated": (ERROR, _REPORT),
    "released.no-pass": (ERROR, _RESTORE),
    "released.foreign-attempt": (ERROR, _RESTORE),
    "note.foreign": (ERROR, _RESTORE),
    "cover.overlaps": (ERROR, _REPORT),
    # The record of deeds
    "deed.unrecorded": (WARNING, "Somebody wrote past the product, or a seeding did: find out who has access to the database."),
    "deed.without-record": (ERROR, _RESTORE),
    "audit.altered": (ERROR, _EVIDENCE),
    "audit.swapped": (ERROR, _EVIDENCE),
    "audit.gone": (ERROR, _EVIDENCE),
    "audit.inserted": (ERROR, _EVIDENCE),
    "audit.truncated": (ERROR, _EVIDENCE),
    "audit.rewritten": (ERROR, _EVIDENCE),
    "audit.unsealed": (
        WARNING,
        "Start the server, or run `ceapp audit head`: both seal. With a server running, look into its log for the job.",
    ),
    # The doctor itself
    "doctor.not-finished": (ERROR, "Run `ceapp doctor` again with no server running; if it stays, report this with the line above."),
}
"""Code → severity and remedy."""


def found(code: str, what: str) -> Finding:
    """The finding of this code about this thing."""
    severity, remedy = CODES[code]
    return Finding(code, severity, what, remedy)
