"""The probes and the figures of a real server: what they say when it is told to stop, and that its processes count together."""

from __future__ import annotations

import os
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

from tests.harness.databases import SqliteDatabases
from tests.reliability.installation import Installation
from tests.reliability.server import Server, wait_until

TOKEN = "0123456789abcdef"


def get(server: Server, path: str, **headers: str) -> tuple[int, str]:
    """A connection of its own for each, so that both workers get some. 0: nobody takes it any more."""
    try:
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers), timeout=5) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()
    except OSError:
        return 0, ""


def counted(server: Server) -> int:
    _, text = get(server, "/metrics", Authorization=f"Bearer {TOKEN}")
    return sum(int(float(each)) for each in re.findall(r'ceapp_requests_total\{endpoint="home.help_page",.*\} (\S+)', text))


def test_a_server_counts_over_its_processes_and_says_before_it_stops(tmp_path: Path, sqlite_databases: SqliteDatabases) -> None:
    installation = Installation(tmp_path, sqlite_databases, metrics_token=TOKEN, drain_seconds="3")
    server = installation.server
    try:
        server.start()
        assert get(server, "/healthz/ready") == (200, '{"status":"ready"}\n')
        assert get(server, "/metrics")[0] == 401
        for _ in range(20):
            assert get(server, "/help")[0] == 200
        assert [counted(server) for _ in range(6)] == [20] * 6  # whichever process answers
        _, text = get(server, "/metrics", Authorization=f"Bearer {TOKEN}")
        assert re.findall(r'ceapp_resident_bytes\{process="(\S+)"\}', text) == ["first", "worker-1", "worker-2"]
        server.kill_worker(0)
        assert wait_until(lambda: counted(server), "the other one answers") == 20
        os.kill(server.pid, signal.SIGTERM)
        wait_until(lambda: get(server, "/healthz/ready") == (503, '{"status":"stopping"}\n'), "it says that it stops")
        assert get(server, "/help")[0] == 200
        wait_until(lambda: server.has_ended, "it ends")
        assert '"level":"error","logger":"ceapp' not in server.log
    finally:
        installation.close()
