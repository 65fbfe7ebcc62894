"""One deployment for all tests of this folder; each leaves both nodes serving."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.databases import PostgresDatabases
from tests.mail.post_office import PostOffice
from tests.nodes.deployment import Deployment
from tests.reliability.ledger import faults_of


@pytest.fixture(scope="session")
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[Deployment]:
    databases = PostgresDatabases()  # Of its own: its server is restarted.
    mail = {"mail_url": post_office.url(), "mail_from": "CE office <ce@example.org>"}
    try:
        made = Deployment(tmp_path_factory.mktemp("nodes"), databases, **mail)
        try:
            made.start()
            yield made
        finally:
            made.close()
        assert not any("Traceback" in node.log for node in made.nodes)
    finally:
        databases.stop()


@pytest.fixture
def sound(deployment: Deployment) -> Iterator[None]:
    """After the test the checker finds nothing."""
    yield
    with deployment.engine() as engine:
        assert faults_of(engine) == []
