"""The whole course in print: for whom it was granted, and never with a key before its answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from ceapp.catalogue.queries import current_course, published_scenario
from ceapp.errors import Malformed
from ceapp.learning.accommodations import service
from ceapp.learning.accommodations.models import AccommodationRequest
from tests.conftest import NOW, Member
from tests.harness.pages import Page
from tests.learning.conftest import GOOD_PATH, Learner

pytestmark = pytest.mark.both_databases

KEY = "in-print-form-number-{:020}"
Visit = Callable[..., Page]


@pytest.fixture
def request_of_tess(app: Flask, course: str, tess: Member) -> AccommodationRequest:
    with app.app_context():
        for each in current_course("sample").scenarios:
            published_scenario(each.revision_id)  # What a process reads once is read then.
        return service.ask(tess.id, "sample", "The course on paper.", form_key=KEY.format(0), now=NOW)


def answer(app: Flask, request: AccommodationRequest, ada: Member, after: int, status: str = "granted", *, in_print: bool = True) -> None:
    with app.app_context():
        said = {"in_print": in_print, "after_number": after, "by": ada.id, "form_key": KEY.format(after + 1), "now": NOW}
        service.answer(request.id, status, "So it is.", **said)


def test_it_is_open_as_long_as_the_newest_answer_grants_it(
    app: Flask, visit: Visit, ada: Member, tess: Member, omar: Member, learner: Learner, request_of_tess: AccommodationRequest
) -> None:
    learner.enrol()
    visit("/courses/sample/print", person=tess, status=404)
    answer(app, request_of_tess, ada, 0)
    visit("/courses/sample/print", person=tess)
    visit("/courses/sample/print", person=omar, status=404)
    answer(app, request_of_tess, ada, 1, in_print=False)
    visit("/courses/sample/print", person=tess, status=404)
    answer(app, request_of_tess, ada, 2)
    page = visit(f"/account/accommodations/{request_of_tess.id}", person=tess)
    assert page.follow("Open the whole course on one page: sample").h1 == "A sample course, in print"
    page.submit("Withdraw the request")
    visit("/courses/sample/print", person=tess, status=404)
    with app.app_context(), pytest.raises(Malformed):
        service.answer(request_of_tess.id, "declined", "No.", in_print=True, after_number=4, by=ada.id, form_key=KEY.format(9), now=NOW)


def test_every_scene_and_option_is_there_and_no_key_before_its_answer(
    app: Flask, visit: Visit, ada: Member, tess: Member, learner: Learner, request_of_tess: AccommodationRequest
) -> None:
    learner.enrol()
    answer(app, request_of_tess, ada, 0)
    page = visit("/courses/sample/print", person=tess)
    assert "KEYMARK" not in page.html
    with app.app_context():
        for each in current_course("sample").scenarios:
            present = published_scenario(each.revision_id).rendering
            for scene in published_scenario(each.revision_id).scenario.scenes:
                assert present.plain(scene.title) in page.text
                for question in scene.questions:
                    for option in question.options:
                        assert present.plain(option.text) in page.text


def test_what_was_answered_has_its_feedback_and_nothing_else_has(
    app: Flask, visit: Visit, ada: Member, tess: Member, learner: Learner, request_of_tess: AccommodationRequest
) -> None:
    learner.enrol()
    answer(app, request_of_tess, ada, 0)
    attempt = learner.begin()
    learner.answer(attempt, *GOOD_PATH[0])
    page = visit("/courses/sample/print", person=tess)
    step = visit(f"/attempts/{attempt.id}/1", person=tess)
    marks = {word for word in step.text.split() if "KEYMARK" in word}
    assert marks
    assert {word for word in page.text.split() if "KEYMARK" in word} == marks
    for question, given in GOOD_PATH[1:]:
        learner.answer(attempt, question, given, text="What I wrote for myself alone." if question == "note" else "")
    assert "What I wrote for myself alone." in visit("/courses/sample/print", person=tess).text
