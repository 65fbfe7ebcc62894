"""Blocks to the values that scenes and questions hold: prose, posts and callouts."""

from __future__ import annotations

from ceapp.scenarios.blocks import Block as RawBlock
from ceapp.scenarios.blocks import Piece
from ceapp.scenarios.fragments import Fragment
from ceapp.scenarios.posts import read_post
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.values import Block, Callout, CalloutKind, Post, Prose


class ContentReader:
    """Reads blocks one by one, and keeps the texts and posts it met for the checks of prose."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.fragments: list[Fragment] = []
        self.posts: list[Post] = []

    def read(self, block: RawBlock) -> Block | None:
        """The value of a block; None for a callout that is not known."""
        if block.piece is Piece.CALLOUT:
            return self._callout(block)
        if block.piece is Piece.POST:
            self.posts.append(read_post(block.lines, self._problems))
            return self.posts[-1]
        fragment = Fragment.prose(block.lines)
        self.fragments.append(fragment)
        return Prose(fragment.text, block.line)

    def _callout(self, block: RawBlock) -> Callout | None:
        known = [kind.value for kind in CalloutKind]
        word = block.word.casefold()
        if word not in known:
            hint = self._problems.did_you_mean(word, known) or f"known are {', '.join(known)}"
            self._problems.add("unknown-callout", block.line, f"[!{block.word}] is not known", hint=hint)
            return None
        fragment = Fragment.quoted(block.lines)
        if not fragment.lines:
            self._problems.add("empty-callout", block.line, "this callout is empty", hint="write its text on lines that begin with >")
        self.fragments.append(fragment)
        return Callout(CalloutKind(word), fragment.text, block.line)
