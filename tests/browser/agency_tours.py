"""Tours of the pages of an agency: as a trainee, as a supervisor, as an administrator of the organisation and of the server."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from ceapp.database import scoped_to
from ceapp.learning import grants
from ceapp.reporting.retention import holds
from ceapp.supervision.groups import service as groups
from ceapp.supervision.relations import covers
from tests.browser.tours import LONG_NAME, Tour, World
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import Assigned, assign
from tests.supervision.working import GOOD_PATH, RISKY_PATH, Trainee

LATE, LATER = date(2026, 11, 12), date(2099, 12, 4)
LIST = "email,name,roles\nnew@example.org,New Person,trainee\ntess@example.org,Tess,trainee\nno address,X,trainee\nq@example.org,Q,chief"


class Clinic:
    """An agency in the middle of its work: what is passed, late, under way, extended and withdrawn, and a name that is too long."""

    def __init__(self, world: World) -> None:
        self._world = world
        course = world.library.publish().slug
        person = world.make_person
        self.tess, self.omar = person("tess@example.org", "Tess Adeyemi"), person("omar@example.org", LONG_NAME)
        self.sam, self.noor = person("sam@example.org", "Sam Okafor"), person("noor@example.org", "Noor Haddad")
        self.ines = person("ines@example.org", "Ines Castro")
        roles = {self.tess: "trainee", self.omar: "trainee", self.sam: "supervisor", self.noor: "supervisor", self.ines: "administrator"}
        self.agency: Agency = world.make_agency("harbour", "Harbour Clinic", {each.id: held for each, held in roles.items()})
        self.relation_id = world.supervise(self.agency, self.sam, self.tess)
        world.supervise(self.agency, self.sam, self.omar)
        trainees, before = [self.tess, self.omar], NOW - timedelta(days=14)
        scenarios = {"every-kind": LATE, "short": LATER}
        self.plan: Assigned = assign(world.app, self.agency, self.sam, trainees, course, scenarios, now=before, title="Weekly plan")
        Trainee(world.app, self.agency, self.tess).work_through(self.task(self.tess), RISKY_PATH, text="Five words are enough here.")
        Trainee(world.app, self.agency, self.tess).begin(self.task(self.tess, "short"))
        with world.app.app_context(), scoped_to(self.agency.id):
            self.group_id = groups.make_group(self.agency.id, self.ines.id, "First years", now=NOW)
            groups.add_members(self.agency.id, self.ines.id, self.group_id, [self.tess.id], now=NOW)
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

    def work_of(self, person: Member) -> str:
        return f"/organisations/harbour/trainees/{person.id}/{self.task(person)}"


def a_trainee(world: World) -> Tour:
    clinic = Clinic(world)
    Trainee(world.app, clinic.agency, clinic.omar).begin_alone("practice", "short")
    alone = Trainee(world.app, clinic.agency, clinic.omar)
    alone.answer(alone.begin_alone("credit"), GOOD_PATH, text="Five words are enough here.")
    world.sign_in(clinic.omar)
    yield from _stops(
        world,
        ("home, trainee", "/"),
        ("assignments", "/assignments"),
        ("assignments, none under way", "/assignments?state=under-way"),
        ("practice", "/practice"),
        ("assignment, late, with a pass of one's own", f"/assignments/{clinic.task(clinic.omar)}"),
        ("training record, none", "/training-record"),
        ("readings, none", "/reflection-readings"),
        ("organisation, trainee", "/organisations/harbour"),
        ("leave", "/organisations/harbour/leave"),
        ("help", "/help"),
    )


def a_supervisor(world: World) -> Tour:
    clinic = Clinic(world)
    world.sign_in(clinic.sam)
    pages = "/organisations/harbour"
    yield from _stops(
        world,
        ("home, supervisor", "/"),
        ("progress", f"{pages}/progress?show=scores"),
        ("progress, nobody", f"{pages}/progress?until=2001-01-01"),
        ("trainee", f"{pages}/trainees/{clinic.tess.id}"),
        ("work", clinic.work_of(clinic.tess)),
    )
    world.press("Read it")
    yield "reflection"
    world.go(f"{clinic.work_of(clinic.tess)}/sign-off")
    yield "sign off"
    world.press("Sign off")
    yield "work, signed off"
    yield from _stops(
        world,
        ("signed off", f"{pages}/signed-off"),
        ("trainees", f"{pages}/supervision/mine"),
        ("covers", f"{pages}/supervision/covers"),
        ("group", f"{pages}/groups/{clinic.group_id}"),
        ("assign", f"{pages}/assign"),
    )
    world.page.get_by_label("A weekly plan").check()
    yield "assign, a plan"
    world.press("See what each person gets")
    yield "assign, refused"
    soon = datetime.now(UTC) + timedelta(days=60)  # the server goes by the true day
    world.page.get_by_label("First due day").fill(soon.date().isoformat())
    world.page.get_by_label("An extra one").first.check()
    world.page.get_by_label("Everybody listed here").check()
    world.press("See what each person gets")
    yield "assign, what each person gets"
    world.press("Assign to 2 people")
    yield "assigned"
    yield from _stops(
        world,
        ("assignments of the organisation", f"{pages}/assignments"),
        ("extend", f"{pages}/tasks/{clinic.task(clinic.omar)}/extend"),
        ("withdraw from a person", f"{pages}/assignments/{clinic.plan.id}/people/{clinic.omar.id}/withdraw"),
        ("withdraw", f"{pages}/assignments/{clinic.plan.id}/withdraw"),
    )
    world.press("Withdraw from everybody")
    yield "assignment, withdrawn"
    world.sign_in(clinic.tess)
    yield from _stops(
        world,
        ("home, read", "/"),
        ("assignment, withdrawn, trainee", f"/assignments/{clinic.task(clinic.tess)}"),
        ("readings", "/reflection-readings"),
        ("training record", "/training-record"),
        ("training record, print", "/training-record/harbour"),
    )


def an_administrator_of_the_agency(world: World) -> Tour:
    clinic = Clinic(world)
    world.sign_in(clinic.ines)
    pages = "/organisations/harbour"
    yield from _stops(
        world,
        ("organisation, administrator", pages),
        ("members", f"{pages}/members"),
        ("member", f"{pages}/members/{clinic.omar.id}"),
        ("member, end", f"{pages}/members/{clinic.omar.id}/end"),
        ("invitation, new", f"{pages}/invitations/new"),
        ("settings", f"{pages}/settings"),
        ("relations", f"{pages}/supervision"),
        ("relation", f"{pages}/supervision/{clinic.relation_id}"),
        ("relation, new", f"{pages}/supervision/new"),
        ("groups", f"{pages}/groups"),
        ("group, delete", f"{pages}/groups/{clinic.group_id}/delete"),
        ("progress, administrator", f"{pages}/progress"),
        ("import", f"{pages}/members/import"),
    )
    world.page.get_by_role("textbox").fill(LIST)
    world.press("Look it over")
    yield "import, looked over"
    world.press("Invite 1 person")
    world.go(f"{pages}/invitations")
    yield "invitations"


def an_administrator_of_the_server(world: World) -> Tour:
    world.library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
    clinic = Clinic(world)
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    learner = world.learner(clinic.tess)
    learner.enrol()
    for _ in range(2):
        learner.answer(learner.begin("short"), "now", ("like",))
    with world.app.app_context():
        grants.ask(clinic.tess.id, "sample", "short", now=NOW)
    world.sign_in(ada)
    world.go("/organisations/new")
    world.page.get_by_label("Name of the organisation").fill("Elm Street Centre")
    world.page.get_by_label("E-mail address of its first").fill("rita@example.org")
    yield "organisation, new"
    world.press("Make the organisation")
    yield "organisations"
    yield from _stops(
        world,
        ("people", "/people"),
        ("person", f"/people/{clinic.omar.id}"),
        ("person, suspension", f"/people/{clinic.omar.id}/suspension"),
        ("enrolments", f"/people/{clinic.tess.id}/enrolments"),
        ("requests", "/requests"),
        ("exports, none", "/exports"),
        ("outbox", "/outbox"),
        ("outbox, ended", "/outbox/ended"),
        ("retention", "/retention"),
        ("holds, none", "/retention/holds"),
        ("hold, new", "/retention/holds/new"),
    )
    world.send_empty("Place the hold")
    yield "hold, refused"
    with world.app.app_context():
        held = holds.place("Her board asks for all of it.", by=ada.id, form_key="h" * 24, now=NOW, person_id=clinic.tess.id)
    world.go("/retention/holds")
    yield "holds"
    world.go(f"/retention/holds/{held.id}/lifting")
    yield "hold, lifting"
    with world.app.app_context():
        holds.lift(held.id, "Her board has it.", by=ada.id, now=NOW)
    world.go(f"/retention/holds/{held.id}/lifting")
    yield "hold, lifted"


def an_own_account(world: World) -> Tour:
    world.sign_in(world.make_person("tess@example.org", "Tess Adeyemi"))
    yield from _stops(
        world, ("sessions", "/account/sessions"), ("prove", "/account/prove"), ("change of address", "/account/email"), ("home", "/")
    )
    world.page.context.clear_cookies()
    world.go("/account/sign-in")
    world.page.get_by_label("E-mail address").fill("tess@example.org")
    world.page.get_by_text("No password, or forgotten it?").click()
    world.press("Ask for a code")
    yield "code"
    world.page.get_by_label("Code").fill("12")
    world.press("Sign in")
    yield "code, refused"


AGENCY_TOURS = (a_trainee, a_supervisor, an_administrator_of_the_agency, an_administrator_of_the_server, an_own_account)


def _stops(world: World, *stops: tuple[str, str]) -> Tour:
    for name, address in stops:
        world.go(address)
        yield name
