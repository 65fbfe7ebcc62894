"""The checks of `looking.py` find what they are there for: each is given a page with a planted fault, and one without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tests.browser import looking
from tests.browser.conftest import note_faults

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="en"><head><title>Sound</title><style>
    body { font: 1rem sans-serif } button, input { min-height: 44px; border: 1px solid }
    a { display: inline-block; min-width: 44px; min-height: 44px }</style></head><body>
<header>Name</header><nav aria-label="Main"><a href="/a">Somewhere</a></nav>
<main><h1>Sound</h1><p>By <bdi>דוד</bdi>.</p><h2>Part</h2><h3>Smaller</h3>
<label for="n">Name</label> <input id="n" dir="auto" value="דוד"> <button type="button">Do it</button>
<table><caption>Things</caption><thead><tr><th scope="col">Who</th><th scope="col">What</th></tr></thead><tbody>
<tr><th scope="row">Tess</th><td><a href="/1">Open</a></td></tr>
<tr><th scope="row">Omar</th><td><a href="/2">Open</a></td></tr></tbody></table>
</main><footer>End</footer></body></html>"""

Look = Callable[[Page, CDPSession], list[str]]


def forced(page: Page, _session: CDPSession) -> list[str]:
    return looking.forced_colours(page, "")


def unheard(_page: Page, session: CDPSession) -> list[str]:
    return looking.unheard(session, "")


def large(page: Page, session: CDPSession) -> list[str]:
    return looking.large_text(page, session, "")


def of_page(check: Callable[[Page, str], list[str]]) -> Look:
    return lambda page, _session: check(page, "")


LOOKS: dict[str, Look] = {
    "axe": of_page(looking.axe),
    "targets": of_page(looking.small_targets),
    "cut": of_page(looking.cut_off),
    "spread": of_page(looking.spread_text),
    "large": large,
    "forced": forced,
    "moving": of_page(looking.moving),
    "isolated": of_page(looking.unisolated),
    "names": of_page(looking.same_names),
    "heard": unheard,
}

FAULTS = [
    ("axe", "<main>", '<main><p style="color: #bbb; background: #fff">Pale words</p>', "color-contrast"),
    ("axe", 'lang="en"', "", "html-has-lang"),
    ("targets", "min-height: 44px", "height: 20px", "small target"),
    ("cut", "<main>", '<main><p style="width: 3em; overflow: hidden; white-space: nowrap">A long line of words</p>', "cut off"),
    ("cut", "<main>", '<main><p style="height: 1em; overflow: hidden; width: 5em">Line after line after line</p>', "cut off"),
    ("cut", "<main>", '<main><p style="position: absolute; left: -9em">Far out to the left</p>', "off the page"),
    ("cut", "<main>", '<main><div style="height: 0">What stands above</div><div>What is put over it</div>', "overlaps"),
    ("cut", "<main>", '<main><button style="width: 2em; height: 44px; white-space: nowrap">A long name</button>', "runs out of its box"),
    ("cut", "<main>", '<main><p style="width: 700px">Wide</p>', "px too wide"),
    ("spread", "<main>", '<main><p style="width: 6.2em; overflow: hidden; white-space: nowrap">Just fits now</p>', "cut off"),
    ("large", "<main>", '<main><p style="height: 20px; width: 280px; overflow: hidden">It fits into one line of these.</p>', "cut off"),
    ("forced", "border: 1px solid", "border: 0", "no border"),
    ("moving", "<main>", '<main><p style="transition: color .3s">Slowly</p>', "moves"),
    ("moving", "<style>", "<style>@view-transition { navigation: auto }", "moves"),
    ("moving", "<style>", "<style>@keyframes k { to { opacity: 0 } } h1 { animation: k 1s infinite }", "moves"),
    ("isolated", "<bdi>דוד</bdi>", "דוד", "not set apart"),
    ("isolated", 'dir="auto" ', "", "not set apart"),
    ("names", 'href="/a">Somewhere</a>', 'href="/a">Somewhere</a><a href="/b">Somewhere</a>', "named like another"),
    (
        "names",
        '<button type="button">Do it</button>',
        '<button type="button">Do</button><button type="button">Do</button>',
        "named like another",
    ),
    ("names", '<th scope="row">Omar</th>', '<th scope="row">Tess</th>', "named like another"),
    ("heard", ">Do it<", "><", "no name: button"),
    ("heard", '<label for="n">Name</label>', "", "no name: textbox"),
    ("heard", "<caption>Things</caption>", "", "no name: table"),
    ("heard", "h2>", "h4>", "a heading of level 4 follows one of 1"),
    ("heard", "h1>", "h2>", "0 of level 1"),
    ("heard", '<th scope="col">Who</th><th scope="col">What</th>', "<td>Who</td><td>What</td>", "table without headers"),
    ("heard", "<footer>End</footer>", "", "0 landmarks contentinfo"),
    ("heard", "<footer>", '<nav aria-label="Main"><a href="/a">Somewhere</a></nav><footer>', "two landmarks navigation"),
]


@pytest.fixture
def page(device: Callable[..., BrowserContext]) -> Iterator[Page]:
    page = device(width=640).new_page()
    yield page
    page.close()


def shown(page: Page, content: str) -> CDPSession:
    page.set_content(content)
    page.evaluate(looking.AXE.read_text("utf-8"))
    return page.context.new_cdp_session(page)


def test_a_sound_page_has_no_fault(page: Page):
    session = shown(page, SOUND)

    assert {name: found for name, look in LOOKS.items() if (found := look(page, session))} == {}


def test_planted_faults_are_found(page: Page):
    missed = []
    for look, before, after, fault in FAULTS:
        assert before in SOUND, before
        session = shown(page, SOUND.replace(before, after))
        found = LOOKS[look](page, session)
        if not any(fault in each for each in found):
            missed.append((look, after, fault, found))

    assert missed == []


def test_the_letters_are_really_larger(page: Page):
    """A control of the control: the browser's own letters, and with them all that is measured in them, grow to twice their size."""
    session = shown(page, SOUND)
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})

    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 32
    assert page.evaluate("matchMedia('(max-width: 20rem)').matches")


def test_what_is_asked_of_another_origin_is_noted(chromium: Browser):
    faults: list[str] = []
    with closing(chromium.new_context()) as context:
        note_faults(context, "http://127.0.0.1:1", faults)
        context.new_page().set_content(
            '<img src="http://elsewhere.example/a.png" alt=""><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="">'
        )
    assert faults == ["fetches http://elsewhere.example/a.png"]
