"""F11: made-up requests to every address, as everybody. Whatever is sent, no answer is an error of the server.

Each request is made from its number, so one that breaks something is made again by its number alone.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from flask import Response
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from ceapp.accounts.guesses import LIMITS
from tests.crawl.test_bad_ids import EVERYTHING, REST, ids_of
from tests.crawl.test_hostile_text import HOSTILE
from tests.crawl.world import AGENCY, ELSEWHERE, World, a_world
from tests.harness.databases import Databases
from tests.reliability.figures import Figures
from tests.reliability.rounds import rounds
from tests.security.test_matrix import HERE, is_refused
from tests.web.test_access_table import TABLE

FEW, MANY = 400, 50_000
ENDINGS = ("sign_out", "end_session", "sessions", "deed", "suspen", "leave")
"""Parts of endpoints whose forms end a sign-in: they are sent by somebody whose sign-in nothing else needs."""

METHODS = ("GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "OPTIONS", "TRACE", "BREW")
KINDS = (
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=cut", "application/json", "text/plain"),
    *("", "\u00e4; boundary="),
)
NUMBERS = (
    *("0", "-1", "1", "2", "99999999999999999999", "1e9", "NaN", "0x10", "\u0663"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "2026-11-20"),
)
HEADERS = ("Accept-Language", "Range", "If-None-Match", "If-Modified-Since", "Referer", "Origin", "User-Agent", "X-Forwarded-For", "Cookie")
ALPHABET = string.printable + "\u00e4\u0301\u200f\u202e\U0001f426\x00\x1b"
MOST_TEXT = 3000


class Maker:
    """Requests to a world, each from its number."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules = sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
        slugs = [each.slug for each in world.organisations.values()]
        rest = {"image_id": "x", "revision_id": "x", "code": world.ids["code:tess"], "token": "x", "name": "x", "slug": "sample"}
        mine = {**REST, **rest, **ids_of(world, "tess", AGENCY, "sam", "note:tess"), "export_id": world.ids["export"]}
        self._places = [{**mine, "organisation": slugs[0]}, {**mine, **ids_of(world, "eli", ELSEWHERE, "rita", "note:eli")}]
        self._fields = sorted({*EVERYTHING, *FIELDS})
        self._values = [*EVERYTHING.values(), *slugs, *(str(each) for place in self._places for each in place.values()), *NUMBERS]

    def send(self, number: int) -> tuple[str, Response]:
        """What was sent, in words, and its answer."""
        chance = Random(number)
        rule, method = self._rules[number % len(self._rules)], chance.choice(METHODS)
        if chance.random() < 0.9:
            method = chance.choice(sorted({"GET", "POST"} & (rule.methods or set())))
        who = self._somebody(rule, method, chance)
        if method == "POST" and any(part in rule.endpoint for part in ENDINGS):
            who = "vera"
        options: dict[str, Any] = {"headers": self._headers(chance), "query_string": self._query(chance)}
        if method in ("POST", "PUT", "BREW"):
            options |= self._body(chance)
        address = self._address(rule, chance)
        response = self._world.client(who).open(address, method=method, **options)
        return f"number {number}: {method} {address!r} as {who} with {str(options)[:2000]}", response

    def _somebody(self, rule: Rule, method: str, chance: Random) -> str | None:
        """Mostly somebody for whom the page is, so that it reads what was sent."""
        allowed = [who for who in HERE if (method, rule.rule) in TABLE and not is_refused(rule, method, who)]
        return chance.choice(allowed if allowed and chance.random() < 0.8 else list(HERE))

    def _address(self, rule: Rule, chance: Random) -> str:
        """Mostly with ids that lead somewhere; sometimes with anything at all."""
        place = chance.choice(self._places)
        parts = []
        for is_dynamic, data in rule._trace:
            if data == "|":
                continue
            real = str(place.get(data, "x"))
            parts.append(quote(real if chance.random() < 0.8 else self._text(chance)[:400], safe="") if is_dynamic else data)
        return "".join(parts) or "/"

    def _headers(self, chance: Random) -> dict[str, str]:
        names = chance.sample(HEADERS, chance.choice((0, 0, 0, 1, 3)))
        return {name: "".join(each if " " <= each < "\x7f" else "?" for each in self._text(chance)) for name in names}

    def _query(self, chance: Random) -> list[tuple[str, str]] | str:
        if chance.random() < 0.7:
            return ""
        names = ("page", "next", "q", "show", "sort", "from", "to", "course", chance.choice(self._fields))
        return [(chance.choice(names), self._value(chance)) for _ in range(chance.randint(1, 4))]

    def _body(self, chance: Random) -> dict[str, Any]:
        if chance.random() < 0.1:
            return {"data": self._text(chance).encode(), "content_type": chance.choice(KINDS)}
        names = [*EVERYTHING, *chance.sample(self._fields, chance.randint(0, 12))]
        spoilt = set(chance.sample(names, min(len(names), chance.randint(0, 4))))
        data: dict[str, Any] = {name: EVERYTHING.get(name) or self._value(chance) for name in names}
        data |= {name: self._value(chance) for name in spoilt}
        for name in chance.sample(names, chance.choice((0, 0, 1))):
            data[name] = [self._value(chance) for _ in range(chance.randint(2, 30))]
        return {"data": data}

    def _value(self, chance: Random) -> str:
        return str(chance.choice(self._values)) if chance.random() < 0.5 else self._text(chance)

    def _text(self, chance: Random) -> str:
        if chance.random() < 0.5:
            return chance.choice(HOSTILE)
        if chance.random() < 0.05:
            return chance.choice(ALPHABET) * chance.randint(1, 100_000)
        return "".join(chance.choices(ALPHABET, k=chance.choice((0, 1, 5, 40, MOST_TEXT))))


FIELDS = (
    *("email", "password", "new_password", "code", "time_zone", "slug", "what", "scenarios", "course", "people", "groups", "chosen"),
    *("supervisor", "colleague", "trainees", "members", "attempts", "accepts_own_pass", "skip", "module", "first_due", "how", "way"),
    *("seed", "place-x", "paper", "first_day", "last_day", "organisation", "contact", "address", "signature", "file", "list", "csrf_token"),
    *("hours", "title", "rating", "comment", "wants", "administrator", "next", "at", "version", "after_version"),
)


def broken(maker: Maker, numbers: range) -> tuple[list[str], Counter[int]]:
    """What was answered with an error of the server, and how often each status was given."""
    found, statuses = [], Counter[int]()
    for number in numbers:
        said, response = maker.send(number)
        statuses[response.status_code] += 1
        if response.status_code >= 500:
            found.append(f"{response.status_code}: {said}")
        response.close()
    return found, statuses


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends so much is soon refused everywhere; here the pages behind the limits are meant."""
    for purpose in LIMITS:
        monkeypatch.setitem(LIMITS, purpose, ())


@pytest.fixture(scope="module")
def filled(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    with a_world(databases, tmp_path_factory.mktemp("made-up"), template_cache) as made:
        yield made


@pytest.mark.usefixtures("unlimited")
def test_f11_no_made_up_request_breaks_anything(filled: World, figures: Callable[..., Figures]) -> None:
    row = figures("F11 made up", "", max(FEW, rounds(FEW, MANY)))
    found, statuses = broken(Maker(filled), range(row.asked))
    row.done, row.lost = sum(statuses.values()), len(found)
    row.note = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
    assert found == []
    assert statuses[200] > row.asked / 10


@pytest.mark.usefixtures("unlimited")
def test_f11_control_a_view_that_breaks_is_found(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    views = filled.app.view_functions
    (endpoint,) = {rule.endpoint for rule in filled.app.url_map.iter_rules() if rule.rule == "/courses"}

    def breaks(**_: object) -> str:
        raise RuntimeError("planted")

    breaks.__dict__.update(views[endpoint].__dict__)
    monkeypatch.setitem(views, endpoint, breaks)
    found, _ = broken(Maker(filled), range(FEW))
    assert found
    assert all("'/courses" in each for each in found)
