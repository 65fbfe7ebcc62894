"""Markdown to HTML: the only place that makes trusted HTML.

Lines are told apart by `segments`, prose is given to Python-Markdown piece by piece, and the result passes an allow-list. Nothing of an
author's HTML survives as HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from html import escape, unescape
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX, AtomicString, code_escape
from markupsafe import Markup

from ceapp.scenarios.citations import CITATION, citation_of
from ceapp.scenarios.limits import excesses
from ceapp.scenarios.scanner import BACKTICKS, ESCAPABLE, ESCAPE_OR_BACKTICKS, Line, scan_text
from ceapp.scenarios.segments import PLAIN, Part, Segment, heading_level, lists_without_blank, segments
from ceapp.scenarios.values import Citation

EXTERNAL = ("http://", "https://", "mailto:")
REL = "noopener noreferrer nofollow"
TAGS = {
    *("p", "em", "strong", "code", "pre", "br", "hr", "blockquote", "ul", "ol", "li", "a", "img", "span"),
    *("table", "thead", "tbody", "tr", "th", "td", "h2", "h3", "h4", "h5", "h6"),
}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}, "table": {"aria-label"}},
    tag_attribute_values={
        "a": {"rel": {REL}},
        "td": {"align": {"left", "center", "right"}},
        "th": {"align": {"left", "center", "right"}, "scope": {"col", "row"}},
        "img": {"loading": {"lazy"}},
    },
    allowed_classes={"a": {"cite"}, "span": {"cite"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
    strip_comments=True,
)
TEXT_ONLY = nh3.Cleaner(tags=set())
BLANK_LINES = re.compile(r"\n{3,}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Renderer:
    """Renders the texts of one scenario. Not to be shared by threads: it holds one Python-Markdown instance.

    `cite` gives the address of a section, `image` that of an image, each None where there is none. `cites` names the known standards, for
    sections that do not look like one, as in `[APA Principle A]`. The highest heading of a text gets the level `heading_base`, the next
    level used the one below. Links within the file lead to `#` + `anchor_prefix` + id.
    """

    def __init__(
        self,
        *,
        cite: Callable[[Citation], str | None],
        image: Callable[[str], str | None],
        heading_base: int = 3,
        cites: Collection[str] = (),
        anchor_prefix: str = "s-",
    ) -> None:
        self._cite = cite
        self._image = image
        self._heading_base = heading_base
        self._cites = cites
        self._anchor_prefix = anchor_prefix
        self._markdown = self._new_markdown()

    def prose(self, text: str) -> Markup:
        """Paragraphs, lists, quotations, tables, code: a whole piece of Markdown."""
        if PLAIN.fullmatch(text):
            return _trusted(f"<p>{escape(text.strip(), quote=False)}</p>")
        lines = scan_text(_cleaned(text)).lines
        if any(excesses(lines)):
            return _trusted(f"<p>{escape(text, quote=False)}</p>")
        return _trusted(CLEANER.clean(self._blocks(lines)))

    def inline(self, text: str) -> Markup:
        """The text of an option or a title: one paragraph without its `<p>`, whatever it begins with."""
        if PLAIN.fullmatch(text):
            return _trusted(escape(text.strip(), quote=False))
        lines = scan_text(_cleaned(text)).lines
        if any(excesses(lines)):
            return _trusted(escape(text, quote=False))
        return _trusted(CLEANER.clean(self._inline_html("\n".join(line.text for line in lines))))

    def plain(self, text: str) -> str:
        """The text without any markup, for page titles and PDFs; not escaped for HTML."""
        html = self.prose(text) if "\n" in text.strip() else self.inline(text)
        return BLANK_LINES.sub("\n\n", unescape(TEXT_ONLY.clean(html))).strip()

    def _blocks(self, lines: Sequence[Line]) -> str:
        parts = list(segments(lines))
        levels = sorted({heading_level(segment.lines[0]) for segment in parts if segment.part is Part.HEADING})
        return "\n".join(self._block(segment, levels) for segment in parts)

    def _block(self, segment: Segment, levels: list[int]) -> str:
        match segment.part:
            case Part.CODE:
                return f"<pre><code>{escape(segment.text, quote=False)}\n</code></pre>"
            case Part.RULE:
                return "<hr>"
            case Part.QUOTE:
                return f"<blockquote>\n{self._blocks(segment.lines)}\n</blockquote>"
            case Part.HEADING:
                return self._heading(segment.lines[0], levels)
            case Part.PROSE:
                return self._prose_html(segment.lines)

    def _heading(self, line: Line, levels: list[int]) -> str:
        level = min(6, self._heading_base + levels.index(heading_level(line)))
        return f"<h{level}>{self._inline_html(line.text.lstrip('#').strip())}</h{level}>"

    def _prose_html(self, lines: Sequence[Line]) -> str:
        breaks = set(lists_without_blank(lines))
        text = "\n".join("\n" + line.text if place in breaks else line.text for place, line in enumerate(lines))
        return self._markdown.reset().convert(text)

    def _inline_html(self, text: str) -> str:
        """Python-Markdown's own steps without its block parser, which would take `1. text` for a list."""
        markdown = self._markdown.reset()
        root = Element("div")
        SubElement(root, "p").text = text
        for treeprocessor in markdown.treeprocessors:
            root = treeprocessor.run(root) or root
        html = markdown.serializer(root)
        for postprocessor in markdown.postprocessors:
            html = postprocessor.run(html)
        return html.strip().removeprefix("<div>").removesuffix("</div>").strip().removeprefix("<p>").removesuffix("</p>")

    def _new_markdown(self) -> Markdown:
        tables = TableExtension(use_align_attribute=True)
        markdown = Markdown(extensions=[SaneListExtension(), tables], tab_length=2, output_format="html")
        markdown.ESCAPED_CHARS = list(ESCAPABLE)
        markdown.preprocessors.deregister("html_block")
        for name in ("code", "hashheader", "setextheader", "hr", "quote", "reference"):
            markdown.parser.blockprocessors.deregister(name)
        for name in ("backtick", "escape", "html", "reference", "short_reference", "image_reference", "short_image_ref", "automail"):
            markdown.inlinePatterns.deregister(name)
        markdown.inlinePatterns.register(_CodeAndEscapes(ESCAPE_OR_BACKTICKS.pattern, markdown), "code", 190)
        markdown.inlinePatterns.register(_Citations(self._cite, self._cites, markdown), "citation", 175)
        markdown.treeprocessors.register(_Addresses(self._image, self._anchor_prefix, markdown), "addresses", -5)
        return markdown


class _CodeAndEscapes(InlineProcessor):
    """Code spans and escapes from left to right, as `scanner.code_spans` finds them, so that checks and pages agree."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element | str | None, int, int]:  # type: ignore[override]  # noqa: N802
        if m[0][0] == "\\":
            return f"{STX}{ord(m[0][1])}{ETX}", m.start(), m.end()
        closing = next((run for run in BACKTICKS.finditer(data, m.end()) if len(run[0]) == len(m[0])), None)
        if closing is None:
            return None, m.start(), m.end()
        code = Element("code")
        code.text = AtomicString(code_escape(data[m.end() : closing.start()].strip()))
        return code, m.start(), closing.end()


class _Citations(InlineProcessor):
    """`[ACA A.5.e]` before links are looked for."""

    def __init__(self, cite: Callable[[Citation], str | None], cites: Collection[str], markdown: Markdown) -> None:
        super().__init__(CITATION.pattern, markdown)
        self._cite = cite
        self._cites = cites

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element | None, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        citation = None if STX in m[1] else self._citation(m[1])
        if citation is None:
            return None, m.start(), m.end()
        address = self._cite(citation)
        element = Element("a" if address else "span", {"class": "cite"})
        if address:
            element.set("href", address)
        element.text = AtomicString(str(citation))
        return element, m.start(), m.end()

    def _citation(self, inside: str) -> Citation | None:
        found = citation_of(inside, self._cites)
        if found and found.is_known:
            return found.citation
        return self._cited_by_address(inside) or (found.citation if found else None)

    def _cited_by_address(self, inside: str) -> Citation | None:
        """Without the names of the standards, the longest cite that has an address wins."""
        words = inside.split()
        splits = (Citation(" ".join(words[:end]), " ".join(words[end:])) for end in range(len(words) - 1, 0, -1))
        return next((citation for citation in splits if self._cite(citation)), None)


class _Addresses(Treeprocessor):
    """Keeps the addresses that the format allows and resolves those of images; runs on the finished tree."""

    def __init__(self, image: Callable[[str], str | None], anchor_prefix: str, markdown: Markdown) -> None:
        super().__init__(markdown)
        self._image = image
        self._anchor_prefix = anchor_prefix

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.tag == "a" and element.get("class") != "cite":
                self._mend_link(element)
            elif element.tag == "img":
                self._mend_image(element)
            elif element.tag == "table":
                _mend_table(element)

    def _mend_link(self, element: Element) -> None:
        address = element.attrib.pop("href", "").strip()
        element.attrib.pop("title", None)
        if address.startswith("#"):
            element.set("href", f"#{self._anchor_prefix}{address[1:]}")
        elif address.lower().startswith(EXTERNAL):
            element.set("href", address)
            element.set("rel", REL)
        else:
            element.tag = "span"

    def _mend_image(self, element: Element) -> None:
        address = self._image(element.get("src", ""))
        alt = element.get("alt", "")
        element.attrib.clear()
        if address:
            element.attrib.update({"src": address, "alt": alt, "loading": "lazy"})
        else:
            element.tag = "span"
            element.text = alt


def _mend_table(table: Element) -> None:
    """Let a table be heard: named after its columns, and each line by its first cell."""
    columns = table.findall("thead/tr/th")
    table.set("aria-label", ", ".join("".join(column.itertext()) for column in columns))
    for column in columns:
        column.set("scope", "col")
    for row in table.findall("tbody/tr"):
        row[0].tag = "th"
        row[0].set("scope", "row")


def _trusted(html: str) -> Markup:
    """What has passed the allow-list, or was escaped whole."""
    return Markup(html)  # noqa: S704 - the one place where HTML becomes trusted


def _cleaned(text: str) -> str:
    """Without the control characters that Python-Markdown uses for its own marks."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
