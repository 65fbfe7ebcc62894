"""Reading lists of people, as spreadsheets and people write them."""

from __future__ import annotations

import pytest

from ceapp.accounts.invitations.people_list import (
    LONGEST_LINE,
    MOST_BYTES,
    MOST_LINES,
    Line,
    Standing,
    Unreadable,
    as_text,
    decoded,
    lines_of,
    reviewed,
    roles_named,
)

TESS = Line(2, "tess@example.org", "Tess Adeyemi", ("trainee",))


@pytest.mark.parametrize(
    "text",
    [
        "email,name,role\ntess@example.org,Tess Adeyemi,trainee",
        "E-Mail;Name;Roles\r\nTess@Example.org;Tess Adeyemi;Trainee\r\n",
        "email\tname\troles\rtess@example.org\tTess  Adeyemi\ttrainees\r",
        "\ufeffemail, name, role\n tess@example.org , Tess Adeyemi , trainee ",
        'Name,"Role",Email,Town\n"Tess Adeyemi",trainee,tess@example.org,Halifax',
        "\ntess@example.org,Tess Adeyemi,trainee\n\n,,\n",
        '\n"tess@example.org","Tess Adeyemi","trainee"',
    ],
)
def test_every_usual_way_to_write_it_reads_the_same(text: str) -> None:
    assert lines_of(text) == [TESS]


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("trainee", ("trainee",)),
        ("supervisor, trainee", ("trainee", "supervisor")),
        ("Admin/Supervisor", ("supervisor", "administrator")),
        ("trainee and supervisor & administrators", ("trainee", "supervisor", "administrator")),
        ("trainee trainee", ("trainee",)),
        ("", ()),
        ("boss", ()),
        ("trainee boss", ()),
        ("is_administrator", ()),
    ],
)
def test_roles(text: str, roles: tuple[str, ...]) -> None:
    found, problem = roles_named(text)
    assert found == roles
    assert bool(problem) == (not roles)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("tess,Tess,trainee", "not a whole e-mail address"),
        (",Tess,trainee", "not a whole e-mail address"),
        (f"{'x' * 250}@example.org,Tess,trainee", "not a whole e-mail address"),
        ("tess@example.org,Tess", "No role"),
        ("tess@example.org,Tess,", "No role"),
        ("tess@example.org,Tess,owner", "“owner” is no role"),
        ("tess@example.org,=cmd|'/c calc'!A1,trainee", "like a formula"),
        ("tess@example.org,@SUM(A1),trainee", "like a formula"),
        ("tess@example.org,\u200b+1,trainee", "like a formula"),
        (f"tess@example.org,{'T' * 121},trainee", "at most 120"),
        ("tess@example.org,12,trainee", "at least one letter"),
        ("tess@example.org,Tess,trainee,supervisor", "more than three columns"),
        (f"tess@example.org,Tess,trainee{' ' * LONGEST_LINE}", f"longer than {LONGEST_LINE}"),
    ],
)
def test_a_line_is_refused_with_its_reason_and_spoils_no_other(row: str, problem: str) -> None:
    first, second = lines_of(f"{row}\nomar@example.org,Omar Demir,trainee")
    assert problem in first.problem
    assert second == Line(2, "omar@example.org", "Omar Demir", ("trainee",))


def test_a_forgotten_quotation_mark_spoils_one_line() -> None:
    first, second = lines_of('tess@example.org,"Tess,trainee\nomar@example.org,Omar,trainee')
    assert first.problem and not second.problem


def test_the_second_of_two_lines_with_one_address_is_refused() -> None:
    lines = lines_of("tess@example.org,Tess,trainee\nomar@example.org,,trainee\nTESS@example.org,Tess,supervisor")
    assert [line.problem for line in lines] == ["", "", "This address is in line 1 already."]


def test_a_refused_line_does_not_take_the_address_of_a_right_one() -> None:
    lines = lines_of("tess@example.org,Tess,\ntess@example.org,Tess,trainee")
    assert [bool(line.problem) for line in lines] == [True, False]


@pytest.mark.parametrize(
    "data", ["Zoë Nguyễn".encode(), "\ufeffZoë Nguyễn".encode(), "Zoë Müller".encode("cp1252"), b"", "Привет".encode()]
)
def test_encodings(data: bytes) -> None:
    assert decoded(data) in ("Zoë Nguyễn", "Zoë Müller", "", "Привет")


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00", b"\x89\x81\x8d", "a,b".encode("utf-16"), b"x" * (MOST_BYTES + 1)])
def test_what_is_no_text_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        decoded(data)


@pytest.mark.parametrize("text", ["", "\n\n", "email,name,roles\n", ",,,\n", "x,\n" * (MOST_LINES + 1), "é" * MOST_BYTES])
def test_lists_that_are_empty_or_too_long_are_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        lines_of(text)


def test_as_many_lines_as_are_allowed_are_read() -> None:
    rows = "\n".join(f"p{number}@example.org,,trainee" for number in range(MOST_LINES))
    assert len(lines_of(f"email,name,role\n{rows}")) == MOST_LINES


@pytest.mark.parametrize("name", ["Tess Adeyemi", "Adeyemi, Tess; MSW", 'Tess "T" A', "Łukasz 李", "email"])
def test_what_is_written_reads_back(name: str) -> None:
    lines = [Line(2, "tess@example.org", name, ("trainee", "supervisor")), Line(3, "omar@example.org", "", ("administrator",))]
    assert lines_of(as_text(lines)) == lines


def test_a_review_counts_every_line_once() -> None:
    lines = lines_of("a@example.org,,trainee\nb@example.org,,trainee\nc@example.org,,trainee\nd,,trainee")
    review = reviewed(lines, {"a@example.org": Standing.NEW, "b@example.org": Standing.HERE, "c@example.org": Standing.INVITED})
    assert [review.count(each) for each in (Standing.NEW, Standing.HERE, Standing.INVITED, None)] == [1, 1, 1, 1]
    assert [line.email for line in review.new] == ["a@example.org"]
