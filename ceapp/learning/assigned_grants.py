"""One more attempt at a scenario that was assigned. Who may give it is decided where assignments are kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from ceapp.audit.service import record
from ceapp.database import transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.grant_queries import grant_made_with
from ceapp.learning.grants import ANSWERED, LONGEST_REASON, NO_LIMIT, NOT_USED_UP
from ceapp.learning.models import AttemptGrant
from ceapp.learning.queries import last_number, open_attempt, series_to_change


def grant_assigned(series_id: UUID, reason: str, *, by: UUID, form_key: str, now: datetime) -> AttemptGrant:
    """Allow one more attempt in an assigned series and say why. The same form again gives the first grant.

    Raises Malformed without a reason, Missing for a series of another purpose, Refused while attempts are left.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Malformed(f"Give a reason of up to {LONGEST_REASON} characters. Nothing was changed.")
    key_id, ciphertext = current_keys().seal(reason)
    with transaction() as session:
        series = series_to_change(series_id)
        already = grant_made_with(form_key)
        if already is not None and already.series_id == series_id:
            return already
        if series.purpose != "assigned":
            raise Missing
        if series.allowed is None:
            raise Refused(NO_LIMIT)
        if open_attempt(series_id) is not None or last_number(series_id) < series.allowed:
            raise Refused(NOT_USED_UP)
        granted = AttemptGrant(series_id=series_id, granted_by=by, granted_at=now, form_key=form_key, key_id=key_id, ciphertext=ciphertext)
        try:
            with session.begin_nested():
                session.add(granted)
        except IntegrityError as problem:
            raise Refused(ANSWERED) from problem
        series.allowed += 1
        session.flush()
        record("attempt.granted", actor=by, now=now, grant=granted.id, series=series_id)
        return granted
