"""What learners post."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer
from wtforms import BooleanField, HiddenField
from wtforms.validators import Length, Regexp

from ceapp import clock
from ceapp.errors import Malformed
from ceapp.keys import current_keys
from ceapp.learning.acceptance import Notice
from ceapp.scenarios.values import Kind, Question
from ceapp.web.forms import Counter, Form, KeyedForm, Line, Passage

Pairs = Sequence[Sequence[str]]
"""(id on the page, option id) in the order shown."""


class EnrolForm(Form):
    """Enrol in a course, or move an enrolment to its newest text."""

    no_approval = BooleanField("I know that no approval covers my licence")
    approval_ends = BooleanField("I know that an approval may have ended when I complete the course")
    completed_before = BooleanField("I know that some boards do not accept the same course twice")

    code = Line("Code or voucher", [Length(max=64, message="This is longer than a code can be.")])
    offer = HiddenField(validators=[Regexp(r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$")])

    @property
    def shown_offer(self) -> UUID | None:
        """The offer that the page showed."""
        return UUID(self.offer.data) if self.offer.data else None

    def show(self, offer_id: UUID | None) -> None:
        """The page that is made now shows this offer."""
        self.offer.data = str(offer_id) if offer_id else ""

    def tick_of(self, notice: Notice) -> BooleanField:
        """Where this notice is ticked."""
        ticks: dict[Notice, BooleanField] = {
            Notice.NO_APPROVAL: self.no_approval,
            Notice.APPROVAL_ENDS: self.approval_ends,
            Notice.COMPLETED_BEFORE: self.completed_before,
        }
        return ticks[notice]

    @property
    def acknowledged(self) -> frozenset[Notice]:
        """What was ticked."""
        return frozenset(notice for notice in Notice if self.tick_of(notice).data)

    def ask_for(self, notices: Iterable[Notice]) -> None:
        """Say at each of these that is not ticked that it has to be."""
        for notice in notices:
            if notice not in self.acknowledged:
                self.tick_of(notice).errors = ["Tick this to enrol."]


class BeginForm(KeyedForm):
    """Begin an attempt."""


class DraftForm(Form):
    """A text that is being written; `saves` counts what the page has seen saved."""

    text = Passage()
    saves = Counter()


class ChoiceForm(Form):
    """A form that carries an answer. Which fields count depends on the question: `given`, `place-…`, or `text`."""

    def given(self, question: Question, pairs: Pairs) -> tuple[str, ...]:
        """The chosen option ids. Raises Malformed, with a sentence for the form, for what cannot be an answer."""
        option_ids = {page_id: option_id for page_id, option_id in pairs}  # noqa: C416 - JSON gives lists, dict() wants tuples
        if question.kind is Kind.REFLECTION:
            return ()
        chosen = self.placed(pairs) if question.kind is Kind.ORDER else request.form.getlist("given")
        if not chosen:
            raise Malformed("Choose one option." if question.kind is not Kind.ALL else "Choose at least one option.")
        if any(page_id not in option_ids for page_id in chosen):
            raise Malformed("One of the chosen options does not belong to this question. Choose again.")
        return tuple(option_ids[page_id] for page_id in chosen)

    def placed(self, pairs: Pairs) -> list[str]:
        """The page ids in the order of their chosen places."""
        places = {page_id: request.form.get(f"place-{page_id}", "") for page_id, _ in pairs}
        if sorted(places.values()) != sorted(str(number + 1) for number in range(len(pairs))):
            raise Malformed("Give every item its own place, from 1 to the last.")
        return sorted(places, key=lambda page_id: int(places[page_id]))

    def chosen(self) -> dict[str, str]:
        """What was chosen, as posted, for showing the form again: page id → place, or page id → its own id."""
        placed = {name.removeprefix("place-"): value for name, value in request.form.items() if name.startswith("place-")}
        return placed or {page_id: page_id for page_id in request.form.getlist("given")}


SEED = re.compile(r"^[0-9a-f]{16}$")


class PreviewForm(ChoiceForm):
    """An answer in the preview; `seed` is where the order of the options came from."""

    seed = HiddenField(validators=[Regexp(SEED)])


class AnswerForm(ChoiceForm, KeyedForm):
    """An answer in an attempt, with the sealed moment when its question was shown."""

    shown = HiddenField()
    text = Passage()
    saves = Counter()

    def seal_shown(self, attempt_id: UUID, number: int, now: datetime) -> None:
        """Write into the form when this step was shown, so that nobody can write it differently."""
        self.shown.data = _seal().dumps([str(attempt_id), number, int(1000 * now.timestamp())])

    def go_on_from(self, shown: str, attempt_id: UUID, number: int, now: datetime) -> None:
        """The same for a page that goes on with one that was shown before, whose seal came along; any other seal does not count."""
        self.shown.data = shown
        try:
            self.shown_at(attempt_id, number)
        except Malformed:
            self.seal_shown(attempt_id, number, now)

    def shown_at(self, attempt_id: UUID, number: int) -> datetime:
        """When the step was shown. Raises Malformed for a seal that is not ours."""
        try:
            sealed_attempt, sealed_number, milliseconds = _seal().loads(self.shown.data or "")
        except (BadSignature, ValueError) as problem:
            raise Malformed("The form is incomplete. Open the question again and answer there; nothing was changed.") from problem
        if (sealed_attempt, sealed_number) != (str(attempt_id), number):
            raise Malformed("The form belongs to another question. Open the question again; nothing was changed.")
        return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_keys().secrets(clock.now()), salt="shown")
