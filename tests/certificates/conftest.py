"""Certificates for tests: an application with a public address, a provider, and completions to issue for."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from ceapp.certificates.approvals.rules import HoursBy, Kind
from ceapp.certificates.approvals.service import ApprovalInput
from ceapp.certificates.facts import CompletionFacts
from ceapp.certificates.models import Certificate
from ceapp.certificates.provider import ProviderInput, set_provider_facts
from ceapp.certificates.service import issue
from ceapp.database import transaction
from tests.conftest import Member

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PUBLIC = "https://ce.example.org"


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"base_url": PUBLIC}


def completion(**changes: Any) -> CompletionFacts:
    values: dict[str, Any] = {
        "name": "Tess Adeyemi",
        "course_title": "Ethical use of social media in mental health practice",
        "course_revision": "3f9a01bc22de" + "0" * 52,
        "category": "ethics",
        "contact_hours": "3.00",
        "started_on": date(2026, 11, 2),
        "completed_on": date(2026, 11, 20),
        "time_zone": "America/Toronto",
        "authors": ("Ida Berg, PhD", "Noor Haddad, LCSW"),
    }
    return CompletionFacts(**{**values, **changes})


def provider_input(**changes: Any) -> ProviderInput:
    values: dict[str, Any] = {
        "name": "Harbour Street Training",
        "address": "12 Harbour Street, Springfield",
        "contact": "ce@harbour.example",
        "responsible_name": "Miriam Okonkwo",
        "responsible_title": "Program director",
    }
    return ProviderInput(**{**values, **changes})


def approval_input(**changes: Any) -> ApprovalInput:
    values: dict[str, Any] = {
        "kind": Kind.PROVIDER,
        "body": "Board of Examples",
        "number": "1234",
        "statement": "Harbour Street Training is approved as a provider by the Board of Examples.",
        "category": "ethics",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2027, 12, 31),
        "courses": (),
        "professions": (),
        "places": (),
        "hours": HoursBy(),
    }
    return ApprovalInput(**{**values, **changes})


def png(width: int = 40, height: int = 12, *, extra: bytes = b"") -> bytes:
    """A picture with some ink in it; `extra` is put between header and data."""
    rows = b"".join(b"\0" + bytes(255 * (column % 5 > 1) for column in range(width)) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.fixture
def provider(app: Flask, ada: Member) -> None:
    """The provider's facts are set, with a signature."""
    with app.app_context():
        set_provider_facts(provider_input(signature=png()), after_version=0, by=ada.id, now=NOW)


@pytest.fixture
def issued(app: Flask) -> Callable[..., Certificate]:
    """Issue to a person: `issued(tess)`, with keyword arguments for the completion's facts."""

    def give(
        person: Member | UUID, *, slug: str = "social-media-ethics", cycle: int = 1, now: datetime = NOW, **changes: Any
    ) -> Certificate:
        person_id = person if isinstance(person, UUID) else person.id
        with app.app_context(), transaction():
            return issue(person_id=person_id, course_slug=slug, cycle=cycle, facts_input=completion(**changes), now=now)

    return give
