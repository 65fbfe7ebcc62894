"""Somebody who works through a scenario by its pages, with the best answer to each question, over any client that can get and post."""

from __future__ import annotations

import re
from typing import Any, Protocol

from flask.testing import FlaskClient

from bench.visitor import form
from ceapp.catalogue.queries import PublishedCourse, published_scenario
from ceapp.scenarios.values import Grade, Kind

_OPTION = re.compile(r"name=\"given\"[^>]*value=\"([^\"]+)\"[^>]*>\s*<span>(.*?)</span>", re.S)
_PLACE = re.compile(r"<li[^>]*>(.*?)</li>", re.S)
_SELECT = re.compile(r"<select name=\"(place-[^\"]+)\"")


class Browser(Protocol):
    """What walking needs."""

    def page(self, path: str) -> str: ...

    def sent(self, path: str, fields: list[tuple[str, str]]) -> str: ...


class Tested:
    """The test client as a browser; `sent` gives where it leads."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def page(self, path: str) -> str:
        response = self._client.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        return response.get_data(as_text=True)

    def sent(self, path: str, fields: list[tuple[str, str]]) -> str:
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        response = self._client.post(path, data=data)
        if response.status_code != 303:
            raise RuntimeError(f"{path} answered {response.status_code}")
        return str(response.headers["Location"])


def best_answers(course: PublishedCourse) -> frozenset[str]:
    """The texts, as pages have them, of every option that should be chosen; and those of ordering questions with their place."""
    found = set()
    for listed in course.scenarios:
        published = published_scenario(listed.revision_id)
        for scene in published.scenario.scenes:
            for question in scene.questions:
                for place, option in enumerate(question.options, 1):
                    text = str(published.rendering.inline(option.text))
                    if question.kind is Kind.ORDER:
                        found.add(f"{place}:{text}")
                    elif option.right or option.grade is Grade.BEST:
                        found.add(text)
    return frozenset(found)


def work_through(
    client: FlaskClient | Browser, course: str, scenario: str, best: frozenset[str], steps: int | None = None
) -> tuple[str, int]:
    """Enrol if need be, begin, and answer so many steps or all; the attempt's address and how many answers were given."""
    browser: Any = Tested(client) if isinstance(client, FlaskClient) else client
    page = browser.page(f"/courses/{course}")
    if "/enrol" in page:
        action, hidden, _ = form(page, "/enrol")
        browser.sent(action, hidden)
    action, hidden, _ = form(browser.page(f"/courses/{course}/{scenario}"), "/begin")
    attempt = browser.sent(action, hidden)
    page, number = browser.page(attempt), 1
    while steps is None or number <= steps:
        action, hidden, body = form(page, f"/{number}")
        seen = browser.page(browser.sent(action, hidden + chosen(body, best)).partition("#")[0])
        following = re.search(rf"href=\"({re.escape(attempt)}/(?:{number + 1}|result))\"", seen)
        if following is None or following[1].endswith("/result"):
            return attempt, number
        number += 1
        page = browser.page(following[1])
    return attempt, number - 1


def chosen(body: str, best: frozenset[str]) -> list[tuple[str, str]]:
    """The fields of the best answer to a question's form."""
    if _SELECT.search(body):
        return [(found[1], _place_of(item, best)) for item in _PLACE.findall(body) if (found := _SELECT.search(item))]
    given = [(("given", value)) for value, text in _OPTION.findall(body) if text in best]
    return given or [("text", "")]


def _place_of(item: str, best: frozenset[str]) -> str:
    return next(each.partition(":")[0] for each in best if each[:1].isdigit() and each.partition(":")[2] in item)
