"""A1, A5, A9, C3, H2, H4: every address as everybody, and what must not come back does not.

`MAY_SEE` says for each kind of marker who may see it, by the names of `world.py`; whatever else is seen fails.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from ceapp.database import db, everybody
from ceapp.learning.models import Score
from ceapp.mail.models import Message
from ceapp.supervision.models import Task
from tests.conftest import NOW
from tests.crawl.conftest import Crawled
from tests.crawl.crawler import Answer, Sighting, unpacked
from tests.crawl.world import AGENCY, ELSEWHERE, MEMBERS, NORTH, task
from tests.harness.letters import letters

SUPERVISORS = {key for key, roles in MEMBERS[AGENCY].items() if "supervisor" in roles}
ADMINISTER = {"ines", "trio"}
OF_TESS = {"sam", "cora", "rhea", "stan"}
"""Who supervises Tess today; Cora covers Sam."""

NAMES = {
    "ada": set(),
    "vera": set(),
    "bea": set(),
    # Trainees: their supervisors and the administrators. Those who supervised them until they left find them in their own list.
    "tess": OF_TESS | ADMINISTER | {"endo"},
    "omar": ADMINISTER,
    "nina": ADMINISTER,
    "duo": {"sam", "cora", "nora", "nils"} | ADMINISTER,
    "held": {"sam"} | ADMINISTER,
    "gone": {"sam"} | ADMINISTER,
    "blocked": {"sam", "cora"} | ADMINISTER,
    "eli": {"rita"},
    # Supervisors are known to their colleagues, who ask one another to cover, and to their trainees.
    "sam": SUPERVISORS | ADMINISTER | {"tess", "duo", "trio"},
    "cora": SUPERVISORS | ADMINISTER | {"tess", "duo", "trio"},
    "stan": SUPERVISORS | ADMINISTER | {"tess"},
    "rhea": SUPERVISORS | ADMINISTER | {"tess"},
    "endo": SUPERVISORS | ADMINISTER | {"tess"},
    "cole": SUPERVISORS | ADMINISTER,
    "idle": SUPERVISORS | ADMINISTER,
    "trio": SUPERVISORS | ADMINISTER | {"nina"},
    "ines": ADMINISTER | {"tess", "omar", "held", "gone"} | (OF_TESS),  # her name is under what she assigned
    "rita": {"eli"},
    "nora": {"duo", "nils"},
    "nils": set(),
}
EMAILS = {key: ADMINISTER for key in MEMBERS[AGENCY] if key != "gone"} | {
    "duo": {*ADMINISTER, "nils"},
    "eli": {"rita"},
    "nora": {"nils"},
}
KNOWS_SHORT = {"tess", "sam", "cora", "rhea", "omar", "eli", "held", "gone"}
"""Who answered the short scenario, and who reads what Tess answered."""

SEES_ALL = {"bea", "ada"}
"""The reviewer sees the whole course, and administrators see what reviewers see."""

ANSWERED = {"tess", "omar", "nina", "duo", "eli", "sam", "cora", "rhea", "trio", "nora", "rita"}

MAY_SEE: dict[str, set[str]] = {
    **{f"name:{key}": {key, "ada"} | others for key, others in NAMES.items()},
    **{f"email:{key}": {key, "ada"} | EMAILS.get(key, set()) for key in NAMES},
    **{f"org:{name}": {*members, "ada"} for name, members in MEMBERS.items()},
    "group:tess": SUPERVISORS | ADMINISTER,
    "group:omar": SUPERVISORS | ADMINISTER,
    "group:nina": SUPERVISORS | ADMINISTER,
    "group:eli": {"rita"},
    "group:north": {"nora", "nils"},
    "note:tess": {"tess"} | OF_TESS | ADMINISTER,
    "note:omar": {"omar"} | ADMINISTER,
    "note:both": {"tess", "omar", "held", "gone", "trio"} | OF_TESS | ADMINISTER,
    "note:nina": {"nina"} | ADMINISTER,
    "note:duo": {"duo", "sam", "cora"} | ADMINISTER,
    "note:north": {"duo", "nora", "nils"},
    "note:duo-open": {"duo", "sam", "cora"} | ADMINISTER,
    "note:north-open": {"duo", "nora", "nils"},
    "note:eli": {"eli", "rita"},
    "extension:tess": {"tess"} | OF_TESS | ADMINISTER,
    "extension:omar": {"omar"} | ADMINISTER,
    "sign-off:sam": {"sam", "cora", "rhea"},  # Stan sees the state alone; Ines too
    "sign-off:endo": {"endo", "sam", "cora", "rhea"},
    "sign-off:nora": {"nora"},
    "sign-off:rita": {"rita"},
    "grant:nina": {"nina"} | ADMINISTER,
    "grant:eli": {"eli", "ada"},
    **{
        f"reflection:{each}": {"tess"}
        for each in ("tess", "tess-second", "tess-draft", "tess-credit", "tess-practice", "tess-practice-draft")
    },
    "reflection:omar": {"omar"},
    "reflection:nina": {"nina"},
    "reflection:duo": {"duo"},
    "reflection:north": {"duo"},
    "reflection:eli": {"eli"},
    "key:short": KNOWS_SHORT | SEES_ALL,
    "key:short-other": KNOWS_SHORT | SEES_ALL,
    "option:short": KNOWS_SHORT | SEES_ALL,
    "key:explain": ANSWERED | SEES_ALL,
    "key:rubric": ANSWERED | SEES_ALL,
    "key:extra": SEES_ALL,
    "option:extra": SEES_ALL,
    "invited-email:agency": ADMINISTER,
    "invited-name:agency": ADMINISTER,
    "invited-email:elsewhere": {"rita"},
    "invited-name:elsewhere": {"rita"},
    "invited-email:north": {"nils"},
    "invited-name:north": {"nils"},
    "licence:tess": {"tess", "ada"},  # administrators choose among them when they correct a certificate
    "licence:eli": {"eli", "ada"},
    "correction:tess": {"ada"},
    "correction:eli": {"ada"},
    "approval": {"ada"},
    "batch": {"ada"},
    "hold": {"ada"},
    "accommodation:tess": {"tess"},  # an administrator only once it is written down
    "accommodation:eli": {"eli"},
    "grievance:tess": {"tess", "ada"},
    "grievance:eli": {"eli", "ada"},
    "attachment": {"ada", "bea"},
    "board": {"ada", "bea"},
    "provider-number": {"ada"},
    "rejection": {"ada"},
    "printed:tess": {"tess", "ada"},
    "printed:eli": {"eli", "ada"},
}
SELECTION = {"course": "", "organisation": "", "first_day": "", "last_day": "", "paper": "letter"}
READS_ON_DEMAND = {"reflection:tess": {"rhea"}, "reflection:nina": {"trio"}, "reflection:north": {"nora"}, "reflection:eli": {"rita"}}
"""Who reads a reflection by the form that writes the reading down."""

ON_THE_CERTIFICATE = {"name:tess", "printed:tess", "printed:eli"}
"""The names that `/verify/<code>` shows to whoever has the code. Tess passed both scenarios, so she has a certificate besides."""


@pytest.fixture(scope="module")
def kinds(crawled: Crawled) -> dict[str, str]:
    """Marker → kind."""
    return {word: kind for kind, word in crawled.world.markers.items()}


def sightings(answers: list[Answer], kinds: dict[str, str]) -> Iterator[Sighting]:
    for answer in answers:
        for seen in answer.sightings(kinds):
            is_echo = answer.status == 403 and kinds_word(kinds, seen.kind) in answer.address  # the address that was just posted to
            if not is_echo and not (answer.endpoint == "certificates.verified" and seen.kind in ON_THE_CERTIFICATE):
                yield seen


def kinds_word(kinds: dict[str, str], kind: str) -> str:
    return next(word for word, each in kinds.items() if each == kind)


def leaks(answers: list[Answer], kinds: dict[str, str], more: dict[str, set[str]] | None = None) -> list[str]:
    """What was seen outside the table, once for each kind and person."""
    found: dict[tuple[str, str], str] = {}
    for seen in sightings(answers, kinds):
        if seen.who not in MAY_SEE[seen.kind] | (more or {}).get(seen.kind, set()):
            found.setdefault((seen.kind, seen.who), seen.address)
    return [f"{kind} was seen by {who} at {address}" for (kind, who), address in sorted(found.items())]


def test_a1_a5_nobody_sees_what_is_not_theirs(crawled: Crawled, kinds: dict[str, str]) -> None:
    assert not leaks(crawled.answers, kinds)


def test_every_marker_is_in_the_table(crawled: Crawled) -> None:
    assert set(crawled.world.markers) == set(MAY_SEE)


def test_control_everything_is_seen_by_somebody_who_may(crawled: Crawled, kinds: dict[str, str]) -> None:
    seen = defaultdict(set)
    for each in sightings(crawled.answers, kinds):
        seen[each.kind].add(each.who)
    unseen = {kind for kind, may in MAY_SEE.items() if may and not seen[kind] & may}
    assert not unseen
    assert {"sam", "cora", "rhea", "stan", "endo"} <= seen["name:tess"]  # the relations work
    assert seen["extension:tess"] >= OF_TESS


def test_control_a_planted_leak_is_found(crawled: Crawled, kinds: dict[str, str]) -> None:
    word = crawled.world.markers["reflection:tess-practice"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("inside.txt", f"a {word.upper()} b")
    for body in (f"<p>{word}</p>".encode(), unpacked(archive.getvalue()), json.dumps({"x": [word]}).encode()):
        planted = Answer("sam", "GET", "/x", "x", 200, body)
        assert leaks([planted], kinds) == ["reflection:tess-practice was seen by sam at GET /x"]
    assert not leaks([Answer("tess", "GET", "/x", "x", 200, word.encode())], kinds)


def test_a9_opening_pages_writes_nothing(crawled: Crawled) -> None:
    changed = {name for name, rows in crawled.before.items() if crawled.after[name] != rows}
    assert changed == {"sign_in"}  # of the person who is suspended on the whole server: it is over
    assert crawled.after["sign_in"][0] == crawled.before["sign_in"][0] - 1


def test_nothing_breaks_and_every_address_shows_something_to_somebody(crawled: Crawled) -> None:
    assert not [answer for answer in crawled.answers if answer.status >= 500]
    assert {answer.status for answer in crawled.answers} <= {200, 303, 404, 409}
    shown = {answer.endpoint for answer in crawled.answers if answer.status == 200}
    only_by_link_or_under_way = {
        "accounts.email_code",
        "accounts.first_administrator",
        "accounts.invitation",
        "accounts.prove_code",
        "accounts.second_factor_asked",
        "accounts.second_factor_codes",
        "accounts.second_factor_codes_file",
        "accounts.sign_in_code",
        "catalogue.image",
        "certificates.scanned",
        "learning.attestation",  # only of a course that asks for it, as the next
        "learning.evaluation",
        "learning.opened_attempt",  # what was opened with a reason, as the next
        "learning.opened_record",
        "learning.print_course",  # for whom it was granted
        "reporting.reviewers_pack",
        "operating.metrics",  # by its token alone
        "supervision.release",
    }
    assert {answer.endpoint for answer in crawled.answers} - shown <= only_by_link_or_under_way


ALWAYS = (
    b"X-Content-Type-Options: nosniff",
    b"Referrer-Policy: no-referrer",
    b"Cross-Origin-Opener-Policy: same-origin",
    b"Cross-Origin-Resource-Policy: same-origin",
    b"X-Frame-Options: DENY",
    b"Permissions-Policy: ",
    b"Strict-Transport-Security: max-age=",
    b"frame-ancestors 'none'",
    b"default-src 'none'",
)
OF_PAGES = (b"object-src 'none'", b"base-uri 'none'", b"form-action 'self'", b"require-trusted-types-for 'script'", b"charset=utf-8")


def test_e1_e2_e6_every_answer_has_its_headers(crawled: Crawled) -> None:
    """Pages, files, redirects and errors alike; nothing that is somebody's own is kept by a browser."""
    faults, nonces = [], []
    for answer in crawled.answers:
        of_page = OF_PAGES if answer.mimetype == "text/html" else ()
        faults += [f"{answer.address} ({answer.status}): {each.decode()}" for each in (*ALWAYS, *of_page) if each not in answer.content]
        head = answer.content[:4000]
        faults += [f"{answer.address}: {each!r}" for each in (b"unsafe-", b"Access-Control-Allow", b"X-Powered-By") if each in head]
        if answer.endpoint not in MAY_BE_KEPT and b"Cache-Control: no-store" not in head:
            faults.append(f"{answer.address}: may be kept")
        nonces += re.findall(rb"script-src 'nonce-([^']+)'", head)
    assert not sorted(set(faults))
    assert len(nonces) == len(set(nonces)) > 1000


MAY_BE_KEPT = {"catalogue.image", "certificates.pdf"}
"""Pictures of courses are public; the PDF of a certificate is kept to be asked for again (`private, no-cache`), never shown without."""


def test_h2_no_marker_is_in_the_log(crawled: Crawled, kinds: dict[str, str]) -> None:
    assert "refused to person" in crawled.log  # the log was on
    seen = {each.kind for each in Answer("the log", "", "", "", 200, crawled.log.encode()).sightings(kinds)}
    assert not {kind for kind in seen if not kind.startswith("org:")}


def test_scores_and_choices_stay_within_their_scope(crawled: Crawled) -> None:
    """Stan sees the state of Tess's work, Ines administers: neither the percent of the first attempt nor the worst choice reaches them."""
    world = crawled.world
    with world.app.app_context(), everybody("a test looks at a score"):
        percent = db.session.scalars(select(Score.percent).where(Score.attempt_id == world.ids["attempt:tess"])).one()
        db.session.rollback()
    page = f"/trainees/{world.people['tess'].id}/{task(world, 'note:tess', 'tess', 'every-kind')}"
    found = {answer.who: answer.content.decode() for answer in crawled.answers if answer.address.endswith(page) and answer.status == 200}
    assert set(found) == OF_TESS | ADMINISTER
    for who, body in found.items():
        assert (f"{percent}%" in body) == (who in {"sam", "cora", "rhea"}), who
        assert ("Wait and see what comes" in body) == (who in {"sam", "cora", "rhea"}), who
    files = [answer for answer in crawled.answers if answer.endpoint == "supervision.progress_file" and answer.who in ("stan", "ines")]
    assert [answer.status for answer in files].count(200) > 2
    assert not [answer.address for answer in files if re.search(rf'(^|[,"]){percent}([,"\r]|$)', answer.content.decode(), re.MULTILINE)]
    assert any(str(percent) in a.content.decode() for a in crawled.answers if a.endpoint == "supervision.progress_file" and a.who == "sam")


def test_h4_reflections_are_read_only_by_whom_the_scope_lets(crawled: Crawled, kinds: dict[str, str]) -> None:
    """By the one form that opens them, as everybody, for every task in every organisation."""
    world = crawled.world
    with world.app.app_context(), everybody("the crawl asks for every task"):
        tasks = db.session.execute(select(Task.trainee_id, Task.id)).all()
        db.session.rollback()
    answers = []
    for who in world.roles:
        client = world.client(who)
        for agency in world.organisations.values():
            for trainee_id, task_id in tasks:
                address = f"/organisations/{agency.slug}/trainees/{trainee_id}/{task_id}/reflection"
                answers.append(crawled.crawler.open(client, who, "POST", address, data={"question": "note"}))
    assert {answer.status for answer in answers} <= {200, 403, 404}
    assert not leaks(answers, kinds, READS_ON_DEMAND)
    read = {(seen.kind, seen.who) for answer in answers for seen in answer.sightings(kinds) if seen.kind.startswith("reflection:")}
    assert read == {(kind, who) for kind, readers in READS_ON_DEMAND.items() for who in readers}


def test_h8_posts_that_only_show_keep_to_the_table(crawled: Crawled, kinds: dict[str, str]) -> None:
    """Exports, everything about oneself, messages, and the preview of an assignment to everybody in the world."""
    world, answers = crawled.world, []
    with world.app.app_context():
        messages = list(db.session.scalars(select(Message.id)))
        db.session.rollback()
    everyone = " ".join(str(person.id) for person in world.people.values())
    wish = {
        "course": "sample",
        "what": "scenarios",
        "scenarios": "extra",
        "people": everyone,
        "time_zone": "America/Toronto",
        "key": "k" * 22,
    }
    groups = " ".join(str(each) for kind, each in world.ids.items() if kind.startswith("group:"))
    posts: list[tuple[str, dict[str, Any]]] = [
        (f"/exports/{world.ids['export']}/file", {}),
        ("/exports/roster", {"as": "csv", **SELECTION}),
        ("/exports/roster", {"as": "xlsx", **SELECTION}),
        *((f"/outbox/{each}/show", {}) for each in messages),
        *(
            (f"/organisations/{agency.slug}/{page}", {**wish, "groups": groups, "chosen": ""})
            for agency in world.organisations.values()
            for page in ("assign", "assign/preview")
        ),
    ]
    for who in world.roles:
        client = world.client(who)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account").get_data(as_text=True))
        token = {"csrf_token": found.group(1) if found else ""}
        own = [(f"/account/data/{each}/file", {}) for kind, each in world.ids.items() if kind.startswith("own-data:")]
        answers += [crawled.crawler.open(client, who, "POST", address, data=data | token) for address, data in [*posts, *own]]
    assert {answer.status for answer in answers} <= {200, 403, 404, 409, 422}
    of_ada = [answer for answer in answers if answer.who == "ada"]
    assert [answer.status for answer in of_ada[:3]] == [200, 200, 200]
    own_words = {"correction:tess": {"tess"}, "correction:eli": {"eli"}}  # in everything about themselves
    assert not leaks([answer for answer in answers if answer.who != "ada" or "outbox" not in answer.address], kinds, own_words)
    own = [answer for answer in answers if answer.address.startswith("/account/data/") and answer.status == 200]
    assert {answer.address for answer in own} == {f"/account/data/{world.ids[f'own-data:{answer.who}']}/file" for answer in own}
    assert {"reflection:tess-practice-draft", "correction:tess"} <= {seen.kind for answer in own for seen in answer.sightings(kinds)}
    assert {seen.kind for answer in of_ada for seen in answer.sightings(kinds)} >= {"printed:tess", "printed:eli", "invited-email:agency"}
    forbidden = ("reflection:", "note:", "extension:", "sign-off:", "grant:", "key:", "invited-name:")
    assert not [s for answer in of_ada for s in answer.sightings(kinds) if s.kind.startswith(forbidden) and "outbox" in s.address]


def test_a5_letters_say_nothing_that_their_reader_must_not_see(crawled: Crawled, kinds: dict[str, str]) -> None:
    world = crawled.world
    keys = {person.email: key for key, person in world.people.items()}
    waiting = letters(world.app, NOW)
    assert len(waiting) > 5
    answers = [
        Answer(keys.get(letter.to, letter.to), "MAIL", letter.subject, "mail", 200, f"{letter.subject}\n{letter.text}".encode())
        for letter in waiting
    ]
    to_people = [answer for answer in answers if answer.who in world.people]
    assert not leaks(to_people, kinds)
    assert {"duo", "omar", "ada"} <= {answer.who for answer in to_people}
    assert not {answer.who for answer in to_people} & {"held", "gone", "blocked"}
    private = ("reflection:", "note:", "extension:", "sign-off:", "grant:", "key:", "option:", "email:", "name:", "printed:", "group:")
    assert not [seen for answer in answers for seen in answer.sightings(kinds) if seen.kind.startswith(private) and seen.who != "ada"]
    of_guests = {answer.who: {seen.kind for seen in answer.sightings(kinds)} for answer in answers if answer.who not in world.people}
    assert len(of_guests) == 3
    for name in (AGENCY, ELSEWHERE, NORTH):
        assert of_guests[f"{world.markers[f'invited-email:{name}']}@example.net"] <= {f"org:{name}", f"invited-name:{name}"}
