"""What only a browser can tell of the look: contrast, room, weight, the keyboard, drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import AXE, SMALL_TARGETS, TARGET

pytestmark = pytest.mark.browser

BUDGET = 100_000
PAGE_SHARE = 12_000
"""What a page of questions may weigh itself; /components, with every part on it, weighs more."""


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"debug": True}


Opened = Callable[..., Page]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(opened: Opened, width: int, color_scheme: str):
    page = opened("/components", width=width, color_scheme=color_scheme, bypass_csp=True)
    page.evaluate(AXE.read_text("utf-8"))
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run(document, {runOnly: tags, rules: {'target-size': {enabled: true}}})", tags)

    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.parametrize("address", ["/components", "/no-such-page"])
@pytest.mark.parametrize("width", [320, 640, 768])
def test_nothing_scrolls_sideways(opened: Opened, width: int, address: str):
    page = opened(address, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_pressed_is_large_enough(opened: Opened, width: int):
    assert opened("/components", width=width).evaluate(SMALL_TARGETS, TARGET) == []


def test_the_first_load_is_light(opened: Opened):
    page = opened("/no-such-page")
    sizes: dict[str, int] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: sizes.__setitem__(event["requestId"], event["encodedDataLength"]))
    page.goto(page.url.replace("/no-such-page", "/components"), wait_until="networkidle")
    page_itself = len(page.content().encode())

    assert len(sizes) <= 8
    assert sum(sizes.values()) - page_itself <= BUDGET - PAGE_SHARE


def test_the_menu_of_a_phone_opens_and_closes_without_a_script(opened: Opened):
    page = opened("/components", width=390, java_script_enabled=False)
    menu = page.locator("#site-menu")
    expect(menu).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    expect(menu.get_by_role("link", name="Courses")).to_be_visible()
    page.keyboard.press("Escape")

    expect(menu).to_be_hidden()


def test_the_first_tab_skips_to_the_content(opened: Opened):
    page = opened("/no-such-page")
    page.keyboard.press("Tab")

    expect(page.locator(":focus")).to_have_text("Skip to the content")
    expect(page.locator(".skip")).to_be_in_viewport()


def test_a_refused_form_opens_at_its_errors(opened: Opened):
    expect(opened("/components").locator(".errors")).to_be_focused()


def places(page: Page) -> list[str]:
    return page.locator("[data-order] select").evaluate_all("all => all.map(each => each.value)")


def first_item(page: Page) -> str:
    return page.locator("[data-order] label").first.inner_text()


def test_ordering_by_keyboard(opened: Opened):
    page = opened("/components")
    assert places(page) == ["", "", ""]

    page.get_by_role("button", name="Move up: Write a progress note.").press("Enter")

    assert first_item(page) == "Write a progress note."
    assert places(page) == ["1", "2", "3"]
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Move down: Write a progress note.")
    expect(page.locator("[data-order-said]")).to_have_text("Write a progress note.: now 1 of 3")


def test_ordering_by_choosing_a_number(opened: Opened):
    page = opened("/components")

    page.get_by_label("Consult your code and your own social media policy.").first.select_option("1")

    assert first_item(page) == "Consult your code and your own social media policy."
    assert places(page) == ["1", "2", "3"]


def test_ordering_by_dragging(opened: Opened):
    page = opened("/components")
    page.locator("[data-order]").scroll_into_view_if_needed()
    grip = page.locator(".order-grip").nth(2).bounding_box()
    top = page.locator(".order-item").first.bounding_box()
    assert grip
    assert top

    page.mouse.move(grip["x"] + 20, grip["y"] + 20)
    page.mouse.down()
    page.mouse.move(grip["x"] + 20, top["y"] + 5, steps=5)
    page.mouse.up()

    assert first_item(page) == "Consult your code and your own social media policy."
    assert places(page) == ["1", "2", "3"]


def written(opened: Opened, text: str, **route: Any) -> Page:
    """The page of components with this text just typed, and two seconds later."""
    page = opened("/components")
    page.clock.install()
    page.reload()
    if route:
        page.route("**/draft", lambda handled: handled.abort() if route.get("abort") else handled.fulfill(**route))
    page.locator("textarea[name=text]").press_sequentially(text)
    page.clock.fast_forward(2000)
    return page


def test_a_draft_is_saved_while_it_is_written(opened: Opened):
    page = written(opened, "More.")

    expect(page.locator("[data-draft-said]")).to_have_text("Draft saved")
    expect(page.locator("input[name=saves]")).to_have_value("4")
    expect(page.get_by_role("button", name="Save draft")).to_be_hidden()


def test_a_draft_that_cannot_be_saved_is_said_to_be_unsaved_and_tried_again(opened: Opened):
    page = written(opened, "More.", abort=True)
    said = page.locator("[data-draft-said]")
    expect(said).to_have_text("Not saved yet: the server cannot be reached. Your text is still here, and saving is tried again.")

    page.unroute("**/draft")
    page.clock.fast_forward(4000)

    expect(said).to_have_text("Draft saved")


def test_a_newer_draft_elsewhere_is_told_and_the_text_stays(opened: Opened):
    page = written(opened, "typed elsewhere")

    expect(page.locator("[data-draft-said]")).to_contain_text("A newer draft exists in another tab")
    assert "typed elsewhere" in page.locator("textarea[name=text]").input_value()


def test_words_are_counted(opened: Opened):
    page = opened("/components")

    page.locator("textarea[name=text]").fill("one two\nthree " * 15)

    expect(page.locator("[data-words-now]")).to_have_text("45 words written.")


def test_colours_may_be_forced(opened: Opened):
    page = opened("/components", forced_colors="active")

    assert page.evaluate("getComputedStyle(document.querySelector('.option:has(:checked)')).borderTopWidth") == "3px"


def test_a_printed_page_holds_the_text_and_no_buttons(opened: Opened):
    page = opened("/components")
    page.emulate_media(media="print")

    expect(page.locator(".story p").first).to_be_visible()
    for part in (".site-menu", ".site-footer", ".trail", "button"):
        assert page.locator(part).filter(visible=True).count() == 0, part
