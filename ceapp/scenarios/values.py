"""The values that reading the files under `scenarios/` gives; all frozen, none knows a database or a page.

Text fields hold Markdown as the author wrote it; `markup` is the only place that turns it into HTML.
`line` is the 1-based line in the source file, for problems and previews; it carries no meaning for learners.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

START = "start"
END = "end"


class Status(StrEnum):
    DRAFT = "draft"
    READY = "ready"


class Grade(StrEnum):
    """How good a choice is, from best to what a licensing board would sanction."""

    BEST = "best"
    ACCEPTABLE = "acceptable"
    RISKY = "risky"
    HARMFUL = "harmful"
    CRITICAL = "critical"


class Kind(StrEnum):
    """The question kinds of `format.md`; the format is closed, so a new kind is a new member here."""

    GRADED = "graded"  # choose one of options that carry a grade
    PLAIN = "plain"  # choose one, a single right option
    ALL = "all"  # all that apply
    ORDER = "order"  # put in order
    REFLECTION = "reflection"  # free text, read by people, never scored


class CalloutKind(StrEnum):
    NOTE = "note"  # always shown
    HINT = "hint"  # on request, free
    EXPLAIN = "explain"  # after the answer
    RUBRIC = "rubric"  # to the writer after handing in, and to a supervisor
    DISCUSS = "discuss"  # to supervisors only


class Mark(StrEnum):
    """How the section of a standard was read."""

    PRIMARY = "V"
    SECONDARY = "S"
    UNREAD = "U"


@dataclass(frozen=True, slots=True)
class Prose:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Post:
    """A post, message or request as it would appear on a screen; absent keys are empty."""

    line: int
    network: str = ""
    sender: str = ""  # written `from:`
    handle: str = ""
    kind: str = ""
    time: str = ""
    text: str = ""
    image: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Callout:
    kind: CalloutKind
    text: str
    line: int


Block = Prose | Post | Callout


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `grade` for GRADED; `right` for GRADED (best), PLAIN and ALL; for ORDER the place in the tuple is the key."""

    id: str
    text: str
    line: int
    grade: Grade | None = None
    right: bool = False
    feedback: str = ""
    to: str = ""  # the scene that the arrow names, END, or "" without an arrow


@dataclass(frozen=True, slots=True)
class Question:
    """A question. `body` is what stands before the answer list; callouts sit in their own fields in file order."""

    id: str
    title: str
    kind: Kind
    line: int
    body: tuple[Block, ...] = ()  # Prose, Post, and note callouts
    options: tuple[Option, ...] = ()
    hints: tuple[Callout, ...] = ()
    explanations: tuple[Callout, ...] = ()
    rubrics: tuple[Callout, ...] = ()
    discussions: tuple[Callout, ...] = ()
    after: tuple[Block, ...] = ()  # prose that follows the answer list, shown once the question is answered
    min_words: int = 0
    max_words: int = 0  # 0: no upper limit

    @property
    def is_scored(self) -> bool:
        return self.kind is not Kind.REFLECTION

    @property
    def branches(self) -> bool:
        return any(option.to for option in self.options)

    def option(self, option_id: str) -> Option:
        return next(option for option in self.options if option.id == option_id)


@dataclass(frozen=True, slots=True)
class Scene:
    id: str
    title: str
    line: int
    body: tuple[Block, ...] = ()
    questions: tuple[Question, ...] = ()
    discussions: tuple[Callout, ...] = ()  # discuss callouts of the scene itself
    to: str = ""  # its own arrow; "" means the next scene in the file


@dataclass(frozen=True, slots=True)
class Citation:
    """A section of a standard, as cited: `[ACA A.5.e]` is Citation("ACA", "A.5.e")."""

    cite: str
    section: str

    def __str__(self) -> str:
        return f"{self.cite} {self.section}"


@dataclass(frozen=True, slots=True)
class Scenario:
    slug: str
    title: str
    summary: str
    status: Status
    objectives: tuple[str, ...]
    difficulty: int
    text_checked: date | None
    scenes: tuple[Scene, ...]
    citations: tuple[Citation, ...] = ()  # every distinct one, in the order of first use
    images: tuple[str, ...] = ()  # every distinct image used, relative to the course folder
    formerly: tuple[str, ...] = ()

    def scene(self, scene_id: str) -> Scene:
        return next(scene for scene in self.scenes if scene.id == scene_id)

    def question(self, question_id: str) -> Question:
        return next(question for scene in self.scenes for question in scene.questions if question.id == question_id)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a standard; a section marked UNREAD has no paraphrase."""

    section: str
    mark: Mark
    paraphrase: str
    line: int


@dataclass(frozen=True, slots=True)
class Standard:
    cite: str
    name: str
    edition: str
    address: str
    in_force_from: date | None
    checked_on: date
    review_by: date | None
    sections: Mapping[str, Section]
    path: str


@dataclass(frozen=True, slots=True)
class Objective:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    id: str
    title: str
    scenarios: tuple[str, ...]


class Scoring(StrEnum):
    GRADED = "graded"
    PLAIN = "plain"


class HoursMethod(StrEnum):
    WORDS = "words"
    MERGENER = "mergener"
    PILOT = "pilot"
    STATED = "stated"


class Rounding(StrEnum):
    DOWN = "down"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class HoursRule:
    """How contact hours are worked out; only the fields of the chosen method are set. Less than the minimum is nothing."""

    method: HoursMethod
    per_hour: int = 6000  # words
    rounding: Rounding = Rounding.DOWN
    step: Decimal = Decimal("0.25")
    stated: Decimal | None = None
    reason: str = ""
    pilot_minutes: tuple[int, ...] = ()  # one number for each person who tried the course
    minimum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    degree: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    forms: tuple[str, ...]
    attempts: int


class ItemKind(StrEnum):
    """How an item of the evaluation is answered."""

    RATING = "rating"  # from 1 to 5
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """One thing that learners are asked about the course itself."""

    id: str
    text: str
    kind: ItemKind


@dataclass(frozen=True, slots=True)
class Course:
    slug: str
    title: str
    summary: str
    lang: str
    audience: tuple[str, ...]
    level: str
    category: str
    objectives: tuple[Objective, ...]
    modules: tuple[Module, ...]
    optional: tuple[str, ...]
    preview: str
    pass_mark: int
    attempts: int | None  # None: without limit
    scoring: Scoring
    closing: Closing | None
    hours: HoursRule
    authors: tuple[Author, ...]
    disclosures: str
    released: date | None
    review_by: date | None
    references: tuple[str, ...]
    body: str  # Markdown
    evaluation: tuple[EvaluationItem, ...] = ()  # empty: learners are not asked
    attestation: str = ""  # the statement to be signed; empty: none is
    minimum_minutes: int = 0  # who completes it in less stands in the provider's report of times; 0: nobody for that reason

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The slugs of all scenarios in reading order, optional ones included."""
        listed = [slug for module in self.modules for slug in module.scenarios]
        return tuple(listed + [slug for slug in self.optional if slug not in listed])

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(slug for slug in self.scenarios if slug not in self.optional)
