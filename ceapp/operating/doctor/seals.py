"""Whether the record of deeds is as it was sealed: nothing changed, swapped, taken out, put in or cut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from sqlalchemy import func

from ceapp.audit import kept_heads, queries
from ceapp.audit.models import AuditEntry
from ceapp.audit.seals import SERVER, Fault, Flaw, Head, flaws_in
from ceapp.operating.doctor.examination import Examination
from ceapp.operating.doctor.findings import Finding, found

PATIENCE = timedelta(hours=1)
"""A server seals within seconds; while none runs, entries of commands wait."""

_NAMES = {
    Fault.ALTERED: "is not what was sealed",
    Fault.SWAPPED: "was sealed at another place",
    Fault.GONE: "is gone",
    Fault.INSERTED: "was put in",
}


def chains(examination: Examination) -> Iterator[Finding]:
    """Every hash is computed again from its entry and the hash before it."""
    rows = examination.rows(queries.every_seal(), "seals of the audit record")
    yield from (found(f"audit.{flaw.fault}", words_of(flaw)) for flaw in flaws_in(queries.sealed_in(rows)))


def words_of(flaw: Flaw) -> str:
    """Where, and what is wrong there."""
    place = f"{_chain(flaw.chain)}: entry {flaw.number}"
    if flaw.fault is Fault.SWAPPED:
        return f"{place} {_NAMES[flaw.fault]}, {flaw.last}"
    if flaw.fault is Fault.GONE and flaw.last > flaw.number:
        return f"{_chain(flaw.chain)}: entries {flaw.number} to {flaw.last} are gone"
    return f"{place} {_NAMES[flaw.fault]}"


def ends(examination: Examination) -> Iterator[Finding]:
    """No chain ends before the head that was kept beside the database."""
    if examination.instance is not None:
        yield from cut_off(examination, kept_heads.kept(examination.instance))


def cut_off(examination: Examination, heads: Iterable[Head]) -> Iterator[Finding]:
    """What heads that were kept elsewhere say of the chains: each still stands at its number, with its hash."""
    for head in heads:
        sha256 = examination.session.scalar(queries.seal_at(head.chain, head.number))
        if sha256 is None:
            yield found("audit.truncated", f"{_chain(head.chain)}: it once had {head.number} entries, and the last of them are gone")
        elif sha256 != head.sha256:
            yield found("audit.rewritten", f"{_chain(head.chain)}: entry {head.number} had another hash once")


def waiting(examination: Examination) -> Iterator[Finding]:
    """Entries are sealed soon after they are written; says how many are not, and since when."""
    number, since = examination.session.execute(queries.without_seal(func.count(AuditEntry.id), func.min(AuditEntry.at))).one()
    examination.note("audit entries not yet sealed", number)
    if since is not None and examination.now is not None and examination.now - since > PATIENCE:
        yield found("audit.unsealed", f"{number} audit entries are not sealed, the earliest of {since:%Y-%m-%d %H:%M} UTC")


def _chain(chain: str) -> str:
    return "the server's chain" if chain == SERVER else f"the chain of organisation {chain}"
