"""The moment of a deed that continues earlier ones, also when the server's clock was set back between them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ceapp.accounts.tokens import SKEW
from ceapp.errors import Unavailable

SET_BACK = (
    "The server’s clock is behind the day on which you began, so nothing was saved: a wrong day must not get onto a certificate. "
    "What you chose is still in the form. Tell whoever runs the server, and send it again later."
)


def not_before(earlier: Iterable[datetime], now: datetime) -> datetime:
    """`now`, or the latest of the earlier moments: nothing takes less than no time."""
    return max(now, *earlier)


def day_that_counts(earlier: Iterable[datetime], now: datetime, zone: str) -> datetime:
    """The same for a moment whose day is certified. Raises Unavailable when that day would be later than today."""
    moment = not_before(earlier, now)
    if moment - now > SKEW and moment.astimezone(ZoneInfo(zone)).date() > now.astimezone(ZoneInfo(zone)).date():
        raise Unavailable(SET_BACK)
    return moment
