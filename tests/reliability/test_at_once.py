"""R7, R8 and B4 through a running server: what is sent many times at the same moment has one effect."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from bench.visitor import Reply, Visitor
from ceapp.learning.models import Answer, Attempt
from tests.reliability.installation import LIMITED, Installation
from tests.reliability.journeys import Filled, another, begin, beginning, choosing, enrol, page, same_page
from tests.reliability.rounds import rounds, together

pytestmark = pytest.mark.usefixtures("sound")

GOOD, BAD = "Ask who is in it.", "Like it."


def at_question(served: Installation, course: str = "sample", chosen: str = GOOD) -> tuple[Visitor, str, Filled]:
    """A new person before the first question: their browser, the page, and its form filled in."""
    visitor = served.visitor(served.somebody())
    enrol(visitor, course)
    text = page(visitor, f"{begin(visitor, 'short', course)}/1")
    return visitor, text, choosing(text, 1, chosen)


def tabs_of(served: Installation, visitor: Visitor, number: int) -> list[Visitor]:
    """More connections of the same browser."""
    tabs = [served.visitor() for _ in range(number)]
    for tab in tabs:
        tab.cookies.update(visitor.cookies)
    return tabs


@pytest.mark.parametrize("times", [2, 50])
def test_r7_identical_posts_have_one_effect_and_one_page(served: Installation, times: int) -> None:
    for _ in range(rounds(1)):
        visitor, _, filled = at_question(served)
        tabs = tabs_of(served, visitor, times)
        replies: list[Reply] = together([lambda tab=tab: filled.send(tab) for tab in tabs])
        assert Counter((reply.status, reply.location) for reply in replies) == {(303, f"{filled.action}#feedback"): times}
        assert len({same_page(page(tab, filled.action)) for tab in tabs[:5]}) == 1
        assert served.count(Answer, Answer.form_key == filled.key) == 1


def test_r7_of_two_tabs_one_stands_and_the_other_is_told(served: Installation) -> None:
    for _ in range(rounds(3)):
        visitor, text, filled = at_question(served)
        tabs, forms = tabs_of(served, visitor, 2), [filled, another(text, 1, filled)]
        together([lambda place=place: forms[place].send(tabs[place]) for place in range(2)])
        told = [place for place in range(2) if "That first answer stands." in page(tabs[place], filled.action)]
        assert len(told) == 1
        assert served.count(Answer, Answer.form_key == forms[1 - told[0]].key) == 1
        assert served.count(Answer, Answer.form_key == forms[told[0]].key) == 0


def test_r6_a_form_whose_reply_was_lost_is_sent_again_with_one_effect(served: Installation) -> None:
    for _ in range(rounds(5)):
        visitor, _, filled = at_question(served)
        with closing(HTTPConnection("127.0.0.1", served.server.port)) as connection:
            cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
            headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", filled.action, urlencode(filled.fields), headers)  # And gone, without reading the reply.
        assert filled.send(visitor).location == f"{filled.action}#feedback"
        assert served.count(Answer, Answer.form_key == filled.key) == 1


def test_b4_the_same_key_with_another_answer_is_refused(served: Installation) -> None:
    visitor, text, filled = at_question(served)
    assert filled.send(visitor).status == 303
    reply = another(text, 1, filled).but(key=filled.key).send(visitor)
    assert (reply.status, "which stands" in reply.page) == (409, True)


def test_b3_forty_starts_of_a_last_attempt_begin_one(served: Installation) -> None:
    for _ in range(rounds(1)):
        visitor, _, filled = at_question(served, LIMITED, BAD)
        assert filled.send(visitor).status == 303
        forms, tabs = [beginning(visitor, "short", LIMITED) for _ in range(40)], tabs_of(served, visitor, 40)
        replies: list[Reply] = together([lambda place=place: forms[place].send(tabs[place]) for place in range(40)])
        assert len({(reply.status, reply.location) for reply in replies}) == 1
        assert served.count(Attempt, Attempt.form_key.in_([each.key for each in forms])) == 1
        address = replies[0].location
        assert choosing(page(visitor, f"{address}/1"), 1, BAD).send(visitor).status == 303
        late = forms[0].but(key="k" * 24).send(visitor)
        assert (late.status, "All attempts at this scenario are used" in late.page) == (409, True)
