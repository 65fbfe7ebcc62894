"""A world in which every text that a person can fill in holds payloads, and a browser that tells what became of them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request
from playwright.sync_api import Error as BrowserError
from sqlalchemy import update
from werkzeug.serving import make_server

from ceapp.accounts.invitations import service as invitations
from ceapp.accounts.invitations.service import Invited
from ceapp.accounts.models import Membership, Organisation, Person, SignIn
from ceapp.catalogue.service import sync
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.service import issue
from ceapp.database import everybody, new_id, transaction
from ceapp.supervision import notes
from ceapp.supervision.assigning import changes
from ceapp.supervision.models import Group, Supervision
from tests.certificates.conftest import completion, provider_input
from tests.conftest import JOINED_ON, NOW, Member
from tests.crawl.world import AGENCY, DUE, World, _sign, task
from tests.harness.assignments import assign
from tests.security.payloads import PAYLOADS
from tests.supervision.working import GOOD_PATH, Trainee

ALL = "\n\n".join(PAYLOADS)


def plant(world: World, scenarios: Path) -> None:
    """Every payload as a name of somebody, of a group, of an organisation, of a guest; all together in every longer text."""
    _plant_files(world, scenarios)
    _plant_names(world)
    _plant_guests(world)
    _plant_work(world)
    _plant_provider(world)


def _plant_files(world: World, scenarios: Path) -> None:
    """What authors write: titles, summaries, paragraphs, options, explanations. What is refused as a mistake in the file stays out."""
    some = [text for text in PAYLOADS if text.startswith(("<img", '">', "</title", "<svg/"))]
    places = [
        (name, line) for name in ("extra.md", "short.md", "every-kind.md", "course.md") for line in ("title", "summary", "disclosures")
    ]
    for (name, line), payload in zip(places, some * 3, strict=False):
        _edit(world, scenarios / "sample" / name, lambda text, key=line, said=payload: _with(text, key, said))
    extra, taken = scenarios / "sample" / "extra.md", 0
    for payload in PAYLOADS:
        taken += _edit(world, extra, lambda text, said=payload: text.replace("\n### What", f"\n{said}\n\n### What"))
        _edit(
            world,
            extra,
            lambda text, said=payload: text.replace(
                "- (harmful) Like", f"- (harmful) {said} {{#o{PAYLOADS.index(said)}}}\n  > {said}\n- (harmful) Like"
            ),
        )
    assert taken > len(PAYLOADS) // 2
    with world.app.app_context():
        (report,) = sync(scenarios, now=NOW)
    assert not report.problems


def _with(text: str, key: str, said: str) -> str:
    return re.sub(rf"^{key}: .*$", lambda _: f"{key}: {json.dumps(said)}", text, count=1, flags=re.MULTILINE)


def _edit(world: World, file: Path, change: Callable[[str], str]) -> bool:
    """Whether the file can be published so; it stays as it was if not."""
    before = file.read_text()
    file.write_text(change(before))
    with world.app.app_context():
        (report,) = sync(file.parent.parent, now=NOW, dry_run=True)
    if report.problems:
        file.write_text(before)
    return not report.problems


def _plant_names(world: World) -> None:
    """A trainee, a group and an organisation for each payload; everybody of the world gets one too."""
    agency = world.organisations[AGENCY].id
    with world.app.app_context(), everybody("a test plants names"), transaction() as session:
        for number, text in enumerate(PAYLOADS):
            person = Person(
                id=world.ids.setdefault(f"planted:{number}", new_id()),
                email=f"planted{number}@example.org",
                name=text,
                created_at=NOW,
                time_zone="UTC",
                password_hash="",
            )
            session.add(person)
            session.add(Organisation(id=new_id(), slug=f"planted-{number}", name=text, time_zone="UTC", created_at=NOW))
            session.flush()
            session.add(Membership(organisation_id=agency, person_id=person.id, joined_on=JOINED_ON, is_trainee=True))
            session.flush()
            days = {"first_day": JOINED_ON, "made_by": world.people["ines"].id, "made_at": NOW}
            pair = {"supervisor_id": world.people["sam"].id, "trainee_id": person.id}
            session.add(Supervision(id=new_id(), organisation_id=agency, scope="reflections", **pair, **days))
            session.add(Group(id=new_id(), organisation_id=agency, name=text, created_at=NOW))
        for number, member in enumerate(world.people.values()):
            session.execute(update(Person).where(Person.id == member.id).values(name=PAYLOADS[number]))
        session.execute(update(SignIn).values(browser=PAYLOADS[0]))
        session.execute(update(Organisation).where(Organisation.id == agency).values(name=PAYLOADS[6]))


def _plant_guests(world: World) -> None:
    agency = world.organisations[AGENCY].id
    for number, text in enumerate(PAYLOADS):
        with world.within(AGENCY):
            guest = Invited(f"guest{number}@example.net", text, ("trainee",))
            invitations.invite(agency, guest, actor=world.people["ines"].id, form_key=f"{number:030}", now=NOW)


def _plant_work(world: World) -> None:
    """A note, an assignment's title, an extension, a reflection, a draft, a sign-off and a reason, each with all payloads that fit."""
    agency = world.organisations[AGENCY]
    for number, part in enumerate(_parts(1900)):
        with world.within(AGENCY):
            note = notes.write(agency.id, world.people["sam"].id, part, now=NOW)
        writer = Member(world.ids[f"planted:{number}"], "", "", is_administrator=False, token="")
        values = {"due_on": DUE, "note_id": note, "title": PAYLOADS[number]}
        made = assign(world.app, agency, world.people["sam"], [writer], "sample", ["every-kind"], now=NOW, **values)
        found = made.task(writer, "every-kind")
        Trainee(world.app, agency, writer).work_through(found, GOOD_PATH, text=part)
        world.ids[f"work:{number}"] = f"/organisations/{agency.slug}/trainees/{writer.id}/{found}"
    for number, part in enumerate(_parts(380)):
        with world.within(AGENCY):
            found = task(world, "note:both", "tess")
            changes.extend(agency.id, world.people["sam"].id, found, due_on=DUE + timedelta(days=8 + number), reason=part, now=NOW)
    at_work = Trainee(world.app, agency, world.people["vera"])
    for part in _parts(1900):
        attempt = at_work.begin_alone("practice")
        at_work.answer(attempt, GOOD_PATH, text=part)
    drafting = at_work.begin_alone("practice")
    at_work.answer(drafting, GOOD_PATH[:-1])
    at_work.draft(drafting, ALL)
    at_work.begin_alone("practice", "extra")
    _sign(world, AGENCY, "rhea", "tess", task(world, "note:tess", "tess", "every-kind"), _parts(1900)[0])


def _plant_provider(world: World) -> None:
    names = iter(PAYLOADS)
    facts = {key: next(names) for key in ("name", "address", "contact", "responsible_name", "responsible_title")}
    with world.app.app_context():
        set_provider_facts(provider_input(**facts), after_version=1, by=world.people["ada"].id, now=NOW)
    for cycle, text in enumerate(PAYLOADS[::4], 20):
        with world.app.app_context(), transaction():
            issue(
                person_id=world.people["tess"].id,
                course_slug="sample",
                cycle=cycle,
                facts_input=completion(name=text, course_title=text),
                now=NOW,
            )
    settings = world.app.extensions["ceapp.settings"]
    world.app.extensions["ceapp.settings"] = dataclasses.replace(settings, contact=PAYLOADS[1])


def _parts(most: int) -> list[str]:
    """All payloads, in as many texts as they need."""
    found = [""]
    for text in PAYLOADS:
        if len(found[-1]) + len(text) + 2 > most:
            found.append("")
        found[-1] += f"{text}\n"
    return found


WATCH = """
window.__ran = []; window.__x = number => { window.__ran.push(number); };
window.__refused = [];
document.addEventListener("securitypolicyviolation", event => window.__refused.push(event.violatedDirective + " " + event.blockedURI));
"""
ODD = r"""() => [...document.querySelectorAll("*")].filter(each =>
  [...each.attributes].some(a => a.name.startsWith("on") || ["style", "srcdoc"].includes(a.name)
    || /^\s*(javascript|data:text)/i.test(a.value) && ["href", "src", "action", "formaction", "data"].includes(a.name))
  || ["IFRAME", "OBJECT", "EMBED", "BASE", "STYLE", "MARQUEE", "MATH", "VIDEO", "AUDIO"].includes(each.tagName)
  || each.tagName === "SCRIPT" && !(each.getAttribute("src") || "").startsWith("/assets/")
  || each.tagName === "META" && each.httpEquiv
).map(each => each.outerHTML.slice(0, 120))"""
"""Elements that no page of ours has."""


@dataclass
class Seen:
    """What became of the payloads on the pages that were opened."""

    ran: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


class Watcher:
    """A browser of one person that notes every script that ran, every dialog, every refusal of the policy, every odd element, and every
    request to another origin."""

    def __init__(self, chromium: Browser, address: str, cookie: tuple[str, str] | None = None) -> None:
        self.address, self.seen = address, Seen()
        self.context: BrowserContext = chromium.new_context(base_url=address)
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(WATCH)
        self.context.on("request", self._note)
        self.context.on("dialog", self._dialog)
        if cookie:
            self.context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": address}])
        self.page: Page = self.context.new_page()

    def _note(self, request: Request) -> None:
        """The browser is started so that it resolves no name; here is noted that it was asked to."""
        if not request.url.startswith(("data:image/", "blob:")) and urlsplit(request.url).netloc != urlsplit(self.address).netloc:
            self.seen.ran.add(request.url)
            self.seen.faults.append(f"asks for {request.url}")

    def _dialog(self, dialog: Any) -> None:
        self.seen.ran.add(f"dialog {dialog.message}")
        self.seen.faults.append(f"{self.page.url} opens a dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> int:
        """Go there and look; the status."""
        try:
            response = self.page.goto(path, wait_until="load")
        except BrowserError as problem:
            self.seen.faults.append(f"{path}: {str(problem).splitlines()[0]}")
            return 0
        try:
            self.look(path)
        except BrowserError as problem:  # The page went somewhere else meanwhile.
            self.seen.faults.append(f"{path}: {str(problem).splitlines()[0]}")
        return response.status if response else 0

    def look(self, path: str) -> None:
        """Note what happened on the open page."""
        ran, refused, odd = self.page.evaluate(f"[window.__ran, window.__refused, ({ODD})()]")
        self.seen.ran |= {str(number) for number in ran}
        self.seen.faults += [f"{path}: script {number} ran" for number in ran]
        self.seen.faults += [f"{path}: the policy refused {each}" for each in refused]
        self.seen.faults += [f"{path}: {each}" for each in odd]

    def close(self) -> None:
        self.context.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The application behind a real socket of this machine; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
