"""The only place that reads the time. Rules and services take `now` as a parameter; views ask here."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC, to the microsecond, aware."""
    return datetime.now(UTC)
