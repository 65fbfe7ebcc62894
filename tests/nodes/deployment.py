"""Two nodes behind nginx on one PostgreSQL: each an instance folder of its own, with the same keys copied, as docs/operating.md says."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPSConnection
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.visitor import Visitor
from ceapp.config import ROOT
from tests.harness.databases import PostgresDatabases
from tests.reliability.installation import Installation, Somebody
from tests.reliability.rounds import together
from tests.reliability.server import CEAPP, PATIENCE, Server, environment, wait_until, whole_lines

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
EXAMPLE = ROOT / "docs" / "nginx.conf.example"
COOKIE = "__Host-ceapp"


class Proxy:
    """nginx with the configuration of the documentation; `changes` replaces words of it, for controls."""

    def __init__(self, folder: Path, ports: tuple[int, int], changes: dict[str, str] | None = None) -> None:
        self.folder, self.port, self.plain_port = folder, free_port(), free_port()
        self._ports = ports
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        self.certificate = folder / "certificate.pem"
        _make_certificate(self.certificate, folder / "key.pem")
        self._configure(changes or {})

    @property
    def log(self) -> str:
        return whole_lines(self.folder / "access.log")

    def start(self, answers: str = "/healthz") -> None:
        """Start and wait until this address can be opened."""
        self._process = subprocess.Popen(self._command("-g", f"daemon off; {_as_root()}"))
        wait_until(lambda: self._answers(answers), "nginx answers")

    @contextmanager
    def changed(self, changes: dict[str, str]) -> Iterator[None]:
        """With another configuration, for a control."""
        self.change(changes)
        try:
            yield
        finally:
            self.change({})

    def change(self, changes: dict[str, str]) -> None:
        """Go on with another configuration, without ending what is under way."""
        before = self._workers()
        self._configure(changes)
        subprocess.run(self._command("-g", _as_root(), "-s", "reload"), check=True, timeout=PATIENCE)
        wait_until(lambda: self._workers() and not self._workers() & before, "nginx has taken the new configuration")

    def wait_for(self, node: Server) -> None:
        """Until it has sent this node a request from now on."""
        before = len(self.log)
        wait_until(lambda: f"127.0.0.1:{node.port} 2" in self.log[before:], "nginx asks the node that is back")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def _configure(self, changes: dict[str, str]) -> None:
        text = EXAMPLE.read_text()
        for old, new in changes.items():
            assert old in text, f"{old!r} is not in the example"
            text = text.replace(old, new)
        words = {
            "FOLDER": str(self.folder),
            "NODE1": f"127.0.0.1:{self._ports[0]}",
            "NODE2": f"127.0.0.1:{self._ports[1]}",
            "PORT": f"127.0.0.1:{self.port}",
            "PLAIN_PORT": f"127.0.0.1:{self.plain_port}",
            "NAME": "127.0.0.1",
        }
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        assert not re.search("@[A-Z0-9_]+@", text)
        (self.folder / "nginx.conf").write_text(text)

    def _command(self, *words: str) -> list[str]:
        return [NGINX, "-e", str(self.folder / "error.log"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), *words]

    def _workers(self) -> set[str]:
        """The processes that take requests; those that only end what they began are not counted."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        with suppress(FileNotFoundError):  # One has ended just now.
            return {pid for pid in children if b"shutting down" not in Path(f"/proc/{pid}/cmdline").read_bytes()}
        return self._workers()

    def _answers(self, address: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "error.log").read_text()
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{self.port}{address}", timeout=5, context=self.trust()):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


class Node(Server):
    """A server whose address the proxy tells, and beside which other commands run in the same instance."""

    def set(self, **settings: str) -> None:
        """Settings of the next start."""
        self._settings.update({f"CEAPP_{name.upper()}": value for name, value in settings.items()})

    def run(self, *words: str) -> str:
        """What another command says; it must end well."""
        variables = environment(self.instance, self.scenarios, CEAPP_DATABASE_URL=self.database_url, **self._settings)
        return subprocess.run([CEAPP, *words], env=variables, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


class Browser(Visitor):
    """A visitor that speaks https, through the proxy."""

    def __init__(self, proxy: Proxy, cookies: dict[str, str], source: str = "") -> None:
        super().__init__(proxy.port, cookies, source)
        address = (source, 0) if source else None
        self._connection = HTTPSConnection("127.0.0.1", proxy.port, timeout=30, source_address=address, context=proxy.trust())


class Deployment(Installation):
    """Browsers of it go through the proxy; `at(0)` and `at(1)` are the nodes themselves."""

    def __init__(self, folder: Path, databases: PostgresDatabases, **settings: str) -> None:
        super().__init__(folder, databases)
        self.databases = databases
        assert self.keys  # Made now, so that they can be copied.
        shutil.copytree(self.instance, folder / "other")
        shutil.copytree(self.scenarios, folder / "other-scenarios")
        places = [(self.instance, self.scenarios), (folder / "other", folder / "other-scenarios")]
        url = self.server.database_url
        self.nodes = [Node(*place, url, log=place[0] / "server.log") for place in places]
        for node in self.nodes:
            node.set(workers="1", proxy_hops="1", **settings)
        self.server = self.nodes[0]
        self.proxy = Proxy(folder / "nginx", (self.nodes[0].port, self.nodes[1].port))
        for node in self.nodes:
            node.set(base_url=f"https://127.0.0.1:{self.proxy.port}")

    def start(self) -> None:
        assert together([node.start for node in self.nodes]) == [None, None]
        self.proxy.start()

    def visitor(self, person: Somebody | None = None, source: str = "", port: int = 0) -> Visitor:
        """A browser at the proxy, or with a port at what listens there."""
        if port:
            return super().visitor(person, source, port)
        made = Browser(self.proxy, {COOKIE: person.token} if person else {}, source)
        self._visitors.append(made)
        return made

    def at(self, place: int, person: Somebody | None = None, source: str = "") -> Visitor:
        """A browser at one node, as if the proxy had chosen it."""
        made = Visitor(self.nodes[place].port, {COOKIE: person.token} if person else {}, source)
        self._visitors.append(made)
        return made

    def both(self, person: Somebody | None = None) -> tuple[Visitor, Visitor]:
        """One browser, seen from both nodes: what one sets as a cookie is sent to the other."""
        first, second = self.at(0, person), self.at(1, person)
        second.cookies = first.cookies
        return first, second

    def connections_of_nodes(self) -> int:
        """How many connections to the nodes are open."""
        ports = {node.port for node in self.nodes}
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(int(line.split()[1].partition(":")[2], 16) in ports and line.split()[3] == "01" for line in lines)

    def close(self) -> None:
        self.proxy.stop()
        self.nodes[1].stop()
        super().close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_root() -> str:
    return "user root;" if os.geteuid() == 0 else ""  # Else its workers could not open the test's own folder.


def _make_certificate(certificate: Path, key: Path) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=2))
        .not_valid_after(today + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
