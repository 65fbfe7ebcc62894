"""Going through the pages as somebody does who opens every link."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.harness.pages import Page, Visitor
from tests.journeys.days import WIDEST_PAGE


@dataclass
class Walk:
    """Every page that can be reached by links; `clicks` says how many it took, `refused` what did not open."""

    clicks: dict[str, int] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    forms: set[str] = field(default_factory=set)
    """Where forms are sent by POST."""


def walk(visitor: Visitor, start: str = "/") -> Walk:
    """Open the page and all that it leads to. Addresses with arguments are opened, but what they list is not followed further."""
    visitor.most_queries = WIDEST_PAGE
    found, waiting = Walk({start: 0}), [start]
    for address in waiting:
        page = _opened(visitor, address, found)
        if page is None:
            continue
        found.pages[address] = page
        found.forms |= {urljoin(page.address, each) for each in page.select("//main//form[@method='post']/@action")}
        for link in [] if "?" in address else _links(page):
            if link not in found.clicks:
                found.clicks[link] = found.clicks[address] + 1
                waiting.append(link)
    return found


def _opened(visitor: Visitor, address: str, found: Walk) -> Page | None:
    """The page at the address, after redirects to pages of ours."""
    response = visitor.client.get(address)
    if response.status_code == 303:
        target = urldefrag(response.headers["Location"]).url
        found.clicks.setdefault(target, found.clicks[address])
        return visitor.get(target)
    if response.status_code != 200:
        found.refused[address] = response.status_code
        return None
    return visitor.get(address) if response.mimetype == "text/html" else None


def _links(page: Page) -> list[str]:
    links = [urldefrag(urljoin(page.address, each)).url for each in page.select("//a/@href")]
    return [each for each in links if each.startswith("/") and not urlsplit(each).netloc]
