"""Tours of the pages: each goes through the pages that one kind of person can open, in every state, and stops at each.

A tour is a generator that yields the name of the stop while its page is open; what is looked at there is the caller's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from playwright.sync_api import Page

from ceapp.accounts.set_up import issue_set_up_link
from ceapp.certificates.provider import set_provider_facts
from ceapp.config import ROOT
from ceapp.learning.models import Attempt
from tests.certificates.conftest import png, provider_input
from tests.conftest import NOW, Agency, Member
from tests.harness.courses import Library
from tests.learning.conftest import GOOD_PATH, Learner

NO_CODE = "7K3M9-QX2TP-4WZC6-HD8RB-V5NJE-YF"
LONG_WORD = "Geschwindigkeitsüberschreitungsverfahrensordnung" * 2
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3 + "Wolfeschlegelst"
RIGHT_TO_LEFT = "عبد الرحمن محمد الأنصاري"


@dataclass
class World:
    """What a tour may use: the application with its course, the cast, and one open page of a browser."""

    app: Flask
    live: str
    page: Page
    library: Library
    make_person: Callable[..., Member]
    make_agency: Callable[..., Agency]
    supervise: Callable[..., UUID]

    def go(self, address: str) -> None:
        self.page.goto(address)

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def check_certificate(self) -> None:
        """From the page of a certificate to what anybody sees who checks it."""
        self.go(self.page.locator("dd a[href^='/verify/']").get_attribute("href") or "")

    def send_empty(self, button: str) -> None:
        """Send a form as it is, past the browser's own checks."""
        self.page.evaluate("for (const form of document.forms) form.noValidate = true")
        self.press(button)

    def sign_in(self, person: Member) -> None:
        name = self.app.config["SIGN_IN_COOKIE_NAME"]
        self.page.context.add_cookies([{"name": name, "value": person.token, "url": self.live}])

    def learner(self, person: Member) -> Learner:
        return Learner(self.app, person)

    def revision_of(self, attempt: Attempt) -> str:
        return str(attempt.scenario_revision_id)


Tour = Iterator[str]


def before_anything_is_published(world: World) -> Tour:
    world.go("/")
    yield "front, no course"
    world.go("/courses")
    yield "courses, none"
    world.sign_in(world.make_person("early@example.org", "Early Bird"))
    world.go("/")
    yield "home, no course"
    world.go("/certificates")
    yield "certificates, none"


def visitor(world: World) -> Tour:
    world.library.publish()
    attempt = _begun(world, world.make_person("somebody@example.org", "Some Body"))
    for name, address in (
        ("front", "/"),
        ("courses", "/courses"),
        ("course, visitor", "/courses/sample"),
        ("scenario, visitor", "/courses/sample/every-kind"),
        ("grades", "/grades"),
        ("standards", f"/standards/{world.revision_of(attempt)}"),
        ("preview", "/courses/sample/preview"),
    ):
        world.go(address)
        yield name
    world.send_empty("Decide")
    yield "preview, refused"
    world.page.get_by_text("Wait and see").click()
    world.press("Decide")
    yield "preview, answered"
    world.go("/account/sign-in")
    yield "sign in"
    world.page.get_by_role("button", name="Menu").click()
    yield "sign in, menu open"
    world.page.keyboard.press("Escape")
    world.page.get_by_label("E-mail address").fill("nobody@example.org")
    world.page.get_by_label("Password").fill("not the right one at all")
    world.press("Sign in")
    yield "sign in, refused"
    world.go("/account/sign-up")
    yield "sign up"
    world.press("Create account")
    yield "sign up, refused"


def checker(world: World) -> Tour:
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.learner(tess).complete()
    world.go("/verify")
    yield "verify"
    world.go(f"/verify/{NO_CODE}")
    yield "verify, unknown"
    world.sign_in(tess)
    world.go("/certificates")
    yield "certificates, specimen"
    world.follow("Open: ")
    yield "certificate, specimen"
    world.check_certificate()
    yield "verify, specimen"


def set_up(world: World) -> Tour:
    with world.app.app_context():
        token = issue_set_up_link(now=datetime.now(UTC))
    world.go(f"/set-up/{token}")
    yield "set-up"
    world.press("Become the administrator")
    yield "set-up, refused"


def newcomer(world: World) -> Tour:
    world.library.publish()
    world.sign_in(world.make_person("new@example.org", time_zone=""))
    world.go("/")
    yield "home, not enrolled"
    world.go("/courses/sample")
    yield "course, not enrolled"
    world.press("Enrol")
    yield "course, enrolled"
    world.go("/courses/sample/every-kind")
    yield "scenario, name needed"
    world.follow("Give your name")
    yield "name"
    world.press("Save and go on")
    yield "name, refused"
    world.go("/account")
    yield "account"
    world.press("Save")
    yield "account, refused"
    world.go("/account/password")
    yield "password"
    world.press("Set password")
    yield "password, refused"


def in_the_middle(world: World) -> Tour:
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    learner = world.learner(tess)
    learner.enrol()
    world.sign_in(tess)
    world.go("/courses/sample/every-kind")
    yield "scenario, enrolled"
    attempt = learner.begin()
    address = f"/attempts/{attempt.id}"
    for number, (question, given) in enumerate(GOOD_PATH, 1):
        world.go(address)
        yield f"step {number}, asked"
        if question == "note":
            world.page.get_by_role("textbox").fill("too short")
        world.send_empty("Hand in and go on" if question == "note" else "Decide")
        yield f"step {number}, refused"
        learner.answer(attempt, question, given, text="Five words are enough here." if question == "note" else "")
        if question != "note":
            world.go(f"{address}/{number}")
            yield f"step {number}, answered"
        if number == 3:
            for name, middle in (("home", "/"), ("course", "/courses/sample"), ("scenario", "/courses/sample/every-kind")):
                world.go(middle)
                yield f"{name}, in the middle"
    world.go(f"{address}/5")
    yield "step 5, answered"


def afterwards(world: World) -> Tour:
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    learner = world.learner(tess)
    learner.enrol()
    world.sign_in(tess)
    failed = learner.begin()
    learner.answer(failed, "first", ("public",))
    world.go(f"/attempts/{failed.id}")
    yield "step after a detour"
    for question, given in (("risks", ("failed",)), ("needed", ("no",)), ("order", ("write", "talk", "consult")), ("note", ())):
        learner.answer(failed, question, given)
    world.go(f"/attempts/{failed.id}/result")
    yield "result, failed"
    world.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    yield "result, failed, opened"
    world.go("/courses/sample/every-kind")
    yield "scenario, failed"
    passed = learner.begin()
    learner.work_through(passed)
    world.go(f"/attempts/{passed.id}/result")
    yield "result, passed"
    world.go("/courses/sample/every-kind")
    yield "scenario, passed"
    practice = learner.begin("short", purpose="practice")
    world.go(f"/attempts/{practice.id}")
    yield "step, practice"
    learner.answer(practice, "now", ("like",))
    world.go(f"/attempts/{practice.id}/result")
    yield "result, practice"
    pinned = learner.begin("short")
    world.library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    world.library.publish()
    world.go(f"/attempts/{pinned.id}")
    yield "step, newer text"
    world.go("/courses/sample")
    yield "course, newer text"
    learner.answer(pinned, "now", ("ask",))
    for name, address in (("home", "/"), ("course", "/courses/sample")):
        world.go(address)
        yield f"{name}, complete"


def administrator(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    world.sign_in(ada)
    world.go("/provider")
    yield "provider, nothing set"
    world.send_empty("Save")
    yield "provider, refused"
    world.learner(world.make_person("tess@example.org", "Tess Adeyemi")).complete()
    with world.app.app_context():
        set_provider_facts(provider_input(signature=png(400, 100)), after_version=0, by=ada.id, now=NOW)
    world.go("/provider")
    yield "provider, one waits"
    world.send_empty("Issue 1 certificate")
    yield "provider, not confirmed"
    world.page.get_by_role("checkbox").first.check()
    world.press("Issue 1 certificate")
    yield "provider, issued"


def certified(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    with world.app.app_context():
        set_provider_facts(provider_input(signature=png(400, 100)), after_version=0, by=ada.id, now=NOW)
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.learner(tess).complete()
    world.sign_in(tess)
    world.go("/certificates")
    yield "certificates, one"
    world.follow("Open: ")
    yield "certificate"
    world.check_certificate()
    yield "verify, valid"


def errors(world: World) -> Tour:
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    learner = world.learner(tess)
    learner.enrol()
    attempt = learner.begin()
    for question, given in GOOD_PATH[:-1]:
        learner.answer(attempt, question, given)
    world.go("/no-such-page")
    yield "error 404"
    world.sign_in(tess)
    world.go(f"/attempts/{attempt.id}")
    world.page.get_by_role("textbox").fill("A text that somebody wrote for a long while and would hate to lose.")
    world.page.evaluate("document.querySelectorAll('[name=csrf_token]').forEach(each => { each.value = 'x' })")
    world.press("Hand in and go on")
    yield "error 403, to be sent again"
    world.page.context.clear_cookies()
    world.press("Send again")
    yield "error 403, signed out"
    world.app.view_functions["learning.grades"] = _breaks(world.app.view_functions["learning.grades"])
    world.go("/grades")
    yield "error 500"


def the_unusually_long(world: World) -> Tour:
    """Names, words and titles that no layout expects."""
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    with world.app.app_context():
        long = dict.fromkeys(("name", "address", "contact", "responsible_name", "responsible_title"), LONG_WORD)
        set_provider_facts(provider_input(**long), after_version=0, by=ada.id, now=NOW)
    world.library.edit("sample/course.md", "title: A sample course", f"title: A sample course of {LONG_WORD}")
    world.library.edit("sample/every-kind.md", "title: Every kind of question", f"title: Every kind of {LONG_WORD}")
    world.library.edit("sample/every-kind.md", "What do you do first?", f"What do you do with the {LONG_WORD}, and why now?")
    world.library.edit("sample/every-kind.md", "Wait and see what comes.", f"Wait and see whether {LONG_WORD} comes.")
    world.library.edit("sample/every-kind.md", "Consult the code.", f"Consult the {LONG_WORD}.")
    world.library.edit("sample/every-kind.md", "Can we talk here?", f"https://example.org/{LONG_WORD}")
    world.library.edit("sample/every-kind.md", "## The session", f"## The session about {LONG_WORD}")
    world.library.publish()
    person = world.make_person(f"{'x' * 60}@example.org", LONG_NAME)
    learner = world.learner(person)
    learner.enrol()
    attempt = learner.begin()
    world.sign_in(person)
    for address in ("/", "/courses/sample", "/courses/sample/every-kind", "/account"):
        world.go(address)
        yield f"{address}, long"
    world.go(f"/attempts/{attempt.id}")
    yield "step, long"
    learner.work_through(attempt)
    for number in (1, 4):
        world.go(f"/attempts/{attempt.id}/{number}")
        yield f"step {number}, answered, long"
    world.go(f"/attempts/{attempt.id}/result")
    world.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    yield "result, long"
    learner.answer(learner.begin("short"), "now", ("ask",))
    yield from _certificates(world, "long")
    world.sign_in(ada)
    world.go("/provider")
    yield "provider, long"
    other = world.make_person("layla@example.org", RIGHT_TO_LEFT)
    world.learner(other).complete()
    world.sign_in(other)
    world.go("/account")
    yield "account, right to left"
    yield from _certificates(world, "right to left")


def the_shipped_course(world: World) -> Tour:
    """The real text, as people will read it."""
    world.library.root = ROOT / "scenarios"
    world.library.publish()
    tess = world.make_person("tess@example.org", "Tess Adeyemi")
    world.go("/")
    yield "front, shipped"
    world.go("/courses/social-media-ethics")
    yield "course, shipped, visitor"
    world.sign_in(tess)
    world.go("/courses/social-media-ethics")
    world.press("Enrol")
    yield "course, shipped"
    world.go("/courses/social-media-ethics/friend-request")
    world.press("Begin")
    yield "step, shipped"
    address = world.page.url
    for number, text in enumerate(("Accept it, and move", "Before I answer that"), 1):
        world.page.get_by_text(text).click()
        world.press("Decide")
        yield f"step {number}, shipped, answered"
        world.go(address)
    yield "step 3, shipped"
    for text in ("You put a heart under", "You buy bread"):
        world.page.get_by_text(text).click()
    world.press("Decide")
    yield "step 3, shipped, answered"
    world.go(address)
    yield "step 4, shipped"
    world.page.get_by_role("button", name="Move up").nth(2).click()
    world.press("Decide")
    yield "step 4, shipped, answered"
    world.go(address)
    world.page.get_by_text("Decline it without a word").click()
    world.press("Decide")
    world.go(address)
    world.page.get_by_role("textbox").fill("Some words for a first session. " * 8)
    yield "step 6, shipped"
    world.press("Hand in and go on")
    yield "step 6, shipped, answered"
    world.follow("See the result")
    yield "result, shipped"
    world.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    yield "result, shipped, opened"
    world.follow("NASW 1.06")
    yield "standards, shipped"


TOURS = (
    before_anything_is_published,
    visitor,
    checker,
    set_up,
    newcomer,
    in_the_middle,
    afterwards,
    administrator,
    certified,
    errors,
    the_unusually_long,
    the_shipped_course,
)


def _begun(world: World, person: Member) -> Attempt:
    learner = world.learner(person)
    learner.enrol()
    return learner.begin()


def _certificates(world: World, name: str) -> Tour:
    world.go("/certificates")
    yield f"certificates, {name}"
    world.follow("Open: ")
    yield f"certificate, {name}"
    world.check_certificate()
    yield f"verify, {name}"


def _breaks(view: Any) -> Any:
    def broken() -> str:
        raise RuntimeError("broken on purpose")

    broken.audience = view.audience  # type: ignore[attr-defined]
    return broken
