"""A course file: what is learnt, in which order, by which rules, and what a person reads before starting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from ceapp.scenarios.documents import Reading, reading_of
from ceapp.scenarios.evaluation import is_ours, standard_items
from ceapp.scenarios.fields import Fields
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.frontmatter import read_front_matter
from ceapp.scenarios.limits import COURSE_SCENARIOS
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.prose import ProseChecker
from ceapp.scenarios.source import Source, read_source
from ceapp.scenarios.values import (
    Author,
    Closing,
    Course,
    EvaluationItem,
    HoursMethod,
    HoursRule,
    ItemKind,
    Module,
    Objective,
    Rounding,
    Scoring,
)

KEYS = (
    *("title", "summary", "lang", "audience", "level", "category", "objectives", "modules", "optional", "preview", "pass", "attempts"),
    *("scoring", "closing", "evaluation", "attestation", "hours", "minimum_minutes"),
    *("authors", "disclosures", "released", "review_by", "references"),
)
REQUIRED = ("title", "summary", "objectives", "modules", "hours")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
HOURS_KEYS = ("method", "per_hour", "minutes", "round", "step", "min", "hours", "reason")
KEYS_OF_METHOD = {
    HoursMethod.WORDS: ("per_hour", "round", "step", "min"),
    HoursMethod.MERGENER: ("round", "step", "min"),
    HoursMethod.PILOT: ("minutes", "round", "step", "min", "reason"),
    HoursMethod.STATED: ("hours", "reason"),
}
STEPS = (Decimal("0.25"), Decimal("0.5"), Decimal("1"))
MINIMUMS = STEPS[1:]
PILOT_PEOPLE = 5
"""A median of fewer says more about those people than about the course; our own number, no rule that was read names one."""
MOST_MINUTES = 6_000
UNLIMITED = "unlimited"
STANDARD, NONE = "standard", "none"
OWN_QUESTIONS = 20
ATTESTATION = "I read the scenarios of this course and answered its questions myself, and the name below is mine."
"""What is signed where a course says nothing else."""
MOST_ATTEMPTS = 1_000


def read_course(data: bytes, *, path: str, slug: str) -> Reading[Course]:
    """Read one course.md. Never raises, whatever the bytes. Whether its scenarios exist is for the folder to say."""
    problems = Problems(path)
    source = read_source(data, problems)
    if source is None:
        return reading_of(None, problems)
    mapping = None if source.front_matter is None else read_front_matter(source.front_matter, problems)
    body = _read_body(source, problems)
    if mapping is None:
        return reading_of(None, problems)
    fields = Fields(mapping, problems, KEYS, required=REQUIRED)
    course = _course(fields, slug, body)
    _check_names(course, fields, problems)
    return reading_of(course, problems)


def _read_body(source: Source, problems: Problems) -> str:
    text = Fragment.quoted(source.body)
    if source.is_whole:
        ProseChecker(problems, highest_heading=2, allow_images=False).check(text)
    return text.text


def _course(fields: Fields, slug: str, body: str) -> Course:
    lang = fields.text("lang", "en")
    if lang and not LANGUAGE.fullmatch(lang):
        fields.refuse("lang", "a language such as en or en-GB")
    objectives = _objectives(fields)
    return Course(
        slug=slug,
        title=fields.text("title"),
        summary=fields.text("summary"),
        lang=lang,
        audience=fields.texts("audience"),
        level=fields.text("level"),
        category=fields.text("category"),
        objectives=objectives,
        modules=_modules(fields),
        optional=fields.ids("optional"),
        preview=fields.id("preview"),
        pass_mark=fields.whole("pass", 80, 1, 100),
        attempts=_attempts(fields),
        scoring=fields.choice("scoring", Scoring, Scoring.GRADED),
        closing=_closing(fields),
        hours=_hours(fields),
        authors=_authors(fields),
        disclosures=fields.text("disclosures"),
        released=fields.day("released"),
        review_by=fields.day("review_by"),
        references=fields.texts("references"),
        body=body,
        evaluation=_evaluation(fields, objectives),
        attestation=_attestation(fields),
        minimum_minutes=fields.whole("minimum_minutes", 0, 1, MOST_MINUTES),
    )


def _objectives(fields: Fields) -> tuple[Objective, ...]:
    groups = fields.groups("objectives", ("id", "text"), required=("id", "text"))
    return tuple(Objective(group.id("id"), group.text("text")) for group in groups)


def _modules(fields: Fields) -> tuple[Module, ...]:
    groups = fields.groups("modules", ("id", "title", "scenarios"), required=("id", "title", "scenarios"))
    return tuple(Module(group.id("id"), group.text("title"), group.ids("scenarios")) for group in groups)


def _authors(fields: Fields) -> tuple[Author, ...]:
    groups = fields.groups("authors", ("name", "degree", "licence"), required=("name",))
    return tuple(Author(group.text("name"), group.text("degree"), group.text("licence")) for group in groups)


def _attempts(fields: Fields) -> int | None:
    if not fields.has("attempts") or fields.is_word("attempts", UNLIMITED):
        return None
    return fields.whole("attempts", 1, 1, MOST_ATTEMPTS)


def _closing(fields: Fields) -> Closing | None:
    group = fields.group("closing", ("forms", "attempts"), required=("forms", "attempts"))
    if group is None:
        return None
    closing = Closing(group.ids("forms"), group.whole("attempts", 1, 1, MOST_ATTEMPTS))
    if group.has("forms") and len(closing.forms) < 2:
        group.refuse("forms", "a list of two or more scenarios", hint="a second attempt gets the other form")
    return closing


def _evaluation(fields: Fields, objectives: tuple[Objective, ...]) -> tuple[EvaluationItem, ...]:
    if fields.is_word("evaluation", NONE):
        return ()
    if not fields.has("evaluation") or fields.is_word("evaluation", STANDARD):
        return standard_items(objectives)
    group = fields.group("evaluation", ("standard", "more"), required=("more",)) if fields.is_group("evaluation") else None
    if group is None:
        fields.refuse("evaluation", f"{STANDARD}, {NONE}, or a group with your own questions as more")
        return standard_items(objectives)
    if group.has("standard") and not (group.is_word("standard", "true") or group.is_word("standard", "false")):
        group.refuse("standard", "true or false")
    own = _own_items(group)
    return own if group.is_word("standard", "false") else standard_items(objectives, own)


def _own_items(group: Fields) -> tuple[EvaluationItem, ...]:
    """The questions that the course itself wants to ask."""
    asked = group.groups("more", ("id", "text", "kind"), required=("id", "text", "kind"))
    items = tuple(EvaluationItem(each.id("id"), each.text("text"), each.choice("kind", ItemKind, ItemKind.RATING)) for each in asked)
    if group.has("more") and not 1 <= len(items) <= OWN_QUESTIONS:
        group.refuse("more", f"a list of 1 to {OWN_QUESTIONS} questions", hint="every question more costs answers")
    for each in items:
        if is_ours(each.id):
            group.refuse("more", "questions with ids of your own", hint=f'"{each.id}" is the id of a standard question')
    for twice in _repeated([each.id for each in items]):
        group.report("duplicate-id", "more", f'the id {twice} stands twice below "more"', hint="give one of them another")
    return items


def _attestation(fields: Fields) -> str:
    if fields.is_word("attestation", NONE):
        return ""
    return ATTESTATION if fields.is_word("attestation", STANDARD) else fields.text("attestation", ATTESTATION)


def _hours(fields: Fields) -> HoursRule:
    group = fields.group("hours", HOURS_KEYS, required=("method",))
    if group is None:
        return HoursRule(HoursMethod.WORDS)
    method = group.choice("method", HoursMethod, HoursMethod.WORDS)
    for key in HOURS_KEYS:
        if group.has(key) and key not in ("method", *KEYS_OF_METHOD[method]):
            group.refuse(key, f"left out where the method is {method}")
    if method is HoursMethod.STATED:
        return _stated_hours(group)
    return HoursRule(
        method,
        per_hour=group.whole("per_hour", 6000, 1000, 20000),
        rounding=group.choice("round", Rounding, Rounding.DOWN),
        step=_one_of(group, "step", STEPS) or STEPS[0],
        reason=group.text("reason"),
        pilot_minutes=_pilot_minutes(group) if method is HoursMethod.PILOT else (),
        minimum=None if group.is_word("min", "none") else _one_of(group, "min", MINIMUMS, "none, 0.5 or 1"),
    )


def _stated_hours(group: Fields) -> HoursRule:
    stated, reason = group.decimal("hours"), group.text("reason")
    if stated is None or not 0 < stated <= 100:
        group.refuse("hours", "the number of contact hours that is stated, above 0 and at most 100")
    if not reason:
        group.refuse("reason", "there where hours are stated", hint="say what the number rests on")
    return HoursRule(HoursMethod.STATED, stated=stated, reason=reason)


def _pilot_minutes(group: Fields) -> tuple[int, ...]:
    minutes = group.wholes("minutes", 1, MOST_MINUTES)
    if len(minutes) < PILOT_PEOPLE:
        group.refuse("minutes", f"the minutes of at least {PILOT_PEOPLE} people", hint="one number for each person who tried the course")
    return minutes


def _one_of(group: Fields, key: str, choices: tuple[Decimal, ...], wanted: str = "0.25, 0.5 or 1") -> Decimal | None:
    number = group.decimal(key)
    if number is None or number in choices:
        return number
    group.refuse(key, wanted)
    return None


def _check_names(course: Course, fields: Fields, problems: Problems) -> None:
    for key, entries in (("objectives", course.objectives), ("modules", course.modules)):
        if fields.has(key) and not entries and not problems.have_errors:
            fields.refuse(key, "a list with at least one entry")
    for key, ids in (("objectives", [o.id for o in course.objectives]), ("modules", [m.id for m in course.modules])):
        for twice in _repeated(ids):
            problems.add("duplicate-id", fields.line(key), f'the id {twice} stands twice below "{key}"', hint="give one of them another")
    forms = course.closing.forms if course.closing else ()
    listed = [slug for module in course.modules for slug in module.scenarios]
    for twice in _repeated([*listed, *forms]):
        problems.add("listed-twice", fields.line("modules"), f"the scenario {twice} is listed twice", hint="keep one of them")
    if len(listed) > COURSE_SCENARIOS:
        problems.add("too-many", fields.line("modules"), f"a course has at most {COURSE_SCENARIOS} scenarios", hint="divide it")


def _repeated(ids: list[str]) -> Iterator[str]:
    return (each for each in dict.fromkeys(ids) if each and ids.count(each) > 1)
