"""What every question must have: enough options, a key, feedback; and no words that shuffling would make wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ceapp.scenarios.limits import CRITICAL_CHOICES, OPTIONS, ORDER_ITEMS
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.values import Grade, Kind, Question, Scene

CHOOSE_ONE = (Kind.GRADED, Kind.PLAIN)
POSITION_WORDS = re.compile(
    r"\b(?:all|none|both|either|neither|any|some|one) of the (?:above|below)\b"
    r"|\b(?:the )?(?:option|answer|choice)s? (?:above|below|[A-H]\b(?! [a-z])|[1-8]\b)"
    r"|\bthe (?:first|second|third|fourth|fifth|sixth|last) (?:option|answer|choice)s?\b",
    re.IGNORECASE,
)


def check_questions(scenes: Sequence[Scene], doubtful: Collection[str], problems: Problems) -> None:
    """Check all questions but those whose marks are wrong already."""
    questions = [question for scene in scenes for question in scene.questions]
    for question in questions:
        _check_option_ids(question, problems)
        _check_position_words(question, problems)
        if question.id not in doubtful and question.kind is not Kind.REFLECTION:
            _check_count(question, problems)
            _check_key(question, problems)
            _check_feedback(question, problems)
    _check_critical(questions, problems)


def _check_option_ids(question: Question, problems: Problems) -> None:
    seen: dict[str, int] = {}
    for option in question.options:
        if option.id in seen:
            message = f"this option is the same as that on line {seen[option.id]}"
            problems.add("same-option", option.line, message, hint="change its text, or its id if it has one")
        seen.setdefault(option.id, option.line)


def _check_count(question: Question, problems: Problems) -> None:
    least, most = ORDER_ITEMS if question.kind is Kind.ORDER else OPTIONS
    number = len(question.options)
    if not least <= number <= most:
        what = "steps to put in order" if question.kind is Kind.ORDER else "options"
        problems.add("option-count", question.line, f"a question has {least} to {most} {what}, this one has {number}")


def _check_key(question: Question, problems: Problems) -> None:
    right = sum(option.right for option in question.options)
    match question.kind:
        case Kind.GRADED if not right:
            problems.add("no-key", question.line, "no option of this question is (best)", hint="mark at least one so")
        case Kind.PLAIN if right != 1:
            hint = "use [x] and [ ] where several are right"
            problems.add("no-key", question.line, f"exactly one option is marked (x), here {right} are", hint=hint)
        case Kind.ALL if not 0 < right < len(question.options):
            what = "right" if right == 0 else "wrong"
            problems.add("no-key", question.line, f"this question has no {what} option", hint="it needs at least one [x] and one [ ]")


def _check_feedback(question: Question, problems: Problems) -> None:
    without = [option for option in question.options if not option.feedback]
    if question.kind in CHOOSE_ONE:
        for option in without:
            problems.add("no-feedback", option.line, "this option has no feedback", hint="add a line below it: two spaces, >, and why")
    elif without and not question.explanations:
        hint = "add > [!explain] below the options, or feedback to every one"
        problems.add("no-feedback", question.line, "this question does not say why its options are right or wrong", hint=hint)


def _check_critical(questions: Sequence[Question], problems: Problems) -> None:
    critical = [option for question in questions for option in question.options if option.grade is Grade.CRITICAL]
    for option in critical[CRITICAL_CHOICES:]:
        hint = "keep it for acts that a licensing board would sanction, and use (harmful) for others"
        problems.add("too-many-critical", option.line, f"a scenario has at most {CRITICAL_CHOICES} critical choices", hint=hint)


def _check_position_words(question: Question, problems: Problems) -> None:
    texts = [(option.line, text) for option in question.options for text in (option.text, option.feedback)]
    texts += [(callout.line, callout.text) for callout in (*question.hints, *question.explanations)]
    for line, text in texts:
        if match := POSITION_WORDS.search(text):
            hint = "options are shown shuffled: say what you mean in words"
            problems.add("position-words", line, f'"{match[0]}" points at a position', hint=hint)
