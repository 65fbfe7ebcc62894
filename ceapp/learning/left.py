"""What is left before the certificate, in words and with the way to each thing: the same on every page that tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, url_for

from ceapp.certificates.models import Certificate
from ceapp.learning.completion import Act, Checklist, Item, Mark, State

DONE, NEXT, LATER = "done", "next", "later"
ACTS = {
    Act.EVALUATION: ("Say what the course was like", "Evaluate"),
    Act.ATTESTATION: ("Sign that the work was yours", "Sign"),
}
"""What each act is called, and the word of the link to its page, which has the act's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing on the list; `state` is done, next or later. Without `href` it cannot be done yet."""

    title: str
    detail: str
    state: str
    href: str
    action: str


@dataclass(frozen=True, slots=True)
class Left:
    """The list of one course. `button` leads to what is next; `may_get_certificate` where everything is met and nothing has issued it."""

    title: str
    said: str
    percent: int
    lines: tuple[Line, ...]
    optional: tuple[Line, ...]
    button: Line | None
    may_get_certificate: bool


def install_left(app: Flask) -> None:
    """Let templates ask for the list."""
    app.jinja_env.globals["left_of"] = left_of


def left_of(checks: Checklist, course_slug: str, certificate: Certificate | None) -> Left:
    """The list of a course for somebody who is enrolled in it; the certificate is the one that came of it."""
    course = url_for("learning.course", course_slug=course_slug)  # Asked for once: the address of every scenario begins with it.
    passes = [_of_item(item, checks, course) for item in checks.required]
    lines = [*passes, *(_of_act(mark, checks, course) for mark in checks.marks)]
    return Left(
        title="All requirements are met" if checks.is_complete else "What is left before your certificate",
        said=_said(checks, certificate),
        percent=checks.percent,
        lines=tuple(lines),
        optional=tuple(_of_item(item, checks, course) for item in checks.optional),
        button=_to_certificate(certificate) if certificate else _to_next(lines),
        may_get_certificate=checks.is_complete and certificate is None,
    )


def _said(checks: Checklist, certificate: Certificate | None) -> str:
    if certificate and certificate.serial:
        return "Completed. Your record and your certificate stay here."
    if certificate:
        return (
            "Completed and recorded. The provider cannot issue certificates yet, so there is a specimen; "
            "the certificate follows without your doing anything."
        )
    if checks.is_complete:
        return "Everything is done, and the certificate is yours to take."
    minutes = f"about {_counted(checks.minutes_left, 'minute')} to go" if checks.minutes_left else "a few minutes to go"
    return f"{checks.met} of {checks.asked} done; {minutes}. Everything so far is saved."


def _to_certificate(certificate: Certificate) -> Line:
    href = url_for("certificates.certificate", certificate_id=certificate.id)
    return Line("Open your certificate" if certificate.serial else "Open the specimen", "", NEXT, href, "")


def _to_next(lines: Iterable[Line]) -> Line | None:
    """The button to what is next, named by what it does: "Go on: A client sends a friend request"."""
    following = next((line for line in lines if line.state == NEXT and line.href), None)
    if following is None:
        return None
    return Line(f"{following.action}: {following.title}", "", NEXT, following.href, "")


def _of_item(item: Item, checks: Checklist, course: str) -> Line:
    title = item.requirement.title
    href = f"{course}/{item.requirement.slug}"
    if item.is_met:
        return Line(title, "passed" if item.percent is None else f"{item.percent}%", DONE, href, "Look back")
    if item.open_attempt:
        return Line(title, State.UNDER_WAY, NEXT, url_for("learning.attempt", attempt_id=item.open_attempt), "Go on")
    if not checks.may_begin(item):
        return Line(title, "after the last scenario", LATER, href, "What they are")
    state = NEXT if item is checks.next else LATER
    if item.closed == 0:
        return Line(title, _counted(item.requirement.minutes, "minute"), state, href, "Begin")
    if item.state is not State.USED_UP:
        return Line(title, item.state, state, href, "Try again")
    return Line(title, item.state, state, href, "Ask for another attempt" if item.requirement.is_closing else "Practise or ask")


def _of_act(mark: Mark, checks: Checklist, course: str) -> Line:
    title, action = ACTS[mark.act]
    href = f"{course}/{mark.act}"
    if mark.is_done:
        return Line(title, "", DONE, href, "Look back")
    if mark.act is checks.next_act:
        return Line(title, "", NEXT, href, action)
    return Line(title, "at the end", LATER, "", "")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
