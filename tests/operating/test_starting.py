"""G1: an installation that must not be served is refused before anything is touched; and the safe form of each is not."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ceapp.commands.serve import serve
from ceapp.config import load_settings
from ceapp.database.engine import SQLITE, sqlite
from ceapp.errors import Unsafe
from ceapp.keys import load_keys
from ceapp.operating import starting
from ceapp.operating.starting import file_system, refuse_readable, refuse_unfixed_wal, refuse_unsafe_start
from tests.harness.databases import SqliteDatabases
from tests.reliability.server import CEAPP, environment

MOUNTS = r"""
21 1 0:19 / / rw,relatime - ext4 /dev/sda1 rw
22 21 0:20 / /srv rw,relatime shared:1 - nfs4 files:/srv rw
23 22 0:21 / /srv/local\040disk rw - xfs /dev/sdb rw
24 21 0:22 / /home/me/far rw - fuse.sshfs me@far: rw
25 21 0:23 / /home/me/near rw - fuse.ntfs-3g /dev/sdc rw
26 21 0:24 / /win rw - cifs //files/x rw
27 21 0:25 / /win2 rw - smb3 //files/x rw
28 26 0:26 / /win rw - tmpfs tmpfs rw
a line of nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind", "is_network"),
    [
        ("/var/ceapp.sqlite3", "ext4", False),
        ("/srv/ceapp/ceapp.sqlite3", "nfs4", True),
        ("/srvlocal/x", "ext4", False),
        ("/srv/local disk/x", "xfs", False),
        ("/home/me/far/x", "fuse.sshfs", True),
        ("/home/me/near/x", "fuse.ntfs-3g", False),
        ("/win/x", "tmpfs", False),  # mounted over
        ("/win2/x", "smb3", True),
    ],
)
def test_g1_the_file_system_of_a_path(path: str, kind: str, is_network: bool) -> None:
    assert file_system(Path(path), MOUNTS) == kind
    assert bool(starting.NETWORK.match(kind)) is is_network


def test_this_machine_says_where_its_files_are(tmp_path: Path) -> None:
    assert file_system(tmp_path, starting.MOUNTS.read_text())


@pytest.mark.parametrize(
    ("kind", "allowed", "words"), [("nfs4", False, "allow_network_database"), ("nfs4", True, ""), ("ext4", False, ""), ("", False, "")]
)
def test_g1_a_database_on_a_network_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, allowed: bool, words: str
) -> None:
    table = tmp_path / "mounts"
    table.write_text(f"1 0 0:1 / {tmp_path} rw - {kind} x rw\n" if kind else "")
    monkeypatch.setattr(starting, "MOUNTS", table)
    start(words, instance=str(tmp_path), allow_network_database=allowed)


@pytest.mark.parametrize(("mode", "words"), [(0o640, "chmod 600"), (0o604, "chmod 600"), (0o660, "chmod 600"), (0o600, ""), (0o400, "")])
@pytest.mark.parametrize("name", ["ceapp.sqlite3", "ceapp.sqlite3-wal"])
def test_g1_a_database_that_others_may_read(tmp_path: Path, mode: int, words: str, name: str) -> None:
    for each in ("ceapp.sqlite3", "ceapp.sqlite3-wal"):
        (tmp_path / each).touch(0o600)
    (tmp_path / name).chmod(mode)
    start(words, instance=str(tmp_path))
    if words:
        with pytest.raises(Unsafe, match=name):
            refuse_readable(tmp_path / "ceapp.sqlite3")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ('mail_url = "smtp://a:word@mail.example.org"\nmail_from = "a@example.org"', "mail_url"),
        ('metrics_token = "0123456789abcdef"\nsecret_key = "' + "x" * 32 + '"', "metrics_token and secret_key"),
        ("port = 8080", ""),
    ],
)
def test_g1_settings_with_a_secret_that_others_may_read(tmp_path: Path, text: str, held: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    for mode, words in ((0o644, f"which holds {held}: run chmod 600" if held else ""), (0o640, held), (0o600, "")):
        file.chmod(mode)
        start(words, instance=str(tmp_path))


def test_g1_a_write_ahead_log_and_a_sqlite_with_the_fault(tmp_path: Path) -> None:
    path = tmp_path / "ceapp.sqlite3"
    refuse_unfixed_wal(path, (3, 40, 0))  # nothing there yet
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("CREATE TABLE x (y)")
    refuse_unfixed_wal(path, (3, 40, 0))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    with pytest.raises(Unsafe, match=r"SQLite 3\.40\.0 has the WAL-reset fault"):
        refuse_unfixed_wal(path, (3, 40, 0))
    refuse_unfixed_wal(path, (3, 51, 3))
    refuse_unfixed_wal(path, SQLITE)


def test_g1_metrics_without_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start("", instance=str(tmp_path), metrics_token="x" * 16)
    monkeypatch.setattr(starting, "find_spec", lambda name: None)
    start("requirements/metrics.txt", instance=str(tmp_path), metrics_token="x" * 16)
    start("", instance=str(tmp_path))


def test_a_database_elsewhere_is_not_looked_at_as_a_file() -> None:
    refuse_unsafe_start(load_settings({}, database_url="postgresql://ceapp@db/ceapp"))


def start(words: str, **values: Any) -> None:
    """Ask whether this may be served; with words, it is refused in one line that has them."""
    settings = load_settings({}, **values)
    if not words:
        refuse_unsafe_start(settings)
        return
    with pytest.raises(Unsafe, match=words) as problem:
        refuse_unsafe_start(settings)
    assert "\n" not in problem.value.message


Break = Callable[[Path], object]
REFUSED: dict[str, tuple[Break, dict[str, str], str]] = {
    "a database that others read": (lambda folder: (folder / "ceapp.sqlite3").chmod(0o644), {}, "Others may read ceapp.sqlite3"),
    "a key that others read": (lambda folder: (folder / "keys" / "secret.key").chmod(0o640), {}, "Others may read secret.key"),
    "a short key": (lambda folder: (folder / "keys" / "secret.key").write_text("short"), {}, "shorter than 32"),
    "a newer schema": (lambda folder: newer(folder / "ceapp.sqlite3"), {}, "run the newer version"),
    "an unknown setting": (lambda folder: (folder / "settings.toml").write_text("colour = 1"), {}, "There is no setting 'colour'"),
    "a misspelt variable": (lambda _folder: None, {"CEAPP_BASEURL": "https://ce.example.org"}, "CEAPP_BASE_URL is nearest"),
    "no address": (lambda _folder: None, {"CEAPP_HOST": "0.0.0.0", "CEAPP_ALLOW_PLAIN_HTTP": "1"}, "needs base_url"),
    "an older schema that nobody may migrate": (
        lambda folder: older(folder / "ceapp.sqlite3"),
        {"CEAPP_MIGRATE": "0"},
        "run `ceapp migrate`",
    ),
}
"""What is done to an installation that could be served, the variables then, and words of the one line."""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ceapp serve` in this process leaves it as it was: its log and its variables."""
    monkeypatch.setattr(sys.modules["ceapp.commands.serve"], "write_log", lambda kind: None)  # The package has the command by that name.
    for name, value in (("HOST", "127.0.0.1"), ("PORT", "8000"), ("LOG", "json")):
        monkeypatch.setenv(f"CEAPP_{name}", value)


def newer(path: Path, revision: str = "9999") -> None:
    with closing(sqlite.connect(str(path), isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def older(path: Path) -> None:
    newer(path, "0001")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("what", REFUSED)
def test_g1_the_server_itself_refuses_in_one_line(tmp_path: Path, sqlite_databases: SqliteDatabases, what: str) -> None:
    """`ceapp serve` up to the point where it would become the web server: with the fault it does not get there."""
    break_it, more, words = REFUSED[what]
    (tmp_path / "scenarios").mkdir()
    sqlite_databases.fresh(tmp_path)
    load_keys(tmp_path / "keys")
    break_it(tmp_path)
    result = CliRunner().invoke(serve, env={**os.environ, **served_from(tmp_path), **more})
    assert isinstance(result.exception, Unsafe), result.output
    assert words in result.exception.message
    assert "\n" not in result.exception.message


@pytest.mark.usefixtures("alone")
def test_g1_control_without_a_fault_the_server_starts(
    tmp_path: Path, sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").mkdir()
    sqlite_databases.fresh(tmp_path)
    started: list[str] = []
    monkeypatch.setattr("os.execv", lambda program, arguments: started.append(program))
    for more in ({}, {"CEAPP_MIGRATE": "0"}, {"CEAPP_HOST": "0.0.0.0", "CEAPP_BASE_URL": "https://ce.example.org"}):
        result = CliRunner().invoke(serve, env={**served_from(tmp_path), **more}, catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert len(started) == 3


def served_from(folder: Path) -> dict[str, str]:
    return {"CEAPP_INSTANCE": str(folder), "CEAPP_SCENARIOS": str(folder / "scenarios"), "CEAPP_PORT": "8399"}


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda folder: None, ""),
        (lambda folder: (folder / "ceapp.sqlite3").chmod(0o644), "ceapp: Others may read ceapp.sqlite3: run chmod 600 on it."),
    ],
    ids=["safe", "unsafe"],
)
def test_g1_a_real_process_exits_with_1_and_one_line(
    tmp_path: Path, sqlite_databases: SqliteDatabases, break_it: Break, words: str
) -> None:
    """The safe form gets as far as its port, which is taken here."""
    (tmp_path / "scenarios").mkdir()
    sqlite_databases.fresh(tmp_path)
    break_it(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        variables = environment(tmp_path, tmp_path / "scenarios", CEAPP_PORT=str(taken.getsockname()[1]))
        result = subprocess.run([CEAPP, "serve"], env=variables, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line == words or (not words and "Choose another" in line)
