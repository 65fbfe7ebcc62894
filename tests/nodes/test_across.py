"""What one node begins the other goes on with: sign-in, forms, limits, mail, PDFs, publishing. The nodes are asked one after the other."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ceapp.accounts.guesses import LIMITS
from ceapp.accounts.passwords import hash_password
from ceapp.audit.models import AuditEntry
from ceapp.certificates.codes import new_code, show
from ceapp.certificates.models import Rendition
from ceapp.learning.models import Answer
from ceapp.mail.service import queue
from tests.mail.post_office import PostOffice
from tests.nodes.deployment import Deployment
from tests.reliability.installation import Somebody
from tests.reliability.journeys import answer_to, begin, beginning, enrol, form_at, page
from tests.reliability.rounds import rounds, together

pytestmark = pytest.mark.usefixtures("sound")

PASSWORD = "a quiet heron at dusk"
MISSES = LIMITS["certificate-code"][0].most


def test_who_signs_in_at_one_node_is_signed_in_at_the_other(deployment: Deployment) -> None:
    somebody = deployment.somebody(hash_password(PASSWORD))
    one, other = deployment.both()
    filled = form_at(one, "/account/sign-in", "/account/sign-in?next=/")
    reply = other.send("POST", filled.action, [*filled.fields, ("email", somebody.email), ("password", PASSWORD)])
    assert reply.status == 303, reply.page
    assert somebody.name in page(one, "/account")
    assert form_at(one, "/account", "/account/sign-out").send(other).status == 303
    assert one.send("GET", "/account").status == other.send("GET", "/account").status != 200


def test_an_attempt_goes_on_at_whichever_node_is_asked(deployment: Deployment) -> None:
    for number in range(rounds(1)):
        visitors = deployment.both(deployment.somebody())
        enrol(visitors[0])
        attempt, chance, step = begin(visitors[1]), Random(number), 1
        while filled := answer_to(visitors[step % 2].send("GET", f"{attempt}/{step}").page, step, chance):
            assert filled.send(visitors[(step + 1) % 2]).status == 303  # The form of one node, sent to the other,
            assert filled.send(visitors[step % 2]).status == 303  # and once more to the first one: still one answer.
            step += 1
        assert deployment.count(Answer, Answer.attempt_id == UUID(attempt.rpartition("/")[2])) == step - 1 > 3


def test_two_nodes_asked_for_the_last_attempt_at_once_begin_one(deployment: Deployment) -> None:
    for _ in range(rounds(2)):
        visitors = deployment.both(deployment.somebody())
        enrol(visitors[0])
        forms = [beginning(visitors[place % 2], "short") for place in range(8)]
        tabs = [tab for _ in range(4) for tab in deployment.both()]
        for tab in tabs:
            tab.cookies.update(visitors[0].cookies)
        replies = together([partial(filled.send, tab) for filled, tab in zip(forms, tabs, strict=True)])
        assert len({(reply.status, reply.location) for reply in replies}) == 1


def test_d4_guessed_passwords_are_counted_over_both_nodes(deployment: Deployment) -> None:
    for _ in range(3):
        quarter, email = _quarter(), deployment.somebody().email
        answered = Counter(_guess(deployment, place % 2, email) for place in range(30))
        if _quarter() == quarter:  # Else the limit began anew on the way, and this says nothing.
            break
    assert answered == {422: 10, 429: 20}


def test_c4_missed_codes_are_counted_over_both_nodes(deployment: Deployment) -> None:
    for number in range(3):
        span, source = _span(), f"127.0.8.{number + 1}"
        visitors = [deployment.at(place, source=source) for place in range(2)]
        answered = Counter(visitors[place % 2].send("GET", f"/verify/{show(new_code())}").status for place in range(MISSES + 20))
        if _span() == span:
            break
    assert answered == {404: MISSES, 429: 20}


def test_every_letter_goes_once_though_both_nodes_send(deployment: Deployment, post_office: PostOffice) -> None:
    people = [deployment.somebody() for _ in range(30 * rounds(1))]
    before = len(post_office.arrived)
    now = datetime.now(UTC)

    def values(person: Somebody) -> dict[str, str]:
        return {"deed": "changed", "email": person.email, "at": now.isoformat()}

    with deployment._app.app_context():
        for person in people:
            queue("password-notice", f"test:{person.id}", person_id=person.id, values=values(person), now=now)
    assert together([partial(_wake, deployment, place) for place in range(2)]) == [None, None]
    wanted = Counter(person.email for person in people)
    post_office.wait_for(before + len(people) + 2)
    arrived = Counter(recipient for mail in post_office.arrived[before:] for recipient in mail.recipients if recipient in wanted)
    assert arrived == wanted


def test_a_pdf_is_made_once_and_both_nodes_give_the_same_bytes(deployment: Deployment) -> None:
    holder = deployment.somebody()
    certificate = deployment.certificate(holder)
    visitors = [deployment.at(place % 2, holder) for place in range(6)]
    pdfs = together([partial(visitor.bytes_of, f"/certificates/{certificate.id}.pdf") for visitor in visitors])
    assert len(set(pdfs)) == 1
    assert pdfs[0].startswith(b"%PDF")
    assert deployment.count(Rendition, Rendition.certificate_id == certificate.id) == 1


def test_what_one_node_publishes_the_other_shows_and_neither_publishes_twice(deployment: Deployment) -> None:
    for node in deployment.nodes:
        file = node.scenarios / "sample" / "extra.md"
        file.write_text(file.read_text().replace("You find a photo", "On a Monday you find a photo"))
    before = _published(deployment)
    told = together([partial(node.run, "sync") for node in deployment.nodes])
    assert all("sample: " in each for each in told), told
    assert _published(deployment) == before + 1
    visitors = deployment.both(deployment.somebody())
    enrol(visitors[0])
    attempt = begin(visitors[0], "extra")
    pages = [page(visitor, f"{attempt}/1") for visitor in visitors]
    assert all("On a Monday you find a photo" in text for text in pages)


def _guess(deployment: Deployment, place: int, email: str) -> int:
    visitor = deployment.at(place, source=f"127.0.9.{place + 1}")
    filled = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
    return visitor.send("POST", filled.action, [*filled.fields, ("email", email), ("password", "not the password")]).status


def _wake(deployment: Deployment, place: int) -> None:
    """Have this node queue a letter of its own, which wakes its sender."""
    visitor = deployment.at(place)
    filled = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
    reply = visitor.send("POST", filled.action, [*filled.fields, ("email", deployment.somebody().email), ("way", "code")])
    assert reply.status == 303, reply.page


def _published(deployment: Deployment) -> int:
    with deployment.engine() as engine, Session(engine) as session:
        deeds = session.scalars(select(AuditEntry.subjects).where(AuditEntry.deed == "course.published"))
        return sum("sample" in str(each) for each in deeds)


def _quarter() -> int:
    return int(time.time() // 900)


def _span() -> int:
    return int(time.time() // 600)
