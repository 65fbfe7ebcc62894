"""The look's parts, through the page that shows all of them; each part's promises to those who use it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import wtforms
from flask import Flask
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class

from ceapp.app import create_app
from ceapp.config import load_settings
from ceapp.scenarios.learner import LearnerOption, LearnerQuestion
from ceapp.scenarios.values import Grade, Kind, Post
from ceapp.web.assets import STATIC
from ceapp.web.forms import SelectField
from tests.harness.pages import Page, parse, words

FIRST_LOAD = 100_000
MARGIN_FOR_THE_PAGE = 12_000


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"debug": True}


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    return visit("/components")


@pytest.fixture
def macro(app: Flask) -> Callable[..., Any]:
    """Call a macro as a template would, and read what it made."""

    def call(name: str, *arguments: object, of: str = "", **named: object) -> Any:
        with app.test_request_context("/"):
            module = app.jinja_env.get_template(f"components/{of or name}.html").module
            html = getattr(module, name)(*arguments, **named)
        return parse(f"<!doctype html><html lang=en><head><title>t</title></head><body>{html}</body></html>").find("body")

    return call


def question(kind: Kind, *texts: str) -> LearnerQuestion:
    options = tuple(LearnerOption(f"o{number}", text) for number, text in enumerate(texts, 1))
    return LearnerQuestion("first", "What do you do first?", kind, (), (), options, 0, 0)


def texts_of(asked: LearnerQuestion) -> dict[str, Markup]:
    return {option.id: Markup(option.text) for option in asked.options}


def test_the_page_of_components_meets_every_check_of_a_page(page: Page):
    assert page.h1 == "Components"


def test_the_page_of_components_is_only_there_when_debug_is_on(app: Flask):
    settings = app.extensions["ceapp.settings"]
    plain = create_app(load_settings({}, instance=settings.instance, database_url=settings.database_url))

    assert plain.test_client().get("/components").status_code == 404


def test_nothing_is_preselected(macro: Callable[..., Any]):
    asked = question(Kind.GRADED, "One", "Two")

    body = macro("choices", asked, texts_of(asked))

    assert body.xpath("//input/@value") == ["o1", "o2"]
    assert set(body.xpath("//input/@type")) == {"radio"}
    assert not body.xpath("//input[@checked]")


def test_all_that_apply_shows_again_what_was_ticked(macro: Callable[..., Any]):
    asked = question(Kind.ALL, "One", "Two", "Three")

    body = macro("choices", asked, texts_of(asked), multiple=True, chosen={"o1", "o3"}, error="Look again.")

    assert body.xpath("//input[@checked]/@value") == ["o1", "o3"]
    assert "Look again." in words(body)


def test_a_question_is_named_by_its_title(macro: Callable[..., Any]):
    asked = question(Kind.GRADED, "One", "Two")

    assert words(macro("choices", asked, texts_of(asked)).find(".//legend")) == "What do you do first?"


def test_ordering_works_with_numbered_selects_alone(macro: Callable[..., Any]):
    asked = question(Kind.ORDER, "One", "Two", "Three")

    body = macro("ordering", asked, texts_of(asked), chosen={"o2": "1"})

    assert body.xpath("//select/@name") == ["place-o1", "place-o2", "place-o3"]
    assert body.xpath("(//select)[1]/option/@value") == ["", "1", "2", "3"]
    assert body.xpath("//option[@selected]/../@name") == ["place-o2"]


def test_a_reflection_keeps_its_text_to_the_letter(macro: Callable[..., Any]):
    text = "\nFirst line\n  <b>second</b> & third"

    body = macro("reflection", question(Kind.REFLECTION), text, 40, 0, draft_url="/attempts/1/2/draft", saves=3)

    assert body.find(".//textarea").text == "\n" + text.removeprefix("\n")
    assert body.xpath("//textarea/@data-draft-url") == ["/attempts/1/2/draft"]
    assert body.xpath("//input[@name='saves']/@value") == ["3"]
    assert body.xpath("//button/@formaction") == ["/attempts/1/2/draft"]
    assert "At least 40 words." in words(body)


def test_h5_a_reflection_asks_to_leave_clients_out(macro: Callable[..., Any]):
    body = macro("reflection", question(Kind.REFLECTION), "", 0, 0)

    assert "Leave out anything that could identify a client" in words(body)


def test_a_reflection_without_a_draft_address_saves_no_drafts(macro: Callable[..., Any]):
    body = macro("reflection", question(Kind.REFLECTION), "", 0, 0)

    assert not body.xpath("//button | //@data-draft-url")


@pytest.mark.parametrize("word", [*Grade, "right", "not right", "right to tick", "right to leave", "missed", "not needed", "Right place"])
def test_a_grade_is_word_sign_and_colour_together(macro: Callable[..., Any], word: str):
    pill = macro("grade", word).find(".//span")

    assert words(pill).lower() == word.lower()
    assert pill[0].get("aria-hidden") == "true"
    assert re.fullmatch(r"grade grade-(best|fair|risky|harm|critical)", pill.get("class"))


def test_the_chosen_option_is_open_and_the_others_fold(macro: Callable[..., Any]):
    chosen = macro("verdict", Markup("Bring it up."), Markup("<p>Why.</p>"), Grade.BEST, chosen=True)
    other = macro("verdict", Markup("Decline."), Markup("<p>Why not.</p>"), Grade.RISKY)

    assert words(chosen) == "You chose: Bring it up.Best Why."
    assert not chosen.xpath("//details")
    assert other.xpath("//details[not(@open)]/summary")


def test_an_option_without_feedback_does_not_fold(macro: Callable[..., Any]):
    assert not macro("verdict", Markup("One"), "", "missed").xpath("//details")


def test_an_ordering_says_where_each_item_was_put(macro: Callable[..., Any]):
    assert "Belongs at 1; you put it at 3" in words(macro("placement", "Consult.", "", 1, 3, of="verdict"))


def test_a_post_tells_what_it_is_and_keeps_its_lines(macro: Callable[..., Any]):
    post = Post(1, network="a social network", kind="friend request", sender="Dana R.", text="One\nTwo <3", image="a.png", alt="A dog")

    body = macro("post", post, "/images/a.png", (640, 480))

    assert body.find("figure").get("aria-label") == "Friend request from Dana R., as it would appear on a social network"
    assert body.xpath("//p[@class='post-text']")[0].text == "One\nTwo <3"
    assert dict(body.find(".//img").attrib).items() >= {"alt": "A dog", "width": "640", "height": "480"}.items()


def test_a_post_with_nothing_but_text_is_still_named(macro: Callable[..., Any]):
    assert macro("post", Post(1, text="Hello")).find("figure").get("aria-label") == "Post, as it would appear on a screen"


def test_the_trail_marks_where_one_is(macro: Callable[..., Any]):
    items = [
        SimpleNamespace(title="Sunday", state="done", href="/1"),
        {"title": "The request", "state": "here"},
        {"title": "Closing", "state": "next"},
    ]

    body = macro("trail", items)

    assert [words(item) for item in body.xpath("//li[@aria-current='step']")] == ["The request"]
    assert body.xpath("//li/a/@href") == ["/1"]


@pytest.mark.parametrize(("page_number", "links"), [(1, ["/p?page=2"]), (2, ["/p?page=1", "/p?page=3"]), (3, ["/p?page=2"])])
def test_the_pager_leads_to_its_neighbours(macro: Callable[..., Any], page_number: int, links: list[str]):
    assert macro("pager", page_number, 3, "/p").xpath("//a/@href") == links


def test_one_page_needs_no_pager(macro: Callable[..., Any]):
    assert not macro("pager", 1, 1, "/p").xpath("//nav")


def test_attributes_of_a_button_are_escaped_and_renamed(macro: Callable[..., Any]):
    button = macro("button", "Delete", kind="danger", aria_label='Delete "this"', disabled=True, name_=None).find("button")

    assert dict(button.attrib) == {"type": "submit", "class": "button button-danger", "aria-label": 'Delete "this"', "disabled": ""}


def test_a_refused_form_links_to_its_fields(page: Page):
    links = page.select("//div[@class='errors']//a/@href")

    assert "#refused-name" in links
    assert page.select("//*[@id='refused-about']/@aria-invalid") == ["true"]
    assert page.select("//*[@id='refused-about']/@aria-describedby") == ["refused-about-hint refused-about-error"]


def test_every_kind_of_field_has_its_label(page: Page):
    labelled = set(page.select("//label/@for"))

    for name in ("name", "email", "password", "profession", "born", "minutes", "about", "proof", "own_work", "rating-0"):
        assert f"empty-{name}" in labelled


def test_a_busy_server_gives_the_text_back(page: Page):
    text = "A long text that I would hate to lose, and that the server was too busy to take."

    refused = page.submit("Hand in", text=text, status=503)

    assert refused.select("//textarea[@name='text']")[0].text.strip() == text
    assert refused.form().values("saves") == ["3"]
    assert refused.select("//main//a/@href") == ["/"]


def test_an_error_page_asks_nobody_who_is_signed_in(visit: Callable[..., Page], tess: Any):
    page = visit("/no-such-page", person=tess, status=404)

    assert page.h1 == "There is no such page"
    assert "Sign out" not in words(page.tree)


def test_the_place_one_is_at_is_marked_in_the_menu(app: Flask):
    with app.test_request_context("/courses/social-media-ethics"):
        html = app.jinja_env.from_string(
            '{% extends "base.html" %}{% block title %}T{% endblock %}{% block main %}<h1>T</h1>{% endblock %}'
        ).render(me=None, nonce=lambda: "n", stylesheet="", script="", request=SimpleNamespace(path="/courses/social-media-ethics"))

    assert parse(html).xpath("//nav//a[@aria-current]/@href") == ["/courses"]


def test_the_first_load_is_light(app: Flask, page: Page):
    """A page of questions is at most 12 kB of HTML; the budget is 100 kB with one font."""
    client = app.test_client()
    addresses = [
        *page.select("//link[@rel='stylesheet']/@href"),
        *page.select("//script/@src"),
        *page.select("//link[@rel='preload']/@href"),
    ]

    sent = {address: len(client.get(address, headers={"Accept-Encoding": "gzip"}).data) for address in addresses}

    assert sum(sent.values()) <= FIRST_LOAD - MARGIN_FOR_THE_PAGE, sent
    assert len(sent) == 3


def test_the_stylesheet_is_packed_only_for_those_who_can_unpack_it(app: Flask, page: Page):
    client, address = app.test_client(), page.select("//link[@rel='stylesheet']/@href")[0]

    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data


def test_every_font_named_by_the_stylesheet_is_there_with_its_licence():
    named = set(re.findall(r"/assets/([\w-]+\.woff2)", (STATIC / "css/tokens.css").read_text("utf-8")))

    assert named == {path.name for path in (STATIC / "fonts").glob("*.woff2")}
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts/OFL.txt").read_text("utf-8").upper()


def test_the_scripts_use_nothing_that_trusted_types_refuse():
    for path in (STATIC / "js").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", path.read_text("utf-8")), (
            path.name
        )


def test_the_draft_of_the_components_page_counts_on_and_knows_a_newer_one(app: Flask, page: Page):
    token = page.select("//input[@name='csrf_token']/@value")[0]

    def send(text: str) -> Any:
        return page.visitor.client.post("/components/draft", data={"csrf_token": token, "saves": "3", "text": text})

    assert send("A draft").get_json() == {"saves": 4}
    assert send("typed elsewhere").status_code == 409


def test_a_list_reads_as_the_library_writes_it() -> None:
    choices = [SelectChoice("a", '<Agency> & "sons"'), SelectChoice("b'\"", "B"), SelectChoice("", "Choose")]

    class Both(wtforms.Form):
        theirs = wtforms.SelectField(choices=choices)
        ours = SelectField(choices=choices)

    form = Both(data={"theirs": "b'\"", "ours": "b'\""})
    assert str(form.ours()) == str(form.theirs()).replace("theirs", "ours")
    assert "<option selected" in form.ours()
