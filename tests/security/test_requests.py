"""D6, G2, C9: hosts and proxies that are made up, and names that a printer could take for commands."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
from flask import Flask

from ceapp.certificates.provider import set_provider_facts
from ceapp.certificates.rendering import Paper
from ceapp.certificates.renditions import pdf_of
from ceapp.certificates.service import issue
from ceapp.database import transaction
from tests.certificates.conftest import completion, provider_input
from tests.conftest import NOW, Member
from tests.harness.letters import letters
from tests.harness.pages import Visitor

FOREIGN = (
    "evil.example",
    "evil.example:80",
    "ce.example.org.evil.example",
    "evil.example/ce.example.org",
    "ce.example.org@evil.example",
    "",
)
FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Prefix": "//evil.example",
    "X-Original-URL": "/people",
    "X-Rewrite-URL": "/people",
    "Forwarded": "host=evil.example;proto=gopher",
    "X-HTTP-Method-Override": "DELETE",
}


class TestPublicAddress:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {"base_url": "https://ce.example.org", "mail_url": "smtp://127.0.0.1:9", "mail_from": "CE <ce@example.org>"}

    @pytest.mark.parametrize("host", FOREIGN)
    def test_d6_a_host_that_is_not_ours_is_refused_and_stands_nowhere(
        self, browser_of: Callable[[Member | None], Visitor], host: str
    ) -> None:
        response = browser_of(None).client.get(
            "/account/sign-in", environ_overrides={"HTTP_HOST": host, "SERVER_NAME": "ce.example.org"}, base_url="https://ce.example.org"
        )
        if host:
            assert response.status_code == 400
        assert b"evil.example" not in response.data
        assert "evil.example" not in str(response.headers)

    def test_d6_g2_what_a_proxy_would_say_counts_for_nothing_without_one(
        self, app: Flask, browser_of: Callable[[Member | None], Visitor], tess: Member
    ) -> None:
        client = browser_of(None).client
        plain = client.get("/courses", base_url="https://ce.example.org")
        forged = client.get("/courses", base_url="https://ce.example.org", headers=FORWARDED)
        assert forged.status_code == plain.status_code == 200
        assert len(forged.data) == len(plain.data)
        assert b"evil.example" not in forged.data
        led = client.get("/account", base_url="https://ce.example.org", headers=FORWARDED)
        assert led.headers["Location"].startswith("/account/sign-in")
        page = client.get("/account/sign-in", base_url="https://ce.example.org").get_data(as_text=True)
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        asked = client.post(
            "/account/sign-in",
            base_url="https://ce.example.org",
            data={"csrf_token": token, "email": tess.email, "how": "code"},
            headers={**FORWARDED, "Origin": "https://ce.example.org"},
        )
        assert asked.status_code < 400
        told = "\n".join(letter.text for letter in letters(app, NOW))
        assert "evil.example" not in told


COMMANDS = (
    '#read("/etc/passwd")',
    '#image("/etc/passwd")',
    '#eval("1+1")',
    '#panic("x")',
    "$ integral x $",
    '#link("https://evil.example")[x]',
    "\\input{/etc/passwd}",
    "*bold* _x_ `raw` <label> @label",
    "<script>alert(1)</script>",
    "= Heading",
    "https://evil.example/x",
)


def test_c9_a_name_that_is_a_command_is_printed_as_it_stands(app: Flask, tess: Member, ada: Member) -> None:
    with app.app_context():
        set_provider_facts(provider_input(), after_version=0, by=ada.id, now=NOW)
    for cycle, name in enumerate(COMMANDS, 1):
        with app.app_context(), transaction():
            made = issue(person_id=tess.id, course_slug="sample", cycle=cycle, facts_input=completion(name=name), now=NOW)
        with app.app_context():
            reader = pypdf.PdfReader(io.BytesIO(pdf_of(made, Paper.A4, now=NOW).pdf))
        text = "".join("".join(page.extract_text() for page in reader.pages).split())
        assert "".join(name.split()) in text.replace("\u2019", "'"), f"{name}: {text[:200]}"
        assert "root:x:" not in text
        links = [str(note.get_object().get("/A", {}).get("/URI", "")) for page in reader.pages for note in page.get("/Annots", [])]
        assert not [link for link in links if "evil" in link]
