"""A standards file: one code of ethics or law, in one edition, as numbered sections with paraphrases in our own words."""

from __future__ import annotations

import re

from ceapp.scenarios.documents import Reading, reading_of
from ceapp.scenarios.fields import Fields
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.frontmatter import read_front_matter
from ceapp.scenarios.headings import Section as RawSection
from ceapp.scenarios.headings import sections
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.prose import ProseChecker
from ceapp.scenarios.scanner import Line
from ceapp.scenarios.source import read_source
from ceapp.scenarios.values import Mark, Section, Standard

KEYS = ("cite", "name", "edition", "address", "in_force_from", "checked_on", "review_by")
REQUIRED = ("cite", "name", "edition", "address", "checked_on")
CITE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9&./ -]{0,38}[A-Za-z0-9])?")
SECTION = re.compile(r"[^\[\]{}\s](?:[^\[\]{}]{0,58}[^\[\]{}\s])?")
MARK = re.compile(r"mark=([A-Za-z]{1,8})")
MARK_HINT = "V read in a primary text, S in a secondary one, U known by its number only"


def read_standard(data: bytes, *, path: str) -> Reading[Standard]:
    """Read one standards file. Never raises, whatever the bytes."""
    problems = Problems(path)
    source = read_source(data, problems)
    if source is None:
        return reading_of(None, problems)
    mapping = None if source.front_matter is None else read_front_matter(source.front_matter, problems)
    found = _read_sections(source.body, problems) if source.is_whole else {}
    if mapping is None:
        return reading_of(None, problems)
    fields = Fields(mapping, problems, KEYS, required=REQUIRED)
    checked_on = fields.day("checked_on")
    standard = None
    if checked_on is not None:
        standard = Standard(
            fields.text("cite"),
            fields.text("name"),
            fields.text("edition"),
            fields.text("address"),
            fields.day("in_force_from"),
            checked_on,
            fields.day("review_by"),
            found,
            path,
        )
        _check(standard, fields)
    return reading_of(standard, problems)


def _check(standard: Standard, fields: Fields) -> None:
    if standard.cite and not CITE.fullmatch(standard.cite):
        fields.refuse("cite", "a short name such as ACA or 45 CFR")
    if standard.address and not standard.address.startswith(("https://", "http://")):
        fields.refuse("address", "a web address that begins with https://")


def _read_sections(body: tuple[Line, ...], problems: Problems) -> dict[str, Section]:
    parts = sections(body, (2,), problems)
    prose = ProseChecker(problems, allow_images=False)
    found: dict[str, Section] = {}
    for part in parts:
        text = Fragment.quoted(part.lines)
        prose.check(text)
        if part.level == 0:
            if text.lines:
                problems.add("bad-section", text.line, "this text stands before the first section", hint="begin sections with ##")
            continue
        section = _section(part, text.text, problems)
        if section.section in found:
            message = f"the section {section.section} already stands on line {found[section.section].line}"
            problems.add("duplicate-section", part.line, message, hint="keep one of them")
        found.setdefault(section.section, section)
    if not found:
        problems.add("no-sections", body[0].number if body else 1, "the standard has no section", hint="begin each with ## and its number")
    return found


def _section(part: RawSection, text: str, problems: Problems) -> Section:
    if not SECTION.fullmatch(part.title):
        hint = "it has at most 60 characters and no brackets [ ] or braces"
        problems.add("bad-section", part.line, "the name of this section cannot be cited", hint=hint)
    match = MARK.fullmatch(part.braces or "")
    if match is None or match[1] not in list(Mark):
        problems.add("bad-section", part.line, "a section ends with how it was read, as in {mark=S}", hint=MARK_HINT)
        return Section(part.title, Mark.UNREAD, text, part.line)
    mark = Mark(match[1])
    if mark is Mark.UNREAD and text:
        hint = "delete it, or mark the section V or S"
        problems.add("unread-paraphrase", part.line, f"{part.title} was not read but has a paraphrase", hint=hint)
    if mark is not Mark.UNREAD and not text:
        hint = "say in your own words what it asks, or mark it U"
        problems.add("no-paraphrase", part.line, f"{part.title} has no paraphrase", hint=hint)
    return Section(part.title, mark, text, part.line)
