"""`ceapp export …`: certificates and rosters into files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

import click

from ceapp.accounts.addresses import normalised_email
from ceapp.accounts.queries import person_by_email
from ceapp.catalogue.queries import current_course, every_course
from ceapp.certificates.rendering import Paper
from ceapp.clock import now
from ceapp.commands.prepare import prepared_app
from ceapp.config import load_settings
from ceapp.database import new_id
from ceapp.errors import Refused
from ceapp.reporting import exporting, pack_queries, pack_service, queries, rosters, transcript_service, transcripts, yearly_queries
from ceapp.reporting import yearly as yearly_report
from ceapp.reporting.ce_broker import service as ce_broker_service
from ceapp.reporting.ce_broker.queries import file_with_number
from ceapp.reporting.ce_broker.rules import Kind
from ceapp.reporting.dossier import service as dossier_service
from ceapp.reporting.dossier.material import missing
from ceapp.reporting.selection import Selection
from ceapp.reporting.transcripts import Transcript, Wanted
from ceapp.web.archives import zip_stream
from ceapp.web.spreadsheets import csv_rows

Command = Callable[..., None]


class Day(click.ParamType[date]):
    """A day as 2026-11-20."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-11-20.", param, ctx)


@click.group()
def export() -> None:
    """Write certificates and rosters into files."""


_SELECTED = (
    click.option("--course", default="", help="Only this course (its slug)."),
    click.option("--from", "first_day", type=Day(), help="Completed on this day or later (2026-11-20)."),
    click.option("--to", "last_day", type=Day(), help="Completed on this day or earlier."),
    click.option("--organisation", default="", help="Only members of this organisation (its slug)."),
    click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write; it must not exist."),
)


def selected(command: Command) -> Command:
    """The options that say which certificates, and where to."""
    for option in reversed(_SELECTED):
        command = option(command)
    return command


@export.command("certificates")
@selected
@click.option("--paper", type=click.Choice([paper.value for paper in Paper]), default=Paper.LETTER.value, show_default=True)
def certificates(course: str, first_day: date | None, last_day: date | None, organisation: str, out: Path, paper: str) -> None:
    """The PDFs of valid certificates as one ZIP with a manifest; missing PDFs are made."""
    with prepared_app(load_settings()).app_context():
        selection = _selection(course, first_day, last_day, organisation)
        moment, chosen = now(), Paper(paper)
        total = queries.count(selection).valid
        if not total:
            raise Refused(exporting.NOTHING)
        missing = queries.without_pdf(selection, chosen)
        if missing:
            with click.progressbar(exporting.make_missing(selection, chosen, now=moment), length=missing, label="Making PDFs") as making:
                for _ in making:
                    pass
        exporting.note_download(None, "certificates", selection, now=moment)
        _write(out, zip_stream(exporting.archive(selection, chosen, now=moment)))
    click.echo(f"{total} certificates are in {out}.")


@export.command("roster")
@selected
def roster(course: str, first_day: date | None, last_day: date | None, organisation: str, out: Path) -> None:
    """Who completed what, as a table: .csv or .xlsx, by the ending of --out."""
    if out.suffix not in (".csv", ".xlsx"):
        raise click.BadParameter("end it with .csv or .xlsx.", param_hint="--out")
    with prepared_app(load_settings()).app_context():
        selection = _selection(course, first_day, last_day, organisation)
        total = queries.count(selection).certificates
        exporting.note_download(None, "roster", selection, now=now())
        _write(out, _sheet(selection) if out.suffix == ".xlsx" else _lines(selection))
    click.echo(f"{total} certificates are in {out}.")


@export.command("transcript")
@click.argument("email")
@click.option("--from", "first_day", type=Day(), help="Completed on this day or later (2026-11-20).")
@click.option("--to", "last_day", type=Day(), help="Completed on this day or earlier.")
@click.option("--paper", type=click.Choice([paper.value for paper in Paper]), default=Paper.LETTER.value, show_default=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write; it must not exist.")
def transcript(email: str, first_day: date | None, last_day: date | None, paper: str, out: Path) -> None:
    """What somebody completed, with every certificate and its state: .csv or .pdf, by the ending of --out."""
    if out.suffix not in (".csv", ".pdf"):
        raise click.BadParameter("end it with .csv or .pdf.", param_hint="--out")
    with prepared_app(load_settings()).app_context():
        address, moment = normalised_email(email), now()
        person = person_by_email(address) if address else None
        if person is None:
            raise Refused(f"Nobody has an account with the address {email}. Nothing was exported.")
        person_id = person.id
        found = transcript_service.transcript_of(person, Wanted(first_day, last_day), now=moment)
        content = _transcript_lines(found) if out.suffix == ".csv" else [transcript_service.pdf_of(found, Paper(paper))]
        _write(out, content)
        transcript_service.note_copy(person_id, reason="", by=None, form_key=str(new_id()), now=moment)
    click.echo(f"{len(found.entries)} completions are in {out}.")


@export.command("ce-broker")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), default=Kind.FULL.value, show_default=True, help="Kind of credit."
)
@click.option("--again", "number", type=int, help="The file of this number as it was made, and no new one.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .xls to write; it must not exist.")
def ce_broker(kind: str, number: int | None, out: Path) -> None:
    """The next file for CE Broker: every completion and licence that is ready, which are not in a later one again."""
    if out.suffix != ".xls":
        raise click.BadParameter("end it with .xls.", param_hint="--out")
    with prepared_app(load_settings()).app_context():
        if out.exists():
            raise Refused(f"{out} exists already. No file was made; choose another name.")
        moment = now()
        made = file_with_number(number) if number else ce_broker_service.make_file(Kind(kind), by=None, form_key=str(new_id()), now=moment)
        if made is None:
            raise Refused(f"There is no file {number}. Nothing was written.")
        file, content = ce_broker_service.take_file(made.id, by=None, now=moment)
        _write(out, [content])
    click.echo(f"{file.lines} rows, file {file.number}, are in {out}. Note what became of them on the page of CE Broker.")


@export.command("audit-pack")
@click.option("--certificate", "serial", default="", help="All about one certificate (its serial, 2026-000123).")
@click.option("--person", "email", default="", help="All about one person (their address).")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The ZIP to write; it must not exist.")
def audit_pack(serial: str, email: str, out: Path) -> None:
    """Certificates, attempts, texts and audit entries in one ZIP for a reviewer. No practice, no text of a reflection."""
    if bool(serial) == bool(email):
        raise click.UsageError("Give either --certificate SERIAL or --person EMAIL.")
    settings = load_settings()
    with prepared_app(settings).app_context():
        parts, moment = _parts(serial, email), now()
        _write(out, zip_stream(pack_service.pack(parts, for_person=False, address=settings.address, now=moment)))
        pack_service.note_pack(None, parts, now=moment)
    click.echo(f"The audit pack is in {out}. It holds personal data and the keys of scenarios: hand it to reviewers only.")


@export.command("dossier")
@click.argument("course")
@click.option("--paper", type=click.Choice([paper.value for paper in Paper]), default=Paper.LETTER.value, show_default=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write; it must not exist.")
def dossier(course: str, paper: str, out: Path) -> None:
    """Everything that an application for approval of a course asks for, with its key: .zip, or .pdf alone, by the ending of --out."""
    if out.suffix not in (".zip", ".pdf"):
        raise click.BadParameter("end it with .zip or .pdf.", param_hint="--out")
    settings = load_settings()
    with prepared_app(settings).app_context():
        if course not in dict(every_course()):
            raise Refused(f"There is no course {course!r}. Nothing was exported.")
        moment, chosen = now(), Paper(paper)
        found = dossier_service.material_and_note(course, address=settings.address, by=None, now=moment)
        if out.suffix == ".pdf":
            _write(out, [dossier_service.pdf_of(found, chosen)])
        else:
            _write(out, zip_stream(dossier_service.folder_of(found, chosen, now=moment)))
    lacking = missing(found)
    for each in lacking:
        click.echo(f"Missing: {each}")
    click.echo(f"The dossier is in {out}. It holds the key of every question: hand it to those who decide on the course only.")


@export.command("yearly")
@click.argument("course")
@click.argument("year", type=click.IntRange(2000, 2999))
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The .csv to write; it must not exist.")
def yearly(course: str, year: int, out: Path) -> None:
    """A year of a course in numbers: completions, failed attempts, what learners said. Nothing of fewer than five people."""
    if out.suffix != ".csv":
        raise click.BadParameter("end it with .csv.", param_hint="--out")
    with prepared_app(load_settings()).app_context():
        about, moment = _selection(course, date(year, 1, 1), date(year, 12, 31), ""), now()
        report = yearly_queries.year_of(current_course(course), year, moment.date())
        exporting.note_download(None, "yearly", about, now=moment)
        _write(out, (line.encode() for line in csv_rows(yearly_report.rows(report), byte_order_mark=True)))
    click.echo(f"The report is in {out}.")


def _parts(serial: str, email: str) -> list[pack_queries.About]:
    if serial:
        certificate = pack_queries.certificate_with_serial(serial)
        if certificate is None:
            raise Refused(f"There is no certificate {serial}. Nothing was exported.")
        return [pack_queries.about_certificate(certificate)]
    address = normalised_email(email)
    person = person_by_email(address) if address else None
    if person is None:
        raise Refused(f"Nobody has an account with the address {email}. Nothing was exported.")
    parts = pack_queries.everything_about(person.id)
    if not parts:
        raise Refused(f"{email} has no enrolment and no certificate. Nothing was exported.")
    return parts


def _transcript_lines(found: Transcript) -> Iterable[bytes]:
    return (line.encode() for line in csv_rows(transcripts.rows(found), byte_order_mark=True))


def _selection(course: str, first_day: date | None, last_day: date | None, organisation: str) -> Selection:
    known = {slug: each for each, slug, _ in queries.organisations()}
    if organisation and organisation not in known:
        raise Refused(f"There is no organisation {organisation!r}. Nothing was exported.")
    if course and course not in dict(every_course()):
        raise Refused(f"There is no course {course!r}. Nothing was exported.")
    return Selection(course, first_day, last_day, known.get(organisation))


def _sheet(selection: Selection) -> Iterable[bytes]:
    return rosters.spreadsheet(queries.rows_of(selection))


def _lines(selection: Selection) -> Iterable[bytes]:
    return (line.encode() for line in rosters.lines_of(queries.rows_of(selection)))


def _write(out: Path, pieces: Iterable[bytes]) -> None:
    """All of it or nothing: the file appears under its name when it is whole, readable by its owner only."""
    if out.exists():
        raise Refused(f"{out} exists already. Nothing was exported; choose another name.")
    handle, draft = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).rename(out)
    finally:
        with suppress(FileNotFoundError):
            Path(draft).unlink()
