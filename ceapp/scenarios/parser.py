"""Scanned lines to scenes and questions. What a scenario must obey as a whole is checked in `checks`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ceapp.scenarios.blocks import Block as RawBlock
from ceapp.scenarios.blocks import Piece, blocks
from ceapp.scenarios.contents import ContentReader
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.headings import Section, sections
from ceapp.scenarios.ids import is_id, slug_of
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.question_draft import QuestionDraft
from ceapp.scenarios.scanner import Line
from ceapp.scenarios.values import END, START, Block, Callout, CalloutKind, Post, Question, Scene


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
        self._contents = ContentReader(problems)
        self._draft = Draft(fragments=self._contents.fragments, posts=self._contents.posts)

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
        content = self._contents.read(block)
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
        question = QuestionDraft(self._id_of(part, "question"), part.title, part.line, self._problems, self._contents)
        if scene.arrow_line:
            self._report_closed(scene)
        for block in blocks(part.lines, self._problems, in_question=True):
            if block.piece is Piece.ARROW:
                self._set_arrow(scene, block)
            else:
                self._require_open(scene, block)
                question.add(block)
        self._contents.fragments.append(Fragment.inline(part.title, part.line))
        if not question.is_sound:
            self._draft.doubtful.add(question.id)
        return question.finished()

    def _require_title(self, part: Section, what: str) -> None:
        if not part.title:
            self._problems.add("no-title", part.line, f"this {what} has no title", hint="write it after the # signs")

    def _finish(self, scene: _SceneDraft) -> None:
        if scene.arrow_line:
            self._draft.arrows[scene.id] = scene.arrow_line
        self._contents.fragments.append(Fragment.inline(scene.title, scene.line))
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


def _given_id(part: Section) -> str | None:
    """The id in the braces of a heading. Braces without a # belong to nothing else, so they are taken for a mistyped id."""
    if part.braces is None:
        return None
    return part.braces.removeprefix("#") if part.braces.startswith("#") else f"{{{part.braces}}}"
