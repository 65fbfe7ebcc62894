"""The strict page client: every page that a test opens is checked, so that a page fault fails any test that meets it."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import event
from werkzeug.test import TestResponse

from ceapp.database import db

MOST_QUERIES = 6
_CONTROLS = "descendant-or-self::*[self::input[not(@type='hidden') and not(@type='submit')] or self::textarea or self::select]"
_REQUIRED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class PageFault(AssertionError):
    """The page itself is wrong, whatever the test was about."""


def parse(html: str) -> etree._Element:
    """The document, or PageFault at the first thing that is not well-formed HTML."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return parser.parse(html).getroot()
        except html5lib.html5parser.ParseError as problem:
            line = parser.tokenizer.stream.position()[0]
            raise PageFault(f"line {line}: {problem}: {html.splitlines()[max(0, line - 1)][:160]}") from problem


def words(element: etree._Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


@dataclass
class Form:
    """A form on a page, with the values that a browser would send."""

    page: Page
    element: etree._Element
    fields: list[tuple[str, str]] = field(default_factory=list)

    @property
    def action(self) -> str:
        return urljoin(self.page.address, self.element.get("action") or "")

    @property
    def method(self) -> str:
        return (self.element.get("method") or "get").lower()

    def __post_init__(self) -> None:
        for control in self.element.xpath(_CONTROLS + " | descendant::input[@type='hidden']"):
            name = control.get("name")
            if name is None or control.get("disabled") is not None:
                continue
            if control.tag == "textarea":
                self.fields.append((name, (control.text or "").removeprefix("\n")))
            elif control.tag == "select":
                chosen = control.xpath(".//option[@selected]") or control.xpath(".//option")[:1]
                self.fields.extend((name, option.get("value", words(option))) for option in chosen)
            elif control.get("type") in ("radio", "checkbox"):
                if control.get("checked") is not None:
                    self.fields.append((name, control.get("value", "on")))
            elif control.get("type") != "file":
                self.fields.append((name, control.get("value") or ""))

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def offered(self, name: str) -> list[str]:
        """The values that may be chosen for a radio, checkbox or select."""
        boxes = self.element.xpath(f".//input[@name='{name}' and (@type='radio' or @type='checkbox')]")
        return [box.get("value", "on") for box in boxes] or [
            o.get("value", words(o)) for o in self.element.xpath(f".//select[@name='{name}']//option")
        ]

    def names(self) -> set[str]:
        return {element.get("name") for element in self.element.xpath(".//*[@name]")}

    def filled(self, **changes: Any) -> dict[str, list[Any]]:
        unknown = set(changes) - self.names()
        if unknown:
            raise AssertionError(f"the form has no field {sorted(unknown)}; it has {sorted(self.names())}")
        data: dict[str, list[Any]] = {}
        for name, value in self.fields:
            data.setdefault(name, []).append(value)
        for name, value in changes.items():
            data[name] = value if isinstance(value, list) else [value]
        return data


@dataclass
class Page:
    """An answer of the server, checked."""

    visitor: Visitor
    response: TestResponse
    address: str
    queries: int
    tree: etree._Element

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def h1(self) -> str:
        return words(self.tree.find(".//h1"))

    @property
    def text(self) -> str:
        return words(self.tree.find(".//main"))

    def select(self, xpath: str) -> list[Any]:
        return self.tree.xpath(xpath)

    def link(self, text: str) -> str:
        """The address of the only link with this text."""
        found = {a.get("href") for a in self.tree.iter("a") if words(a) == text or a.get("aria-label") == text}
        assert len(found) == 1, f"{len(found)} addresses for the link {text!r} among {sorted({words(a) for a in self.tree.iter('a')})}"
        return urljoin(self.address, found.pop())

    def follow(self, text: str, status: int = 200) -> Page:
        return self.visitor.get(self.link(text), status=status)

    def form(self, action_contains: str = "") -> Form:
        """The only form in main whose action holds this text."""
        forms = [Form(self, f) for f in self.tree.xpath("//main//form") if action_contains in (f.get("action") or "")]
        assert len(forms) == 1, f"{len(forms)} forms with {action_contains!r}: {[f.action for f in forms]}"
        return forms[0]

    def submit(self, button: str, *, status: int = 303, action_contains: str = "", follow: bool = True, **fields: Any) -> Page:
        """Fill the form that has this button and press it; after a redirect, the page that it leads to."""
        found = [
            (form, pressed)
            for form in self.tree.xpath("//form")
            for pressed in form.xpath(".//button | .//input[@type='submit']")
            if words(pressed) == button or pressed.get("value") == button
            if action_contains in (form.get("action") or "")
        ]
        assert len(found) == 1, f"{len(found)} buttons {button!r} among {[words(b) for b in self.tree.iter('button')]}"
        form, pressed = Form(self, found[0][0]), found[0][1]
        data = form.filled(**fields)
        if pressed.get("name"):
            data[pressed.get("name")] = [pressed.get("value", "")]
        target = urljoin(self.address, pressed.get("formaction") or form.element.get("action") or "")
        if (pressed.get("formmethod") or form.method) == "get":
            return self.visitor.get(target, query=data, status=status)
        return self.visitor.post(target, data, status=status, follow=follow)


class Visitor:
    """A browser of one person (or of nobody)."""

    def __init__(self, app: Flask, client: FlaskClient) -> None:
        self.app, self.client = app, client
        self.most_queries = MOST_QUERIES

    def get(self, address: str, *, status: int = 200, query: dict[str, Any] | None = None, **options: Any) -> Page:
        return self._open("GET", address, status=status, query_string=query, **options)

    def post(self, address: str, data: dict[str, Any], *, status: int = 303, follow: bool = True, **options: Any) -> Page:
        page = self._open("POST", address, status=status, data=data, **options)
        if follow and page.status in (302, 303):
            return self.get(urljoin(address, page.response.headers["Location"]))
        return page

    def _open(self, method: str, address: str, *, status: int, **options: Any) -> Page:
        with self.app.app_context():
            engine = db.engine
        count = Counter[str]()

        def counted(_c: object, _k: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                count["queries"] += 1

        event.listen(engine, "before_cursor_execute", counted)
        try:
            response = self.client.open(address, method=method, **options)
        finally:
            event.remove(engine, "before_cursor_execute", counted)
        body = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        assert response.status_code == status, f"{method} {address} answered {response.status_code}, not {status}: {_summary(body)}"
        is_page = response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 304)
        tree = parse(body) if is_page else etree.Element("html")
        page = Page(self, response, address, count["queries"], tree)
        if is_page:
            check_page(page, most_queries=self.most_queries if method == "GET" else None)
        return page


def _summary(body: str) -> str:
    found = re.search(r"<main.*?</main>", body, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found.group(0) if found else body).split())[:300]


def check_page(page: Page, most_queries: int | None) -> None:
    """Everything that must hold for every page."""
    tree = page.tree
    faults = [
        *_headings(tree),
        *_ids(tree),
        *_labels(tree),
        *_forms(tree),
        *_scripts(page),
        *_headers(page),
        *_names(tree),
        *_addresses(tree),
    ]
    if most_queries is not None and page.queries > most_queries:
        faults.append(f"{page.queries} queries, at most {most_queries}")
    if faults:
        raise PageFault(f"{page.address}: " + "; ".join(faults))


def _headings(tree: etree._Element) -> list[str]:
    faults = []
    headings = tree.findall(".//h1")
    title = words(tree.find(".//title"))
    if len(headings) != 1:
        faults.append(f"{len(headings)} h1")
    elif not words(headings[0]) or not title.startswith(words(headings[0])):
        faults.append(f"title {title!r} does not begin with the h1 {words(headings[0])!r}")
    if len(tree.findall(".//main")) != 1:
        faults.append("not one main")
    if not tree.get("lang"):
        faults.append("no lang")
    levels = [int(each.tag[1]) for each in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    faults += [f"heading jumps from h{a} to h{b}" for a, b in pairwise(levels) if b > a + 1]
    return faults


def _ids(tree: etree._Element) -> list[str]:
    ids = Counter(element.get("id") for element in tree.xpath("//*[@id]"))
    faults = [f"id {name!r} {count} times" for name, count in ids.items() if count > 1]
    for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
        for element in tree.xpath(f"//*[@{attribute}]"):
            faults += [f"{attribute} names no id {each!r}" for each in element.get(attribute).split() if each not in ids]
    faults += [f"link to no place {a.get('href')}" for a in tree.xpath("//a[starts-with(@href, '#')]") if a.get("href")[1:] not in ids]
    return faults


def _labels(tree: etree._Element) -> list[str]:
    labelled = {label.get("for") for label in tree.iter("label")}
    faults = []
    for control in tree.xpath("//body" + "/" + _CONTROLS):
        if (control.get("id") in labelled and control.get("id")) or control.get("aria-label") or control.get("aria-labelledby"):
            continue
        if not control.xpath("ancestor::label"):
            faults.append(f"no label for {control.get('name')!r}")
    faults += ["button without a name" for b in tree.iter("button") if not words(b) and not b.get("aria-label")]
    faults += [
        "link without a name" for a in tree.iter("a") if not words(a) and not a.get("aria-label") and not a.xpath(".//img[@alt!='']")
    ]
    faults += [f"picture without alt {i.get('src')}" for i in tree.iter("img") if i.get("alt") is None]
    faults += ["fieldset without a legend" for f in tree.iter("fieldset") if not words(f.find(".//legend"))]
    return faults


def _forms(tree: etree._Element) -> list[str]:
    faults = []
    for form in tree.iter("form"):
        if form.get("action") is None:
            faults.append("form without an action")
        if (form.get("method") or "get").lower() == "post" and not form.xpath(".//input[@name='csrf_token' and @value!='']"):
            faults.append(f"no csrf token in the form to {form.get('action')}")
    return faults


def _scripts(page: Page) -> list[str]:
    policy = page.response.headers.get("Content-Security-Policy", "")
    nonce = re.search(r"'nonce-([^']+)'", policy)
    faults = [] if nonce else ["no nonce in the policy"]
    faults += ["script without the nonce" for s in page.tree.iter("script") if nonce and s.get("nonce") != nonce.group(1)]
    faults += ["script text in the page" for s in page.tree.iter("script") if (s.text or "").strip()]
    faults += ["style element" for _ in page.tree.iter("style")]
    for element in page.tree.iter():
        faults += [f"attribute {name} on {element.tag}" for name in element.attrib if name == "style" or str(name).startswith("on")]
    return faults


def _headers(page: Page) -> list[str]:
    faults = [f"header {n}: {page.response.headers.get(n)!r}" for n, v in _REQUIRED_HEADERS.items() if page.response.headers.get(n) != v]
    policy = page.response.headers.get("Content-Security-Policy", "")
    for part in (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ):
        if part not in policy:
            faults.append(f"no {part} in the policy")
    if "unsafe" in policy:
        faults.append("unsafe in the policy")
    return faults


def _names(tree: etree._Element) -> list[str]:
    faults = []
    for word in ("None", "undefined", "Undefined", "<built-in", "object at 0x"):
        if re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", words(tree.find(".//body"))) and word != "None":
            faults.append(f"{word!r} in the text")
    return faults


def _addresses(tree: etree._Element) -> list[str]:
    """Nothing is fetched from another origin."""
    faults = []
    for element in tree.xpath("//*[@src] | //link[@href]"):
        address = element.get("src") or element.get("href")
        if urlsplit(address).netloc or address.startswith("//"):
            faults.append(f"fetches {address}")
    return faults
