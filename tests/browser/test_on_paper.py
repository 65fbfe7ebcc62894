"""What people print, as the paper would be: the text whole and within the page, no controls, addresses of links outside readable."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from ceapp.certificates.provider import set_provider_facts
from tests.browser.rare_tours import ARABIC, LONG, MARKS, UnusualClinic
from tests.browser.tours import World
from tests.certificates.conftest import png, provider_input
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign
from tests.harness.courses import Library
from tests.supervision.working import GOOD_PATH, Trainee

pytestmark = pytest.mark.browser

EDGE = 20
"""Points at the edge of the sheet that stay blank."""
PICTURES = os.environ.get("CEAPP_PICTURES")
CONTROLS = (
    "Withdraw",
    "Extend",
    "Menu",
    "Sign out",
    "Skip to the content",
    "You are here",
    "Practise once more",
    "Try again",
    "Show everything",
    "Narrow",
)
"""Words of buttons and of the navigation that have no place on paper."""
PAGES = {
    "certificate": ("Tess Adeyemi", "A sample course", "contact hours", "Certificate of completion"),
    "certificates": ("A sample course",),
    "result": ("Your result", "Every kind of question", "KEYMARK-best", "KEYMARK-order", "100% Passed", "The path you took"),
    "step": ("What do you do first?", "KEYMARK-best"),
    "course": ("A sample course", "Every kind of question"),
    "training record": ("Tess Adeyemi", "Harbour Clinic", "Every kind", "passed"),
    "assignment of a trainee": ("Every kind", "Sam Okafor", "Attempt 1"),
    "progress": ("Progress", "Tess Adeyemi", "Omar Demir", "Not begun", "Passed"),
    "assignment": ("First weeks", "Tess Adeyemi", "Omar Demir"),
    "work": ("Every kind: Tess Adeyemi", "What do you do first?", "Signed off"),
    "signed off": ("Signed off", "Tess Adeyemi"),
    "verify": ("This certificate is valid", "Tess Adeyemi"),
    "help": ("Help",),
    "standards": ("Standards cited in", "(https://"),
}


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    """A public address, so that certificates can be issued."""
    return {"base_url": "http://ce.example.org", "allow_plain_http": True}


@pytest.fixture
def world(
    app: Flask,
    live: str,
    device: Callable[..., BrowserContext],
    library: Library,
    make_person: Callable[..., Member],
    make_agency: Callable[..., Agency],
    supervise: Callable[..., UUID],
) -> World:
    return World(app, live, device(width=1280).new_page(), library, make_person, make_agency, supervise)


@dataclass
class Paper:
    """A printed page: what can be read on it, and where each word stands, in points."""

    text: str
    pages: list[tuple[float, float]]
    words: list[tuple[float, float, float, float, str]]

    @property
    def outside(self) -> list[str]:
        """Words that run into the margin or off the sheet."""
        (width, height), *_ = self.pages
        return [
            word
            for left, top, right, bottom, word in self.words
            if left < EDGE or top < EDGE or right > width - EDGE or bottom > height - EDGE
        ]


def printed(page: Page, folder: Path, name: str, size: str = "A4") -> Paper:
    """The open page as it is printed on paper of this size."""
    path = folder / f"{re.sub('[^a-z]+', '-', name)}.pdf"
    page.emulate_media(media="print")
    page.pdf(path=path, format=size)
    page.emulate_media(media="screen")
    plain = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True).stdout
    if PICTURES:
        subprocess.run(["pdftoppm", "-r", "60", "-png", path, Path(PICTURES) / f"paper-{path.stem}"], check=True)
    sizes = [(float(width), float(height)) for width, height in re.findall(r'<page width="([\d.]+)" height="([\d.]+)"', boxes)]
    box = r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
    words = [(float(left), float(top), float(right), float(bottom), word) for left, top, right, bottom, word in re.findall(box, boxes)]
    return Paper(" ".join(plain.split()), sizes, words)


def worked_through(world: World) -> dict[str, tuple[Member, str]]:
    """For each page that people print: who prints it, and its address."""
    world.library.publish()
    person = world.make_person
    tess, omar, sam = (
        person("tess@example.org", "Tess Adeyemi"),
        person("omar@example.org", "Omar Demir"),
        person("sam@example.org", "Sam Okafor"),
    )
    ada = person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    agency = world.make_agency("harbour", "Harbour Clinic", {tess.id: "trainee", omar.id: "trainee", sam.id: "supervisor"})
    for each in (tess, omar):
        world.supervise(agency, sam, each)
    with world.app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    learner = world.learner(tess)
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt)
    learner.answer(learner.begin("short"), "now", ("ask",))
    before = NOW - timedelta(days=7)
    given = assign(world.app, agency, sam, [tess, omar], "sample", ["every-kind", "extra"], now=before, title="First weeks")
    task = given.task(tess, "every-kind")
    Trainee(world.app, agency, tess).work_through(task, GOOD_PATH, text="Five words are enough here.")
    pages, work = "/organisations/harbour", f"/organisations/harbour/trainees/{tess.id}/{task}"
    world.sign_in(sam)
    world.go(f"{work}/sign-off")
    world.press("Sign off")
    world.sign_in(tess)
    world.go("/certificates")
    world.follow("Open: ")
    certificate = world.page.url
    code = world.page.locator("dd.certificate-code").inner_text()
    return {
        "certificate": (tess, certificate),
        "certificates": (tess, "/certificates"),
        "result": (tess, f"/attempts/{attempt.id}/result"),
        "step": (tess, f"/attempts/{attempt.id}/1"),
        "course": (tess, "/courses/sample"),
        "training record": (tess, "/training-record/harbour"),
        "assignment of a trainee": (tess, f"/assignments/{task}"),
        "progress": (sam, f"{pages}/progress?show=scores"),
        "assignment": (sam, f"{pages}/assignments/{given.id}"),
        "work": (sam, work),
        "signed off": (sam, f"{pages}/signed-off"),
        "verify": (sam, f"/verify/{code}"),
        "help": (tess, "/help"),
        "standards": (tess, f"/standards/{world.revision_of(attempt)}"),
    }


def test_what_people_print(world: World, tmp_path: Path):
    faults = []
    pages = worked_through(world)
    assert pages.keys() == PAGES.keys()
    for name, (person, address) in pages.items():
        world.sign_in(person)
        world.go(address)
        faults += wrong_on(printed(world.page, tmp_path, name), name, PAGES[name])

    assert faults == []


def wrong_on(paper: Paper, name: str, expected: tuple[str, ...]) -> list[str]:
    bare = paper.text.casefold()
    faults = [f"{name}: {each!r} is missing" for each in expected if each.casefold() not in bare]
    faults += [f"{name}: {each!r} is printed" for each in CONTROLS if re.search(rf"\b{each}\b", paper.text)]
    return faults + [f"{name}: runs off the page: {word}" for word in paper.outside]


def test_unusual_names_stay_on_the_paper(world: World, tmp_path: Path):
    clinic = UnusualClinic(world)
    pages = "/organisations/harbour"
    faults = []
    for name, person, address in (
        ("training record, unusual", clinic.tess, "/training-record/harbour"),
        ("progress, unusual", clinic.sam, f"{pages}/progress"),
        ("assignment, unusual", clinic.sam, f"{pages}/assignments/{clinic.long.id}"),
        ("work, unusual", clinic.sam, f"{pages}/trainees/{clinic.tess.id}/{clinic.task(clinic.tess)}"),
    ):
        world.sign_in(person)
        world.go(address)
        faults += wrong_on(printed(world.page, tmp_path, name), name, ())

    assert faults == []


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_a_certificate_is_one_sheet(world: World, tmp_path: Path, size: str):
    """Whatever the name: nothing of the card, the code and the frame may slip to a second sheet."""
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    with world.app.app_context():
        set_provider_facts(provider_input(signature=png(400, 100)), after_version=0, by=ada.id, now=NOW)
    for number, name in enumerate(("Tess Adeyemi", LONG, ARABIC, MARKS)):
        person = world.make_person(f"t{number}@example.org", name)
        world.learner(person).complete()
        world.sign_in(person)
        world.go("/certificates")
        world.follow("Open: ")
        code = world.page.locator("dd.certificate-code").inner_text()

        paper = printed(world.page, tmp_path, f"certificate-{number}-{size}", size)

        assert len(paper.pages) == 1, name
        assert paper.pages[0][0] > paper.pages[0][1]
        assert code in paper.text
        assert paper.outside == [], name


def test_what_does_not_belong_on_paper_is_noticed(world: World, tmp_path: Path):
    """The control: words that are too wide, controls that are printed, text that is missing."""
    page = world.page
    page.set_content("<title>x</title><h1>Paper</h1><p style='width: 70rem'>" + "wide " * 80 + "</p><button>Sign out</button>")

    faults = wrong_on(printed(page, tmp_path, "planted"), "planted", ("Paper", "Tess"))

    assert "planted: 'Tess' is missing" in faults
    assert "planted: 'Sign out' is printed" in faults
    assert "planted: runs off the page: wide" in faults
