"""R1, R5, R17 with two nodes: one is killed, both are started anew one after the other, PostgreSQL restarts, while people work.

Nobody sees an error page when a node goes, because nginx asks the other one; the controls take that away and see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.nodes.deployment import Deployment
from tests.nodes.load import load
from tests.reliability.journeys import page
from tests.reliability.rounds import rounds
from tests.reliability.server import wait_until

pytestmark = pytest.mark.usefixtures("sound")

ONE_NODE_ONLY = {"proxy_next_upstream error timeout non_idempotent;": "proxy_next_upstream off;"}
NOT_FORMS = {"proxy_next_upstream error timeout non_idempotent;": "proxy_next_upstream error timeout;"}


def roll(deployment: Deployment, go_on: Callable[[], None]) -> None:
    """Start both nodes anew, the second one when the first serves again and nginx asks it."""
    for node in deployment.nodes:
        node.restart()
        deployment.proxy.wait_for(node)
        go_on()


def kill(deployment: Deployment, go_on: Callable[[], None]) -> None:
    """Kill every process of a node at once."""
    deployment.nodes[1].kill()
    go_on()
    deployment.nodes[1].start()
    deployment.proxy.wait_for(deployment.nodes[1])


@pytest.mark.parametrize("deed", [roll, kill])
def test_r17_r1_a_node_goes_and_nobody_sees_it(deployment: Deployment, deed: Callable[[Deployment, Callable[[], None]], None]) -> None:
    for _ in range(rounds(1)):
        with load(deployment) as people:
            deed(deployment, people.go_on)
            assert people.faults() == []
        assert people.failed == []
        assert people.faults() == []


@pytest.mark.parametrize(("changes", "kinds"), [(ONE_NODE_ONLY, {"GET", "POST"}), (NOT_FORMS, {"POST"})], ids=["nothing", "no forms"])
def test_control_without_asking_the_other_node_requests_fail(deployment: Deployment, changes: dict[str, str], kinds: set[str]) -> None:
    seen: set[str] = set()
    with deployment.proxy.changed(changes):
        for _ in range(5):
            with load(deployment) as people:
                kill(deployment, people.go_on)
            assert people.faults() == []
            seen |= {each.partition(" ")[0] for each in people.failed}
            if kinds <= seen:
                break
    assert seen == kinds


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_r5_postgresql_restarts_while_people_work(deployment: Deployment, mode: str) -> None:
    pids = [node.workers() for node in deployment.nodes]
    for _ in range(rounds(1)):
        with load(deployment) as people:
            deployment.databases.restart(mode)
            begun = time.monotonic()
            people.go_on(1)
            took = time.monotonic() - begun
            people.go_on()
            assert people.faults() == []
        assert took < 5
        assert {each for each in people.failed if ": 503: " not in each} == set()
        assert people.faults() == []
    assert [node.workers() for node in deployment.nodes] == pids  # Nobody had to start them again.


def test_with_both_nodes_away_nginx_says_so_and_comes_back_by_itself(deployment: Deployment) -> None:
    visitor = deployment.visitor()
    for node in deployment.nodes:
        node.kill()
    reply = visitor.send("GET", "/courses")
    assert (reply.status, "Back in a moment" in reply.page) == (503, True)
    assert reply.headers["Retry-After"] == "10"
    for node in deployment.nodes:
        node.start()
    wait_until(lambda: visitor.send("GET", "/courses").status == 200, "nginx asks the nodes again")
    assert "Courses" in page(visitor, "/courses")
