"""The browser of `tests/browser`, and a world full of payloads behind a real socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser

from tests.crawl.world import World, a_world
from tests.harness.chromium import FLAGS
from tests.harness.databases import Databases
from tests.security.stage import plant


@pytest.fixture(scope="session")
def chromium(start_chromium: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that finds no machine but this one, so that no payload gets away and the cache may stay on."""
    browser = start_chromium(args=[*FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def planted(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    """Payloads in every text that a person can fill in."""
    folder = tmp_path_factory.mktemp("planted")
    with a_world(databases, folder, template_cache, base_url="http://ce.example.org", allow_plain_http=True) as world:
        plant(world, folder / "scenarios")
        world.app.config["WTF_CSRF_ENABLED"] = True
        yield world
