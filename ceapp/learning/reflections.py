"""What people write: drafts while typing, then the handed-in text; encrypted, apart from the answer, never in a log."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ceapp.catalogue.queries import published_scenario
from ceapp.database import db, transaction
from ceapp.errors import Malformed, Missing, Refused
from ceapp.keys import current_keys
from ceapp.learning.models import Attempt, Reflection
from ceapp.learning.queries import answers_of, attempt_to_change, given, opened_attempt, reflection_of
from ceapp.learning.way_back import asks_for_text
from ceapp.scenarios.position import walk
from ceapp.scenarios.values import Kind, Question

LONGEST = 20_000
"""Characters of a reflection; some 3,000 words."""


NOT_ASKED = "Your organisation has turned reflections off. Nothing was saved; copy your text if you need it, and go on without."


class NewerDraft(Refused):
    """Another tab or device saved after this page was opened; both texts are kept by the two pages."""


def save_draft(person_id: UUID, attempt_id: UUID, question_id: str, text: str, saves: int, *, now: datetime) -> int:
    """Keep a text that is being written. `saves` is what the page knew; returns the new count.

    Raises NewerDraft when a later draft is stored, Refused when the question is answered, Malformed when it is too long.
    """
    with transaction():
        opened = opened_attempt(person_id, attempt_id)
        if opened is None:
            raise Missing
        attempt = opened.attempt
        attempt_to_change(attempt.id)
        scenario = published_scenario(attempt.scenario_revision_id).scenario
        current = walk(scenario, given(answers_of(attempt.id))).current
        if not attempt.is_open or current is None or current.question is None or current.question.id != question_id:
            raise Refused("This question is already answered; the draft was not saved.")
        if current.question.kind is not Kind.REFLECTION:
            raise Malformed("This question takes no text.")
        _refuse_too_long(text)
        if not asks_for_text(opened.series):
            raise Malformed(NOT_ASKED)
        row = reflection_of(attempt.id, question_id)
        _refuse_older(row, saves, text)
        return _write(row, attempt.id, question_id, text, now).saves


def hand_in(attempt: Attempt, question: Question, text: str, saves: int, *, now: datetime) -> tuple[UUID | None, int]:
    """Store the final text inside the transaction of its answer; returns its id (None when left out) and the word count.

    Raises Malformed when it is too long, or begun but shorter or longer than the question asks. Leaving it out is allowed.
    Raises NewerDraft when another page saved a draft that this one never saw.
    """
    row, words = reflection_of(attempt.id, question.id), count_words(text)
    _refuse_older(row, saves, text)
    _refuse_too_long(text)
    if words:
        _refuse_wrong_length(question, words)
    if not words:
        if row is not None:
            db.session.delete(row)
        return None, 0
    row = _write(row, attempt.id, question.id, text, now)
    row.handed_in_at = now
    db.session.flush()
    return row.id, words


def text_of(row: Reflection | None) -> str:
    """Decrypt for its writer; empty when nothing was written, or it was taken away."""
    return current_keys().unseal(row.key_id, row.ciphertext) if row is not None and row.ciphertext else ""


def is_another(text_id: UUID | None, text: str) -> bool:
    """Whether something was typed that is not the text that was handed in before."""
    before = db.session.get(Reflection, text_id) if text_id else None
    return bool(text.split()) and text.split() != text_of(before).split()


def count_words(text: str) -> int:
    return len(text.split())


def _write(row: Reflection | None, attempt_id: UUID, question_id: str, text: str, now: datetime) -> Reflection:
    key_id, ciphertext = current_keys().seal(text)
    if row is None:
        row = Reflection(attempt_id=attempt_id, question_id=question_id, saves=0)
        db.session.add(row)
    row.key_id, row.ciphertext, row.saves, row.saved_at = key_id, ciphertext, row.saves + 1, now
    db.session.flush()
    return row


def _refuse_older(row: Reflection | None, saves: int, text: str) -> None:
    """Refuse a text that would replace a draft which its page never saw.

    A draft that the text begins with is not replaced but gone on with: a page may send its text while its own draft is still on the way.
    """
    if row is not None and row.saves > saves and not _goes_on_with(text_of(row), text):
        raise NewerDraft("A newer draft of this text was saved from another page. Yours is below, not saved yet; nothing is lost.")


def _goes_on_with(draft: str, text: str) -> bool:
    """Whether a text begins with a draft, word for word up to what was being typed; spaces and line ends do not count."""
    return " ".join(text.split()).startswith(" ".join(draft.split()))


def _refuse_too_long(text: str) -> None:
    if len(text) > LONGEST:
        raise Malformed(f"The text is longer than {LONGEST:,} characters. Shorten it; nothing was saved yet.")


def _refuse_wrong_length(question: Question, words: int) -> None:
    if words < question.min_words:
        raise Malformed(
            f"This question asks for at least {question.min_words} words; there are {words} so far."
            " Add some, or leave it empty to go on without it."
        )
    if question.max_words and words > question.max_words:
        raise Malformed(f"This question asks for at most {question.max_words} words; there are {words}.")
