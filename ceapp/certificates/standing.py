"""What a certificate counts for today."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    VALID = "valid"
    SPECIMEN = "specimen"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return "Specimen, not a certificate" if self is Standing.SPECIMEN else self.value.capitalize()


def standing_of(*, is_specimen: bool, superseded_at: datetime | None, revoked_at: datetime | None) -> tuple[Standing, datetime | None]:
    """The standing, and since when it is so. Revoked outweighs superseded, and both outweigh what the certificate was."""
    if revoked_at is not None:
        return Standing.REVOKED, revoked_at
    if superseded_at is not None:
        return Standing.SUPERSEDED, superseded_at
    return (Standing.SPECIMEN if is_specimen else Standing.VALID), None
