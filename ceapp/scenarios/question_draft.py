"""A question while its blocks are read, and the question that they make."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ceapp.scenarios.answers import AnswerReader, Answers
from ceapp.scenarios.blocks import Block as RawBlock
from ceapp.scenarios.blocks import Piece
from ceapp.scenarios.contents import ContentReader
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.values import Block, Callout, CalloutKind, Kind, Question

WORDS_AT_LEAST = re.compile(r"\(at least (\d{1,5}) words?\)")
WORDS_FROM_TO = re.compile(r"\((\d{1,5}) to (\d{1,5}) words\)")


@dataclass
class QuestionDraft:
    """What has been read of a question so far."""

    id: str
    title: str
    line: int
    problems: Problems
    contents: ContentReader
    body: list[Block] = field(default_factory=list)
    after: list[Block] = field(default_factory=list)
    callouts: list[Callout] = field(default_factory=list)
    answers: Answers | None = None
    words: tuple[int, int] | None = None

    @property
    def is_sound(self) -> bool:
        """Whether its marks are right, so that what follows from them may be checked."""
        return self.answers is not None and self.answers.is_sound

    def add(self, block: RawBlock) -> None:
        """Take in the next block of the question."""
        if block.piece is Piece.ANSWERS:
            self.answers = AnswerReader(self.problems, self.contents.fragments).read(block.lines)
        elif block.piece is Piece.WRITE:
            self._set_words(block)
        elif isinstance(content := self.contents.read(block), Callout):
            self.callouts.append(content)
        elif content is not None:
            (self.body if self.answers is None and self.words is None else self.after).append(content)

    def finished(self) -> Question:
        """The question, after its last block."""
        self._check_ways_to_answer()
        return Question(
            self.id,
            self.title,
            self.answers.kind if self.answers else Kind.REFLECTION,
            self.line,
            (*self.body, *self._callouts(CalloutKind.NOTE)),
            self.answers.options if self.answers else (),
            self._callouts(CalloutKind.HINT),
            self._callouts(CalloutKind.EXPLAIN),
            self._callouts(CalloutKind.RUBRIC),
            self._callouts(CalloutKind.DISCUSS),
            tuple(self.after),
            *(self.words or (0, 0)),
        )

    def _set_words(self, block: RawBlock) -> None:
        if self.words is not None:
            self.problems.add("bad-reflection", block.line, "this question already has a place to write", hint="keep one of them")
            return
        self.words = _words(block.word)
        if self.words is None:
            self.words = (0, 0)
            hint = "write [____], [____] (at least 40 words) or [____] (40 to 200 words)"
            self.problems.add("bad-reflection", block.line, "the place to write is not written so", hint=hint)

    def _check_ways_to_answer(self) -> None:
        if self.answers is None and self.words is None:
            hint = "add options such as - (best) …, numbered steps, or [____] to write"
            self.problems.add("no-answers", self.line, "this question has no options and no place to write", hint=hint)
        if self.answers is not None and self.words is not None:
            hint = "make two questions of it"
            self.problems.add("two-answer-kinds", self.line, "this question has both options and a place to write", hint=hint)
        for rubric in self._callouts(CalloutKind.RUBRIC) if self.answers is not None else ():
            hint = "use [!explain] for what is shown after the answer"
            self.problems.add("misplaced-callout", rubric.line, "[!rubric] belongs to a question with a place to write", hint=hint)

    def _callouts(self, kind: CalloutKind) -> tuple[Callout, ...]:
        return tuple(callout for callout in self.callouts if callout.kind is kind)


def _words(written: str) -> tuple[int, int] | None:
    """The least and the most words, 0 for no limit; None when it is not written as the format wants it."""
    if not written:
        return 0, 0
    if at_least := WORDS_AT_LEAST.fullmatch(written):
        return int(at_least[1]), 0
    if from_to := WORDS_FROM_TO.fullmatch(written):
        least, most = int(from_to[1]), int(from_to[2])
        return (least, most) if least <= most else None
    return None
