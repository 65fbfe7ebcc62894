"""What nginx does besides choosing a node, with the configuration of the documentation: addresses, https, bodies, files."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.visitor import Visitor
from ceapp.accounts.guesses import LIMITS
from ceapp.certificates.codes import new_code, show
from tests.nodes.deployment import Browser, Deployment, Proxy
from tests.reliability.journeys import enrol, page, to_reflection, writing
from tests.reliability.server import wait_until

pytestmark = pytest.mark.usefixtures("sound")

MISSES = LIMITS["certificate-code"][0].most
SLOW = 24
"""Three times as many slow clients as both nodes together have threads."""


def misses(visitor: Visitor, number: int, **headers: str) -> Counter[int]:
    """The statuses of so many codes that nobody has."""
    found: Counter[int] = Counter()
    more = {name.replace("_", "-"): text for name, text in headers.items()}
    for _ in range(number):
        visitor._connection.request("GET", f"/verify/{show(new_code())}", headers=more)
        response = visitor._connection.getresponse()
        response.read()
        found[response.status] += 1
    return found


def test_a_client_counts_by_its_own_address_whatever_it_says_of_itself(deployment: Deployment) -> None:
    guesser, stranger = deployment.visitor(source="127.0.10.1"), deployment.visitor(source="127.0.10.2")
    assert misses(guesser, MISSES + 5)[429] >= 5
    assert misses(guesser, 5, X_Forwarded_For="127.0.10.3", Forwarded="for=127.0.10.3") == {429: 5}
    assert misses(stranger, 5, X_Forwarded_For="127.0.10.1") == {404: 5}
    assert misses(deployment.visitor(source="127.0.10.3"), 1) == {404: 1}


def test_cookies_and_answers_are_for_https_only_and_http_leads_there(deployment: Deployment) -> None:
    reply = deployment.visitor().send("GET", "/account/sign-in")
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
    cookies = reply.headers.get_all("Set-Cookie") or []
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)
    plain = HTTPConnection("127.0.0.1", deployment.proxy.plain_port, timeout=30)
    plain.request("GET", "/courses?a=b", headers={"Host": "elsewhere.example"})
    leads = plain.getresponse()
    plain.close()
    assert (leads.status, leads.headers["Location"]) == (301, "https://127.0.0.1/courses?a=b")


def test_what_is_asked_at_a_node_itself_is_not_asked_through_nginx(deployment: Deployment) -> None:
    visitor = deployment.visitor()
    assert [visitor.send("GET", address).status for address in ("/healthz/ready", "/metrics")] == [404, 404]


def test_a_long_text_arrives_and_a_huge_body_is_refused(deployment: Deployment) -> None:
    visitor = deployment.visitor(deployment.somebody())
    attempt = to_reflection(visitor)
    assert writing(visitor, attempt, "five words or many more " * 600).send(visitor).status == 303
    statuses = []
    for size in (2_300_000, 4_000_000):
        huge = deployment.visitor()
        try:
            statuses.append(huge.send("POST", "/account/sign-in", [("email", "x" * size)]).status)
        except OSError:  # nginx closes as soon as it has read the length.
            statuses.append(413)
    assert statuses == [413, 413]


@contextmanager
def slow_clients(deployment: Deployment, number: int) -> Iterator[None]:
    """Clients that have sent the head of a form and a piece of its body, and take their time."""
    kind = "application/x-www-form-urlencoded"
    host = f"127.0.0.1:{deployment.proxy.port}"
    head = f"POST /account/sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: 100000\r\n\r\nemail=x"
    with ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", deployment.proxy.port), timeout=30))
            wrapped = stack.enter_context(deployment.proxy.trust().wrap_socket(connection, server_hostname="127.0.0.1"))
            wrapped.sendall(head.encode())
        yield


def test_slow_bodies_wait_in_nginx_and_hold_no_node(deployment: Deployment) -> None:
    asked, before = _sent_on(deployment), deployment.connections_of_nodes()  # Some are kept from earlier requests.
    with slow_clients(deployment, SLOW):
        visitor = deployment.visitor(deployment.somebody())
        enrol(visitor)
        assert "Courses" in page(visitor, "/courses")
        assert deployment.connections_of_nodes() - before < SLOW
    assert _sent_on(deployment) - asked < SLOW


def _sent_on(deployment: Deployment) -> int:
    """How many forms nginx gave to a node; the slow ones are in its log too, as broken off, once their clients leave."""
    return sum('"POST ' in line and not line.endswith(" - -") for line in deployment.proxy.log.splitlines())


def test_control_without_buffering_slow_bodies_reach_the_nodes(deployment: Deployment) -> None:
    with deployment.proxy.changed({"proxy_request_buffering on;": "proxy_request_buffering off;"}):
        before = deployment.connections_of_nodes()
        with slow_clients(deployment, SLOW):
            wait_until(lambda: deployment.connections_of_nodes() - before >= SLOW, "the slow bodies reach the nodes")


def test_files_are_kept_by_nginx(deployment: Deployment) -> None:
    visitor = deployment.visitor()
    (address,) = set(re.findall(r"/assets/site-\w+\.css", page(visitor, "/")))
    before = len(_lines_of(deployment, address))
    first, second = (visitor.send("GET", address) for _ in range(2))
    assert first.body == second.body
    assert "immutable" in second.headers["Cache-Control"]
    wait_until(lambda: len(_lines_of(deployment, address)) == before + 2, "nginx has written both down, which it does after it answered")
    assert _lines_of(deployment, address)[-1].endswith(" - -")  # No node was asked.


def _lines_of(deployment: Deployment, address: str) -> list[str]:
    return [line for line in deployment.proxy.log.splitlines() if address in line]


class _OldVersion(BaseHTTPRequestHandler):
    """A node before its upgrade: it knows no file of the new version."""

    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_words: object) -> None:
        """The test says what it sees."""


@pytest.mark.parametrize("asks_the_other", [True, False])
def test_while_versions_differ_files_come_from_the_node_that_has_them(deployment: Deployment, tmp_path: Path, asks_the_other: bool) -> None:
    old = ThreadingHTTPServer(("127.0.0.1", 0), _OldVersion)
    thread = threading.Thread(target=old.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    changes = {} if asks_the_other else {"proxy_next_upstream error timeout http_404;": "proxy_next_upstream error timeout;"}
    proxy = Proxy(tmp_path / "nginx", (deployment.nodes[0].port, int(old.server_address[1])), changes)
    (address,) = set(re.findall(r"/assets/site-\w+\.css", page(deployment.visitor(), "/")))
    try:
        proxy.start(answers=address)
        statuses: Counter[int] = Counter()
        for number in range(8):
            with _browser(proxy) as visitor:
                statuses[visitor.send("GET", f"{address}?{number}").status] += 1
    finally:
        proxy.stop()
        old.shutdown()
        old.server_close()
        thread.join()
    assert (statuses[404] == 0) is asks_the_other


@contextmanager
def _browser(proxy: Proxy) -> Iterator[Browser]:
    browser = Browser(proxy, {})
    try:
        yield browser
    finally:
        browser.close()


def test_what_nginx_offers_is_tls_of_today(deployment: Deployment) -> None:
    context = deployment.proxy.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", deployment.proxy.port), timeout=30) as connection,
        context.wrap_socket(connection, server_hostname="127.0.0.1") as wrapped,
    ):
        assert wrapped.version() == "TLSv1.2"
