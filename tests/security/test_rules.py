"""The rules of `make check` find what they are for, and the server has none of it; each rule with examples to flag and not to flag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checks import code
from checks.__main__ import findings
from checks.code import check_code, tables_of_organisations
from checks.findings import EXCEPTIONS, ROOT, Finding, judged
from checks.pages import check_script, check_template

PLANTED = {
    "markup": [
        "from markupsafe import Markup\nMarkup(name)",
        "import markupsafe\nmarkupsafe.Markup(f'<b>{name}</b>')",
        "from flask import Markup as M\nfrom markupsafe import Markup\nMarkup('<b>' + name)",
    ],
    "sql": [
        "from sqlalchemy import text\nsession.execute(text(f'SELECT 1 WHERE x = {x}'))",
        "from sqlalchemy import text as raw\nraw('SELECT ' + name)",
        "import sqlalchemy\nsqlalchemy.text(statement)",
        "from sqlalchemy import literal_column\nliteral_column(column)",
        "connection.exec_driver_sql('SELECT %s' % name)",
        "cursor.execute('SELECT {}'.format(name))",
        "cursor.execute(f'DELETE FROM {table}')",
        "cursor.executescript('DROP TABLE ' + table)",
    ],
    "outbound": [
        "import requests",
        "from urllib.request import urlopen",
        "import urllib.request",
        "import http.client",
        "from http import client",
        "import httpx",
        "import socket",
        "import smtplib",
    ],
    "process": [
        "import subprocess",
        "from subprocess import run",
        "import os\nos.system(name)",
        "from os import popen",
        "import os\nos.execv(name, [])",
        "thing(name, shell=True)",
    ],
    "unsafe": [
        "eval(text)",
        "exec(text)",
        "import pickle\npickle.loads(body)",
        "import yaml\nyaml.load(text)",
        "from yaml import unsafe_load\nunsafe_load(text)",
        "from flask import render_template_string\nrender_template_string(text)",
        "app.jinja_env.from_string(text)",
        "from jinja2 import Template\nTemplate(text)",
        "import tempfile\ntempfile.mktemp()",
    ],
    "comparison": [
        "if token == given: pass",
        "if row.token_hash != given: pass",
        "return_ = person.password_hash == other",
        "assert digest == signature",
        "x = seal == request.form['seal']",
    ],
    "logged": [
        "log.info('at %s', request.url)",
        "log.warning('sent %s', request.form)",
        "log.error('from %s', request.remote_addr)",
        "log.info(f'hello {name}')",
        "log.info('to %s', person.email)",
        "log.info('token %s', token)",
        "log.exception('oh')",
        "log.error('oh', exc_info=True)",
        "import logging\nlogging.info('x %s', form.reflection)",
    ],
    "random": ["import random", "from random import choice", "from random import Random"],
    "csrf": [
        "class Meta:\n    csrf = False",
        "form = Form(meta={'csrf': False})",
        "app.config['WTF_CSRF_ENABLED'] = x\nc = {'WTF_CSRF_ENABLED': False}",
        "@csrf.exempt\ndef view(): pass",
    ],
    "redirects": [
        "redirect(request.args['next'])",
        "from flask import redirect\nredirect(request.args.get('next', '/'), 303)",
        "redirect(request.referrer or '/')",
        "redirect(f'/{request.args[\"x\"]}')",
        "flask.redirect(request.form.get('next') if x else '/')",
    ],
    "cookies": [
        "response.set_cookie('a', 'b')",
        "response.set_cookie('a', 'b', path='/', httponly=True, samesite='Lax')",
        "response.set_cookie('a', 'b', path='/', httponly=True, samesite='Lax', secure=True, domain='example.org')",
    ],
    "fetched": ["session.get(Task, task_id)", "db.session.get(models.Task, task_id)", "db.session.get_one(Task, (task_id,))"],
}
HARMLESS = {
    "markup": ["from markupsafe import Markup\nMarkup('<b>ours</b>')", "def f() -> Markup: ..."],
    "sql": [
        "from sqlalchemy import text\ntext('SELECT 1 WHERE x = :x')",
        "from ceapp.accounts.forms import text\ntext(form.name)",
        "from sqlalchemy import text\nOPEN = 'ended_at IS NULL'\ntext(OPEN)",
        "session.execute(select(A).join(B, A.id == B.id))",
    ],
    "outbound": ["from urllib.parse import urlsplit", "from http import HTTPStatus"],
    "process": ["import os\nos.urandom(8)", "thing(name, shell=False)"],
    "unsafe": ["import yaml\nyaml.parse(text, Loader=yaml.CSafeLoader)", "evaluate(text)"],
    "comparison": [
        "import hmac\nhmac.compare_digest(token, given)",
        "select(A).where(A.token_hash == token_hash)",
        "if password == '': pass",
        "if state == other: pass",
    ],
    "logged": [
        "log.info('request %s: %s refused to person %s', g.get('request_id'), request.endpoint, person.id)",
        "log.error('%s', type(error).__name__)",
        "flash(f'hello {name}')",
    ],
    "random": ["from random import SystemRandom", "import secrets"],
    "csrf": ["csrf = True", "form = Form(meta={'csrf': True})"],
    "redirects": ["redirect(url_for('a.b', next=request.full_path))", "redirect(wanted_address('/'), 303)"],
    "cookies": ["response.set_cookie('a', 'b', path='/', httponly=True, samesite='Lax', secure=secure)"],
    "fetched": ["session.get(Person, person_id)", "session.get('key')", "request.form.get(Task)"],
}
TEMPLATES = [
    ("safe", "{{ name|safe }}"),
    ("safe", "{{ name | safe }}"),
    ("safe", "{% autoescape false %}"),
    ("inline", '<button onclick="x()">'),
    ("inline", '<p style="color: red">'),
    ("inline", '<a href="javascript:x()">'),
    ("inline", "<iframe src=x>"),
    ("inline", "<base href=x>"),
    ("script", '<script src="/x.js"></script>'),
    ("script", '<script nonce="{{ nonce() }}">let x = {{ x }}</script>'),
    ("elsewhere", '<img src="https://elsewhere.example/x.png">'),
    ("elsewhere", '<link rel="stylesheet" href="//elsewhere.example/x.css">'),
    ("elsewhere", '<a href="/x" target="_blank">'),
    ("unquoted", "<input value={{ value }}>"),
]
SCRIPTS = [
    ("script", "box.innerHTML = text"),
    ("script", "document.write(text)"),
    ("script", "eval(text)"),
    ("script", "setTimeout('x()', 1)"),
    ("script", "parent.postMessage(text, '*')"),
    ("storage", "localStorage.setItem('a', text)"),
    ("storage", "document.cookie = 'a=b'"),
    ("elsewhere", "fetch('https://elsewhere.example/')"),
    ("elsewhere", "fetch(`//elsewhere.example/`)"),
]
INSECURE = """
import hashlib, os, pickle, subprocess
import yaml
from flask import Flask
app = Flask(__name__)
subprocess.run("ls " + name, shell=True)
cursor.execute("SELECT * FROM person WHERE name = '" + name + "'")
yaml.load(text)
pickle.loads(body)
hashlib.md5(password).hexdigest()
app.run(debug=True)
os.chmod("key", 0o777)
"""
BANDIT_FINDS = {"B602", "B608", "B506", "B301", "B324", "B201", "B103"}


def rules_of(source: str) -> set[str]:
    return {each.rule for each in check_code(source, "ceapp/planted.py", {"Task"})}


@pytest.mark.parametrize(("rule", "source"), [(rule, each) for rule, sources in PLANTED.items() for each in sources])
def test_f2_f3_f10_h2_control_what_is_planted_is_found(rule: str, source: str) -> None:
    assert rule in rules_of(source)


@pytest.mark.parametrize(("rule", "source"), [(rule, each) for rule, sources in HARMLESS.items() for each in sources])
def test_what_is_harmless_is_left_alone(rule: str, source: str) -> None:
    assert rule not in rules_of(source)


def test_every_rule_has_examples() -> None:
    names = {rule.__name__ for rule in code.RULES} | {"fetched"}
    assert set(PLANTED) == set(HARMLESS) == names


@pytest.mark.parametrize(("rule", "source"), TEMPLATES)
def test_f2_control_a_template_with_a_fault_is_found(rule: str, source: str) -> None:
    assert rule in {each.rule for each in check_template(source, "ceapp/templates/planted.html")}


def test_f2_control_a_template_that_jinja_would_not_escape_is_found() -> None:
    assert [each.rule for each in check_template("{{ name }}", "ceapp/templates/letter.txt")] == ["safe"]


@pytest.mark.parametrize(("rule", "source"), SCRIPTS)
def test_e1_control_a_script_with_a_fault_is_found(rule: str, source: str) -> None:
    assert rule in {each.rule for each in check_script(source, "ceapp/static/js/planted.js")}


@pytest.fixture(scope="module")
def found() -> tuple[Finding, ...]:
    """Everything that any rule finds in the server."""
    return tuple(findings())


def test_d10_e7_g7_f2_f3_f10_h2_the_server_keeps_every_rule(found: tuple[Finding, ...]) -> None:
    assert [str(each) for each in judged(found)] == []


def test_exceptions_name_files_that_exist_and_an_unneeded_one_is_a_finding(found: tuple[Finding, ...]) -> None:
    assert not [path for _, path in EXCEPTIONS if not (ROOT / path).exists()]
    others = [each for each in found if each.path != "ceapp/mail/smtp.py"]
    assert [each.rule for each in judged(others) if each.path == "ceapp/mail/smtp.py"] == ["outbound"]


def test_a_file_is_excepted_from_one_rule_only(found: tuple[Finding, ...]) -> None:
    planted = Finding("ceapp/mail/smtp.py", 1, "sql", "x")
    assert planted in judged([*found, planted])


def test_a4_the_tables_of_organisations_are_known() -> None:
    assert {"Task", "Membership", "Supervision", "Group", "Invitation", "Assignment", "SignOff"} <= tables_of_organisations()
    assert "Person" not in tables_of_organisations()


def test_f3_control_bandit_finds_what_is_planted_with_our_settings(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(INSECURE)
    ran = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-f", "json", "-c", str(ROOT / "pyproject.toml"), "-l", "-l", str(planted)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert {each["test_id"] for each in json.loads(ran.stdout)["results"]} >= BANDIT_FINDS
