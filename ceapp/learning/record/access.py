"""What of a record may be looked at: by its person their own, by an administrator what they opened with a reason."""

from __future__ import annotations

from uuid import UUID

from ceapp.errors import Missing
from ceapp.learning.record import queries
from ceapp.learning.record.queries import Looker, Subject
from ceapp.learning.record.replay import Replay, replay, shows_key_to_its_person


def subject_of(person_id: UUID, subject_id: UUID, looker: Looker | None = None) -> Subject:
    """A part of this person's record that can be opened, and whether the looker has. Raises Missing."""
    found = queries.subject(person_id, subject_id, looker)
    if found is None:
        raise Missing
    return found


def replay_in(subject: Subject, attempt_id: UUID) -> Replay:
    """An attempt of a subject that was opened. Raises Missing for any other, and for practice."""
    kept = queries.kept_in(subject, attempt_id)
    if kept is None:
        raise Missing
    return replay(kept, with_key=True)


def own_replay(person_id: UUID, attempt_id: UUID) -> Replay:
    """An attempt of one's own that is over. Raises Missing while it is under way: its key is not open yet."""
    kept = queries.kept_of(person_id, attempt_id)
    if kept is None or kept.attempt.is_open:
        raise Missing
    return replay(kept, with_key=shows_key_to_its_person(kept))
