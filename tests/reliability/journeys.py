"""What a learner does at a running server: the forms of its pages, filled in."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from random import Random

from bench.visitor import Reply, Visitor, form

REFLECTION = 5
"""The number of the question that asks for a text, in the scenario with every kind."""

Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that is ready to be sent, again and again if need be."""

    action: str
    fields: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        return self.values("key")[0]

    def values(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name]

    def filled(self, **values: str) -> Filled:
        """The same form with what somebody typed besides."""
        return Filled(self.action, (*self.fields, *values.items()))

    def but(self, **changes: str) -> Filled:
        """The same form with other values."""
        return Filled(self.action, tuple((name, changes.get(name, value)) for name, value in self.fields))

    def send(self, visitor: Visitor) -> Reply:
        return visitor.send("POST", self.action, list(self.fields))


def page(visitor: Visitor, address: str) -> str:
    """The page at an address, which must open."""
    status, _, text = visitor.get(address)
    assert status == 200, f"{address} answered {status}"
    return text


def form_at(visitor: Visitor, address: str, action_ends: str) -> Filled:
    action, hidden, _ = form(page(visitor, address), action_ends)
    return Filled(action, tuple(hidden))


def enrol(visitor: Visitor, course: str = "sample") -> None:
    assert form_at(visitor, f"/courses/{course}", "/enrol").send(visitor).status == 303


def beginning(visitor: Visitor, scenario: str = "every-kind", course: str = "sample") -> Filled:
    """The form that begins an attempt, not yet sent: for credit, or once that is passed for practice."""
    text = page(visitor, f"/courses/{course}/{scenario}")
    ending = "/begin" if f"/{scenario}/begin" in text else "/practise"
    action, hidden, _ = form(text, ending)
    return Filled(action, tuple(hidden))


def begin(visitor: Visitor, scenario: str = "every-kind", course: str = "sample") -> str:
    """Begin, or go on with what is under way; the address of the attempt."""
    reply = beginning(visitor, scenario, course).send(visitor)
    assert reply.status == 303, f"beginning answered {reply.status}"
    return reply.location


def answer_to(text: str, number: int, chance: Random, words: str = "These are at least five words.") -> Filled | None:
    """The form of a step's page, filled in by chance; None when the page asks nothing."""
    try:
        action, hidden, body = form(text, f"/{number}")
    except LookupError:
        return None
    return Filled(action, (*hidden, *_given(body, chance, words)))


def to_reflection(visitor: Visitor) -> str:
    """Enrol, begin the scenario with every kind of question, and answer until a text is asked for; the address of the attempt."""
    enrol(visitor)
    attempt = begin(visitor)
    for number in range(1, REFLECTION):
        filled = answer_to(page(visitor, f"{attempt}/{number}"), number, Random(number))
        assert filled and filled.send(visitor).status == 303
    return attempt


def writing(visitor: Visitor, attempt: str, text: str) -> Filled:
    """The form of the question that asks for a text, as it is now, with this text in it."""
    written = answer_to(page(visitor, f"{attempt}/{REFLECTION}"), REFLECTION, Random(0), text)
    assert written and written.values("text") == [text]
    return written


def choosing(text: str, number: int, label: str) -> Filled:
    """The form of a step's page with the option chosen that reads so."""
    action, hidden, body = form(text, f"/{number}")
    (value,) = [
        value for value, shown in re.findall(r"value=\"([^\"]+)\"[^>]*>\s*<span>([^<]*)", body) if html.unescape(shown).strip() == label
    ]
    return Filled(action, (*hidden, ("given", value)))


def another(text: str, number: int, filled: Filled) -> Filled:
    """The same form with an option chosen that is not chosen yet, under a key of its own as a second tab has it."""
    _, _, body = form(text, f"/{number}")
    others = [value for value in offered(body) if value not in filled.values("given")]
    return filled.but(given=others[0], key=filled.key[::-1])


def offered(body: str) -> list[str]:
    return re.findall(r"name=\"given\"[^>]*value=\"([^\"]+)\"", body)


def _given(body: str, chance: Random, words: str) -> Fields:
    places = re.findall(r"<select name=\"(place-[^\"]+)\"", body)
    if places:
        return [(name, str(place)) for place, name in enumerate(chance.sample(places, len(places)), 1)]
    options = offered(body)
    return [("given", chance.choice(options))] if options else [("text", words)]


def same_page(text: str) -> str:
    """A page without what is random in every answer, so that two can be compared."""
    text = re.sub(r"nonce=\"[^\"]+\"|value=\"[^\"]{60,}\"", "", text)
    return re.sub(r"(name=\"(?:key|shown)\" type=\"hidden\" value=)\"[^\"]*\"", "", text)
