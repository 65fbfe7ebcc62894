"""Reports on evaluations, and every way to find a person in them that screens, files and the database offer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from ceapp.audit.models import AuditEntry
from ceapp.database import Model, db, everybody, transaction
from ceapp.keys import current_keys
from ceapp.learning import acts
from ceapp.learning.mixing import mix_some
from ceapp.learning.models import EvaluationAnswer
from ceapp.reporting.evaluations import Answered, Period, evaluations_in, periods_of, rated
from ceapp.scenarios.values import EvaluationItem, ItemKind
from tests.conftest import NOW, Agency, Member
from tests.harness.courses import Library
from tests.harness.pages import Page, Visitor
from tests.learning.conftest import Learner

REPORT = "/reports/evaluation/sample"
SHORT = (("now", ("ask",)),)
APRIL, JULY, OCTOBER = date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1)


@pytest.fixture
def asking(library: Library) -> str:
    library.add_acts()
    return library.publish().slug


@pytest.fixture
def say(app: Flask, asking: str) -> Callable[..., None]:
    """Have so many people have evaluated the course in a month: `say(5, date(2026, 5, 1), "learned", 4)`."""

    def write(number: int, month: date, item_id: str = "learned", rating: int | None = 4, comment: str = "") -> None:
        with app.app_context(), transaction() as session:
            for _ in range(number):
                key_id, ciphertext = current_keys().seal(comment) if comment else ("", None)
                given = {"rating": None if comment else rating, "key_id": key_id, "ciphertext": ciphertext}
                session.add(EvaluationAnswer(course_slug="sample", month=month, item_id=item_id, **given))

    return write


def months(*numbers: tuple[int, int, int]) -> list[Answered]:
    """So many answers in each (year, month)."""
    return [Answered(date(year, month, 1), "learned", 4, number) for year, month, number in numbers]


def test_a_quarter_that_is_over_is_a_period() -> None:
    assert periods_of(months((2026, 5, 3), (2026, 6, 2)), OCTOBER) == [Period(APRIL, date(2026, 6, 30))]


def test_small_quarters_wait_for_the_next_ones() -> None:
    answers = months((2025, 12, 4), (2026, 5, 1), (2026, 8, 6), (2026, 9, 4))
    assert [period.words for period in periods_of(answers, OCTOBER)] == ["October 2025 to June 2026", "July to September 2026"]
    assert periods_of(months((2026, 5, 4)), OCTOBER) == []


def test_what_grows_is_not_shown_so_that_two_looks_have_no_difference() -> None:
    before, after = months((2026, 5, 5), (2026, 8, 20)), months((2026, 5, 5), (2026, 8, 21))
    for day in (JULY, date(2026, 8, 31), date(2026, 9, 30)):
        assert periods_of(before, day) == periods_of(after, day) == [Period(APRIL, date(2026, 6, 30))]


def test_a_period_stays_as_it_is_whatever_comes_later() -> None:
    answers = months((2026, 2, 3), (2026, 5, 4), (2026, 8, 1), (2026, 11, 30))
    early, late = periods_of(answers, JULY), periods_of(answers, date(2027, 1, 1))
    assert late[: len(early)] == early == [Period(date(2026, 1, 1), date(2026, 6, 30))]


def test_how_many_there_were_is_read_from_the_answers() -> None:
    assert evaluations_in([Answered(APRIL, "level", 3, 2), Answered(APRIL, "level", 4, 4), Answered(APRIL, "useful", 5, 5)]) == 6
    assert evaluations_in([]) == 0


def test_an_item_that_fewer_than_five_rated_is_withheld_alone() -> None:
    items = {each: EvaluationItem(each, each, ItemKind.RATING) for each in ("learned", "useful")}
    first, second = rated([Answered(APRIL, "useful", 5, 4), Answered(APRIL, "learned", 2, 1), Answered(APRIL, "learned", 5, 4)], items)
    assert (first.counts, first.number, first.mean, first.is_shown) == ((0, 1, 0, 0, 4), 5, "4.40", True)
    assert not second.is_shown


def test_pages_and_file_say_the_same(say: Callable[..., None], browser_of: Callable[..., Visitor], ada: Member, app: Flask) -> None:
    say(6, date(2025, 5, 1))
    say(4, date(2025, 5, 1), "useful", 1)
    say(1, date(2025, 6, 1), "comment", comment="=Shorter <b>scenes</b>")
    say(5, date(2025, 8, 1), "learned", 5)
    say(4, date(2025, 11, 1), "learned", 1)
    visitor = browser_of(ada)
    page = visitor.get("/reports/evaluation").follow("A sample course")
    assert "July to September 2025: at least 5 evaluations" in page.text
    assert "Nobody wrote one" in page.text
    page = page.follow("April to June 2025")
    for words in ("at least 6 evaluations", "4.00", "fewer than five, not shown", "=Shorter <b>scenes</b>"):
        assert words in page.text
    assert "November" not in page.text
    rows = list(csv.reader(io.StringIO(_file(visitor, page).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["April to June 2025"] * 3 + ["July to September 2025"]
    assert rows[1][1:10] == ["6", "How much did you learn?", "6", "4.00", "0", "0", "0", "6", "0"]
    assert rows[2][3:] == ["fewer than five, not shown"]
    assert rows[3][-1] == "'=Shorter <b>scenes</b>"
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(AuditEntry.deed == "export.evaluations")) == 1


def test_below_five_there_is_nothing_not_even_a_number(say: Callable[..., None], visit: Callable[..., Page], ada: Member) -> None:
    before = visit(REPORT, person=ada).text
    say(4, date(2025, 5, 1))
    say(4, date(2025, 5, 1), "comment", comment="Found me.")
    assert visit(REPORT, person=ada).text == before
    assert "Nothing can be shown yet" in before


def test_no_part_of_an_address_cuts_a_group(
    say: Callable[..., None], visit: Callable[..., Page], ada: Member, tess: Member, agency: Agency
) -> None:
    say(5, date(2025, 5, 1))
    whole = visit(REPORT, person=ada).text
    for query in (
        f"person={tess.id}",
        f"organisation={agency.slug}",
        "month=2025-05-01",
        "period=2025-05",
        "period=2025-05-01",
        "from=2025-05-01&to=2025-05-02",
        "item_id=learned&rating=4",
    ):
        assert visit(f"{REPORT}?{query}", person=ada).text == whole


def test_comments_come_in_pages_and_in_the_order_of_random_ids(say: Callable[..., None], visit: Callable[..., Page], ada: Member) -> None:
    for number in range(30):
        say(1, date(2025, 5, 1), "comment", comment=f"Comment {number:02}.")
    pages = [visit(f"{REPORT}?page={page}", person=ada).text for page in (1, 2)]
    found = [each[:2] for each in " ".join(pages).split("Comment ") if each[:2].isdigit()]
    assert len(set(found)) == 30
    assert found != sorted(found)


def test_nobody_else_opens_it(
    say: Callable[..., None], visit: Callable[..., Page], agency: Agency, tess: Member, sam: Member, ines: Member
) -> None:
    say(5, date(2025, 5, 1))
    for person in (tess, sam, ines):
        for address in ("/reports/evaluation", REPORT):
            visit(address, person=person, status=404)


def test_a_course_that_is_none_has_no_report(visit: Callable[..., Page], ada: Member, asking: str) -> None:
    visit("/reports/evaluation/nonsense", person=ada, status=404)


@pytest.fixture
def three_evaluations(
    app: Flask, asking: str, learner_of: Callable[[Member], Learner], tess: Member, omar: Member, sam: Member
) -> list[int]:
    """Three people have evaluated the course, each by one rating throughout; the ratings in the order of writing."""
    for rating, person in enumerate((tess, omar, sam), 1):
        learner = learner_of(person)
        learner.enrol()
        learner.work_through(learner.begin())
        learner.work_through(learner.begin("short"), SHORT)
        with app.app_context():
            ratings = dict.fromkeys(("objective-decide", "learned", "useful", "level", "format", "balance"), rating)
            acts.evaluate(person.id, "sample", ratings, {"comment": "x" * 3_000}, now=NOW + timedelta(minutes=rating))
    return [rating for rating in (1, 2, 3) for _ in range(6)]


@pytest.mark.both_databases
def test_what_a_database_keeps_with_its_rows_links_no_answer_to_anything(app: Flask, three_evaluations: list[int], engine: str) -> None:
    with app.app_context(), everybody("a reader of the database sees all tables"):
        assert bool(_links()) == (engine == "postgresql"), "the control: as they are written, PostgreSQL tells"
        assert (_as_they_lie() == three_evaluations) == (engine == "postgresql")
        before = _content()
        while mix_some(NOW):
            pass
        assert _links() == set()
        assert _as_they_lie() != three_evaluations
        assert _content() == before


@pytest.mark.both_databases
def test_later_answers_are_mixed_with_the_earlier_ones(app: Flask, three_evaluations: list[int], engine: str) -> None:
    with app.app_context():
        assert mix_some(NOW) == (engine == "postgresql")
        assert not mix_some(NOW), "nothing has come since"
        with transaction() as session:
            session.add(EvaluationAnswer(course_slug="sample", month=date(2026, 11, 1), item_id="learned", rating=5))
        assert mix_some(NOW) == (engine == "postgresql")
        if engine == "postgresql":
            numbers = db.session.execute(text("SELECT DISTINCT xmin::text, cmin::text FROM evaluation_answer")).all()
            assert len(numbers) == 1
            chunks = db.session.execute(text("SELECT count(*) FROM evaluation_mixed WHERE rows = 22")).scalar()
            assert chunks == 1


def test_no_table_but_its_own_names_an_answer(app: Flask, three_evaluations: list[int]) -> None:
    with app.app_context(), everybody("a reader of the database sees all tables"):
        ids = {str(each).replace("-", "") for each in db.session.scalars(select(EvaluationAnswer.id))}
        for table in Model.metadata.sorted_tables:
            if table.name == "evaluation_answer":
                continue
            assert not any(key.column.table.name == "evaluation_answer" for key in table.foreign_keys)
            for row in db.session.connection().execute(select(table)):
                said = json.dumps([str(value) for value in row]).replace("-", "")
                assert not any(each in said for each in ids), table.name


def test_no_file_has_an_answer_and_a_name(say: Callable[..., None], browser_of: Callable[..., Visitor], ada: Member, tess: Member) -> None:
    say(5, date(2025, 5, 1), "comment", comment="Nobody else says harbourmaster.")
    visitor = browser_of(ada)
    page = visitor.get(REPORT)
    assert "harbourmaster" in page.text
    for person in (tess.name, tess.email, str(tess.id)):
        assert person not in page.html
        assert person.encode() not in _file(visitor, page)
    for address in ("/exports", f"/people/{tess.id}", f"/people/{tess.id}/enrolments"):
        assert "harbourmaster" not in visitor.get(address).html


def _file(visitor: Visitor, page: Page) -> bytes:
    token = page.html.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    answer = visitor.client.post(REPORT, data={"csrf_token": token})
    assert answer.status_code == 200
    return answer.data


def _links() -> set[str]:
    """Numbers of transactions that a row of an answer shares with a row of another table."""
    if db.engine.dialect.name == "sqlite":
        with pytest.raises(Exception, match="no such column: rowid"):
            db.session.execute(text("SELECT rowid FROM evaluation_answer"))
        db.session.rollback()
        return set()
    of_answers = _transactions("evaluation_answer")
    others = (table.name for table in Model.metadata.sorted_tables if table.name not in ("evaluation_answer", "evaluation_mixed"))
    return of_answers & {number for name in others for number in _transactions(name)}


def _transactions(table: str) -> set[str]:
    return set(db.session.connection().exec_driver_sql(f'SELECT DISTINCT xmin::text FROM "{table}"').scalars())


def _as_they_lie() -> list[int]:
    """The ratings in the order in which the database has their rows."""
    order = "ctid" if db.engine.dialect.name == "postgresql" else "id"
    return list(db.session.scalars(text(f"SELECT rating FROM evaluation_answer WHERE rating IS NOT NULL ORDER BY {order}")))


def _content() -> set[tuple[object, ...]]:
    columns = EvaluationAnswer.__table__.columns
    return {tuple(row) for row in db.session.execute(select(*columns))}
