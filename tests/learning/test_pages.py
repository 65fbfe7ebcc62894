"""The pages of a learner, from the course page to the certificate, through the strict client."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask import Flask

from tests.conftest import Member
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor

Visit = Callable[..., Page]


def begin(visit: Visit, person: Member, scenario: str = "every-kind") -> Page:
    visit("/courses/sample", person=person).submit("Enrol") if visit("/courses/sample", person=person).select(
        "//button[.='Enrol']"
    ) else None
    return visit(f"/courses/sample/{scenario}", person=person).submit("Begin")


def value_of(page: Page, text: str) -> str:
    """The value of the option with this text."""
    (label,) = page.select(f"//label[contains(normalize-space(.), {text!r})]")
    return str(label.xpath(".//input/@value")[0]) if label.xpath(".//input") else str(label.get("for")).removeprefix("place-")


def test_a_visitor_reads_the_course_page(visit: Visit, course: str) -> None:
    page = visit("/courses/sample")
    assert page.h1 == "A sample course"
    for text in (
        "1.5 contact hours",
        "No board approval is claimed",
        "Every kind of question",
        "Decide what to do about a message.",
        "No commercial support.",
    ):
        assert text in page.text
    assert page.link("Create an account to enrol") == "/account/sign-up?next=/courses/sample"


def test_anyone_reads_how_the_hours_are_worked_out(visit: Visit, library: Library) -> None:
    library.edit("sample/course.md", "{method: stated, hours: 1.5, reason: A sample for tests.}", "{method: words, per_hour: 1000}")
    library.publish()
    page = visit("/courses/sample")
    rows = page.select("//table[caption='Words and questions of each scenario']//tbody/tr/th")
    assert [row.text for row in rows] == ["Every kind of question", "A short one", "Together"]
    for text in ("How the contact hours are worked out", "words at 1,000 words an hour", "For comparison", "Mergener’s formula"):
        assert text in page.text


def test_hours_of_a_revision_from_before_are_still_shown(app: Flask) -> None:
    before = SimpleNamespace(hours_explanation="7,400 words are 1.233 hours.", hours_inputs={"method": "words", "words_per_hour": "6000"})
    with app.test_request_context():
        told = app.jinja_env.get_template("learning/_hours.html").module.hours_worked_out(before)
    assert "7,400 words are 1.233 hours." in told
    assert "<dt>Words per hour</dt><dd>6000</dd>" in told
    assert "<table" not in told


def test_enrol_begin_answer_and_see_why(visit: Visit, course: str, tess: Member) -> None:
    page = visit("/courses/sample", person=tess).submit("Enrol")
    assert "What is left before your certificate" in page.text
    page = page.follow("Begin: Every kind of question").submit("Begin")
    assert page.h1 == "Every kind of question"
    assert "Can we talk here?" in page.text
    page = page.submit("Decide", given=value_of(page, "Send two neutral lines"))
    for text in ("You chose", "Acceptable", "KEYMARK-acceptable", "KEYMARK-critical", "Go on: The session"):
        assert text in page.text


def work_through(page: Page) -> Page:
    """Answer everything right from the first question on; the last page."""
    page = page.submit("Decide", given=value_of(page, "Raise it at the next session")).follow("Go on: The session")
    page = page.submit("Decide", given=[value_of(page, "Others may see"), value_of(page, "Roles may blur")]).follow("Go on")
    page = page.submit("Decide", given=value_of(page, "Yes, a short one")).follow("Go on")
    places = {f"place-{value_of(page, text)}": str(place) for place, text in enumerate(("Consult the", "Talk with", "Write the note"), 1)}
    page = page.submit("Decide", **places).follow("Go on")
    return page.submit("Hand in and go on", text="Five words are enough here.")


def test_a_whole_scenario_to_its_result(visit: Visit, course: str, tess: Member) -> None:
    page = work_through(begin(visit, tess))
    assert "Five words are enough here." in page.text
    assert "KEYMARK-rubric" in page.text
    assert "KEYMARK-discuss" not in page.html
    page = page.follow("See the result")
    assert page.h1 == "Your result: Every kind of question"
    for text in (
        "100%",
        "Passed",
        "The week goes on.",
        "The path you took",
        "TST A.1",
        "Asks to consult before acting.",
        "1 of 2 done",
    ):
        assert text in page.text


def test_the_last_scenario_brings_the_certificate(visit: Visit, course: str, tess: Member) -> None:
    work_through(begin(visit, tess))
    page = begin(visit, tess, "short")
    page = page.submit("Decide", given=value_of(page, "Ask who is in it")).follow("See the result")
    assert "All requirements are met" in page.text
    page = page.follow("Open the specimen")
    assert "Tess Adeyemi" in page.text


def test_leaving_and_coming_back_on_another_device(
    visit: Visit, course: str, tess: Member, browser_of: Callable[[Member], Visitor]
) -> None:
    page = begin(visit, tess)
    page.submit("Decide", given=value_of(page, "Wait and see"))
    page = visit("/", person=tess).follow("Go on: Every kind of question")
    assert page.h1 == "Silence"
    assert "You talk about it." in page.text


def test_not_passed_means_again(visit: Visit, course: str, tess: Member) -> None:
    page = begin(visit, tess, "short")
    page = page.submit("Decide", given=value_of(page, "Like it")).follow("See the result")
    assert "Not passed yet" in page.text
    page = page.submit("Try again")
    page = page.submit("Decide", given=value_of(page, "Ask who is in it")).follow("See the result")
    assert "Attempt 2" in page.text
    assert "Passed" in page.text


def test_an_empty_decision_is_refused_and_nothing_is_lost(visit: Visit, course: str, tess: Member) -> None:
    page = begin(visit, tess).submit("Decide", status=422)
    assert "Choose one option." in page.text
    page = page.submit("Decide", given=value_of(page, "Raise it")).follow("Go on: The session")
    page = page.submit("Decide", given=[value_of(page, "Others may"), value_of(page, "Roles may")]).follow("Go on")
    page = page.submit("Decide", given=value_of(page, "Yes, a")).follow("Go on")
    one, two, three = (value_of(page, text) for text in ("Consult the", "Talk with", "Write the note"))
    page = page.submit("Decide", status=422, **{f"place-{one}": "1", f"place-{two}": "1", f"place-{three}": "3"})
    assert "its own place" in page.text
    assert [page.form().values(f"place-{each}") for each in (one, two, three)] == [["1"], ["1"], ["3"]]
    page = page.submit("Decide", **{f"place-{two}": "2"}).follow("Go on")
    page = page.submit("Hand in and go on", status=422, text="too <b>short</b>")
    assert "there are 2" in page.text
    assert page.form().values("text") == ["too <b>short</b>"]


def test_a_draft_is_kept_and_an_older_one_does_not_overwrite_it(visit: Visit, course: str, tess: Member) -> None:
    page = begin(visit, tess)
    page = page.submit("Decide", given=value_of(page, "Raise it")).follow("Go on: The session")
    page = page.submit("Decide", given=[value_of(page, "Others may"), value_of(page, "Roles may")]).follow("Go on")
    page = page.submit("Decide", given=value_of(page, "Yes, a")).follow("Go on")
    places = {f"place-{value_of(page, text)}": str(place) for place, text in enumerate(("Consult the", "Talk with", "Write the note"), 1)}
    page = page.submit("Decide", **places).follow("Go on")
    second_tab = page
    page = page.submit("Save draft", text="a draft from the first tab")
    assert page.form().values("text") == ["a draft from the first tab"]
    page = second_tab.submit("Save draft", status=422, text="an older one from the second")
    assert "A newer draft" in page.text
    assert page.form().values("text") == ["an older one from the second"]
    assert visit("/", person=tess).follow("Go on: Every kind of question").form().values("text") == ["a draft from the first tab"]


def test_another_window_learns_that_the_first_answer_stands(visit: Visit, course: str, tess: Member) -> None:
    first = begin(visit, tess)
    second = visit(first.address, person=tess)
    first.submit("Decide", given=value_of(first, "Raise it"))
    page = second.submit("Decide", given=value_of(second, "Wait and see"))
    assert "That first answer stands" in page.text
    assert "KEYMARK-best" in page.text


@pytest.mark.parametrize("field", ["shown", "key"])
def test_b2_forged_hidden_fields_change_nothing(visit: Visit, course: str, tess: Member, field: str) -> None:
    page = begin(visit, tess)
    page = page.submit("Decide", given=value_of(page, "Raise it"), status=422, **{field: "forged"})
    assert "incomplete" in page.text
    assert visit("/", person=tess).follow("Go on: Every kind of question").select("//button[.='Decide']")


def test_b6_steps_not_reached_and_foreign_attempts_do_not_exist(visit: Visit, course: str, tess: Member, rita: Member) -> None:
    page = begin(visit, tess)
    address = page.address
    visit(f"{address}/2", person=tess, status=404)
    unknown = visit("/attempts/01900000-0000-7000-8000-000000000000", person=rita, status=404)
    for path in (address, f"{address}/1", f"{address}/result"):
        assert visit(path, person=rita, status=404).text == unknown.text


def test_the_name_is_asked_before_the_first_scored_start(visit: Visit, course: str, make_person: Callable[..., Member]) -> None:
    newcomer = make_person("new@example.org")
    visit("/courses/sample", person=newcomer).submit("Enrol")
    page = visit("/courses/sample/every-kind", person=newcomer)
    assert not page.select("//button[.='Begin']")
    assert page.follow("Give your name").select("//input[@name='name']")


def test_the_preview_is_open_and_records_nothing(visit: Visit, course: str) -> None:
    page = visit("/courses/sample/preview")
    assert "Nothing is recorded" in page.text
    assert "KEYMARK" not in page.html
    page = page.submit("Decide", status=200, given=value_of(page, "Raise it"))
    assert "KEYMARK-best" in page.text
    assert "KEYMARK-explain" not in page.html
    page = visit("/courses/sample/preview").submit("Decide", status=422)
    assert "Choose one option." in page.text


def test_a_text_that_changed_offers_both_ways(visit: Visit, library: Library, tess: Member) -> None:
    library.publish()
    page = begin(visit, tess, "short")
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    library.publish()
    page = visit(page.address, person=tess)
    assert "revised after you began" in page.text
    page = page.submit("Begin the new text")
    assert "Ask who took it." in page.text


def test_practice_says_that_nobody_sees_it(visit: Visit, course: str, tess: Member) -> None:
    page = begin(visit, tess, "short")
    page.submit("Decide", given=value_of(page, "Ask who is in it"))
    page = visit("/courses/sample/short", person=tess).submit("Practise it again")
    assert "only you can see this" in page.text
