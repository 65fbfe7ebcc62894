"""G2, G4: what a forwarded header may change, what is not served, and what is answered when a view breaks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask, jsonify, request
from werkzeug.routing import Rule

from ceapp.log_lines import JsonLine
from ceapp.web.audience import anyone
from tests.conftest import Member
from tests.harness.pages import Page, Visitor, parse

NOT_SERVED = [
    *(
        "/.git/config",
        "/.git/HEAD",
        "/.env",
        "/.htaccess",
        "/.ssh/id_rsa",
        "/ceapp.sqlite3",
        "/instance/ceapp.sqlite3",
        "/ceapp.sqlite3-wal",
    ),
    *("/instance/keys/secret.key", "/instance/settings.toml", "/settings.toml", "/backup", "/backup.zip", "/backup.sqlite3", "/backups/"),
    *("/metrics", "/server-status", "/server-info", "/status", "/debug", "/console", "/components", "/demo", "/admin", "/phpmyadmin/"),
    *(
        "/wp-login.php",
        "/actuator/env",
        "/static/../config.py",
        "/assets/../config.py",
        "/assets/..%2f..%2fconfig.py",
        "/assets/%2e%2e/app.py",
    ),
    *(
        "/pyproject.toml",
        "/requirements/app.txt",
        "/scenarios/sample/course.md",
        "/server.log",
        "/doctor.json",
        "/metrics/",
        "/favicon.ico",
    ),
    *("/images/..%2F..%2Finstance%2Fkeys%2Fsecret.key", "/%00", "/healthz/", "/healthz/ready/x", "/robots.txt%00.png"),
]


@pytest.mark.parametrize("path", NOT_SERVED)
def test_g4_what_is_no_page_is_not_served(app: Flask, path: str) -> None:
    response = app.test_client().get(path)
    assert response.status_code == 404
    assert "There is no such page" in response.text


def test_g4_control_what_is_a_page_is_served(app: Flask) -> None:
    assert [app.test_client().get(path).status_code for path in ("/help", "/healthz", "/healthz/ready", "/verify")] == [200] * 4


def address(rule: Rule) -> str:
    return re.sub(r"<uuid:\w+>", "01900000-0000-7000-8000-000000000000", re.sub(r"<int:\w+>", "1", re.sub(r"<\w+>", "x", rule.rule)))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_g4_methods_that_no_view_has_are_refused_everywhere(app: Flask, method: str) -> None:
    client = app.test_client()
    answers = {address(rule): client.open(address(rule), method=method) for rule in app.url_map.iter_rules()}
    assert len(answers) > 80
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 405} == {}
    assert all(answer.headers["Allow"] for answer in answers.values())


BROKEN = "PLANTED words of an error"


def break_views(app: Flask) -> list[tuple[str, str]]:
    """Every view raises an error that nobody foresaw; every way to reach one."""

    def broken(**_values: object) -> None:
        raise RuntimeError(BROKEN)

    ways = []
    for rule in app.url_map.iter_rules():
        app.view_functions[rule.endpoint] = anyone(partial(broken))
        ways += [(method, address(rule)) for method in (rule.methods or set()) & {"GET", "POST"}]
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    return sorted(ways)


def test_g4_an_error_in_any_view_gives_a_page_with_its_number_only(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = app.test_client()
    ways = break_views(app)
    assert len(ways) > 100
    for method, path in ways:
        response = client.open(path, method=method, data={"text": "PLANTED text"} if method == "POST" else None)
        number = response.headers["X-Request-Id"]
        assert (method, path, response.status_code) == (method, path, 500)
        assert re.findall(r"<code>(\w+)</code>", response.text) == [number]
        assert "PLANTED" not in response.text
        assert f"request {number}: RuntimeError at " in caplog.text
        assert not any(word in response.text for word in ("Traceback", "RuntimeError", ".py", "ceapp/", "SELECT"))
        parse(response.text)
    assert "PLANTED" not in caplog.text


@pytest.mark.parametrize("place", ["before_request", "after_request", "context_processor"])
def test_g4_an_error_around_the_view_fails_closed_too(
    app: Flask, browser_of: Callable[[Member | None], Visitor], tess: Member, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError(BROKEN)

    getattr(app, place)(broken)
    response = browser_of(tess).client.get("/account")
    assert response.status_code == 500
    assert response.headers["X-Request-Id"] in response.text
    printed = "\n".join(JsonLine().format(each) for each in caplog.records)
    assert "RuntimeError" in printed
    assert "PLANTED" not in response.text + printed
    assert tess.email not in response.text


FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Real-IP": "203.0.113.9",
    "X-Original-URL": "/people",
    "X-HTTP-Method-Override": "POST",
    "Client-IP": "203.0.113.9",
}


def seen_by(app: Flask, **headers: str) -> dict[str, Any]:
    """What the application takes a request for that came from 127.0.0.1."""
    if "told" not in app.view_functions:
        facts = ("remote_addr", "scheme", "host", "script_root", "path", "method")
        app.add_url_rule("/told", "told", anyone(lambda: jsonify({name: getattr(request, name) for name in facts})))
    response = app.test_client().get("/told", headers=headers)
    return response.json if response.status_code == 200 else {"status": response.status_code}


def test_g2_without_a_proxy_no_header_changes_anything(app: Flask) -> None:
    plain = seen_by(app)
    assert plain == {"remote_addr": "127.0.0.1", "scheme": "http", "host": "localhost", "script_root": "", "path": "/told", "method": "GET"}
    for name, value in FORGED.items():
        assert seen_by(app, **{name: value}) == plain, name
    assert seen_by(app, **FORGED) == plain


@pytest.mark.parametrize("settings_overrides", [{"proxy_hops": 1, "base_url": "https://ce.example.org"}])
def test_g2_with_one_proxy_only_what_that_one_wrote_counts(app: Flask) -> None:
    """The proxy appends; whatever stood there before is what the client claims of itself."""
    own = {"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "evil.example, ce.example.org"}
    found = seen_by(app, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7", **own})
    assert (found["remote_addr"], found["scheme"], found["host"]) == ("198.51.100.7", "https", "ce.example.org")
    others = {name: value for name, value in FORGED.items() if name not in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")}
    assert seen_by(app, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7", **own, **others}) == found
    assert seen_by(app, **{"X-Forwarded-Host": "evil.example"}) == {"status": 400}


@pytest.mark.parametrize(
    ("settings_overrides", "counted_together"),
    [({}, True), ({"proxy_hops": 1, "base_url": "http://localhost"}, False)],
    ids=["no proxy", "control"],
)
def test_g2_a_forged_address_begins_no_new_count_of_guesses(app: Flask, visit: Callable[..., Page], counted_together: bool) -> None:
    """The control believes the header, as behind a proxy that passes on what it got: there the limit is never met."""
    client, statuses = app.test_client(), []
    for number in range(80):
        statuses.append(client.get(f"/verify/AAAA-{number:04}", headers={"X-Forwarded-For": f"203.{number}.113.9"}).status_code)
    assert (429 in statuses) is counted_together
