"""Markdown to HTML that passes the allow-list, whatever goes in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceapp.scenarios.markup import REL, TAGS, Renderer
from ceapp.scenarios.segments import PLAIN
from ceapp.scenarios.values import Citation

ADDRESSES = {Citation("ACA", "A.5.e"): "/standards/aca#A.5.e", Citation("APA", "Principle A"): "/standards/apa#Principle-A"}
XHTML = "{http://www.w3.org/1999/xhtml}"
ATTRIBUTES = {
    "a": {"href", "class", "rel"},
    "span": {"class"},
    "img": {"src", "alt", "loading"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align", "scope"},
    "table": {"aria-label"},
}


def renderer(heading_base: int = 3) -> Renderer:
    images = {"images/card.png": "/courses/c/images/card.png"}
    return Renderer(cite=ADDRESSES.get, image=images.get, heading_base=heading_base)


RENDERER = renderer()


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    tree = html5lib.parseFragment(html, treebuilder="etree")
    for element in tree.iter():
        if element is not tree:
            yield str(element.tag).removeprefix(XHTML), dict(element.attrib)


def assert_safe(html: str) -> None:
    """Only tags, attributes and addresses of the allow-list."""
    for tag, attributes in elements(html):
        assert tag in TAGS | {"tbody"}, html
        assert set(attributes) <= ATTRIBUTES.get(tag, set()), html
        assert re.match(r"https?://|mailto:|#s-|/standards/", attributes.get("href", "#s-"), re.IGNORECASE), html
        assert attributes.get("src", "/courses/c/images/card.png") == "/courses/c/images/card.png", html
        assert attributes.get("class", "cite") == "cite", html
        assert attributes.get("rel", REL) == REL, html
        assert attributes.get("scope", "col") in ("col", "row"), html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Plain words.", "<p>Plain words.</p>"),
        ("One\ntwo", "<p>One\ntwo</p>"),
        ("a *b* **c** ***d***", "<p>a <em>b</em> <strong>c</strong> <strong><em>d</em></strong></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        (r"\*a\* \-> \[b]", "<p>*a* -&gt; [b]</p>"),
        ("<b>bold</b> & <!-- gone -->", "<p>&lt;b&gt;bold&lt;/b&gt; &amp; </p>"),
        ("[a](https://example.org)", f'<p><a href="https://example.org" rel="{REL}">a</a></p>'),
        ("[a](mailto:a@example.org)", f'<p><a href="mailto:a@example.org" rel="{REL}">a</a></p>'),
        ("[a](#session)", '<p><a href="#s-session">a</a></p>'),
        ("[a](javascript:x)", "<p><span>a</span></p>"),
        ("[a](/courses)", "<p><span>a</span></p>"),
        ("![A card](images/card.png)", '<p><img alt="A card" loading="lazy" src="/courses/c/images/card.png"></p>'),
        ("![A card](images/none.png)", "<p><span>A card</span></p>"),
        ("![A card](https://example.org/a.png)", "<p><span>A card</span></p>"),
        ("by [ACA A.5.e].", '<p>by <a class="cite" href="/standards/aca#A.5.e">ACA A.5.e</a>.</p>'),
        ("by [ACA\nA.5.e].", '<p>by <a class="cite" href="/standards/aca#A.5.e">ACA A.5.e</a>.</p>'),
        ("by [APA Principle A].", '<p>by <a class="cite" href="/standards/apa#Principle-A">APA Principle A</a>.</p>'),
        ("by [45 CFR 164.502(a)].", '<p>by <span class="cite">45 CFR 164.502(a)</span>.</p>'),
        ("`[ACA A.5.e]` [sic]", "<p><code>[ACA A.5.e]</code> [sic]</p>"),
        ("[ACA A.5.e](https://example.org)", f'<p><a href="https://example.org" rel="{REL}">ACA A.5.e</a></p>'),
        ("*[ACA A.5.e]*", '<p><em><a class="cite" href="/standards/aca#A.5.e">ACA A.5.e</a></em></p>'),
        ("- a\n- b\n  - c", "<ul>\n<li>a</li>\n<li>b<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>"),
        ("text:\n- a", "<p>text:</p>\n<ul>\n<li>a</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("> a\n> > b", "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>"),
        ("#### a\n\n##### b *c*", "<h3>a</h3>\n\n<h4>b <em>c</em></h4>"),
        ("***", "<hr>"),
        ("```py\n<a> `b` [ACA A.5.e]\n```", "<pre><code>&lt;a&gt; `b` [ACA A.5.e]\n</code></pre>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("    indented", "<p>indented</p>"),
        ("[a]: https://example.org\n\n[a]", "<p>[a]: https://example.org</p>\n<p>[a]</p>"),
        ("", ""),
    ],
)
def test_prose(text: str, html: str) -> None:
    assert str(RENDERER.prose(text)) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Plain words.", "Plain words."),
        ("1. is no list", "1. is no list"),
        ("> is no quotation", "&gt; is no quotation"),
        ("# is no heading", "# is no heading"),
        ("*a* [ACA A.5.e]", '<em>a</em> <a class="cite" href="/standards/aca#A.5.e">ACA A.5.e</a>'),
        ("\"a\" & 'b' <i>", "\"a\" &amp; 'b' &lt;i&gt;"),
        ("", ""),
    ],
)
def test_inline(text: str, html: str) -> None:
    assert str(RENDERER.inline(text)) == html


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("*a* `b` [c](https://d.org) [ACA A.5.e] & <b>", "a b c ACA A.5.e & <b>"),
        ("- a\n- b", "a\nb"),
        (r"a \-> b", "a -> b"),
    ],
)
def test_plain(text: str, plain: str) -> None:
    assert RENDERER.plain(text) == plain


def test_headings_begin_at_the_base_and_skip_no_level() -> None:
    assert [tag for tag, _ in elements(renderer(2).prose("## a\n\n#### b\n\n###### c"))] == ["h2", "h3", "h4"]
    assert [tag for tag, _ in elements(renderer(6).prose("#### a\n\n##### b"))] == ["h6", "h6"]


def test_one_text_leaves_nothing_for_the_next() -> None:
    used = renderer()
    for text in ("*a **b*", "a*b*c_d_ `e", "[x](https://a.org", "1. a\n\n   b", "&amp; <a@b.c>"):
        used.prose(text)
        assert used.prose("*a* [ACA A.5.e]") == renderer().prose("*a* [ACA A.5.e]")


def test_known_cites_are_spans_where_they_have_no_address() -> None:
    named = Renderer(cite=lambda _: None, image=lambda _: None, cites=("APA",))
    assert str(named.inline("[APA Principle B] [Other words here]")) == '<span class="cite">APA Principle B</span> [Other words here]'


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    r"[x](javascript\:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](https://a.org 'onmouseover=alert(1)')",
    '[x](https://a.org "x\\" onmouseover=alert(1) y=\\"")',
    "![x](javascript:alert(1))",
    "![x](https://evil.example/a.png)",
    '![x" onerror="alert(1)](images/card.png)',
    '![x](images/card.png "t\\" onerror=alert(1)")',
    "![[x](javascript:alert(1))](images/card.png)",
    "<javascript:alert(1)>",
    '<https://a.org/"onmouseover=alert(1)>',
    "<data:text/html,x>",
    '[ACA A.5.e"onmouseover=alert(1)]',
    "[ACA <script>alert(1)</script>]",
    '```html"onmouseover=alert(1)\n</code></pre><script>alert(1)</script>\n```',
    "`</code><script>alert(1)</script>`",
    "#### <script>alert(1)</script> {onclick=alert(1)}",
    "x {: onclick=alert(1) style=x id=csrf_token}",
    '| a | <script> |\n|---|:-:" onload=x|\n| <img src=x onerror=y> | `|` |',
    "> <iframe src=//evil.example>",
    "- <form action=//evil.example><input name=x>",
    "<!--><script>alert(1)</script>-->",
    "<!-- --!><script>alert(1)</script>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x02wzxhzdk:0\x03 \x02klzzwxh:0000\x03 \x0260\x03script\x0262\x03",
    "\\<script>alert(1)\\</script>",
    "[a]: javascript:alert(1)\n\n[a] [b][a] ![c][a]",
    "*[x](javascript:alert(1))* **<b onclick=x>**",
    "\u202escript\u2028<script>\u2029",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<a\x00href=javascript:alert(1)>",
    "[x](https://a.org\u0000)",
    "[x](\x01javascript:alert(1))",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_f1_no_payload_becomes_markup(payload: str) -> None:
    for text in (
        payload,
        f"a {payload} b",
        f"> {payload}",
        f"- {payload}",
        f"*{payload}*",
        f"[{payload}](https://a.org)",
        f"#### {payload}",
    ):
        assert_safe(RENDERER.prose(text))
        assert_safe(RENDERER.inline(text))


PIECES = st.sampled_from(
    [
        *PAYLOADS,
        *"*_`[]()<>#+-.!:|~\\&\"'= \n\t",
        "](",
        "![",
        "  ",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "```",
        "[ACA A.5.e]",
        "https://a.org",
        "a",
        "é",
        "\x02",
        "\x03",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_f1_nothing_put_together_becomes_markup(text: str) -> None:
    fresh = renderer()
    assert_safe(fresh.prose(text))
    assert_safe(fresh.inline(text))
    fresh.plain(text)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(PLAIN, fullmatch=True))
def test_the_short_way_gives_what_the_long_way_gives(text: str) -> None:
    text = text.strip()
    assert f"{RENDERER.prose(text)}\n<p><em>x</em></p>" == RENDERER.prose(f"{text}\n\n*x*")
    assert f"{RENDERER.inline(text)} <em>x</em>" == RENDERER.inline(f"{text} *x*")


def test_what_is_over_a_limit_is_shown_as_it_stands() -> None:
    assert str(RENDERER.prose("[" * 5_000)) == f"<p>{'[' * 5_000}</p>"
    assert str(RENDERER.prose("> " * 500 + "*a*")).startswith("<p>&gt; ")


def test_a_table_is_heard_by_its_columns_and_lines() -> None:
    table = RENDERER.prose("| Code | Asks *for* |\n|---|---|\n| ACA | five years |\n| APA | two |")
    found = [(tag, attributes.get("scope") or attributes.get("aria-label")) for tag, attributes in elements(table)]
    assert found[0] == ("table", "Code, Asks for")
    assert [scope for tag, scope in found if tag == "th"] == ["col", "col", "row", "row"]


def test_no_text_leaves_the_name_of_a_table() -> None:
    table = RENDERER.prose('| a"b <i> & `c` | d |\n|---|---|\n| e | f |')
    assert_safe(table)
    (attributes,) = [attributes for tag, attributes in elements(table) if tag == "table"]
    assert attributes["aria-label"].startswith('a"b <i> & c')
