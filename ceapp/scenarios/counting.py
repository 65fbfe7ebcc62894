"""How many words a piece of a scenario has, Markdown stripped."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ceapp.scenarios.scanner import Fence, scan_text
from ceapp.scenarios.values import Block, Post, Question, Scene

IMAGE = re.compile(r"!\[[^\]]{0,500}\]\([^)]{0,500}\)")
ADDRESS = re.compile(r"\]\([^)]{0,1000}\)")
WORD = re.compile(r"(?<!\S)(?:[^\w\s]|_)*+[^\W_]")
"""The beginning of a word: after a space, any signs, then a letter or a digit."""


def count(text: str) -> int:
    """The words of a Markdown text: what stands between spaces and has a letter or a digit. Comments, images and addresses do not count."""
    if "`" in text or "~" in text or "<!--" in text:
        lines = scan_text(text).lines
        text = "\n".join(line.text for line in lines if line.fence not in (Fence.OPEN, Fence.CLOSE))
    if "](" in text:
        text = ADDRESS.sub("] ", IMAGE.sub(" ", text))
    return len(WORD.findall(text))


def scene_words(scene: Scene) -> int:
    """The words of the scene itself, without its questions and without what only supervisors see."""
    return _words_of_blocks(scene.body)


def question_words(question: Question) -> int:
    """The words of a question with the feedback of all its options, which is open after the answer."""
    callouts = (*question.hints, *question.explanations, *question.rubrics)
    return (
        count(question.title)
        + _words_of_blocks(question.body)
        + _words_of_blocks(question.after)
        + sum(count(option.text) + count(option.feedback) for option in question.options)
        + sum(count(callout.text) for callout in callouts)
    )


def _words_of_blocks(blocks: Iterable[Block]) -> int:
    return sum(_words_of_post(block) if isinstance(block, Post) else count(block.text) for block in blocks)


def _words_of_post(post: Post) -> int:
    return sum(len(part.split()) for part in (post.sender, post.kind, post.text))
