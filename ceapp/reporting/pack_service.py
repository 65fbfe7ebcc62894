"""Making audit packs: for a person their own, for a reviewer everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ceapp.audit.sealing import seal_new
from ceapp.audit.service import record
from ceapp.catalogue.queries import published_course
from ceapp.certificates.facts import from_json
from ceapp.certificates.life_queries import deeds_about
from ceapp.certificates.models import Certificate
from ceapp.certificates.pdf import CannotPrint, MissingGlyphs, press
from ceapp.certificates.rendering import PAPERS, Paper
from ceapp.certificates.renditions import pdf_of
from ceapp.database import db
from ceapp.learning.record.queries import kept_of
from ceapp.learning.record.replay import Replay, replay, shows_key_to_its_person
from ceapp.reporting import pack_queries as queries
from ceapp.reporting.pack_queries import About
from ceapp.reporting.packs import README, README_TEXT, as_file, attempt_values, attempts_drawn, moment, with_manifest
from ceapp.web.archives import Entry

Attempts = Sequence[tuple[Replay, str]]
"""Attempts with the titles of their scenarios."""

NOT_PRINTED = "No installed font has every character, or the printer failed; everything that it would say is in the JSON files.\n"


def pack(parts: Sequence[About], *, for_person: bool, address: str, now: datetime) -> Iterator[Entry]:
    """All files of a pack. `for_person` leaves out what they must not see: the keys of closing cases that stay closed, and sources."""
    about = {"made_by": address, "made_for": "the person" if for_person else "a reviewer"}
    return with_manifest(_files(parts, for_person=for_person, now=now), about=about, made_at=now)


def note_pack(by: UUID | None, parts: Iterable[About], *, now: datetime) -> None:
    """Write down that somebody took a pack."""
    for each in parts:
        if each.enrolment is not None:
            record("export.audit-pack", actor=by, now=now, person=each.person.id, enrolment=each.enrolment.id)
        else:
            record("export.audit-pack", actor=by, now=now, person=each.person.id, certificate=each.certificates[-1].id)


def _files(parts: Sequence[About], *, for_person: bool, now: datetime) -> Iterator[Entry]:
    yield README, README_TEXT.encode(), now
    for about in parts:
        for name, content, at in _part(about, for_person=for_person, now=now):
            yield f"{about.prefix}{name}", content, at


def _part(about: About, *, for_person: bool, now: datetime) -> Iterator[Entry]:
    yield from _certificates(about, now)
    attempts: Attempts = ()
    if about.enrolment is not None:
        attempts = list(_replays(about, for_person=for_person))
        completion = queries.completion_values(about.enrolment)
        yield as_file("completion.json", completion, now)
        done = completion["completion"]
        revisions = {about.enrolment.course_revision_id, *([done["course_revision"]] if done else [])}
        yield from _courses(revisions)
        if not for_person:
            yield from _scenarios({seen.published.id for seen, _ in attempts})
        yield from _attempts(about, attempts, now)
    yield as_file("audit-record.json", _audit(about, attempts, now), now)


def _certificates(about: About, now: datetime) -> Iterator[Entry]:
    listed = []
    for certificate in about.certificates:
        facts, revocation = from_json(certificate.facts), queries.revocation_of(certificate.id)
        name = f"certificate-{facts.serial}" if facts.serial else f"specimen-{certificate.version}"
        yield f"{name}.facts.json", certificate.facts.encode(), certificate.issued_at
        for paper, pdf, made_at in _pdfs(certificate, now):
            yield f"{name}-{paper}.pdf", pdf, made_at
        listed.append(
            {
                "certificate": str(certificate.id),
                "version": certificate.version,
                "serial": facts.serial,
                "code": certificate.code,
                "basis": certificate.basis,
                "facts_sha256": certificate.facts_sha256,
                "issued_at": moment(certificate.issued_at),
                "supersedes": str(certificate.supersedes_id) if certificate.supersedes_id else None,
                "revoked_at": moment(revocation.revoked_at) if revocation else None,
            }
        )
    deeds = dict.fromkeys(each for one in about.certificates for each in deeds_about(one.id))
    done = [{"certificate": str(each.certificate_id), "deed": each.deed, "at": moment(each.done_at)} for each in deeds]
    yield as_file("certificates.json", {"certificates": listed, "done": done}, now)


def _pdfs(certificate: Certificate, now: datetime) -> Iterator[tuple[str, bytes, datetime]]:
    """The PDFs that are kept; where there is none yet, the first is made and kept."""
    kept = queries.renditions_of(certificate.id)
    db.session.commit()
    if not kept:
        try:
            kept = [pdf_of(certificate, Paper.LETTER, now=now)]
        except (MissingGlyphs, CannotPrint):
            return
    yield from ((each.paper, each.pdf, each.made_at) for each in kept)


def _replays(about: About, *, for_person: bool) -> Iterator[tuple[Replay, str]]:
    assert about.enrolment is not None
    for attempt_id, title in queries.attempts_of(about.enrolment):
        kept = kept_of(about.person.id, attempt_id)
        if kept is not None:
            yield replay(kept, with_key=not for_person or shows_key_to_its_person(kept)), title


def _courses(ids: set[str]) -> Iterator[Entry]:
    for revision, listed in queries.course_revisions(ids):
        name = f"course-{revision.id[:12]}"
        yield f"{name}.md", revision.source.encode(), revision.published_at
        about = {
            "course_revision": revision.id,
            "course": revision.course_slug,
            "published_at": moment(revision.published_at),
            "contact_hours": revision.contact_hours,
            "hours_inputs": revision.hours_inputs,
            "hours_explanation": revision.hours_explanation,
            "scenarios": [
                {"scenario": each.slug, "title": each.title, "scenario_revision": each.scenario_revision_id, "required": each.is_required}
                for each in listed
            ],
            "structure": revision.structure,
        }
        yield as_file(f"{name}.json", about, revision.published_at)


def _scenarios(ids: set[str]) -> Iterator[Entry]:
    for revision, pictures in queries.scenario_revisions(ids):
        name = f"scenario-{revision.slug}-{revision.id[:12]}"
        yield f"{name}.md", revision.source.encode(), revision.published_at
        about = {
            "scenario_revision": revision.id,
            "scenario": revision.slug,
            "title": revision.title,
            "published_at": moment(revision.published_at),
            "pictures": {path: image.id for path, image in pictures},
            "standards": revision.standards,
            "structure": revision.structure,
        }
        yield as_file(f"{name}.json", about, revision.published_at)
        for image in {image.id: image for _, image in pictures}.values():
            yield f"{name}-{image.id[:12]}.{image.media_type.rpartition('/')[2]}", image.data, revision.published_at


def _attempts(about: About, attempts: Attempts, now: datetime) -> Iterator[Entry]:
    for number, (seen, title) in enumerate(attempts, 1):
        name = f"attempt-{number:02}-{seen.series.scenario_slug}-{seen.attempt.number}.json"
        yield as_file(name, attempt_values(seen, title), seen.attempt.closed_at or seen.attempt.began_at)
    if not attempts:
        return
    assert about.enrolment is not None
    name, course = about.person.name or about.person.email, published_course(about.enrolment.course_revision_id).course.title
    drawn = attempts_drawn(attempts, name=name, course=course, zone=about.person.zone, paper=PAPERS[Paper.LETTER], made_at=now)
    db.session.commit()  # No read transaction stays open while it is printed.
    try:
        yield "attempts.pdf", press().print_attempts(drawn), now
    except (MissingGlyphs, CannotPrint):
        yield "attempts.pdf-not-included.txt", NOT_PRINTED.encode(), now


def _audit(about: About, attempts: Attempts, now: datetime) -> dict[str, object]:
    """The entries about all that is in the part, each sealed by now unless the database was too busy."""
    while seal_new(now):
        pass
    ids, moments = set[str](), set[datetime]()
    for certificate in about.certificates:
        revocation = queries.revocation_of(certificate.id)
        ids.add(str(certificate.id))
        moments |= {certificate.issued_at, *([revocation.revoked_at] if revocation else [])}
        moments |= {each.done_at for each in deeds_about(certificate.id)}
    if about.enrolment is not None:
        moments |= _moments_of_enrolment(about, ids)
    for seen, _ in attempts:
        ids |= {str(seen.attempt.id), str(seen.series.id)}
        moments.add(seen.attempt.began_at)
    since = min(moments) - timedelta(seconds=1)
    return {"entries": queries.entries_about(ids, moments, since)}


def _moments_of_enrolment(about: About, ids: set[str]) -> set[datetime]:
    """When something was written down about an enrolment; puts the ids that were named into `ids`."""
    assert about.enrolment is not None
    values, openings = queries.completion_values(about.enrolment), queries.openings_of(about.enrolment)
    ids |= {str(about.enrolment.id), *(str(each.id) for each in openings)}
    found = {about.enrolment.began_at, *(each.opened_at for each in openings)}
    if values["completion"]:
        ids.add(values["completion"]["completion"])
        found.add(datetime.fromisoformat(values["completion"]["completed_at"]))
    if values["attestation"]:
        found.add(datetime.fromisoformat(values["attestation"]["attested_at"]))
    return found
