"""The checks of every text: limits, headings, lists, links, images, citations, and structure that strayed into prose."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from itertools import pairwise

from ceapp.scenarios.blocks import MARKED
from ceapp.scenarios.citations import Found, citations_in
from ceapp.scenarios.fragments import Fragment, Place
from ceapp.scenarios.limits import excesses
from ceapp.scenarios.problems import Problems
from ceapp.scenarios.scanner import Line, without_code
from ceapp.scenarios.segments import Part, Segment, heading_level, is_item, lists_without_blank, paragraphs, segments
from ceapp.scenarios.values import Citation, Standard

ImageCheck = Callable[[str], bool] | Container[str]

LINK = re.compile(r"(!?)\[([^\[\]]{0,500})\]\(\s{0,3}<?([^()\s<>]{0,1000})")
DEFINITION = re.compile(r" {0,3}\[[^\[\]]{1,200}\]:")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
ARROW_IN_PROSE = re.compile(r"(?:^|\s)(?:->|→)[ \t]*#[a-z0-9]")
CALLOUT_WORD = re.compile(r"\[![A-Za-z]{1,20}\]")
STRAY_CALLOUT = re.compile(r"[ \t>]*>[ \t]*\[![A-Za-z]{1,20}\]")
INDENTED_HEADING = re.compile(r"[ \t]+#{1,3} ")
IMAGE_PATH = re.compile(r"images/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(?:png|jpg|jpeg|webp)")
EXTERNAL = ("http://", "https://", "mailto:")


class ProseChecker:
    """Checks texts one by one and remembers, in the order of first use, what they cite and show.

    With `standards` None citations are not checked, with `images` None neither is whether images exist.
    """

    def __init__(
        self,
        problems: Problems,
        *,
        standards: Mapping[str, Standard] | None = None,
        images: ImageCheck | None = None,
        ids: Collection[str] = (),
        highest_heading: int = 4,
        allow_images: bool = True,
    ) -> None:
        self._problems = problems
        self._standards = standards
        self._image_exists = images
        self._ids = ids
        self._highest_heading = highest_heading
        self._allow_images = allow_images
        self.citations: dict[Citation, None] = {}
        self.images: dict[str, None] = {}

    def check(self, fragment: Fragment) -> None:
        """Report what is wrong in one text. A text over a limit is not looked at any further."""
        if fragment.open_fence:
            self._problems.add(
                "unclosed-fence", fragment.open_fence, "the block that begins here is not closed", hint="close it with the same marks"
            )
            return
        if fragment.is_plain:
            return
        over = list(excesses(fragment.lines))
        for excess in over:
            self._problems.add("too-much", excess.line, excess.message, hint=excess.hint)
        if not over:
            self._check_segments(fragment.lines, fragment.place)

    def check_image(self, path: str, alt: str, line: int) -> None:
        """An image of a post or of a text: from the folder images only, with a text for those who cannot see it."""
        if not self._allow_images:
            self._problems.add("bad-image", line, "images belong into scenarios", hint="take it away")
            return
        if not IMAGE_PATH.fullmatch(path):
            hint = "put it into the folder images of the course: images/name.png, .jpg or .webp"
            self._problems.add("bad-image", line, f"the image {path[:100]} is not in the folder images", hint=hint)
            return
        if not alt.strip():
            self._problems.add("no-alt", line, f"the image {path} has no text for those who cannot see it", hint="say what it shows")
        self.images[path] = None
        exists = self._image_exists
        if exists is not None and not (exists(path) if callable(exists) else path in exists):
            self._problems.add("missing-image", line, f"there is no image {path}", hint="names are case sensitive")

    def _check_segments(self, lines: Sequence[Line], place: Place) -> None:
        self._check_underlines(lines)
        for segment in segments(lines):
            match segment.part:
                case Part.QUOTE:
                    self._check_segments(segment.lines, Place.QUOTED)
                case Part.HEADING:
                    self._check_heading(segment.lines[0])
                    self._check_text(segment.lines)
                case Part.PROSE:
                    self._check_prose(segment, place)

    def _check_prose(self, segment: Segment, place: Place) -> None:
        if place is not Place.INLINE:
            for index in lists_without_blank(segment.lines):
                line = segment.lines[index].number
                self._problems.add(
                    "list-without-blank", line, "this list begins right below a paragraph", hint="leave a blank line before it"
                )
        for paragraph in paragraphs(segment.lines):
            self._check_text(paragraph)
            if place is not Place.INLINE:
                self._check_strays(paragraph, place)

    def _check_text(self, lines: Sequence[Line]) -> None:
        text = "\n".join(line.text for line in lines)
        if "[" not in text:
            return
        first = lines[0].number
        if self._standards is not None:
            for found in citations_in(text, self._standards):
                self._check_citation(found, self._standards, first + text.count("\n", 0, found.start))
        if "](" in text:
            for match in LINK.finditer(without_code(text)):
                line = first + text.count("\n", 0, match.start())
                if match[1]:
                    self.check_image(match[3], match[2], line)
                else:
                    self._check_link(match[3], line)

    def _check_citation(self, found: Found, standards: Mapping[str, Standard], line: int) -> None:
        citation = found.citation
        if not found.is_known:
            hint = self._problems.did_you_mean(citation.cite, standards) or "standards are files in the folder standards"
            self._problems.add("unknown-cite", line, f"there is no standard {citation.cite}, cited as [{citation}]", hint=hint)
            return
        self.citations[citation] = None
        standard = standards[citation.cite]
        if citation.section not in standard.sections:
            hint = self._problems.did_you_mean(citation.section, standard.sections) or f"see {standard.path}"
            self._problems.add("unknown-section", line, f"{citation.cite} has no section {citation.section}", hint=hint)

    def _check_link(self, address: str, line: int) -> None:
        if address.startswith("#"):
            if address[1:] not in self._ids:
                hint = self._problems.did_you_mean(address[1:], self._ids, "#") or "a link within the file names a scene or a question"
                self._problems.add("unknown-link", line, f"there is nothing called {address[:64]}", hint=hint)
        elif not address.casefold().startswith(EXTERNAL):
            hint = "links begin with https://, http://, mailto: or #"
            self._problems.add("bad-link", line, f"the link to {address[:100] or 'nothing'} is not allowed", hint=hint)

    def _check_heading(self, line: Line) -> None:
        if heading_level(line) < self._highest_heading:
            hint = f"write it with {'#' * self._highest_heading}; the title stands in the front matter"
            self._problems.add("heading-level", line.number, f"a heading with {'#' * heading_level(line)} cannot stand here", hint=hint)

    def _check_underlines(self, lines: Sequence[Line]) -> None:
        for above, line in pairwise(lines):
            if line.is_plain and line.text.lstrip()[:1] in ("=", "-") and UNDERLINE.match(line.text) and _is_paragraph(above):
                hint = "write #### before it, or leave a blank line for a rule"
                self._problems.add("underlined-heading", line.number, "this underlines a heading", hint=hint)

    def _check_strays(self, paragraph: Sequence[Line], place: Place) -> None:
        for line in paragraph:
            text = line.text
            if MARKED.match(text):
                hint = "options belong to the first list below a ### question; indent what goes on with an option"
                self._problems.add("stray-option", line.number, "this option stands outside an answer list", hint=hint)
            elif DEFINITION.match(text):
                hint = "write [text](https://…) in its place"
                self._problems.add("link-definition", line.number, "links are not defined away from their text", hint=hint)
            elif INDENTED_HEADING.match(text):
                self._problems.add("heading-level", line.number, "a heading begins at the start of its line", hint="take the spaces away")
            elif "[!" in text and (STRAY_CALLOUT.match(text) or (place is Place.QUOTED and CALLOUT_WORD.match(text))):
                self._problems.add(
                    "misplaced-callout", line.number, "a callout begins at the start of its line, outside of options and quotations"
                )
            elif "#" in text and ARROW_IN_PROSE.search(without_code(text)):
                hint = r"make it a paragraph by itself, or write \-> for the characters"
                self._problems.add("misplaced-arrow", line.number, "an arrow stands within a paragraph", hint=hint)


def _is_paragraph(line: Line) -> bool:
    is_text = line.is_plain and not line.is_blank and line.indent < 2
    return is_text and not (is_item(line) or heading_level(line) or line.text.startswith(">") or UNDERLINE.match(line.text))
