"""Tours of what is seldom seen: names that no layout expects, lists without a line, every error, pages in the middle of something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from werkzeug.exceptions import RequestEntityTooLarge

from ceapp import errors as problems
from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.database import scoped_to
from ceapp.reporting import exporting
from ceapp.reporting.selection import Selection
from ceapp.supervision import notes
from ceapp.supervision.groups import service as groups
from ceapp.supervision.relations import covers
from tests.browser.tours import LONG_NAME, LONG_WORD, Tour, World
from tests.certificates.conftest import provider_input
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign, hand_in
from tests.harness.letters import letters
from tests.supervision.working import RISKY_PATH, Trainee

ARABIC = "عبد الرحمن (الأنصاري) 3"
OTHER_ARABIC, ARABIC_TITLE = "نور حداد (2)", "السنة الأولى (1)"
OTHER_HEBREW = "עדה לוי"
HEBREW = "דוד בן־גוריון, 2"
MARKS = "Zo\u0308e\u0301\u0323 Ng\u0302\u0303\u0309 O\u0301\u0302\u0303\u0304\u0306brien 👩🏽‍⚕️🏳️‍🌈"
LONG = (LONG_NAME * 2)[:120]
HEBREW_TITLE, LONG_TITLE = "אתיקה ברשת: שבוע 1 (חזרה)", LONG_WORD[:120]
DUE, LATER = date(2026, 11, 12), date(2099, 12, 4)


class UnusualClinic:
    """An agency in which everybody and everything is called what no layout expects."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.library.publish()
        person = world.make_person
        self.tess, self.omar = person("tess@example.org", ARABIC), person(f"{'o' * 60}@{'example' * 8}.org", LONG)
        self.nina, self.sam = person("nina@example.org", MARKS), person("sam@example.org", HEBREW)
        self.ines, self.noor = person("ines@example.org", LONG[::-1]), person("noor@example.org", OTHER_ARABIC)
        self.ada = person("ada@example.org", OTHER_HEBREW, is_administrator=True)
        roles = {self.sam: "supervisor", self.noor: "supervisor", self.ines: "administrator supervisor"}
        held = {**dict.fromkeys((self.tess.id, self.omar.id, self.nina.id), "trainee"), **{each.id: role for each, role in roles.items()}}
        self.agency: Agency = world.make_agency("harbour", "מרפאת הנמל (חיפה)", held)
        self.other: Agency = world.make_agency("other", LONG, {self.tess.id: "trainee", self.sam.id: "supervisor"})
        self.trainees = [self.tess, self.omar, self.nina]
        self.relation_id = next(iter([world.supervise(self.agency, self.sam, each) for each in self.trainees]))
        before = NOW - timedelta(days=14)
        with world.app.app_context(), scoped_to(self.agency.id):
            note_id = notes.write(self.agency.id, self.sam.id, f"{HEBREW_TITLE} {LONG_WORD}", now=before)
        scenarios = {"every-kind": DUE, "short": LATER}
        self.plan = assign(
            world.app,
            self.agency,
            self.sam,
            self.trainees,
            "sample",
            scenarios,
            now=before,
            title=HEBREW_TITLE,
            note_id=note_id,
            attempts=1,
        )
        self.long = assign(world.app, self.agency, self.ines, self.trainees, "sample", ["extra"], now=before, title=LONG_TITLE)
        Trainee(world.app, self.agency, self.tess).work_through(
            self.task(self.tess), RISKY_PATH, text=f"{HEBREW} {LONG_WORD} and so on, and on"
        )
        hand_in(world.app, self.agency, self.nina, self.task(self.nina, "short"), "sample", "short", passed=False, now=NOW, allowed=1)
        with world.app.app_context(), scoped_to(self.agency.id):
            self.groups = [groups.make_group(self.agency.id, self.ines.id, name, now=NOW) for name in (ARABIC_TITLE, LONG_TITLE)]
            for group_id in self.groups:
                groups.add_members(self.agency.id, self.ines.id, group_id, [each.id for each in self.trainees], now=NOW)
            covers.cover(
                self.agency.id,
                self.ines.id,
                supervisor_id=self.sam.id,
                colleague_id=self.noor.id,
                first_day=NOW.date(),
                last_day=LATER,
                now=NOW,
            )

    def task(self, person: Member, scenario: str = "every-kind") -> UUID:
        return self.plan.task(person, scenario)


def a_trainee_with_an_unusual_name(world: World) -> Tour:
    clinic = UnusualClinic(world)
    for name, person in (("right to left", clinic.tess), ("long", clinic.omar), ("marks", clinic.nina)):
        world.sign_in(person)
        for address in ("/", "/account", "/assignments", f"/assignments/{clinic.task(person)}", "/organisations/harbour"):
            world.go(address)
            yield f"{address.split('-')[0][:20]}, {name}"
    world.sign_in(clinic.tess)
    for address in ("/organisations/harbour/leave", "/training-record", "/training-record/harbour"):
        world.go(address)
        yield f"{address}, right to left"


def a_supervisor_with_an_unusual_name(world: World) -> Tour:
    clinic = UnusualClinic(world)
    pages = "/organisations/harbour"
    work = f"{pages}/trainees/{clinic.tess.id}/{clinic.task(clinic.tess)}"
    world.sign_in(clinic.sam)
    for name, address in (
        ("home", "/"),
        ("several organisations", "/supervision"),
        ("progress", f"{pages}/progress?show=scores"),
        ("trainee", f"{pages}/trainees/{clinic.tess.id}"),
        ("trainee, long", f"{pages}/trainees/{clinic.omar.id}"),
        ("trainee, marks", f"{pages}/trainees/{clinic.nina.id}"),
        ("work", work),
        ("sign-off", f"{work}/sign-off"),
        ("trainees", f"{pages}/supervision/mine"),
        ("covers", f"{pages}/supervision/covers"),
        ("groups", f"{pages}/groups"),
        ("group", f"{pages}/groups/{clinic.groups[0]}"),
        ("group, long", f"{pages}/groups/{clinic.groups[1]}"),
        ("assign", f"{pages}/assign"),
        ("assignments", f"{pages}/assignments"),
        ("assignment", f"{pages}/assignments/{clinic.plan.id}"),
        ("assignment, long", f"{pages}/assignments/{clinic.long.id}"),
        ("extend", f"{pages}/tasks/{clinic.task(clinic.omar)}/extend"),
        ("another attempt", f"{pages}/tasks/{clinic.task(clinic.nina, 'short')}/another-attempt"),
        ("another attempt, not yet", f"{pages}/tasks/{clinic.task(clinic.omar)}/another-attempt"),
        ("withdraw", f"{pages}/assignments/{clinic.plan.id}/withdraw"),
        ("withdraw from", f"{pages}/assignments/{clinic.plan.id}/people/{clinic.omar.id}/withdraw"),
    ):
        world.go(address)
        yield f"{name}, unusual"
    world.go(work)
    world.press("Read it")
    yield "reflection, unusual"
    world.go(f"{work}/sign-off")
    world.page.get_by_role("textbox").fill(f"{ARABIC} {LONG_WORD}")
    world.press("Sign off")
    yield "work, signed off, unusual"
    world.go(f"{pages}/signed-off")
    yield "signed off, unusual"


def administrators_with_unusual_names(world: World) -> Tour:
    clinic = UnusualClinic(world)
    with world.app.app_context():
        set_provider_facts(provider_input(name="مركز التدريب (القدس)"), after_version=0, by=clinic.ada.id, now=NOW)
    world.learner(clinic.nina).complete()
    pages = "/organisations/harbour"
    world.sign_in(clinic.ines)
    for name in (
        "",
        "/members",
        f"/members/{clinic.tess.id}",
        f"/members/{clinic.omar.id}/end",
        "/supervision",
        "/supervision/new",
        "/groups",
    ):
        world.go(pages + name)
        yield f"organisation{name.split('-')[0][:20]}, unusual"
    for name in (f"/supervision/{clinic.relation_id}", f"/groups/{clinic.groups[0]}/delete", "/settings", "/progress"):
        world.go(pages + name)
        yield f"organisation{name.split('-')[0][:20]}, unusual"
    world.go(f"{pages}/invitations/new")
    world.page.get_by_label("E-mail address").fill(f"{'x' * 60}@example.org")
    world.page.get_by_label("Name").fill(ARABIC)
    world.page.get_by_role("checkbox").first.check()
    yield "invitation, new, filled in"
    world.press("Invite")
    world.go(f"{pages}/invitations")
    yield "invitations, unusual"
    world.go(
        next(part for letter in letters(world.app, datetime.now(UTC)) for part in letter.text.split() if "/invitations/" in part).replace(
            "http://ce.example.org", world.live
        )
    )
    yield "invitation of somebody else, unusual"
    world.page.context.clear_cookies()
    world.page.reload()
    yield "invitation, unusual"
    world.sign_in(clinic.ada)
    for name, address in (
        ("people", "/people"),
        ("person", f"/people/{clinic.tess.id}"),
        ("person, long", f"/people/{clinic.omar.id}"),
        ("suspension", f"/people/{clinic.tess.id}/suspension"),
        ("enrolments", f"/people/{clinic.nina.id}/enrolments"),
        ("organisations", "/organisations"),
        ("outbox", "/outbox"),
        ("provider", "/provider"),
        ("exports", "/exports"),
        ("times", "/reports/times/sample"),
    ):
        world.go(address)
        yield f"{name}, unusual"


def in_the_middle_of_something(world: World) -> Tour:
    """Codes, an export, the operator's page, what an organisation wants to see of a pass of one's own."""
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess, sam = world.make_person("tess@example.org", "Tess Adeyemi"), world.make_person("sam@example.org", "Sam Okafor")
    agency = world.make_agency("harbour", "Harbour Clinic", {tess.id: "trainee", sam.id: "supervisor administrator"})
    world.supervise(agency, sam, tess)
    with world.app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    world.learner(tess).complete()
    given = assign(world.app, agency, sam, [tess], "sample", ["short"], now=NOW, accepts_own_pass=True)
    world.sign_in(tess)
    world.go("/account/prove")
    world.press("Ask for a code")
    yield "prove, code"
    world.go("/account/email")
    world.page.get_by_label("E-mail address").fill("elsewhere@example.org")
    world.press("Ask for a code")
    yield "change of address, code"
    world.go(f"/assignments/{given.task(tess)}/release")
    yield "release"
    world.send_empty("Let this pass stand")
    yield "release, refused"
    world.page.get_by_role("checkbox").check()
    world.press("Let this pass stand")
    yield "assignment, a pass of one's own stands"
    world.sign_in(ada)
    world.go("/operating")
    yield "operating, not looked yet"
    world.press("Have the doctor look now")
    yield "operating"
    world.go("/reports/times")
    yield "times"
    world.go("/reports/times/sample")
    yield "times of a course"
    world.go("/exports")
    yield "exports"
    with world.app.app_context():
        export_id = exporting.ask(ada.id, Selection("", None, None, None), Paper.LETTER, now=NOW)
    world.go(f"/exports/{export_id}")
    yield "export, being made"
    world.go("/exports")  # Its script would open the page anew while the tour does.
    with world.app.app_context():
        while exporting.prepare_some(NOW):
            pass
    world.go(f"/exports/{export_id}")
    yield "export, ready"


def many_columns(world: World) -> Tour:
    """More assignments than a screen is wide, and more trainees than a page is long."""
    world.library.publish()
    sam = world.make_person("sam@example.org", "Sam Okafor")
    trainees = [world.make_person(f"t{number}@example.org", f"Trainee {number}") for number in range(1, 31)]
    agency = world.make_agency("harbour", "Harbour Clinic", {sam.id: "supervisor", **{each.id: "trainee" for each in trainees}})
    for each in trainees:
        world.supervise(agency, sam, each)
    for week in range(1, 13):
        given = {"every-kind": date(2026, 11, week), "short": None, "extra": LATER}
        made = assign(world.app, agency, sam, trainees, "sample", given, now=NOW - timedelta(days=60 - week), title=f"Week {week}")
        for each in trainees[week::4]:
            hand_in(world.app, agency, each, made.task(each, "short"), "sample", "short", passed=week % 2 == 0, now=NOW)
    world.sign_in(sam)
    pages = "/organisations/harbour"
    for name, address in (
        ("progress, many columns", f"{pages}/progress?show=scores"),
        ("progress, older columns", f"{pages}/progress?part=2&page=2"),
        ("assignments, many", f"{pages}/assignments"),
        ("assign, many people", f"{pages}/assign"),
        ("trainees, many", f"{pages}/supervision/mine"),
    ):
        world.go(address)
        yield name


def nothing_there_yet(world: World) -> Tour:
    """Every list of an organisation and of the server before there is a line in it."""
    ines = world.make_person("ines@example.org", "Ines Castro", is_administrator=True)
    world.make_agency("harbour", "Harbour Clinic", {ines.id: "administrator supervisor trainee"})
    world.sign_in(ines)
    pages = "/organisations/harbour"
    addresses = ["", "/members", "/invitations", "/supervision", "/supervision/mine", "/supervision/new", "/supervision/covers", "/groups"]
    addresses += ["/assign", "/assignments", "/progress", "/signed-off"]
    for address in (*(pages + each for each in addresses), "/", "/assignments", "/practice", "/training-record", "/reflection-readings"):
        world.go(address)
        yield f"{address}, nothing yet"
    for address in (
        "/certificates",
        "/courses",
        "/exports",
        "/reports/times",
        "/requests",
        "/outbox",
        "/outbox/ended",
        "/organisations",
        "/account/sessions",
    ):
        world.go(address)
        yield f"{address}, nothing yet"
    world.sign_in(world.make_person("new@example.org"))
    world.go("/supervision")
    yield "supervision, none"


def every_error(world: World) -> Tour:
    """Each as a page that was opened, and those after which a form can be sent again also with the form."""
    world.library.publish()
    world.sign_in(world.make_person("tess@example.org", "Tess Adeyemi"))
    world.go("/account/sign-out")
    yield "error 405"
    raised: tuple[Exception, ...] = (
        problems.Malformed("This address is not complete. Nothing was changed."),
        problems.Missing(),
        problems.Refused("That was done already. Nothing was changed."),
        RequestEntityTooLarge(),
        problems.TooMany("Too many tries. Wait a minute; nothing was changed.", retry_after=60),
        RuntimeError("broken on purpose"),
        problems.Unavailable(),
    )
    usual = world.app.view_functions["accounts.name"]
    for problem in raised:
        world.app.view_functions["accounts.name"] = usual
        world.go("/account/name")
        world.page.get_by_label("Name").fill("A name that somebody typed with care, and that is not lost")
        world.app.view_functions["accounts.name"] = _raises(usual, problem)
        world.press("Save and go on")
        yield f"error {type(problem).__name__}, sent"
        world.go("/account/name")
        yield f"error {type(problem).__name__}"


RARE_TOURS = (
    a_trainee_with_an_unusual_name,
    a_supervisor_with_an_unusual_name,
    administrators_with_unusual_names,
    in_the_middle_of_something,
    many_columns,
    nothing_there_yet,
    every_error,
)


def _raises(view: Callable[..., Any], problem: Exception) -> Callable[..., Any]:
    @wraps(view)
    def raising(**_arguments: Any) -> str:
        raise problem

    return raising
