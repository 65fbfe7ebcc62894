"""Scanned lines to scenes and questions. What a scenario must obey as a whole is checked in `checks`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ceapp.scenarios.answers import AnswerReader, Answers
from ceapp.scenarios.blocks import Block as RawBlock
from ceapp.scenarios.blocks import Piece, blocks
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.headings import Section, sections
from ceapp.scenarios.ids import is_id, slug_of
from ceapp.scenarios.posts import read_post
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Line
from ceapp.scenarios.values import END, START, Block, Callout, CalloutKind, Kind, Post, Prose, Question, Scene

WORDS_AT_LEAST = re.compile(r"\(at least (\d{1,5}) words?\)")
WORDS_FROM_TO = re.compile(r"\((\d{1,5}) to (\d{1,5}) words\)")


@dataclass
class Draft:
    """What the body of a file holds, and where things stand that a `Scenario` does not say."""

    scenes: list[Scene] = field(default_factory=list)
    fragments: list[Fragment] = field(default_factory=list)
    arrows: dict[str, int] = field(default_factory=dict)  # scene id → line of its own arrow
    doubtful: set[str] = field(default_factory=set)  # ids of questions whose marks are wrong
    posts: list[Post] = field(default_factory=list)
    id_lines: dict[str, int] = field(default_factory=dict)


def parse_body(lines: tuple[Line, ...], title: str, problems: Problems, *, ids_required: bool) -> Draft:
    """The scenes of a body. Where an id is missing one is made of the title; it is reported when ids are required."""
    return _Parser(title, problems, ids_required=ids_required).parse(lines)


class _Parser:
    def __init__(self, title: str, problems: Problems, *, ids_required: bool) -> None:
        self._title = title
        self._problems = problems
        self._ids_required = ids_required
        self._draft = Draft()

    def parse(self, lines: tuple[Line, ...]) -> Draft:
        parts = sections(lines, (2, 3), self._problems)
        self._collect_ids(parts)
        scene: _SceneDraft | None = None
        for part in parts:
            if part.level == 3:
                scene = scene or self._start(part.line)
                scene.questions.append(self._question(part, scene))
                continue
            if scene is not None:
                self._finish(scene)
            scene = self._scene(part)
        if scene is not None:
            self._finish(scene)
        return self._draft

    def _collect_ids(self, parts: list[Section]) -> None:
        """Given ids first, so that one made of a title never takes one that an author gave further down."""
        for part in parts:
            given = _given_id(part)
            if given is None:
                continue
            if not is_id(given):
                hint = "use lower-case letters, digits, - and _, as in {#first}"
                self._problems.add("bad-id", part.line, f"{{{part.braces}}} is not an id", hint=hint)
            elif given in (START, END):
                self._problems.add("reserved-id", part.line, f"the id #{given} is taken by the format", hint="choose another")
            elif given in self._draft.id_lines:
                message = f"the id #{given} is already used on line {self._draft.id_lines[given]}"
                self._problems.add("duplicate-id", part.line, message, hint="give one of them another id in braces")
            self._draft.id_lines.setdefault(given, part.line)

    def _id_of(self, part: Section, what: str) -> str:
        given = _given_id(part)
        if given is not None:
            return given
        if self._ids_required:
            hint = "add {#id} to its heading, or run ceapp check --write-ids"
            self._problems.add("missing-id", part.line, f"this {what} has no id, which a ready scenario needs", hint=hint)
        made = slug_of(part.title, {*self._draft.id_lines, START, END})
        self._draft.id_lines[made] = part.line
        return made

    def _scene(self, part: Section) -> _SceneDraft | None:
        raw = blocks(part.lines, self._problems, in_question=False)
        if part.level == 0 and not raw:
            return None
        if part.level == 0:
            scene = self._start(raw[0].line)
        else:
            self._require_title(part, "scene")
            scene = _SceneDraft(self._id_of(part, "scene"), part.title, part.line)
        for block in raw:
            self._add_to_scene(scene, block)
        return scene

    def _start(self, line: int) -> _SceneDraft:
        self._draft.id_lines.setdefault(START, line)
        return _SceneDraft(START, self._title, line)

    def _add_to_scene(self, scene: _SceneDraft, block: RawBlock) -> None:
        if block.piece is Piece.ARROW:
            self._set_arrow(scene, block)
            return
        self._require_open(scene, block)
        content = self._content(block)
        if isinstance(content, Callout) and content.kind is CalloutKind.DISCUSS:
            scene.discussions.append(content)
        elif isinstance(content, Callout) and content.kind is not CalloutKind.NOTE:
            hint = "put it below a ### question"
            self._problems.add("misplaced-callout", block.line, f"[!{content.kind}] belongs to a question", hint=hint)
        elif content is not None:
            scene.body.append(content)

    def _set_arrow(self, scene: _SceneDraft, block: RawBlock) -> None:
        if scene.arrow_line:
            self._problems.add("misplaced-arrow", block.line, "this scene already has an arrow", hint=f"see line {scene.arrow_line}")
            return
        scene.to, scene.arrow_line = block.word, block.line

    def _require_open(self, scene: _SceneDraft, block: RawBlock) -> None:
        """Nothing but a note to supervisors may follow the arrow of a scene."""
        if scene.arrow_line and block.word.casefold() != CalloutKind.DISCUSS:
            self._report_closed(scene)

    def _report_closed(self, scene: _SceneDraft) -> None:
        hint = "move the arrow to the end of its scene"
        self._problems.add("misplaced-arrow", scene.arrow_line, "something follows this arrow, which nobody would reach", hint=hint)

    def _question(self, part: Section, scene: _SceneDraft) -> Question:
        self._require_title(part, "question")
        question = _QuestionDraft(self._id_of(part, "question"), part)
        if scene.arrow_line:
            self._report_closed(scene)
        for block in blocks(part.lines, self._problems, in_question=True):
            if block.piece is Piece.ARROW:
                self._set_arrow(scene, block)
            else:
                self._require_open(scene, block)
                self._add_to_question(question, block)
        self._draft.fragments.append(Fragment.inline(part.title, part.line))
        return self._finished_question(question)

    def _add_to_question(self, question: _QuestionDraft, block: RawBlock) -> None:
        match block.piece:
            case Piece.ANSWERS:
                question.answers = AnswerReader(self._problems, self._draft.fragments).read(block.lines)
            case Piece.WRITE:
                self._set_write(question, block)
            case _:
                content = self._content(block)
                if isinstance(content, Callout):
                    question.callouts.append(content)
                elif content is not None:
                    (question.after if question.has_answers else question.body).append(content)

    def _set_write(self, question: _QuestionDraft, block: RawBlock) -> None:
        if question.words is not None:
            self._problems.add("bad-reflection", block.line, "this question already has a place to write", hint="keep one of them")
            return
        at_least, from_to = WORDS_AT_LEAST.fullmatch(block.word), WORDS_FROM_TO.fullmatch(block.word)
        question.words = (int(at_least[1]), 0) if at_least else (int(from_to[1]), int(from_to[2])) if from_to else (0, 0)
        if (block.word and not at_least and not from_to) or (from_to and question.words[0] > question.words[1]):
            hint = "write [____], [____] (at least 40 words) or [____] (40 to 200 words)"
            self._problems.add("bad-reflection", block.line, "the place to write is not written so", hint=hint)

    def _finished_question(self, draft: _QuestionDraft) -> Question:
        answers, words = draft.answers, draft.words
        if answers is None and words is None:
            hint = "add options such as - (best) …, numbered steps, or [____] to write"
            self._problems.add("no-answers", draft.part.line, "this question has no options and no place to write", hint=hint)
        if answers is not None and words is not None:
            hint = "make two questions of it"
            self._problems.add("two-answer-kinds", draft.part.line, "this question has both options and a place to write", hint=hint)
        if answers is None or not answers.is_sound:
            self._draft.doubtful.add(draft.id)
        kind = answers.kind if answers else Kind.REFLECTION
        if kind is not Kind.REFLECTION:
            for rubric in draft.of_kind(CalloutKind.RUBRIC):
                hint = "use [!explain] for what is shown after the answer"
                self._problems.add("misplaced-callout", rubric.line, "[!rubric] belongs to a question with a place to write", hint=hint)
        return Question(
            draft.id,
            draft.part.title,
            kind,
            draft.part.line,
            (*draft.body, *draft.of_kind(CalloutKind.NOTE)),
            answers.options if answers else (),
            draft.of_kind(CalloutKind.HINT),
            draft.of_kind(CalloutKind.EXPLAIN),
            draft.of_kind(CalloutKind.RUBRIC),
            draft.of_kind(CalloutKind.DISCUSS),
            tuple(draft.after),
            *(words or (0, 0)),
        )

    def _content(self, block: RawBlock) -> Block | None:
        match block.piece:
            case Piece.POST:
                post = read_post(block.lines, self._problems)
                self._draft.posts.append(post)
                return post
            case Piece.CALLOUT:
                return self._callout(block)
            case _:
                fragment = Fragment.prose(block.lines)
                self._draft.fragments.append(fragment)
                return Prose(fragment.text, block.line)

    def _callout(self, block: RawBlock) -> Callout | None:
        known = [kind.value for kind in CalloutKind]
        if block.word.casefold() not in known:
            hint = self._problems.did_you_mean(block.word.casefold(), known) or f"known are {', '.join(known)}"
            self._problems.add("unknown-callout", block.line, f"[!{block.word}] is not known", hint=hint)
            return None
        fragment = Fragment.quoted(block.lines)
        if not fragment.lines:
            self._problems.add("empty-callout", block.line, "this callout is empty", hint="write its text on lines that begin with >")
        self._draft.fragments.append(fragment)
        return Callout(CalloutKind(block.word.casefold()), fragment.text, block.line)

    def _require_title(self, part: Section, what: str) -> None:
        if not part.title:
            self._problems.add("no-title", part.line, f"this {what} has no title", hint="write it after the # signs")

    def _finish(self, scene: _SceneDraft) -> None:
        if scene.arrow_line:
            self._draft.arrows[scene.id] = scene.arrow_line
        self._draft.fragments.append(Fragment.inline(scene.title, scene.line))
        self._draft.scenes.append(
            Scene(scene.id, scene.title, scene.line, tuple(scene.body), tuple(scene.questions), tuple(scene.discussions), scene.to)
        )


@dataclass
class _SceneDraft:
    id: str
    title: str
    line: int
    body: list[Block] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    discussions: list[Callout] = field(default_factory=list)
    to: str = ""
    arrow_line: int = 0


@dataclass
class _QuestionDraft:
    id: str
    part: Section
    body: list[Block] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    callouts: list[Callout] = field(default_factory=list)
    answers: Answers | None = None
    words: tuple[int, int] | None = None

    @property
    def has_answers(self) -> bool:
        return self.answers is not None or self.words is not None

    def of_kind(self, kind: CalloutKind) -> tuple[Callout, ...]:
        return tuple(callout for callout in self.callouts if callout.kind is kind)


def _given_id(part: Section) -> str | None:
    """The id in the braces of a heading. Braces without a # belong to nothing else, so they are taken for a mistyped id."""
    if part.braces is None:
        return None
    return part.braces.removeprefix("#") if part.braces.startswith("#") else f"{{{part.braces}}}"
