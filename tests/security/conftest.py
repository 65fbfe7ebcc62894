"""A world full of payloads behind a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2 import FileSystemBytecodeCache

from tests.crawl.world import World, a_world
from tests.harness.databases import Databases
from tests.security.stage import plant


@pytest.fixture(scope="module")
def planted(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    """Payloads in every text that a person can fill in."""
    folder = tmp_path_factory.mktemp("planted")
    with a_world(databases, folder, template_cache, base_url="http://ce.example.org", allow_plain_http=True) as world:
        plant(world, folder / "scenarios")
        world.app.config["WTF_CSRF_ENABLED"] = True
        yield world
