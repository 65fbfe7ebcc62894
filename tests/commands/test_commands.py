"""The commands: 0 on success, 1 with one line of reason, 2 on wrong usage; nothing is lost on the way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ceapp.commands.command_line import cli
from ceapp.commands.serve import server_arguments
from ceapp.config import load_settings
from tests.harness.courses import LIBRARY

Run = Callable[..., subprocess.CompletedProcess[str]]
CEAPP = str(Path(sys.executable).parent / "ceapp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance of its own and a copy of the sample course."""
    shutil.copytree(LIBRARY, tmp_path / "scenarios")
    return tmp_path


@pytest.fixture
def ceapp(folder: Path) -> Run:
    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CEAPP_")}
        own = {"CEAPP_INSTANCE": str(folder / "instance"), "CEAPP_SCENARIOS": str(folder / "scenarios")}
        return subprocess.run(
            [CEAPP, *arguments], env={**clean, **own, **variables}, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def one_line(result: subprocess.CompletedProcess[str]) -> str:
    """The reason of a failure: exit status 1, one line, no traceback."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.strip().splitlines()
    return line


def test_the_real_command_lists_all_commands_and_ends_with_2_on_wrong_usage(ceapp: Run) -> None:
    """Each process of its own takes two seconds; what the tests below say of `cli` it says likewise."""
    listed = ceapp("--help")
    assert listed.returncode == 0
    assert set(cli.commands) <= set(listed.stdout.split())
    assert ceapp("sync", "--nonsense").returncode == 2


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_explains_itself(command: str) -> None:
    explained = CliRunner().invoke(cli, [command, "--help"])
    assert (explained.exit_code, explained.stderr) == (0, "")
    assert cli.commands[command].get_short_help_str().rstrip(".") in explained.stdout


@pytest.mark.parametrize("arguments", [["nonsense"], ["sync", "--nonsense"], ["serve", "--port", "eighty"], ["check", "--format", "poem"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, arguments).exit_code == 2


def test_sync_publishes_says_so_and_then_has_nothing_to_do(ceapp: Run) -> None:
    assert "sample: would publish: new course with 3 scenarios." in ceapp("sync", "--dry-run").stdout
    published = ceapp("sync").stdout
    assert "sample: published: new course with 3 scenarios." in published
    assert "sample: contact hours 1.5. 1.5 contact hours are stated by the provider: A sample for tests." in published
    again = ceapp("sync")
    assert (again.returncode, again.stdout) == (0, "sample: nothing changed.\n")


def test_a_broken_file_is_named_with_its_line_and_the_last_good_revision_stays(ceapp: Run, folder: Path) -> None:
    ceapp("sync")
    file = folder / "scenarios" / "sample" / "short.md"
    file.write_text(file.read_text().replace("- (best)", "- (beste)"))
    result = ceapp("sync")
    assert result.returncode == 1
    assert "sample/short.md:14:" in result.stderr
    assert "the last good revision stays" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_course_at_all(ceapp: Run, folder: Path) -> None:
    shutil.rmtree(folder / "scenarios")
    assert "no course under" in one_line(ceapp("sync"))


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"CEAPP_HOST": "0.0.0.0"}, "plain http"),
        ({"CEAPP_PORT": "eighty"}, "whole number"),
        ({"CEAPP_BASE_URL": "ce.example.org"}, "plain address"),
        ({"CEAPP_DATABASE_URL": "nonsense"}, "database_url"),
        ({"CEAPP_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
    ],
)
def test_settings_that_cannot_be_served(ceapp: Run, variables: dict[str, str], words: str) -> None:
    assert words in one_line(ceapp("serve", **variables))


def test_a_settings_file_that_cannot_be_read(ceapp: Run, folder: Path) -> None:
    (folder / "instance").mkdir()
    (folder / "instance" / "settings.toml").write_text("port = [")
    assert "settings.toml cannot be read" in one_line(ceapp("serve"))


def test_a_key_that_others_may_read(ceapp: Run, folder: Path) -> None:
    ceapp("sync")
    (folder / "instance" / "keys" / "secret.key").chmod(0o644)
    assert "chmod 600" in one_line(ceapp("sync"))


def test_a_port_that_is_taken(ceapp: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "Choose another" in one_line(ceapp("serve", "--port", str(taken.getsockname()[1])))


def test_a_folder_that_cannot_be_made(ceapp: Run, folder: Path) -> None:
    (folder / "instance").write_text("in the way")
    assert "instance" in one_line(ceapp("sync"))


def test_four_starts_at_once_agree(folder: Path) -> None:
    """R20: one migrates and publishes, the others wait; one set of keys."""
    environment = {**os.environ, "CEAPP_INSTANCE": str(folder / "instance"), "CEAPP_SCENARIOS": str(folder / "scenarios")}
    starts = [
        subprocess.Popen([CEAPP, "sync"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    results = [(start.communicate(timeout=120), start.returncode) for start in starts]
    assert [(err, status) for (_, err), status in results] == [("", 0)] * 4
    assert sorted(path.name for path in (folder / "instance" / "keys").iterdir()) == ["sealing-0001.key", "secret.key"]


def test_the_server_is_started_with_the_settings() -> None:
    arguments = server_arguments(load_settings({}, port=8123, workers=3))
    assert arguments[arguments.index("--port") + 1] == "8123"
    assert arguments[arguments.index("--workers") + 1] == "3"
