"""A7: a form with the columns of every table added to it, in its body and in its address, does what it does without them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from ceapp.database import Model, db, everybody
from tests.crawl.world import AGENCY, ELSEWHERE, World, a_world, task
from tests.harness.assignments import Assigned
from tests.harness.databases import Databases

COLUMNS = sorted({column.name for table in Model.metadata.tables.values() for column in table.columns})
OTHERS = [
    "role",
    "org_id",
    "user_id",
    "allowed",
    "supervisor",
    "organisation",
    "trainee",
    "is_admin",
    "actor",
    "by",
    "now",
    "here",
    "purpose",
]
_PASSING = {"sign_in", "guess_window", "rendition"}
_NOT_COMPARED = re.compile("(_hash|_sha256|ciphertext|^values|^code|form_key|option_order|facts|occurrence|details|hash)$")
"""Columns with something random or sealed in them."""

Post = tuple[str, str, dict[str, Any]]


def posts(world: World) -> list[Post]:
    """Who, where and what, each leaving the ground of the next as it is."""
    at = f"/organisations/{world.organisations[AGENCY].slug}"
    person = {key: str(each.id) for key, each in world.people.items()}
    days = {"first_day": "2026-11-20", "last_day": "2026-12-20"}
    wish = {"course": "sample", "what": "scenarios", "scenarios": "extra", "time_zone": "America/Toronto", "due_on": "2026-12-24"}
    work = f"{at}/trainees/{person['duo']}/{task(world, 'note:duo', 'duo')}"
    return [
        ("tess", "/account/name", {"name": "Tess Another", "time_zone": "America/Toronto"}),
        ("ines", f"{at}/invitations/new", {"email": "new@example.net", "name": "New", "roles": "trainee", "key": "a" * 22}),
        ("ines", f"{at}/members/{person['omar']}", {"roles": "supervisor"}),
        ("ines", f"{at}/supervision/new", {"supervisor": person["idle"], "trainees": person["nina"], "scope": "status", **days}),
        ("ines", f"{at}/settings", {"name": "Another House", "time_zone": "Europe/Berlin"}),
        ("sam", f"{at}/groups", {"name": "A new group"}),
        ("sam", f"{at}/groups/{world.ids['group:tess']}/members", {"people": person["blocked"]}),
        ("sam", f"{at}/supervision/covers", {"supervisor": person["sam"], "colleague": person["idle"], **days}),
        ("sam", f"{at}/assignments", {**wish, "chosen": person["tess"], "note": "A note", "attempts": "2", "key": "b" * 22}),
        ("sam", f"{at}/tasks/{task(world, 'note:both', 'trio')}/extend", {"due_on": "2026-12-24", "reason": "A reason"}),
        ("sam", f"{work}/sign-off", {"note": "Seen", "shown": _shown(world, "sam", f"{work}/sign-off")}),
        ("tess", f"/assignments/{task(world, 'note:both', 'tess')}/begin", {"key": "c" * 22}),
        ("rita", f"/organisations/{world.organisations[ELSEWHERE].slug}/groups", {"name": "A new group"}),
        ("ada", "/organisations/new", {"name": "A new house", "slug": "new-house", "administrator": "x@example.net", "time_zone": "UTC"}),
        ("ada", f"/people/{person['vera']}/suspension", {"key": "d" * 22}),
    ]


def _shown(world: World, who: str, address: str) -> str:
    found = re.search(r'name="shown"[^>]*value="([^"]+)"', world.client(who).get(address).get_data(as_text=True))
    assert found, address
    return found.group(1)


FORMS = {
    "/account/name": {"name", "time_zone"},
    "/invitations/new": {"email", "name", "roles", "key"},
    "/supervision/new": {"supervisor", "trainees", "scope", "first_day", "last_day"},
    "/supervision/covers": {"supervisor", "colleague", "first_day", "last_day"},
    "/assignments": {"note", "attempts", "accepts_own_pass", "skip", "module", "due_on", "first_due", "time_zone", "key", "scenarios"},
    "/settings": {"name", "time_zone", "takes_reflections"},
    "/sign-off": {"note", "shown"},
}


def forged(world: World, post: Post) -> dict[str, Any]:
    """Every column that is not a field of this form, with a value that somebody would like to have there."""
    _, address, data = post
    fields = set(data) | next((names for ending, names in FORMS.items() if address.endswith(ending)), set())
    return {name: _wanted(world, name) for name in (*COLUMNS, *OTHERS) if name not in fields}


def _wanted(world: World, name: str) -> str:
    if "organisation" in name or name == "org_id":
        return str(world.organisations[ELSEWHERE].id)
    if name.endswith(("_id", "_by", "supervisor", "trainee", "actor", "by", "id")):
        return str(world.people["eli"].id)
    if name.endswith(("_at", "_on", "day")):
        return "2001-01-01"
    return {"role": "administrator", "scope": "reflections", "percent": "100", "passed": "1", "allowed": "99"}.get(name, "1")


class Tables:
    """All rows, with the ids of the world by their names and other ids as one word."""

    def __init__(self, world: World) -> None:
        self._names = {each.id: f"person {key}" for key, each in world.people.items()}
        self._names |= {each.id: f"organisation {key}" for key, each in world.organisations.items()}
        for kind, each in world.ids.items():
            if isinstance(each, UUID):
                self._names[each] = kind
            elif isinstance(each, Assigned):
                self._names |= {each.id: kind} | {task_id: f"{kind} {slug}" for (_, slug), task_id in each.tasks.items()}
        self._world = world

    def rows(self) -> Counter[str]:
        found: Counter[str] = Counter()
        with self._world.app.app_context(), everybody("a test compares all tables"):
            for table in Model.metadata.sorted_tables:
                if table.name not in _PASSING:
                    columns = [column for column in table.columns if not _NOT_COMPARED.search(column.name)]
                    for row in db.session.execute(select(*columns)):
                        found[f"{table.name} " + " ".join(f"{c.name}={self._said(v)}" for c, v in zip(columns, row, strict=True))] += 1
            db.session.rollback()
        return found

    def _said(self, value: Any) -> str:
        if isinstance(value, UUID):
            return self._names.get(value, "an id")
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "an id", repr(value))


def changes(world: World, *, is_forged: bool) -> list[tuple[str, int, Counter[str], Counter[str]]]:
    """Post by post: the status, and the rows that came and went."""
    tables, found = Tables(world), []
    for post in posts(world):
        who, address, data = post
        more = forged(world, post) if is_forged else {}
        before = tables.rows()
        response = world.client(who).post(address, data={**more, **data}, query_string=more)
        after = tables.rows()
        found.append((f"{who} {address.rsplit('/', 1)[-1]}", response.status_code, after - before, before - after))
    return found


@pytest.fixture
def two_worlds(
    databases: Databases, tmp_path: Path, template_cache: FileSystemBytecodeCache
) -> list[list[tuple[str, int, Counter[str], Counter[str]]]]:
    """What the posts change in a world where they are honest, and in one where they are forged."""
    found = []
    for is_forged in (False, True):
        folder = tmp_path / f"forged-{is_forged}"
        folder.mkdir()
        with a_world(databases, folder, template_cache) as world:
            found.append(changes(world, is_forged=is_forged))
    return found


def test_a7_columns_that_no_form_has_change_nothing(two_worlds: list[Any]) -> None:
    honest, tampered = two_worlds
    assert len(honest) >= 10
    for true, false in zip(honest, tampered, strict=True):
        where, status, came, went = true
        assert status == 303, f"{where}: {status}"
        assert came, where
        assert false[1:] == (status, came, went), f"{where}: {false[2] - came} {came - false[2]}"
