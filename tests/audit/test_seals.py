"""The chains by themselves: whatever is done to them is found, and nothing where nothing was done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ceapp.audit.seals import (
    FIRST,
    SERVER,
    Fault,
    Head,
    Sealed,
    chain_of,
    digest_of,
    flaws_in,
    read_heads,
    seal_sha256,
    sealed_text,
    written_heads,
)

AGENCY = UUID("0192f0a0-0000-7000-8000-00000000000a")
AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    id: UUID
    at: datetime
    actor_id: UUID | None
    deed: str
    subjects: dict[str, str]
    organisation_id: UUID | None


def entry(number: int, organisation: UUID | None = None) -> Entry:
    subjects = {"person": str(UUID(int=number)), **({"organisation": str(organisation)} if organisation else {})}
    return Entry(UUID(int=number + (1 << 80)), AT + timedelta(minutes=number), UUID(int=7), f"deed.{number % 5}", subjects, organisation)


def chain(name: str, entries: list[Entry]) -> list[Sealed]:
    made: list[Sealed] = []
    for number, each in enumerate(entries, 1):
        sha256 = seal_sha256(name, number, made[-1].sha256 if made else FIRST, each)
        made.append(Sealed(name, number, sha256, each))
    return made


def whole(length: int = 40) -> list[Sealed]:
    """Two chains, as the database gives them."""
    return [*chain(str(AGENCY), [entry(1000 + each, AGENCY) for each in range(length)]), *chain(SERVER, [entry(n) for n in range(length)])]


def test_h1_the_text_of_a_seal_never_changes() -> None:
    """Whoever kept a hash can compute it again in ten years: this text is part of the format."""
    assert sealed_text(SERVER, 2, "ab", replace(entry(3), subjects={"b": "é", "a": "1"}, actor_id=None)) == (
        '["ceapp audit seal 1","server",2,"ab","00000000-0001-0000-0000-000000000003","2026-11-20T15:03:00.000000+00:00",null,"deed.3",'
        '{"a":"1","b":"é"},null]'
    )


def test_h1_whole_chains_have_no_flaw() -> None:
    assert list(flaws_in(whole())) == []
    assert list(flaws_in([])) == []


@pytest.mark.parametrize(
    ("subjects", "wanted"),
    [
        ({}, SERVER),
        ({"organisation": str(AGENCY)}, str(AGENCY)),
        ({"organisation": "harbour"}, SERVER),
        ({"person": str(AGENCY)}, SERVER),
    ],
)
def test_an_entry_is_of_the_chain_of_its_organisation(subjects: dict[str, str], wanted: str) -> None:
    assert chain_of(subjects) == wanted


COLUMNS: dict[str, Callable[[Entry], Entry]] = {
    "id": lambda each: replace(each, id=UUID(int=each.id.int + 5_000_000)),
    "at": lambda each: replace(each, at=each.at + timedelta(microseconds=1)),
    "actor": lambda each: replace(each, actor_id=None),
    "deed": lambda each: replace(each, deed=f"{each.deed}x"),
    "subjects": lambda each: replace(each, subjects={**each.subjects, "person": "another"}),
    "organisation": lambda each: replace(each, organisation_id=None if each.organisation_id else AGENCY),
}


def edit(rows: list[Sealed], dice: random.Random) -> list[Sealed]:
    at, how = dice.randrange(len(rows)), dice.choice([*COLUMNS, "sha256"])
    old = rows[at]
    assert isinstance(old.entry, Entry)
    new = replace(old, sha256=f"{dice.getrandbits(256):064x}") if how == "sha256" else replace(old, entry=COLUMNS[how](old.entry))
    return [*rows[:at], new, *rows[at + 1 :]]


def swap(rows: list[Sealed], dice: random.Random) -> list[Sealed]:
    """Two entries, or two seals with their entries, of one chain change places."""
    one, other = dice.sample([number for number, each in enumerate(rows) if each.chain == dice.choice([SERVER, str(AGENCY)])] or [0, 1], 2)
    if rows[one].chain != rows[other].chain:
        one, other = 0, 1
    changed = list(rows)
    if dice.random() < 0.5:
        changed[one], changed[other] = replace(rows[one], entry=rows[other].entry), replace(rows[other], entry=rows[one].entry)
    else:
        changed[one] = replace(rows[other], number=rows[one].number)
        changed[other] = replace(rows[one], number=rows[other].number)
    return changed


def delete(rows: list[Sealed], dice: random.Random) -> list[Sealed]:
    """An entry, or a few seals in the middle of a chain."""
    at = dice.randrange(len(rows) - 1)
    if dice.random() < 0.3:
        return [*rows[:at], replace(rows[at], entry=None), *rows[at + 1 :]]
    at, length = (at + 1 if rows[at].chain != rows[at + 1].chain else at), dice.randrange(1, 4)
    left = [each for number, each in enumerate(rows) if not at <= number < at + length]
    ends = {each.chain: each.number for each in rows}
    return left if {each.chain: each.number for each in left} == ends else [*rows[1:]]


def insert(rows: list[Sealed], dice: random.Random) -> list[Sealed]:
    """One more entry between two, with a seal that fits to the one before it; the later ones move on."""
    at = dice.randrange(1, len(rows))
    if rows[at].number == 1:
        at -= 1
    of = rows[at].chain
    new = entry(90_000 + dice.randrange(1000), AGENCY if of != SERVER else None)
    before = rows[at - 1].sha256 if rows[at].number > 1 else FIRST
    put = Sealed(of, rows[at].number, seal_sha256(of, rows[at].number, before, new), new)
    moved = [replace(each, number=each.number + 1) if each.chain == of and each.number >= put.number else each for each in rows]
    return [*moved[:at], put, *moved[at:]]


def truncate(rows: list[Sealed], dice: random.Random) -> list[Sealed]:
    """The end of a chain is cut off; sometimes other entries are sealed in its place."""
    of = dice.choice([SERVER, str(AGENCY)])
    mine, others = [each for each in rows if each.chain == of], [each for each in rows if each.chain != of]
    kept = mine[: dice.randrange(len(mine))]
    if dice.random() < 0.5:
        forged = [entry(80_000 + each, AGENCY if of != SERVER else None) for each in range(len(mine))]
        kept = chain(of, [*(each.entry for each in kept), *forged[len(kept) :]])  # type: ignore[list-item]
    return sorted([*kept, *others], key=lambda each: (each.chain, each.number))


def heads_of(rows: list[Sealed]) -> list[Head]:
    return [Head(*found) for found in {each.chain: (each.chain, each.number, each.sha256) for each in rows}.values()]


def is_noticed(rows: list[Sealed], heads: list[Head]) -> bool:
    """By the chains themselves, or by the heads that were kept outside."""
    standing = {(each.chain, each.number): each.sha256 for each in rows}
    return any(True for _ in flaws_in(rows)) or any(standing.get((each.chain, each.number)) != each.sha256 for each in heads)


@pytest.mark.parametrize("deed", [edit, swap, delete, insert, truncate])
def test_h1_a_thousand_random_deeds_are_all_found(deed: Callable[[list[Sealed], random.Random], list[Sealed]]) -> None:
    rows, dice = whole(), random.Random(deed.__name__)
    heads = heads_of(rows)
    for turn in range(1000):
        changed = deed(rows, dice)
        assert changed != rows
        assert is_noticed(changed, heads), f"{deed.__name__} {turn}"


@pytest.mark.parametrize(
    ("deed", "faults"),
    [
        (edit, {Fault.ALTERED}),
        (swap, {Fault.SWAPPED, Fault.ALTERED}),
        (delete, {Fault.GONE}),
        (insert, {Fault.ALTERED}),
    ],
)
def test_h1_each_is_called_what_it_is(deed: Callable[[list[Sealed], random.Random], list[Sealed]], faults: set[Fault]) -> None:
    rows, dice = whole(), random.Random(deed.__name__)
    for _ in range(50):
        found = {flaw.fault for flaw in flaws_in(deed(rows, dice))}
        assert found and found <= faults


def test_h1_control_only_a_head_from_outside_tells_of_the_end() -> None:
    rows = whole()
    cut = rows[:-3]
    assert list(flaws_in(cut)) == []
    assert not is_noticed(cut, [])
    assert is_noticed(cut, heads_of(rows))


def test_h1_what_is_sealed_into_another_chain_was_put_in() -> None:
    (flaw,) = flaws_in(chain(SERVER, [entry(1), entry(2, AGENCY)]))
    assert (flaw.fault, flaw.number) == (Fault.INSERTED, 2)


def test_heads_are_written_and_read_back() -> None:
    heads = heads_of(whole(3))
    text = written_heads(heads)
    assert text.startswith("server 3 ")
    assert sorted(read_heads(f"# a line from cron\n\n{text}"), key=str) == sorted(heads, key=str)
    assert digest_of(heads) == digest_of(reversed(heads))
    for wrong in ("server 3", "server x " + "0" * 64, f"server 3 {'z' * 64}"):
        with pytest.raises(ValueError, match="heads"):
            read_heads(wrong)
