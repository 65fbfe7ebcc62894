"""Saying who stands behind the certificates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.audit.service import record
from ceapp.certificates import queries
from ceapp.certificates.facts import PROVIDER_FIELDS, Facts, Line, plain, printed
from ceapp.certificates.models import ProviderFacts
from ceapp.certificates.pdf import press
from ceapp.certificates.rendering import EXAMPLE, png_address
from ceapp.certificates.site import forget_site, has_public_address, verify_address
from ceapp.database import transaction
from ceapp.errors import Refused

CHANGED_MEANWHILE = "Somebody else saved these facts a moment ago. Nothing of yours was saved: compare both, then save again."
CANNOT_PRINT_SIGNATURE = "This picture cannot be printed. Nothing was saved. Save the signature as PNG again and choose the new file."


@dataclass(frozen=True, slots=True)
class ProviderInput:
    """What an administrator typed. `signature` None keeps the picture that there is, empty takes it away."""

    name: str
    address: str
    contact: str
    responsible_name: str
    responsible_title: str
    signature: bytes | None = None


def with_provider(facts: Facts, provider: ProviderFacts | None) -> Facts:
    """The facts with what the provider says of itself today."""
    if provider is None:
        return facts
    return replace(
        facts,
        provider_name=plain(provider.name),
        provider_address=plain(provider.address),
        provider_contact=plain(provider.contact),
        responsible_name=plain(provider.responsible_name),
        responsible_title=plain(provider.responsible_title),
        signature_sha256=hashlib.sha256(provider.signature).hexdigest() if provider.signature else "",
        provider_version=str(provider.version),
    )


@dataclass(frozen=True, slots=True)
class ProviderPage:
    """What an administrator sees before changing anything."""

    facts: ProviderFacts | None
    has_public_address: bool
    address: str
    waiting: int

    @property
    def version(self) -> int:
        return self.facts.version if self.facts else 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """The provider's part of what is printed."""
        return printed(with_provider(EXAMPLE, self.facts), only=PROVIDER_FIELDS)

    @property
    def signature(self) -> str:
        """The picture as a browser takes it, or nothing."""
        return png_address(self.facts.signature) if self.facts and self.facts.signature else ""

    @property
    def can_issue(self) -> bool:
        return self.facts is not None and self.has_public_address


def provider_page() -> ProviderPage:
    """The facts that are printed now, and what still keeps certificates from being issued."""
    facts, waiting = queries.newest_provider_facts(), queries.number_of_waiting_specimens()
    return ProviderPage(facts, has_public_address(), verify_address(), waiting)


def set_provider_facts(given: ProviderInput, *, after_version: int, by: UUID, now: datetime) -> ProviderFacts:
    """Append a version of the provider's facts; certificates that exist keep what they print.

    `after_version` is the version that the person saw (0 for none): Refused when somebody else has saved since, and the same facts sent
    twice are saved once.
    """
    if given.signature and not press().can_show(given.signature):
        raise Refused(CANNOT_PRINT_SIGNATURE)
    try:
        with transaction() as session:
            newest = queries.newest_provider_facts()
            values = _provider_values(given, newest)
            if newest is not None and _says(newest, values):
                return newest
            if (newest.version if newest else 0) != after_version:
                raise Refused(CHANGED_MEANWHILE)
            facts = ProviderFacts(version=after_version + 1, set_at=now, set_by=by, **values)
            session.add(facts)
            session.flush()
            record("provider.facts-set", actor=by, now=now, provider_facts=facts.id)
    except IntegrityError as problem:
        raise Refused(CHANGED_MEANWHILE) from problem
    forget_site()
    return facts


def _provider_values(given: ProviderInput, newest: ProviderFacts | None) -> dict[str, object]:
    signature = (newest.signature if newest else None) if given.signature is None else (given.signature or None)
    names = ("name", "address", "contact", "responsible_name", "responsible_title")
    return {**{name: plain(getattr(given, name)) for name in names}, "signature": signature}


def _says(facts: ProviderFacts, values: dict[str, object]) -> bool:
    return all(getattr(facts, name) == value for name, value in values.items())
