"""The checker: what must hold in every database, whatever was done to the server, and whether everything acknowledged is in it.

What must hold is the doctor's to know; here it is asked, and what was acknowledged is looked up. A control in `test_ledger.py` damages
databases in each of the ways that are looked for here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ceapp.keys import Keys
from ceapp.learning.models import Answer, Attempt, Reflection
from ceapp.operating.doctor import examine_records
from tests.reliability.journeys import Filled


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A form whose answer somebody has seen: the server said that it is saved."""

    attempt_id: UUID
    form: Filled


def faults_of(
    engine: Engine, acknowledged: Iterable[Acknowledged] = (), begun: Iterable[Acknowledged] = (), keys: Keys | None = None
) -> list[str]:
    """Everything that does not hold; nothing in a sound database. Each check reads it as it is at one moment."""
    with Session(engine) as session:
        return [
            *(f"{finding.code}: {finding.what}" for finding in examine_records(engine)),
            *_not_begun(session, begun),
            *_not_stored(session, acknowledged, keys),
        ]


def _not_begun(session: Session, begun: Iterable[Acknowledged]) -> Iterator[str]:
    stored = {row.form_key: row.id for row in session.scalars(select(Attempt))}
    for each in begun:
        if stored.get(each.form.key) != each.attempt_id:
            yield f"an acknowledged beginning is lost: {each.form.action}"


def _not_stored(session: Session, acknowledged: Iterable[Acknowledged], keys: Keys | None) -> Iterator[str]:
    answers, texts = defaultdict(list), {row.id: row for row in session.scalars(select(Reflection))}
    for answer in session.scalars(select(Answer)):
        answers[answer.form_key].append(answer)
    for each in acknowledged:
        rows = answers[each.form.key]
        if len(rows) != 1:
            yield f"an acknowledged answer is stored {len(rows)} times: {each.form.action}"
            continue
        attempt = session.get_one(Attempt, each.attempt_id)
        if rows[0].attempt_id != each.attempt_id or list(rows[0].given) != _meant(attempt, each.form):
            yield f"an acknowledged answer is stored as another: {each.form.action}"
        text = texts.get(rows[0].text_id) if rows[0].text_id else None
        typed = "".join(each.form.values("text"))
        if keys and typed and (text is None or keys.unseal(text.key_id, text.ciphertext) != typed or text.handed_in_at is None):
            yield f"an acknowledged text is lost: {each.form.action}"


def _meant(attempt: Attempt, form: Filled) -> list[str]:
    """The option ids of the scenario file that a sent form stands for."""
    known = {page_id: option_id for pairs in attempt.option_order.values() for page_id, option_id in pairs}
    placed = sorted((int(place), name.removeprefix("place-")) for name, place in form.fields if name.startswith("place-"))
    return [known[page_id] for page_id in ([name for _, name in placed] or form.values("given"))]
