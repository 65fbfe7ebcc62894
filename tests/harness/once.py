"""What a process of the tests does once instead of once for each of its thousands of applications; no answer differs by it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

_builders: dict[tuple[str, ...], Any] = {}
_compile_builder = Rule._compile_builder


def _known_builder(rule: Rule, append_unknown: bool = True) -> Any:
    """Werkzeug compiles two functions for each address, which is most of what making an application takes."""
    key = (rule.rule, repr(append_unknown), repr(rule.defaults), repr(rule._trace))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def compile_addresses_once() -> None:
    Rule._compile_builder = _known_builder  # type: ignore[method-assign]


_dialects: dict[str, Dialect] = {}
_statements: LRUCache[Any, Any] = LRUCache(2_000)


def quicken(engine: Engine) -> None:
    """Put statements together once for all engines of a kind, and wait for no disk."""
    if engine.dialect.name == "sqlite":  # A test's own file is gone in a moment; what a crash leaves is tested with real servers.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF").close())
    if engine.dialect.name not in _dialects:
        engine.connect().close()  # A dialect asks once what it talks to.
        engine.dispose()
        _dialects[engine.dialect.name] = engine.dialect
    engine.dialect = engine.pool._dialect = _dialects[engine.dialect.name]
    engine._compiled_cache = _statements
