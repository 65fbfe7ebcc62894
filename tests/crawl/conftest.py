"""The world of the crawl: one for reading, shared by a module's tests, and one of its own for each test that changes something."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jinja2 import FileSystemBytecodeCache

from tests.crawl.crawler import Answer, Crawler, fingerprint
from tests.crawl.world import World, a_world
from tests.harness.databases import Databases


@dataclass
class Crawled:
    """A world after everybody opened everything: the answers, what was written to the log, and all tables before and after."""

    world: World
    crawler: Crawler
    answers: list[Answer]
    log: str
    before: dict[str, tuple[int, str]]
    after: dict[str, tuple[int, str]]


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.exc_text or ''} {record.exc_info or ''}")


@pytest.fixture(scope="module")
def crawled(databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache) -> Iterator[Crawled]:
    lines, root, ours = _Lines(), logging.getLogger(), logging.getLogger("ceapp")
    levels = root.level, ours.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    try:
        with a_world(databases, tmp_path_factory.mktemp("crawl"), template_cache) as world:
            before = fingerprint(world)
            crawler = Crawler(world)
            answers = crawler.crawl()
            yield Crawled(world, crawler, answers, "\n".join(lines.lines), before, fingerprint(world))
    finally:
        root.removeHandler(lines)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


@pytest.fixture
def world(databases: Databases, tmp_path: Path, template_cache: FileSystemBytecodeCache) -> Iterator[World]:
    """A world that a test may change."""
    with a_world(databases, tmp_path, template_cache) as made:
        yield made


@pytest.fixture(scope="module")
def standing_world(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, template_cache: FileSystemBytecodeCache
) -> Iterator[World]:
    """A world that a module's tests look at and do not change."""
    with a_world(databases, tmp_path_factory.mktemp("standing"), template_cache) as made:
        yield made
