"""What people do on the pages of a scenario, for tests in a browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

BEST = (
    ("What do you do first?", ["Raise it at the next session."]),
    ("Which risks do you name?", ["Others may see the message.", "Roles may blur."]),
    ("Is a note needed?", ["Yes, a short one."]),
    ("In which order?", ["Consult the code.", "Talk with Dana.", "Write the note."]),
    ("What would you write?", []),
)
"""The questions of the sample scenario with every kind of question, and what is best."""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def choose(page: Page, question: str, options: list[str]) -> None:
    """Answer the question with these options: chosen, ticked, or put in this order."""
    expect(page.get_by_role("heading", name=question)).to_be_visible()
    for place, option in enumerate(options, 1):
        if page.locator("[data-order]").count():
            page.get_by_label(option, exact=True).select_option(str(place))
        else:
            page.get_by_label(option, exact=True).check()


def fill_password(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    for field in page.locator("input[type=password]").all():
        field.fill(password)
