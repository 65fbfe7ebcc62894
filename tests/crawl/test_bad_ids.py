"""A2, A3: an id of somebody else and one that nobody has get the same answer, each link of a chain is looked at, and nothing is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.routing import BuildError, Rule

from ceapp.accounts.models import Invitation, Membership, SignIn
from ceapp.certificates.models import Certificate
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.learning.models import Attempt, Enrolment, Reflection, Series
from ceapp.supervision.models import Cover
from tests.conftest import JOINED_ON
from tests.crawl.crawler import fingerprint
from tests.crawl.world import AGENCY, ELSEWHERE, NORTH, World, task

RANDOM = UUID("01900000-0000-7000-8000-00000000abcd")
ZERO = UUID(int=0)
ABSURD = ("0", "-1", "*", "%00", "..", "null", "9" * 400, "%F0%9F%90%A6", "00000000-0000-0000-0000-00000000000", "01900000%0d%0aX:%20y")
SECOND_AND_SIGNATURE = r"(?<=[\w-])\.[\w-]{6}\.[\w-]{20,}(?=;)"
ENDS_ANYWAY = {"accounts.end_session": 303, "accounts.take_licence_away": 303}
"""A sign-in that is over, or was never one's own, is over: the answer is the same, and nothing happens."""

EVERYTHING = {
    "key": "k" * 22,
    "name": "Another name",
    "reason": "A reason",
    "note": "A note",
    "question": "note",
    "shown": "0" * 32,
    "scope": "reflections",
    "first_day": "2026-11-20",
    "last_day": "2026-12-20",
    "due_on": "2026-12-20",
    "confirmed": "y",
    "roles": "administrator",
    "text": "Words",
    "given": "x",
    "saves": "0",
}
"""A field of every form, so that a view gets as far as it would for somebody who means it."""


def ids_of(world: World, trainee: str, organisation: str, supervisor: str, kind: str) -> dict[str, UUID]:
    """An id of each kind that belongs to one trainee and those around them."""
    person, own = world.people[trainee].id, world.organisations[organisation].id
    with world.app.app_context(), everybody("a test needs ids of every kind"):

        def first(statement: Any) -> UUID:
            found: UUID | None = db.session.scalars(statement).first()
            return found or uuid4()

        written = select(Reflection.id).join(Attempt, Attempt.id == Reflection.attempt_id).join(Series, Series.id == Attempt.series_id)
        found = {
            "person_id": person,
            "task_id": task(world, kind, trainee, "every-kind"),
            "assignment_id": world.ids[kind].id,
            "attempt_id": first(select(Attempt.id).join(Series).where(Series.person_id == person, Series.purpose == "assigned")),
            "group_id": world.ids[f"group:{trainee}"],
            "relation_id": world.ids.get(f"relation:{supervisor}-{trainee}", uuid4()),
            "cover_id": first(select(Cover.id).where(Cover.organisation_id == own)),
            "invitation_id": first(select(Invitation.id).where(Invitation.organisation_id == own)),
            "certificate_id": first(select(Certificate.id).where(Certificate.person_id == person)),
            "enrolment_id": first(select(Enrolment.id).where(Enrolment.person_id == person)),
            "subject_id": person,
            "sign_in_id": first(select(SignIn.id).where(SignIn.person_id == person)),
            "export_id": world.ids[f"own-data:{trainee}"],
            "message_id": uuid4(),
            "request_id": uuid4(),
            "licence_id": world.ids[f"licence:{trainee}"] if f"licence:{trainee}" in world.ids else uuid4(),
            "correction_id": world.ids[f"correction:{trainee}"] if f"correction:{trainee}" in world.ids else uuid4(),
            "approval_id": world.ids["approval"],
            "batch_id": world.ids["batch"],
            "hold_id": world.ids["hold"],
            "accommodation_id": world.ids.get(f"accommodation:{trainee}", uuid4()),
            "text_id": first(written.where(Series.person_id == person, Reflection.handed_in_at.is_not(None))),
            "grievance_id": world.ids.get(f"grievance:{trainee}", uuid4()),
            "attachment_id": world.ids["attachment"],
            "review_id": world.ids["review"],
            "setting_id": world.ids["setting"],
            "file_id": world.ids["file"],
            "entry_id": world.ids["entry"],
        }
        db.session.rollback()
    return found


REST = {"course_slug": "sample", "scenario_slug": "every-kind", "deed_slug": "suspension", "kind": "reflection", "number": 1}


def rules(world: World) -> Iterator[tuple[Rule, str, list[str]]]:
    """Every rule that has ids, each of its methods, and the names of the ids."""
    for rule in world.app.url_map.iter_rules():
        named = sorted(name for name in rule.arguments if name.endswith("_id") and name not in ("image_id", "revision_id"))
        for method in sorted({"GET", "POST"} & (rule.methods or set())):
            if named:
                yield rule, method, named


def built(world: World, rule: Rule, values: dict[str, Any]) -> str:
    wanted = {name: value for name, value in values.items() if name in rule.arguments}
    return world.app.url_map.bind("localhost").build(rule.endpoint, wanted)


def answer(world: World, who: str, method: str, address: str, **fields: Any) -> tuple[int, int]:
    """Status and length."""
    status, length, _ = told(world, who, method, address, **fields)
    return status, length


def told(world: World, who: str, method: str, address: str, **fields: Any) -> tuple[int, int, tuple[str, ...]]:
    """Status, length, and headers without what is new in every answer: nonce, id of the request, second and signature of a cookie."""
    data = {**EVERYTHING, **fields} if method == "POST" else None
    response = world.client(who).open(address, method=method, data=data)
    headers = (f"{name}: {value}" for name, value in response.headers if name != "X-Request-Id")
    plain = tuple(sorted(re.sub(rf"'nonce-[^']+'|{SECOND_AND_SIGNATURE}", "", header) for header in headers))
    return response.status_code, len(response.get_data()), plain


@pytest.mark.parametrize(
    ("who", "strange"),
    [
        ("sam", "eli"),  # of another organisation
        ("sam", "omar"),  # of the same, and nobody of his
        ("ines", "eli"),
        ("tess", "eli"),
        ("tess", "omar"),
        ("rita", "tess"),
        ("vera", "tess"),
    ],
)
def test_a2_the_id_of_another_looks_like_none(standing_world: World, who: str, strange: str) -> None:
    world, before = standing_world, fingerprint(standing_world)
    home = ELSEWHERE if who == "rita" else AGENCY
    own = ids_of(world, "eli", ELSEWHERE, "rita", "note:eli") if who == "rita" else ids_of(world, "tess", AGENCY, "sam", "note:tess")
    foreign = {
        "eli": lambda: ids_of(world, "eli", ELSEWHERE, "rita", "note:eli"),
        "omar": lambda: ids_of(world, "omar", AGENCY, "idle", "note:omar"),
        "tess": lambda: ids_of(world, "tess", AGENCY, "sam", "note:tess"),
    }[strange]()
    if strange == "omar":  # what is not Omar's own belongs to the organisation, and is looked at by its roles
        foreign |= dict.fromkeys(("group_id", "cover_id", "invitation_id"), RANDOM)
    checked = 0
    for rule, method, named in rules(world):
        for name in named:
            place = {**REST, **own, "organisation": world.organisations[home].slug}
            with_foreign, with_random, with_zero = (
                told(world, who, method, built(world, rule, {**place, name: each})) for each in (foreign[name], RANDOM, ZERO)
            )
            said = f"{method} {rule.rule} as {who} with another {name}"
            assert with_foreign[0] == ENDS_ANYWAY.get(rule.endpoint, 404), f"{said}: {with_foreign}"
            assert with_foreign == with_random == with_zero, said
            checked += 1
    assert checked > 60
    assert fingerprint(world) == before


def test_a2_absurd_ids_are_no_place(standing_world: World) -> None:
    world, before = standing_world, fingerprint(standing_world)
    own = ids_of(world, "tess", AGENCY, "sam", "note:tess")
    for rule, method, named in rules(world):
        for name in named:
            place = {**REST, **own, "organisation": world.organisations[AGENCY].slug}
            try:
                address = built(world, rule, {**place, name: ZERO})
            except BuildError:  # pragma: no cover - a rule that needs more than the ids that are known here
                pytest.fail(rule.rule)
            for each in ABSURD:
                status, _ = answer(world, "trio", method, address.replace(str(ZERO), each))
                assert status in (303, 308, 404, 405), f"{method} {address} with {each}: {status}"
    assert fingerprint(world) == before


def test_a3_every_link_of_a_chain_is_looked_at(standing_world: World) -> None:
    """Tess and Omar both exist for Ines, and for Sam only Tess: a piece of one in a chain of the other is nowhere."""
    world, before = standing_world, fingerprint(standing_world)
    tess, omar = ids_of(world, "tess", AGENCY, "sam", "note:tess"), ids_of(world, "omar", AGENCY, "idle", "note:omar")
    chains = [(rule, method, named) for rule, method, named in rules(world) if len(named) > 1]
    assert len(chains) >= 6
    for who in ("sam", "ines", "trio", "ada"):
        for rule, method, named in chains:
            for name in named:
                for one, other in ((tess, omar), (omar, tess)):
                    place = {**REST, **one, name: other[name], "organisation": world.organisations[AGENCY].slug}
                    status, _ = answer(world, who, method, built(world, rule, place))
                    assert status == 404, f"{method} {rule.rule} as {who} with {name} of another: {status}"
    assert fingerprint(world) == before


def test_a3_who_is_everything_in_two_organisations_does_not_mix_them(world: World) -> None:
    north = world.organisations[NORTH].id
    with world.app.app_context(), scoped_to(north), transaction() as session:
        roles = {"is_trainee": True, "is_supervisor": True, "is_administrator": True}
        session.add(Membership(organisation_id=north, person_id=world.people["trio"].id, joined_on=JOINED_ON, **roles))
    before = fingerprint(world)
    of_agency = ids_of(world, "tess", AGENCY, "sam", "note:tess")
    world.ids["group:duo"] = world.ids["group:north"]
    of_north = ids_of(world, "duo", NORTH, "nora", "note:north")
    for slug, foreign in ((world.organisations[NORTH].slug, of_agency), (world.organisations[AGENCY].slug, of_north)):
        for rule, method, named in rules(world):
            if "organisation" not in rule.arguments:
                continue
            if foreign is of_north and set(named) == {"person_id"}:  # Duo is a trainee in both
                continue
            for name in (None, "task_id"):
                if name in (None, *named):
                    place = {**REST, **foreign, "organisation": slug}
                    status, _ = answer(world, "trio", method, built(world, rule, place))
                    assert status == 404, f"{method} {rule.rule} in the other organisation: {status}"
    assert fingerprint(world) == before


def _posts(world: World) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Who, the address, the field that takes ids, and the other fields."""
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    wish = {"course": "sample", "what": "scenarios", "scenarios": "extra", "time_zone": "America/Toronto", "due_on": "2026-12-24"}
    group, relation = world.ids["group:tess"], {"supervisor": world.people["sam"].id, "trainees": world.people["omar"].id}
    cover = {"supervisor": world.people["sam"].id, "colleague": world.people["idle"].id}
    return [
        ("sam", f"{at}/groups/{group}/members", "people", {}),
        ("ines", f"{at}/groups/{group}/members", "people", {}),
        ("sam", f"{at}/groups/{group}/members/remove", "members", {}),
        ("ines", f"{at}/groups/{group}/members/remove", "members", {}),
        ("ines", f"{at}/supervision/new", "supervisor", relation),
        ("ines", f"{at}/supervision/new", "trainees", relation),
        ("ines", f"{at}/supervision/covers", "supervisor", cover),
        ("ines", f"{at}/supervision/covers", "colleague", cover),
        ("sam", f"{at}/supervision/covers", "supervisor", cover),
        ("sam", f"{at}/supervision/covers", "colleague", cover),
        ("sam", f"{at}/assignments", "chosen", wish),
        ("ines", f"{at}/assignments", "chosen", wish),
        ("sam", f"{at}/assign/preview", "people", wish),
        ("sam", f"{at}/assign/preview", "groups", wish),
        ("ines", f"{at}/assign/preview", "people", wish),
        ("ines", f"{at}/assign/preview", "groups", wish),
    ]


@pytest.mark.parametrize("number", range(16))
def test_a2_ids_in_forms_are_refused_the_same_whether_or_not_they_exist(standing_world: World, number: int) -> None:
    world, before = standing_world, fingerprint(standing_world)
    who, address, field, others = _posts(world)[number]
    foreign = [world.ids["group:eli"]] if field == "groups" else [world.people["eli"].id, world.people["rita"].id]
    if who == "sam" and field in ("people", "chosen", "members"):
        foreign.append(world.people["omar"].id if "remove" not in address else world.people["nina"].id)  # in the agency, not one of his
    told = {each: answer(world, who, "POST", address, **{**others, field: str(each)}) for each in (*foreign, RANDOM, ZERO)}
    shows_what_would_be = {200} if "preview" in address else set()  # that nobody would get anything
    assert {status for status, _ in told.values()} <= {404, 409, 422} | shows_what_would_be, told
    assert len(set(told.values())) == 1, told
    assert fingerprint(world) == before


def test_a2_a_pass_of_another_cannot_be_released(standing_world: World) -> None:
    world, before = standing_world, fingerprint(standing_world)
    page = f"/assignments/{task(world, 'note:tess', 'tess', 'every-kind')}/release"
    other = ids_of(world, "eli", ELSEWHERE, "rita", "note:eli")["attempt_id"]
    told = {answer(world, "tess", "POST", page, attempt=str(each)) for each in (other, RANDOM, ZERO)}
    assert len(told) == 1
    assert told.pop()[0] in (404, 409, 422)
    assert fingerprint(world) == before


@pytest.mark.parametrize("address", ["progress", "progress.csv", "assign"])
def test_a2_ids_in_queries_show_no_more_than_none(standing_world: World, address: str) -> None:
    """A filter by the group, the assignment or the person of others answers as one by nobody's."""
    world = standing_world
    at = f"/organisations/{world.organisations[AGENCY].slug}/{address}"
    for name, foreign in (
        ("group", world.ids["group:eli"]),
        ("group", world.ids["group:north"]),
        ("assignment", world.ids["note:eli"].id),
        ("assignment", world.ids["note:omar"].id),
        ("person", world.people["eli"].id),
        ("person", world.people["omar"].id),
    ):
        told = [answer(world, "sam", "GET", f"{at}?course=sample&{name}={each}") for each in (foreign, RANDOM)]
        assert told[0] == told[1], f"{name} {told}"
    everything = answer(world, "sam", "GET", f"{at}?course=sample")
    for nothing in ("", "0", "*", "null", "%00", str(ZERO)):
        status, length = answer(world, "sam", "GET", f"{at}?course=sample&group={nothing}")
        assert status == 200
        assert length <= everything[1] + 200


NOBODY_HAS_ONE = {"message_id", "request_id"}
HERS_IS_NONE = {("GET", "/exports/<uuid:export_id>"), ("GET", "/exports/<uuid:export_id>/progress")}
"""The export of Tess is everything about her, and stands at another address."""


def test_control_their_own_ids_do_lead_somewhere(world: World) -> None:
    """So that the tests above cannot pass because an address never works: each is more than a 404 for somebody with ids of their own."""
    own = {**ids_of(world, "tess", AGENCY, "sam", "note:tess"), "organisation": world.organisations[AGENCY].slug}
    works = set()
    for wanted in ("GET", "POST"):
        for rule, method, _ in rules(world):
            if method == wanted:
                address = built(world, rule, {**REST, **own})
                told = {answer(world, who, method, address, due_on="2026-12-24", members=str(own["person_id"]))[0] for who in _ACTORS}
                assert max(told) < 500, f"{method} {address}: {told}"
                if told - {404, 405}:
                    works.add((method, rule.rule))
    never = {(method, rule.rule) for rule, method, named in rules(world) if not NOBODY_HAS_ONE & set(named)} - works
    assert never == HERS_IS_NONE


_ACTORS = ("sam", "rhea", "ines", "tess", "ada")
