"""Who may change an organisation, decided on fresh rows inside a service."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ceapp.accounts.models import Organisation
from ceapp.accounts.organisations.queries import active_administrators, organisation_to_change
from ceapp.errors import Missing


def administered(organisation_id: UUID, actor: UUID) -> Organisation:
    """The organisation, locked, when the actor administers it at this moment. Raises Missing otherwise."""
    organisation = organisation_to_change(organisation_id)
    if organisation is None or actor not in active_administrators(organisation_id):
        raise Missing
    return organisation


def day_in(organisation: Organisation, now: datetime) -> date:
    """Which day it is in the organisation."""
    return now.astimezone(ZoneInfo(organisation.time_zone)).date()
