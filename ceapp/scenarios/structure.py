"""The parsed structure as JSON-ready values, with a format number: what is stored with a revision, so that replay never asks the parser.

The fields of the values are the fields of the JSON. A field added to `values` with a default needs no new format number; any other
change of the values does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ceapp.scenarios.values import Callout, Course, Post, Prose, Scenario, Standard

FORMAT = 1

T = TypeVar("T")
BLOCK_TYPES = {"prose": Prose, "post": Post, "callout": Callout}
BLOCK_NAMES = {block_type: name for name, block_type in BLOCK_TYPES.items()}


def dump_scenario(scenario: Scenario) -> dict[str, Any]:
    """The scenario as values that `json` can write."""
    return _document(scenario)


def load_scenario(stored: Mapping[str, Any]) -> Scenario:
    """The scenario that `dump_scenario` wrote. Raises ValueError with a sentence when it is of an unknown format or does not fit."""
    return _loaded(Scenario, stored)


def dump_course(course: Course) -> dict[str, Any]:
    """The course as values that `json` can write."""
    return _document(course)


def load_course(stored: Mapping[str, Any]) -> Course:
    """The course that `dump_course` wrote. Raises ValueError as `load_scenario` does."""
    return _loaded(Course, stored)


def dump_standard(standard: Standard) -> dict[str, Any]:
    """The standard as values that `json` can write."""
    return _document(standard)


def load_standard(stored: Mapping[str, Any]) -> Standard:
    """The standard that `dump_standard` wrote. Raises ValueError as `load_scenario` does."""
    return _loaded(Standard, stored)


def _document(value: Scenario | Course | Standard) -> dict[str, Any]:
    dumped: dict[str, Any] = _dump(value)
    return {"format": FORMAT, "type": type(value).__name__.lower()} | dumped


def _loaded(expected: type[T], stored: Mapping[str, Any]) -> T:
    number = stored.get("format")
    if number != FORMAT:
        raise ValueError(f"The stored structure has format {number!r}; this version of ceapp reads format {FORMAT}.")
    name = expected.__name__.lower()
    if stored.get("type") != name:
        raise ValueError(f"The stored structure is of type {stored.get('type')!r}, not {name!r}.")
    try:
        loaded: T = _load_dataclass(expected, stored)
    except (KeyError, TypeError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"The stored {name} does not fit the format {FORMAT}: {error!r}.") from error
    return loaded


def _dump(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_dump(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _dump(item) for key, item in value.items()}
    if is_dataclass(value):
        kind: Any = type(value)
        dumped = {name: _dump(getattr(value, name)) for name in _loaders(kind)}
        return {"block": BLOCK_NAMES[kind]} | dumped if kind in BLOCK_NAMES else dumped
    return value


def _load_dataclass(expected: Any, stored: Mapping[str, Any]) -> Any:
    loaders = _loaders(expected)
    unknown = set(stored) - set(loaders) - {"format", "type", "block"}
    if unknown:
        raise KeyError(f"unknown field {min(unknown)}")
    given = {name: load(stored[name]) for name, load in loaders.items() if name in stored}
    missing = [field.name for field in fields(expected) if field.name not in given and field.default is MISSING]
    if missing:
        raise KeyError(f"missing field {missing[0]}")
    return expected(**given)


@cache
def _loaders(expected: Any) -> dict[str, Callable[[Any], Any]]:
    """For each field of a value, what makes it from its stored form."""
    hints = get_type_hints(expected)
    return {field.name: _loader(hints[field.name]) for field in fields(expected)}


def _loader(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union_loader(arguments)
    if origin is tuple:
        item = _loader(arguments[0])
        return lambda stored: tuple(item(each) for each in stored)
    if origin is Mapping:
        entry = _loader(arguments[1])
        return lambda stored: {key: entry(each) for key, each in stored.items()}
    if is_dataclass(hint):
        return lambda stored: _load_dataclass(hint, stored)
    return _scalar_loader(hint)


def _union_loader(alternatives: tuple[Any, ...]) -> Callable[[Any], Any]:
    """A union is either a kind of block, told apart by its name, or something that may be absent."""
    if type(None) in alternatives:
        present = _loader(next(alternative for alternative in alternatives if alternative is not type(None)))
        return lambda stored: None if stored is None else present(stored)
    return lambda stored: _load_dataclass(BLOCK_TYPES[stored["block"]], stored)


def _scalar_loader(hint: Any) -> Callable[[Any], Any]:
    if hint is date:
        return date.fromisoformat
    if hint is Decimal:
        return lambda stored: Decimal(_checked(str, stored))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    return lambda stored: _checked(hint, stored)


def _checked(expected: type[Any], stored: Any) -> Any:
    if type(stored) is not expected:
        raise TypeError(f"{stored!r} is not {expected.__name__}")
    return stored
