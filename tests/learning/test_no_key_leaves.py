"""B1: nothing that tells the key leaves the server before the answer is stored. Every byte of every page on the way is searched."""

from __future__ import annotations

import re
from collections.abc import Callable

from ceapp.scenarios.values import Kind
from tests.conftest import Member
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor
from tests.learning.test_pages import begin, value_of

ON_THE_WAY = {
    "first": (Kind.GRADED, "Raise it at the next session"),
    "risks": (Kind.ALL, "Others may see"),
    "needed": (Kind.PLAIN, "Yes, a short one"),
    "order": (Kind.ORDER, None),
    "note": (Kind.REFLECTION, None),
}
FILE_IDS = ("raise", "lines", "wait", "public", "see", "blur", "failed", "yes", "no", "consult", "talk", "write")


def bytes_of(page: Page) -> str:
    return page.html + str(page.response.headers)


def assert_no_key(page: Page) -> None:
    """No feedback, no grade, no id of the file, no scene that an arrow leads to, no callout that comes after the answer."""
    sent = bytes_of(page)
    assert "KEYMARK" not in sent
    values = {str(each) for each in page.select("//main//*/@value")} | {str(each) for each in page.select("//main//*/@id")}
    assert not values & set(FILE_IDS)
    assert not page.select("//main//form[@class='decide']//*[contains(@class, 'grade')]")


def test_every_kind_is_searched() -> None:
    assert {kind for kind, _ in ON_THE_WAY.values()} == set(Kind)


def test_no_page_before_an_answer_has_its_key(visit: Callable[..., Page], course: str, tess: Member) -> None:
    for address in ("/", "/courses", "/courses/sample", "/courses/sample/every-kind", "/courses/sample/preview"):
        assert_no_key(visit(address))
        assert_no_key(visit(address, person=tess))
    page = begin(visit, tess)
    for kind, text in ON_THE_WAY.values():
        assert_no_key(page)
        assert "The session" not in page.html or kind is not Kind.GRADED
        if kind is Kind.REFLECTION:
            break
        fields = {"given": value_of(page, text)} if text else {}
        if kind is Kind.ORDER:
            fields = {
                name: str(place)
                for place, name in enumerate(sorted(n for n in page.form("/attempts").names() if n.startswith("place-")), 1)
            }
        page = page.submit("Decide", **fields)
        assert "KEYMARK" in page.html
        page = visit(page.select("//p[@class='after']/a/@href")[0], person=tess)


def test_a_refused_answer_does_not_tell_either(
    visit: Callable[..., Page], course: str, tess: Member, browser_of: Callable[[Member], Visitor]
) -> None:
    page = begin(visit, tess)
    assert_no_key(page.submit("Decide", status=422))
    assert_no_key(page.submit("Decide", status=422, given="nonsense"))


def test_the_page_is_as_long_whichever_option_is_the_key(library: Library, visit: Callable[..., Page], tess: Member, omar: Member) -> None:
    library.publish()
    before = begin(visit, tess)
    library.edit("sample/every-kind.md", "- (best) Raise", "- (harmful) Raise")
    library.edit("sample/every-kind.md", "- (acceptable) Send", "- (best) Send")
    assert not library.publish().problems
    after = visit("/courses/sample/every-kind", person=omar)
    after.submit("Enrol in the course")
    after = visit("/courses/sample/every-kind", person=omar).submit("Begin")
    assert length_without_seals(after) == length_without_seals(before)


def length_without_seals(page: Page) -> int:
    """The page's length but for hidden values and the nonce, whose own lengths vary by chance."""
    return len(re.sub(r'(type="hidden"[^>]*value="|nonce=")[^"]*', r"\1", page.html))
