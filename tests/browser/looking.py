"""What is looked at on an open page so that everybody can use it; each check gives the list of what is wrong.

Every check has a control in `test_looking.py`: a page that it must find fault with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

AXE = Path(__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = "tags => axe.run(document, {runOnly: tags, rules: {'target-size': {enabled: true}}, resultTypes: ['violations']})"
TARGET = 44

SMALL_TARGETS = """least => [...document.querySelectorAll(
        "button, select, summary, input, textarea, label.check, .option, .button, nav a, .site-name")]
    .filter(each => each.checkVisibility() && !each.closest(".trail, .visually-hidden"))
    .filter(each => !(each.matches("input") && each.closest("label")) && each.type !== "hidden")
    .filter(each => each.getBoundingClientRect().height < least - 0.5)
    .map(each => each.outerHTML.slice(0, 100))"""

SPREAD = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""
"""The wider text of WCAG 1.4.12."""

CUT = """() => {
    const hidden = ".visually-hidden, .skip, option, .table-stack thead, [popover]:not(:popover-open) > *";
    const gone = each => each.closest(hidden) || !each.checkVisibility({visibilityProperty: true});
    const said = each => each.textContent.trim().replace(/\\s+/g, " ").slice(0, 60);
    const above = function* (each) { for (; each && each !== document.body; each = each.parentElement) yield each };
    const faults = [], lines = [], styles = new Map();
    const style = each => styles.get(each) ?? styles.set(each, getComputedStyle(each)).get(each);
    for (const each of document.querySelectorAll("a.button, button, .grade, .standing, label.option, label.check")) {
        if (gone(each) || style(each).display === "inline") continue;
        const over = each.scrollWidth > each.clientWidth + 2 || each.scrollHeight > each.clientHeight + 2;
        if (over) faults.push("runs out of its box: " + said(each));
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!node.data.trim() || gone(parent) || parent.closest("svg, textarea, select, script, noscript")) continue;
        const scrolls = [...above(parent)].some(each => /auto|scroll/.test(style(each).overflowX));
        const clips = [...above(parent)].filter(each => /hidden|clip/.test(style(each).overflowX + style(each).overflowY));
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width < 2 || box.height < 2) continue;
            // The middle of a line: lines that stand close may touch with their edges.
            const edge = box.height * .3, {left, right} = box;
            const line = {node, parent, left, right, top: box.top + edge, bottom: box.bottom - edge};
            if ((line.left < -1 || line.right > innerWidth + 1) && !scrolls) faults.push("off the page: " + said(parent));
            for (const each of clips) {
                const inside = each.getBoundingClientRect();
                const across = line.left < inside.left - 1 || line.right > inside.right + 1;
                if (across || line.top < inside.top - 1 || line.bottom > inside.bottom + 1) faults.push("cut off: " + said(parent));
            }
            lines.push(line);
        }
    }
    lines.sort((a, b) => a.top - b.top);
    const layer = each => each.closest("[popover], .skip, .progress-board :is(thead, tbody) th:first-child");
    for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length && lines[j].top < lines[i].bottom; j++) {
        const a = lines[i], b = lines[j];
        if (a.node === b.node || layer(a.parent) !== layer(b.parent)) continue;
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2) faults.push(`overlaps: ${said(a.parent)} | ${said(b.parent)}`);
    }
    return [...new Set(faults)];
}"""

BORDERS = """() => [...document.querySelectorAll("button, .button, select, textarea, label.option, .card .option, input")]
    .filter(each => each.checkVisibility() && !each.closest(".visually-hidden, .site-menu"))
    .filter(each => !each.matches("[type=hidden], [type=checkbox], [type=radio], [type=file], label input"))
    .filter(each => {
        const style = getComputedStyle(each);
        if (style.textDecorationLine.includes("underline")) return false;  // It looks like a link, in any colours.
        return !["Top", "Right", "Bottom", "Left"].some(side => style[`border${side}Style`] !== "none"
            && parseFloat(style[`border${side}Width`]) >= 1 && style[`border${side}Color`] !== style.backgroundColor
            && !/^rgba.*, 0\\)$/.test(style[`border${side}Color`]));
    })
    .map(each => each.outerHTML.slice(0, 100))"""

MOVING = """() => {
    const moves = [...document.querySelectorAll("*")].filter(each => ["", "::before", "::after"].some(part => {
        const style = getComputedStyle(each, part || null);
        return style.animationName !== "none" || style.transitionDuration.split(", ").some(time => parseFloat(time) > 0)
            || style.scrollBehavior === "smooth";
    })).map(each => each.outerHTML.slice(0, 80));
    const rules = list => [...list].flatMap(rule => rule instanceof CSSMediaRule
        ? (matchMedia(rule.conditionText).matches ? rules(rule.cssRules) : [])
        : rule.cssText.startsWith("@view-transition") ? [rule.cssText] : []);
    return [...moves, ...[...document.styleSheets].flatMap(sheet => rules(sheet.cssRules)), ...document.getAnimations().map(String)];
}"""

UNISOLATED = """() => {
    const right = /[\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc]/, found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (!right.test(node.data) || !parent.checkVisibility() || parent.closest(".visually-hidden, textarea, option")) continue;
        if (!parent.closest("bdi, body [dir]")) found.push(parent.outerHTML.slice(0, 120));
    }
    for (const each of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio]), textarea"))
        if (right.test(each.value) && !each.closest("[dir=auto]")) found.push(each.outerHTML.slice(0, 120));
    return found;
}"""

SAME_NAMES = """() => {
    const whole = each => {   // innerText leaves out what is hidden from sight, which the name holds
        const copy = each.cloneNode(true);
        copy.querySelectorAll("svg, [aria-hidden=true]").forEach(part => part.remove());
        return (each.getAttribute("aria-label") ?? copy.textContent).trim().replace(/\\s+/g, " ");
    };
    const around = each => {   // what is heard with a link: the headers of its cell, the name of the navigation that it is in
        const cell = each.closest("td"), table = each.closest("table");
        if (each.matches("a") && cell && table)
            return [cell.closest("tr").querySelector("th"), table.querySelectorAll("thead th")[cell.cellIndex]].filter(Boolean).map(whole);
        return each.closest("nav[aria-label]")?.getAttribute("aria-label") ?? "";
    };
    const seen = {}, faults = [];
    for (const each of document.querySelectorAll("a[href], button, summary")) {
        if (!each.checkVisibility()) continue;
        const fields = each.form ? new URLSearchParams(new FormData(each.form)) : new URLSearchParams();
        for (const name of ["csrf_token", "key", "form_key"]) fields.delete(name);
        const leads = each.href ?? (each.type === "submit" ? `${each.formAction}?${fields}&${each.name}=${each.value}` : each);
        const name = `${each.matches("a") ? "link" : "button"} ${whole(each)} (${around(each)})`;
        if (name in seen && seen[name] !== leads) faults.push(`${name}: ${each.outerHTML.slice(0, 140)}`);
        seen[name] ??= leads;
    }
    return faults;
}"""

NAMED = {
    "button",
    "link",
    "checkbox",
    "radio",
    "textbox",
    "searchbox",
    "combobox",
    "listbox",
    "spinbutton",
    "slider",
    "switch",
    "tab",
    "menuitem",
    "DisclosureTriangle",
    "Date",
    "image",
    "img",
    "table",
    "progressindicator",
    "meter",
    "group",
    "region",
    "form",
    "navigation",
    "complementary",
}
"""Roles of the accessibility tree that say nothing without a name."""
MAY_BE_NAMELESS = {"group", "form", "complementary"}
"""Of these, only what takes part in a list of landmarks or holds fields needs a name; axe sees to that."""
LANDMARKS = ("banner", "navigation", "main", "complementary", "contentinfo", "region", "search")


def axe(page: Page, name: str) -> list[str]:
    page.wait_for_load_state()  # A page that a key press has opened may still wait for its stylesheet.
    found = page.evaluate(AXE_RUN, RULES)
    return [f"{name}: {each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]]


def sideways(page: Page, name: str, width: int) -> list[str]:
    page.wait_for_load_state()
    page.set_viewport_size({"width": width, "height": 900})
    needed = page.evaluate("document.documentElement.scrollWidth")
    return [f"{name}: {needed} px wide at {width}"] if needed > width else []


def small_targets(page: Page, name: str) -> list[str]:
    return [f"{name}: small target {each}" for each in page.evaluate(SMALL_TARGETS, TARGET)]


def cut_off(page: Page, name: str) -> list[str]:
    """Text that is cut off, runs out of its box or over other text, as the page is now."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{name}: {each}" for each in page.evaluate(CUT)] + ([f"{name}: {wide} px too wide"] if wide > 0 else [])


def spread_text(page: Page, name: str) -> list[str]:
    """What breaks when somebody spreads the text of the page as WCAG 1.4.12 allows them to."""
    page.evaluate("css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }", SPREAD)
    faults = cut_off(page, f"{name}, spread text")
    page.evaluate("document.adoptedStyleSheets = []")
    return faults


def large_text(page: Page, session: CDPSession, name: str, size: int = 32) -> list[str]:
    """What breaks when the browser's letters are made twice as large, and nothing else."""
    session.send("Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": round(size * 0.8)}})
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    faults = cut_off(page, f"{name}, large text")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    return faults


def forced_colours(page: Page, name: str) -> list[str]:
    """Controls of which nothing is left to see where the colours are the reader's own."""
    page.emulate_media(forced_colors="active")
    faults = [f"{name}: no border in forced colours: {each}" for each in page.evaluate(BORDERS)]
    page.emulate_media(forced_colors="none")
    return faults


def moving(page: Page, name: str) -> list[str]:
    """What moves although the reader asked for less of it."""
    return [f"{name}: moves: {each}" for each in page.evaluate(MOVING)]


def unisolated(page: Page, name: str) -> list[str]:
    """Words that are written from right to left and may turn the text beside them around."""
    return [f"{name}: not set apart: {each}" for each in page.evaluate(UNISOLATED)]


def same_names(page: Page, name: str) -> list[str]:
    """Links and buttons that are called the same and do different things."""
    return [f"{name}: named like another: {each}" for each in page.evaluate(SAME_NAMES)]


def tree_of(session: CDPSession) -> list[dict[str, Any]]:
    """The accessibility tree: what a screen reader is given, in reading order, as flat nodes with role, name and properties."""
    nodes = {node["nodeId"]: node for node in session.send("Accessibility.getFullAXTree")["nodes"]}
    (root,) = (node["nodeId"] for node in nodes.values() if "parentId" not in node)
    return [_plain(nodes, node) for node in _in_order(nodes, root) if not node.get("ignored")]


def _in_order(nodes: dict[str, Any], at: str) -> list[dict[str, Any]]:
    node = nodes[at]
    return [node, *(each for child in node.get("childIds", []) if child in nodes for each in _in_order(nodes, child))]


def _plain(nodes: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    properties = {each["name"]: each["value"].get("value") for each in node.get("properties", [])}
    inside = Counter(str(each["role"]["value"]) for each in _in_order(nodes, node["nodeId"])[1:] if not each.get("ignored"))
    named = str(node.get("name", {}).get("value", "")).strip()
    return {"role": str(node["role"]["value"]), "name": named, "inside": inside, **properties}


def unheard(session: CDPSession, name: str) -> list[str]:
    """What is said badly: controls without a name, headings with gaps, tables without headers, landmarks that are alike."""
    nodes = tree_of(session)
    faults = [f"no name: {node['role']}" for node in nodes if node["role"] in NAMED - MAY_BE_NAMELESS and not node["name"]]
    levels = [int(node["level"]) for node in nodes if node["role"] == "heading"]
    if levels.count(1) != 1 or levels[:1] != [1]:
        faults.append(f"headings begin {levels[:3]}, with {levels.count(1)} of level 1")
    faults += [f"a heading of level {after} follows one of {before}" for before, after in pairwise(levels) if after > before + 1]
    faults += [f"table without headers: {node['name']}" for node in nodes if node["role"] == "table" and not _has_headers(node)]
    marks: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if node["role"] in LANDMARKS:
            marks[node["role"]].append(node["name"])
    faults += [f"{len(marks[each])} landmarks {each}" for each in ("banner", "main", "contentinfo") if len(marks[each]) != 1]
    faults += [f"two landmarks {role} {names}" for role, names in marks.items() if len(set(names)) != len(names)]
    return [f"{name}: {each}" for each in faults]


def _has_headers(table: dict[str, Any]) -> bool:
    return bool(table["inside"]["columnheader"]) and bool(table["inside"]["rowheader"])
