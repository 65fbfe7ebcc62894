"""Values with their prose rendered, in the shape that templates print."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from ceapp.catalogue.queries import CitedSection, PublishedImage, PublishedScenario
from ceapp.learning.steps import ShownOption, TrailItem
from ceapp.scenarios.learner import LearnerQuestion
from ceapp.scenarios.values import Block, Callout, Citation, Post, Prose


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a scene: `prose` and `note` have `html`, `post` has the post and perhaps its picture."""

    kind: str
    html: Markup
    post: Post | None = None
    image: PublishedImage | None = None


class Presenter:
    """Renders the pieces of one scenario revision."""

    def __init__(self, published: PublishedScenario) -> None:
        self._published = published
        self.inline = published.rendering.inline
        self.prose = published.rendering.prose
        self.plain = published.rendering.plain

    def asked(self, question: LearnerQuestion) -> LearnerQuestion:
        """The question with its title as HTML."""
        return replace(question, title=self.inline(question.title))

    def trail(self, items: Iterable[TrailItem], attempt_id: UUID) -> list[dict[str, str]]:
        """The scenes of the path, with the address of the step that shows each."""
        return [
            {
                "title": self.plain(item.title),
                "state": item.state,
                "href": url_for("learning.step", attempt_id=attempt_id, number=item.number) if item.number and item.state == "done" else "",
            }
            for item in items
        ]

    def fragments(self, blocks: Iterable[Block]) -> list[Fragment]:
        return [self._fragment(block) for block in blocks]

    def texts(self, options: Iterable[object]) -> dict[str, Markup]:
        """Option id → its text as HTML."""
        return {option.id: self.inline(option.text) for option in options}  # type: ignore[attr-defined]

    def opened(self, options: Iterable[ShownOption]) -> list[tuple[ShownOption, Markup, Markup | str]]:
        """Answered options, each with its text and its feedback as HTML."""
        return [(each, self.inline(each.text), self.prose(each.feedback) if each.feedback else "") for each in options]

    def callouts(self, callouts: Iterable[Callout]) -> list[Markup]:
        return [self.prose(callout.text) for callout in callouts]

    def _fragment(self, block: Block) -> Fragment:
        match block:
            case Prose():
                return Fragment("prose", self.prose(block.text))
            case Callout():
                return Fragment("note", self.prose(block.text))
            case Post():
                return Fragment("post", Markup(""), block, self._published.images.get(block.image))


def cited_by(published: PublishedScenario, citations: Iterable[Citation]) -> list[CitedSection]:
    """The cited sections among these, in the scenario's order."""
    wanted = set(citations)
    return [each for each in published.cited if each.citation in wanted]
