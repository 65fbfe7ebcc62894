"""H2, H3, F9, G4: one line for every request, that says who and how it ended, and holds nothing that anybody typed."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response

from ceapp import log_lines
from ceapp.web.audience import anyone
from ceapp.web.request_log import Broken, recent
from tests.conftest import Agency, Member
from tests.harness.pages import Page, Visitor

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """The lines of the requests so far, as they would be printed."""
    caplog.set_level(logging.INFO)
    form = log_lines.JsonLine()
    yield lambda: [json.loads(form.format(each)) for each in caplog.records if each.name == log_lines.REQUESTS and hasattr(each, "fields")]


def test_h3_a_line_says_who_opened_which_route_and_how_it_ended(
    lines: Lines, visit: Callable[..., Page], agency: Agency, ines: Member, course: str
) -> None:
    page = visit(f"/organisations/{agency.slug}/members", person=ines)
    (line,) = lines()
    assert line["request"] == page.response.headers["X-Request-Id"]
    assert (line["method"], line["endpoint"], line["status"]) == ("GET", "accounts.members", 200)
    assert line["rule"] == "/organisations/<organisation>/members"
    assert (line["actor"], line["organisation"]) == (str(ines.id), str(agency.id))
    assert (line["sql"], line["bytes"]) == (page.queries, len(page.response.get_data()))
    assert line["ms"] >= line["sql_ms"] > 0
    assert (line["level"], line["error"]) == ("info", "")
    assert line["at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("who", "address", "status", "error"),
    [
        ("tess", "/people", 404, "Missing"),
        ("rita", "/organisations/harbour/members", 404, "Missing"),
        ("tess", "/attempts/01900000-0000-7000-8000-000000000000", 404, "Missing"),
        ("", "/images/../../etc/passwd", 404, "NotFound"),
    ],
)
def test_h3_what_is_somebody_elses_is_a_warning_with_the_actor(
    lines: Lines,
    visit: Callable[..., Page],
    request: pytest.FixtureRequest,
    agency: Agency,
    elsewhere: Agency,
    who: str,
    address: str,
    status: int,
    error: str,
) -> None:
    person: Member | None = request.getfixturevalue(who) if who else None
    visit(address, person=person, status=status)
    (line,) = lines()
    assert (line["status"], line["error"], line["actor"]) == (status, error, str(person.id) if person else "")
    assert line["level"] == ("warning" if line["endpoint"] else "info")


def test_h3_a_form_without_its_seal_and_too_many_guesses_are_warnings(
    lines: Lines, browser_of: Callable[[Member | None], Visitor], tess: Member
) -> None:
    browser_of(tess).post("/account/name", {"name": ["X"]}, status=403)
    (line,) = lines()
    assert (line["level"], line["status"], line["error"]) == ("warning", 403, "CSRFError")
    for _ in range(12):
        browser_of(tess).client.get("/verify/AAAA-BBBB")
    refused = [each for each in lines() if each["status"] == 429]
    assert all((each["level"], each["error"]) == ("warning", "TooMany") for each in refused)


HOSTILE = "\r\n{'level': 'forged'}\x1b[2J\u2028\u0085\x7fPLANTED"


def test_f9_h2_no_part_of_a_request_can_write_a_line_of_its_own(
    app: Flask, lines: Lines, course: str, tess: Member, caplog: pytest.LogCaptureFixture
) -> None:
    client = app.test_client()
    client.set_cookie("ceapp", "PLANTED-token")
    headers = {"Referer": "http://x/PLANTED", "User-Agent": "PLANTED", "X-Forwarded-For": "PLANTED", "X-Request-Id": "PLANTED"}
    for method in ("GET", "POST", "PLANTED"):
        for path in (f"/verify/{HOSTILE}", f"/{HOSTILE}", f"/courses/{course}"):
            client.open(path, method=method, query_string={"code": HOSTILE}, headers=headers, data={"text": HOSTILE})
    assert len(lines()) == 9
    printed = [log_lines.JsonLine().format(each) for each in caplog.records] + [
        log_lines.TextLine().format(each) for each in caplog.records
    ]
    assert [each for each in printed if "PLANTED" in each or "forged" in each] == []
    assert all(each.isprintable() for each in printed)
    assert {each["method"] for each in lines()} == {"GET", "POST", "other"}


def test_f9_control_a_message_with_such_characters_stays_one_harmless_line() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "said %s", (HOSTILE.replace("\n", " "),), None)
    record.fields = {"value": HOSTILE}
    for form in (log_lines.JsonLine(), log_lines.TextLine()):
        line = form.format(record)
        assert "PLANTED" in line  # so that a leak would be seen above
        assert line.isprintable()
    assert json.loads(log_lines.JsonLine().format(record))["value"] == HOSTILE


def test_h2_the_words_of_an_error_are_not_written() -> None:
    try:
        raise ValueError("PLANTED")
    except ValueError:
        record = logging.LogRecord("_granian", logging.ERROR, "", 0, "broken\nTraceback\nValueError: PLANTED", (), sys.exc_info())
    line = json.loads(log_lines.JsonLine().format(record))
    assert (line["message"], line["error"]) == ("broken", "ValueError")
    assert "PLANTED" not in json.dumps(line)


def test_h2_what_nobody_caught_is_a_line_without_its_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = sys.excepthook
    before = logging.getLogger().handlers[:]
    try:
        log_lines.write_log("json")
        try:
            raise ValueError("PLANTED")
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        sys.excepthook = hooks
        logging.captureWarnings(capture=False)
        logging.getLogger().handlers[:] = before
        logging.getLogger(log_lines.REQUESTS).setLevel(logging.NOTSET)
    printed = capsys.readouterr().err
    assert "Traceback of ValueError" in json.loads(printed)["message"]
    assert "PLANTED" not in printed


@pytest.mark.parametrize(
    ("kind", "is_terminal", "meant"), [("auto", True, "text"), ("auto", False, "json"), ("off", True, "off"), ("json", True, "json")]
)
def test_a_terminal_gets_text_and_everything_else_json(monkeypatch: pytest.MonkeyPatch, kind: str, is_terminal: bool, meant: str) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    assert log_lines.chosen(kind) == meant


def test_g4_when_no_error_page_can_be_made_the_answer_is_its_number_only(
    app: Flask, lines: Lines, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_values: object) -> None:
        raise KeyError("PLANTED")

    monkeypatch.setattr("ceapp.web.errors.render_template", broken)
    response = app.test_client().get("/nonsense")
    (line,) = lines()
    assert (response.status_code, line["status"], line["error"]) == (500, 500, "KeyError")
    assert line["request"] in response.text
    assert response.headers["X-Request-Id"] == line["request"]
    assert (response.headers["Cache-Control"], response.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "PLANTED" not in response.text + caplog.text
    assert "KeyError at web/errors.py:" in caplog.text


def stream(app: Flask, *, fails: bool) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        if fails:
            raise ValueError("PLANTED")
        yield b"two!"

    app.add_url_rule("/stream", "stream", anyone(lambda: Response(pieces())))


def test_what_is_made_while_it_is_sent_is_counted_to_its_end(app: Flask, lines: Lines) -> None:
    stream(app, fails=False)
    response = app.test_client().get("/stream")
    assert response.data == b"onetwo!"
    response.close()
    (line,) = lines()
    assert (line["status"], line["bytes"], line["error"]) == (200, 7, "")


def test_h2_what_breaks_in_the_middle_says_nothing_but_its_kind(app: Flask, lines: Lines, caplog: pytest.LogCaptureFixture) -> None:
    stream(app, fails=True)
    with pytest.raises(Broken) as broken:
        _ = app.test_client().get("/stream").data
    assert broken.value.__cause__ is None and broken.value.__suppress_context__
    assert "PLANTED" not in caplog.text
    (line,) = lines()
    assert (line["bytes"], line["error"]) == (3, "ValueError")


def test_who_hangs_up_in_the_middle_is_told_apart(app: Flask, lines: Lines) -> None:
    stream(app, fails=False)
    response = app.test_client().get("/stream", buffered=False)
    next(response.iter_encoded())
    response.close()
    assert lines()[0]["error"] == "CutOff"


def test_a_process_remembers_its_last_requests_and_no_more(app: Flask) -> None:
    client = app.test_client()
    for _ in range(510):
        client.get("/assets/x")
    client.get("/help")
    assert len(recent(app)) == 500
    assert recent(app)[-1].rule == "/help"


@pytest.mark.parametrize("settings_overrides", [{"log": "off"}])
def test_off_means_no_line_for_requests(app: Flask, lines: Lines) -> None:
    response = app.test_client().get("/help")
    assert lines() == []
    assert response.headers["X-Request-Id"]
