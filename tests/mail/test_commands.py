"""`ceapp mail send` and `ceapp mail show`."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from ceapp.errors import Refused
from tests.conftest import NOW
from tests.mail.conftest import SECRET, Outbox
from tests.mail.post_office import Manner, PostOffice

Run = Callable[..., Result]
commands = importlib.import_module("ceapp.commands.mail")  # The package has a command of the same name.


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the test's application, in which the test's letter is known."""
    monkeypatch.setattr(commands, "load_settings", lambda: app.extensions["ceapp.settings"])
    monkeypatch.setattr(commands, "prepared_app", lambda _settings: app)
    monkeypatch.setattr(commands, "clock", SimpleNamespace(now=lambda: NOW + timedelta(minutes=1)))
    return lambda *arguments: CliRunner().invoke(commands.mail, arguments)


def test_send_says_what_it_did(run: Run, outbox: Outbox, office: PostOffice) -> None:
    office.refused.add("person2@example.org")
    for number in range(1, 61):
        outbox.queue(number)
    assert run("send").output == "59 sent, 0 waiting, 1 failed\n"
    assert run("send").output == "0 sent, 0 waiting, 0 failed\n"


def test_send_with_a_server_in_trouble_says_so_and_fails(run: Run, outbox: Outbox, office: PostOffice) -> None:
    office.manner = Manner.BUSY
    outbox.queue()
    result = run("send")
    assert (result.output, result.exit_code) == ("0 sent, 1 waiting, 0 failed\n", 1)
    assert isinstance(result.exception, Refused)
    assert result.exception.message == "The mail server refuses the connection (421). What waits is tried again."


class TestWithoutAMailServer:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, Any]:
        return {}

    def test_send_is_refused_in_one_line(self, run: Run, outbox: Outbox) -> None:
        outbox.queue()
        result = run("send")
        assert isinstance(result.exception, Refused)
        assert "no mail server" in result.exception.message

    def test_show_prints_and_counts_as_nothing_sent(self, run: Run, outbox: Outbox) -> None:
        made, over = outbox.queue(1), outbox.queue(2, over=True)
        for _ in range(2):
            output = run("show").output
            assert output.startswith(f"To: person1@example.org\nSubject: Your code\n\nHello,\n\nyour code is {SECRET}.\n")
            assert output.endswith("\n1 message waiting\n")
        message = outbox.message(made)
        assert (message.state, message.tries, message.taken_until) == ("waiting", 0, None)
        assert outbox.message(over).state == "cancelled"

    def test_show_and_mark_sent(self, run: Run, outbox: Outbox) -> None:
        made = outbox.queue()
        output = run("show", "--mark-sent").output
        assert SECRET in output
        assert output.endswith("\n0 messages waiting\n")
        assert (outbox.message(made).state, outbox.message(made).values) == ("sent", b"")

    def test_one_that_cannot_be_composed_keeps_no_other(self, run: Run, outbox: Outbox) -> None:
        broken, _ = outbox.queue(1), outbox.queue(2)

        def break_first(message: Any) -> None:
            if message.id == broken:
                raise ValueError(SECRET)

        outbox.before = break_first
        result = run("show")
        assert "could not be composed. It still waits." in result.output
        assert result.output.count(SECRET) == 1
        assert outbox.message(broken).tries == 0


def test_the_real_command_without_a_mail_server(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CEAPP_")}
    folder = {"CEAPP_INSTANCE": str(tmp_path / "instance"), "CEAPP_SCENARIOS": str(tmp_path / "scenarios")}
    ceapp = str(Path(sys.executable).parent / "ceapp")
    send, show = (
        subprocess.run([ceapp, "mail", word], env={**clean, **folder}, capture_output=True, text=True, check=False, timeout=120)
        for word in ("send", "show")
    )
    assert (send.returncode, len(send.stderr.splitlines())) == (1, 1)
    assert (show.returncode, show.stdout) == (0, "0 messages waiting\n")
