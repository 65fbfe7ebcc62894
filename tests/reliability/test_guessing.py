"""C3, C4, D4: guessed codes and guessed passwords, over both workers and a restart, and the people who are not guessing."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from bench.visitor import Reply, Visitor
from ceapp.certificates.codes import ALPHABET, new_code, show
from tests.reliability.installation import Installation
from tests.reliability.journeys import form_at, page
from tests.reliability.rounds import rounds, together

pytestmark = pytest.mark.usefixtures("sound")

GUESSERS, GUESSES, HEAP = 4, 10_000, 50
NOT_ANSWERED_ALIKE = ("date", "content-security-policy", "content-length", "set-cookie", "x-request-id")


def test_c4_ten_thousand_guessed_codes_find_nothing_and_keep_nobody_out(served: Installation) -> None:
    holder = served.somebody()
    certificate = served.certificate(holder)
    each = rounds(GUESSES) // GUESSERS
    guesses = together([lambda place=place: _guess_codes(served.server.port, f"127.0.0.{place + 2}", each) for place in range(GUESSERS)])
    answered = sum(guesses, Counter())
    assert sum(answered.values()) == each * GUESSERS
    assert set(answered) == {"404", "429"}
    assert answered["429"] > answered["404"]
    for source in ("127.0.0.2", "127.0.0.77"):  # In a guesser's own network, and elsewhere.
        assert holder.name in page(served.visitor(source=source), f"/verify/{show(certificate.code)}")
    mistyped = served.visitor(source="127.0.0.78").send("GET", f"/verify/{_with_a_slip(certificate.code)}")
    assert mistyped.status == 404
    refused = next(reply for reply in _misses(served, "127.0.0.2") if reply.status == 429)
    assert int(refused.headers["Retry-After"]) > 0
    assert "A right code is always answered" in refused.page


def _misses(served: Installation, source: str) -> Iterator[Reply]:
    visitor = served.visitor(source=source)
    return (visitor.send("GET", f"/verify/{show(new_code())}") for _ in range(100))


def _guess_codes(port: int, source: str, number: int) -> Counter[str]:
    """The statuses that so many guesses from one address get; asked in heaps, so that asking costs little."""
    found: Counter[str] = Counter()
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0)) as connection:
        answers = connection.makefile("rb")
        for start in range(0, number, HEAP):
            heap = min(HEAP, number - start)
            asked = "".join(f"GET /verify/{show(new_code())} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for _ in range(heap))
            connection.sendall(asked.encode())
            for _ in range(heap):
                head = iter(answers.readline, b"\r\n")
                found[next(head).split()[1].decode()] += 1
                lengths = [int(line.partition(b":")[2]) for line in head if line.lower().startswith(b"content-length:")]
                answers.read(lengths[0])
        answers.close()
    return found


def test_c3_an_unknown_code_looks_like_one_that_cannot_be(served: Installation) -> None:
    unknown, impossible = show(new_code()), show("U" * 27)
    visitor = served.visitor(source="127.0.0.90")
    replies = [visitor.send("GET", f"/verify/{typed}") for typed in (unknown, impossible)]
    seen = [
        (reply.status, _headers(reply.headers), _without(reply.page, typed))
        for reply, typed in zip(replies, (unknown, impossible), strict=True)
    ]
    assert seen[0] == seen[1]
    assert len(replies[0].body) == len(replies[1].body)


def test_d4_guesses_are_counted_over_both_workers_and_a_restart(served: Installation) -> None:
    for _ in range(3):
        quarter, email = _quarter(), served.somebody().email
        answered = Counter(_guess(served.visitor(source=f"127.0.1.{place % 3 + 1}"), email) for place in range(30))
        served.server.restart()
        after = _guess(served.visitor(source="127.0.1.9"), email)
        stranger = _guess(served.visitor(source="127.0.1.9"), f"other-{email}")
        if _quarter() == quarter:  # Else the limit began anew on the way, and this says nothing.
            break
    assert answered == {422: 10, 429: 20}
    assert (after, stranger) == (429, 422)


def _guess(visitor: Visitor, email: str) -> int:
    filled = form_at(visitor, "/account/sign-in", "/account/sign-in?next=/")
    fields = [*filled.fields, ("email", email), ("password", "not the password of anybody")]
    return visitor.send("POST", filled.action, fields).status


def _quarter() -> int:
    return int(time.time() // 900)


def _with_a_slip(code: str) -> str:
    return show(code[:-1] + ALPHABET[(ALPHABET.index(code[-1]) + 1) % len(ALPHABET)])


def _headers(headers) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {name.lower(): value for name, value in headers.items() if name.lower() not in NOT_ANSWERED_ALIKE}


def _without(text: str, typed: str) -> str:
    return re.sub(r"nonce=\"[^\"]+\"|name=\"csrf_token\"[^>]*>", "", text).replace(typed, "")
