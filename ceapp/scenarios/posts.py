"""Posts: fenced blocks of `key: rest of line`, as a message would appear on a screen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Fence, Line
from ceapp.scenarios.values import Post

FIELDS = {"from": "sender"} | {key: key for key in ("network", "handle", "kind", "time", "text", "image", "alt")}
"""What authors write, and the field of `Post` that it becomes."""
KEY = re.compile(r"([A-Za-z][A-Za-z_-]{0,31}):(?:[ \t]+(.*))?$")


def read_post(lines: Sequence[Line], problems: Problems) -> Post:
    """The post in a fenced block; `lines` holds its fences as well. Indented lines and blank lines go on with the key above."""
    entries: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        if line.fence is not Fence.INSIDE:
            continue
        goes_on = not line.text.strip() or line.text[0] in " \t"
        current = _go_on(current, line, problems) if goes_on else _begin(entries, line, problems)
    given = {FIELDS[key]: "\n".join(parts).strip() for key, parts in entries.items()}
    if not any(given.values()):
        problems.add("bad-post", lines[0].number, "this post is empty", hint=f"its keys are {', '.join(FIELDS)}")
    return Post(lines[0].number, **given)


def _go_on(current: list[str] | None, line: Line, problems: Problems) -> list[str] | None:
    if current is not None:
        current.append(line.text.strip())
    elif line.text.strip():
        problems.add("bad-post", line.number, "this line goes on with nothing", hint="begin with a key, as in text: Hello")
    return current


def _begin(entries: dict[str, list[str]], line: Line, problems: Problems) -> list[str]:
    match = KEY.match(line.text.rstrip())
    if match is None:
        hint = "write key: text, or indent the line to go on with the one above"
        problems.add("bad-post", line.number, "this line of a post has no key", hint=hint)
        return []
    key = match[1]
    if key not in FIELDS:
        hint = problems.did_you_mean(key, FIELDS) or f"known are {', '.join(FIELDS)}"
        problems.add("bad-post", line.number, f'"{key}" is not a key of a post', hint=hint)
        return []
    if key in entries:
        problems.add("bad-post", line.number, f'the key "{key}" stands there twice', hint="keep one of them")
        return []
    entries[key] = [match[2] or ""]
    return entries[key]
