"""G7: the server without any right, on a machine that is read-only but for its instance folder. It works, and writes nowhere else.

This is what `docs/ceapp.service` asks of systemd, done here with unshare and setpriv. Only root may: elsewhere it is skipped, loudly.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from random import Random

import pytest

from ceapp.config import ROOT
from tests.harness.databases import SqliteDatabases
from tests.reliability.installation import Installation
from tests.reliability.journeys import answer_to, begin, enrol, page
from tests.reliability.ledger import faults_of
from tests.reliability.server import CEAPP, Server

NOBODY = 65534
UNIT = (ROOT / "docs" / "ceapp.service").read_text()
CONFINED = """
set -e
{shown}
mount --bind {instance} {instance}
mount -o remount,bind,ro /
{more}
exec setpriv --reuid {nobody} --regid {nobody} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs {ceapp} serve
"""


@cache
def can_confine() -> bool:
    """Whether this process may have a view of the machine of its own; tried, since being root does not tell."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--mount", "mount", "-o", "remount,bind,ro", "/"], capture_output=True, check=False).returncode == 0


def shown(place: Path) -> str:
    """Commands that let everybody reach the interpreter, where it lies in a folder of somebody's own, and nothing else there."""
    base = Path(sys.base_prefix).resolve()
    closed = [each for each in [*reversed(base.parents), base] if not each.stat().st_mode & 0o001]
    if not closed:
        return ""
    inside, kept, cover = (shlex.quote(str(each)) for each in (base, place, closed[0]))
    moved = f"mkdir -p {kept}; mount --rbind {inside} {kept}"
    return f"{moved}; mount -t tmpfs -o mode=755 none {cover}; mkdir -p {inside}; mount --rbind {kept} {inside}"


class Confined(Server):
    """A server with no rights; `more` is done to its view of the machine before it starts."""

    more = ""

    def command(self) -> list[str]:
        values = {
            "shown": shown(self.instance.parent / "interpreter"),
            "instance": shlex.quote(str(self.instance)),
            "more": self.more,
            "nobody": NOBODY,
            "ceapp": shlex.quote(CEAPP),
        }
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONFINED.format(**values)]


@pytest.fixture
def confined(sqlite_databases: SqliteDatabases) -> Iterator[Installation]:
    """An instance that belongs to nobody, in a folder that everybody may reach."""
    if not can_confine():
        pytest.skip("only root may give a process a view of the machine of its own")
    folder = Path(tempfile.mkdtemp(prefix="ceapp-few-rights-"))
    folder.chmod(0o755)
    try:
        with closing(Installation(folder, sqlite_databases)) as made:
            made.server.__class__ = Confined
            shutil.rmtree(made.instance / "keys", ignore_errors=True)
            for path in [made.instance, *made.instance.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
            yield made
    finally:
        shutil.rmtree(folder)


def everything_that_changed_since(moment: float) -> set[str]:
    """Files of the program and its surroundings that are younger than that."""
    places = [ROOT / each for each in ("ceapp", "migrations", "scenarios", "docs", "requirements")]
    return {str(path) for place in places for path in place.rglob("*") if path.lstat().st_mtime > moment}


def test_g7_without_rights_on_a_read_only_machine_it_serves_and_writes_into_its_instance_only(confined: Installation) -> None:
    server, begun = confined.server, (confined.instance / "ceapp.sqlite3").stat().st_mtime
    person = confined.somebody()
    for path in confined.instance.rglob("*"):  # What this test wrote beside the server is the server's too.
        os.chown(path, NOBODY, NOBODY)
    server.start()
    for pid in (server.pid, *server.workers()):
        said = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
        assert said["Uid"].split() == said["Gid"].split() == [str(NOBODY)] * 4
        assert said["Groups"].strip() == ""
        assert {said[each] for each in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert said["NoNewPrivs"] == "1"
        mounts = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
        assert {each[4]: each[5].split(",")[0] for each in mounts}["/"] == "ro"
    visitor = confined.visitor(person)
    enrol(visitor)
    attempt = begin(visitor)
    filled = answer_to(page(visitor, f"{attempt}/1"), 1, Random(1))
    assert filled and filled.send(visitor).status == 303
    with confined.engine() as engine:
        assert faults_of(engine) == []
    owners = {path.stat().st_uid for path in confined.instance.rglob("*") if path.exists()}
    assert owners == {NOBODY}
    assert everything_that_changed_since(begun) == set()
    server.stop()
    assert "Traceback" not in server.log


def test_g7_control_with_the_instance_read_only_too_it_does_not_start(confined: Installation) -> None:
    """The view of the machine does keep it from writing."""
    Confined.more = f"mount -o remount,bind,ro {shlex.quote(str(confined.instance))}"
    try:
        with pytest.raises(AssertionError, match="the server ended"):
            confined.server.start()
    finally:
        Confined.more = ""


def test_g7_the_unit_asks_for_the_same() -> None:
    said = dict(re.findall(r"^(\w+)=(.*)$", UNIT, re.MULTILINE))
    wanted = {
        "ProtectSystem": "strict",
        "ReadWritePaths": "/var/lib/ceapp",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "User": "ceapp",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
    }
    assert {name: said[name] for name in wanted} == wanted
    assert "SystemCallFilter=@system-service" in UNIT
    assert "CEAPP_INSTANCE=/var/lib/ceapp" in UNIT


def test_g7_systemd_finds_little_exposed() -> None:
    """By its own reckoning, from 0 (nothing) to 10; a service that asks for nothing has 9.6."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(ROOT / "docs" / "ceapp.service")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-300:] + told.stderr[-300:]
