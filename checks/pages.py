"""Rules about templates and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.findings import Finding

_TEMPLATE_RULES = (
    ("safe", re.compile(r"(?<!['\"])\|\s*(safe|forceescape)\b"), "|safe on something that is not written out here"),
    ("safe", re.compile(r"\{%-?\s*autoescape\b"), "switches escaping"),
    ("inline", re.compile(r"<[^>]*\s(on[a-z]+|style|srcdoc)\s*=", re.IGNORECASE), "a handler or a style in an attribute"),
    (
        "inline",
        re.compile(r"(href|src|action|formaction)\s*=\s*[\"']?\s*(javascript|vbscript|data(?!:image/)):", re.IGNORECASE),
        "an address that runs",
    ),
    (
        "inline",
        re.compile(r"<(style|object|embed|base|iframe|frame|applet|meta\s+http-equiv)\b", re.IGNORECASE),
        "an element that we never use",
    ),
    ("script", re.compile(r"<script\b(?![^>]*\bnonce=)", re.IGNORECASE), "a script without the nonce"),
    ("script", re.compile(r"<script\b[^>]*>\s*[^<\s]", re.IGNORECASE), "a script in the page"),
    (
        "elsewhere",
        re.compile(r"<(script|img|link|video|audio|source|input)\b[^>]*\b(src|href)\s*=\s*[\"']?(https?:)?//", re.IGNORECASE),
        "fetches from elsewhere",
    ),
    ("elsewhere", re.compile(r"target\s*=\s*[\"']?_blank(?![^>]*noopener)", re.IGNORECASE), "opens a window that can reach this one"),
    ("unquoted", re.compile(r"<[a-z][^>{]*\s[a-z-]+=\{\{", re.IGNORECASE), "an attribute without quotation marks"),
)
_SCRIPT_RULES = (
    (
        "script",
        re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|srcdoc)\b|document\.write"),
        "makes markup of text",
    ),
    ("script", re.compile(r"\beval\s*\(|\bnew Function\b|\bset(Timeout|Interval)\s*\(\s*[\"'`]"), "makes a program of text"),
    ("storage", re.compile(r"\b(localStorage|sessionStorage|indexedDB)\b|document\.cookie"), "keeps something in the browser"),
    ("elsewhere", re.compile(r"[\"'`](https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9]", re.IGNORECASE), "names another server"),
    ("script", re.compile(r"\bpostMessage\b|addEventListener\(\s*[\"']message[\"']"), "speaks with other windows"),
)


def check_template(source: str, path: str) -> Iterator[Finding]:
    """Jinja escapes by the end of the file's name, so the name is looked at too."""
    if not path.endswith((".html", ".svg", ".xml")):
        yield Finding(path, 1, "safe", "Jinja does not escape in a file of this name")
    yield from _found(_TEMPLATE_RULES, source, path)


def check_script(source: str, path: str) -> Iterator[Finding]:
    yield from _found(_SCRIPT_RULES, source, path)


def _found(rules: tuple[tuple[str, re.Pattern[str], str], ...], source: str, path: str) -> Iterator[Finding]:
    for rule, pattern, says in rules:
        for match in pattern.finditer(source):
            yield Finding(path, source.count("\n", 0, match.start()) + 1, rule, says)
