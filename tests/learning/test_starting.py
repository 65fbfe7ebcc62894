"""Beginning: enrolments, attempts and their limits, newer texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ceapp.database import db
from ceapp.errors import Missing, Refused
from ceapp.learning import reflections, starting
from ceapp.learning.models import Attempt, Completion, Enrolment, Reflection, Series
from tests.conftest import NOW, Member
from tests.harness.courses import Library
from tests.learning.conftest import GOOD_PATH, Learner

pytestmark = pytest.mark.both_databases


def attempts(app: Flask) -> list[Attempt]:
    with app.app_context():
        return list(db.session.scalars(select(Attempt).order_by(Attempt.began_at, Attempt.number)))


def test_enrolling_twice_is_enrolling_once(app: Flask, learner: Learner) -> None:
    assert learner.enrol() == learner.enrol()


def test_an_unknown_course_does_not_exist(app: Flask, learner: Learner) -> None:
    with app.app_context(), pytest.raises(Missing):
        starting.enrol(learner.person.id, "nonsense", now=NOW)


def test_beginning_needs_an_enrolment_and_a_name(
    app: Flask, learner: Learner, learner_of: Callable[[Member], Learner], make_person: Callable[..., Member]
) -> None:
    with pytest.raises(Refused, match="Enrol"):
        learner.begin()
    nameless = learner_of(make_person("new@example.org"))
    nameless.enrol()
    with pytest.raises(Refused, match="name"):
        nameless.begin()
    assert nameless.begin(purpose="practice").number == 1


def test_one_open_attempt_whatever_form_asks(learner: Learner) -> None:
    learner.enrol()
    first = learner.begin(key="a" * 24)
    assert learner.begin(key="a" * 24).id == first.id
    assert learner.begin(key="b" * 24).id == first.id


def test_the_same_form_after_the_end_gives_the_attempt_that_it_began(learner: Learner) -> None:
    learner.enrol()
    first = learner.begin("short", key="a" * 24)
    learner.answer(first, "now", ("like",))
    assert learner.begin("short", key="a" * 24).id == first.id
    assert learner.begin("short", key="b" * 24).number == 2


def test_b8_page_ids_are_new_for_every_attempt_and_say_nothing(learner: Learner) -> None:
    learner.enrol()
    first = learner.begin("short")
    learner.answer(first, "now", ("like",))
    second = learner.begin("short")
    pages = [{page_id for page_id, _ in attempt.option_order["now"]} for attempt in (first, second)]
    assert not pages[0] & pages[1]
    assert sorted(option_id for _, option_id in second.option_order["now"]) == ["ask", "like"]


def test_used_up_attempts_end_credit_and_leave_practice(app: Flask, library: Library, tess: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
    library.publish()
    learner = Learner(app, tess)
    learner.enrol()
    for _ in range(2):
        learner.answer(learner.begin("short"), "now", ("like",))
    with pytest.raises(Refused, match="All attempts"):
        learner.begin("short")
    assert learner.begin("short", purpose="practice").number == 1


def test_the_database_itself_refuses_one_attempt_too_many(app: Flask, library: Library, tess: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
    library.publish()
    learner = Learner(app, tess)
    learner.enrol()
    attempt = learner.begin("short")
    learner.answer(attempt, "now", ("like",))
    values = {
        "scenario_revision_id": attempt.scenario_revision_id,
        "option_order": {},
        "pass_mark": 80,
        "scoring": "graded",
        "began_at": NOW,
    }
    for number, allowed in ((1, 1), (2, 1)):
        with app.app_context(), pytest.raises(IntegrityError), db.engine.begin() as connection:
            one_more = {"series_id": attempt.series_id, "number": number, "allowed": allowed, "form_key": f"key-{number}", **values}
            connection.execute(Attempt.__table__.insert().values(one_more))


def test_b9_a_text_that_changed_can_be_finished(app: Flask, library: Library, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin("short")
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    library.publish()
    assert learner.answer(attempt, "now", ("ask",)).closed


def test_or_begun_anew_at_no_cost(app: Flask, library: Library, tess: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
    library.publish()
    learner = Learner(app, tess)
    learner.enrol()
    old = learner.begin("short")
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    library.publish()
    with app.app_context():
        new = starting.begin_anew(tess.id, old.id, form_key="n" * 24, now=NOW)
        again = starting.begin_anew(tess.id, old.id, form_key="n" * 24, now=NOW)
    assert again.id == new.id
    assert new.scenario_revision_id != old.scenario_revision_id
    with app.app_context():
        assert db.session.get_one(Attempt, old.id).abandoned_at == NOW
        assert db.session.get_one(Series, old.series_id).allowed == 2
        assert db.session.scalars(select(Enrolment)).one().course_revision_id != ""
    learner.answer(new, "now", ("like",))
    with pytest.raises(Refused, match="attempts"):
        learner.begin("short")


def test_a_text_that_did_not_change_cannot_be_left_for_free(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin("short")
    with app.app_context(), pytest.raises(Refused):
        starting.begin_anew(learner.person.id, attempt.id, form_key="n" * 24, now=NOW)


def test_a_changed_course_leaves_the_enrolment_alone_until_it_moves(app: Flask, library: Library, learner: Learner) -> None:
    enrolment_id = learner.enrol()
    learner.answer(learner.begin("short"), "now", ("ask",))
    library.edit("sample/course.md", "[every-kind, short]", "[short]")
    library.edit("sample/course.md", "preview: every-kind", "preview: short")
    library.publish()
    with app.app_context():
        before = db.session.get_one(Enrolment, enrolment_id).course_revision_id
        starting.move_to_current(learner.person.id, "sample", now=NOW)
        after = db.session.get_one(Enrolment, enrolment_id).course_revision_id
    assert before != after


def completions(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Completion)).all())


def only_short_is_required(library: Library) -> None:
    """Publish a course that asks for `short` alone, with a new text of it."""
    library.edit("sample/course.md", "[every-kind, short]", "[short]")
    library.edit("sample/course.md", "preview: every-kind", "preview: short")
    library.edit("sample/short.md", "Ask who is in it.", "Ask who took it.")
    library.publish()


def test_beginning_anew_completes_a_course_that_then_asks_for_no_more(app: Flask, library: Library, learner: Learner) -> None:
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("ask",))
    again = learner.begin("short")
    only_short_is_required(library)
    with app.app_context():
        starting.begin_anew(learner.person.id, again.id, form_key="n" * 24, now=NOW)
    assert completions(app) == 1


def test_practice_takes_the_new_text_and_leaves_the_enrolment_where_it_is(app: Flask, library: Library, learner: Learner) -> None:
    enrolment_id = learner.enrol()
    practice = learner.begin("short", purpose="practice")
    with app.app_context():
        before = db.session.get_one(Enrolment, enrolment_id).course_revision_id
    only_short_is_required(library)
    with app.app_context():
        begun = starting.begin_anew(learner.person.id, practice.id, form_key="n" * 24, now=NOW)
        assert db.session.get_one(Enrolment, enrolment_id).course_revision_id == before
    assert begun.scenario_revision_id != practice.scenario_revision_id


def test_b9_a_completed_course_stays_with_its_revision(app: Flask, library: Library, learner: Learner) -> None:
    learner.complete()
    extra = learner.begin("extra")
    library.edit("sample/extra.md", "Ask who is in it.", "Ask who took it.")
    library.publish()
    with app.app_context():
        completion = db.session.scalars(select(Completion)).one()
        starting.begin_anew(learner.person.id, extra.id, form_key="n" * 24, now=NOW)
        assert db.session.scalars(select(Enrolment)).one().course_revision_id == completion.course_revision_id
        with pytest.raises(Refused, match="completed"):
            starting.move_to_current(learner.person.id, "sample", now=NOW)


def test_practice_is_no_way_to_read_the_key_of_numbered_attempts(app: Flask, library: Library, tess: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 2")
    library.publish()
    learner = Learner(app, tess)
    learner.enrol()
    with pytest.raises(Refused, match="Practice opens"):
        learner.begin("short", purpose="practice")
    learner.answer(learner.begin("short"), "now", ("ask",))
    assert learner.begin("short", purpose="practice").number == 1


def test_a_pass_counts_under_the_scenarios_new_name(app: Flask, library: Library, learner: Learner) -> None:
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("ask",))
    (library.root / "sample" / "short.md").rename(library.root / "sample" / "waiting-room.md")
    library.edit("sample/waiting-room.md", "status: ready", "status: ready\nformerly: [short]")
    library.edit("sample/course.md", "[every-kind, short]", "[waiting-room]")
    library.edit("sample/course.md", "preview: every-kind", "preview: waiting-room")
    report = library.publish()
    assert not report.problems, report.problems
    with app.app_context():
        starting.move_to_current(learner.person.id, "sample", now=NOW)
    assert completions(app) == 1


def test_a_new_name_gives_no_new_attempts(app: Flask, library: Library, tess: Member) -> None:
    library.edit("sample/course.md", "attempts: unlimited", "attempts: 1")
    library.publish()
    learner = Learner(app, tess)
    learner.enrol()
    learner.answer(learner.begin("short"), "now", ("ask",))
    (library.root / "sample" / "short.md").rename(library.root / "sample" / "waiting-room.md")
    library.edit("sample/waiting-room.md", "status: ready", "status: ready\nformerly: [short]")
    library.edit("sample/course.md", "[every-kind, short]", "[every-kind, waiting-room]")
    library.publish()
    with app.app_context():
        starting.move_to_current(tess.id, "sample", now=NOW)
    with pytest.raises(Refused, match="All attempts"):
        learner.begin("waiting-room")


def test_a_newer_draft_is_not_overwritten_by_handing_in_what_another_page_had(app: Flask, learner: Learner) -> None:
    learner.enrol()
    attempt = learner.begin()
    learner.work_through(attempt, GOOD_PATH[:-1])
    with app.app_context():
        reflections.save_draft(learner.person.id, attempt.id, "note", "five words of a draft", 0, now=NOW)
    for text in ("", "quite another five words here"):
        with pytest.raises(reflections.NewerDraft):
            learner.answer(attempt, "note", (), text=text)
    with app.app_context():
        assert reflections.text_of(db.session.scalars(select(Reflection)).one()) == "five words of a draft"
