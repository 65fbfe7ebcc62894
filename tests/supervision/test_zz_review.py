from __future__ import annotations
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, UTC
from uuid import UUID, uuid4
import pytest
from flask import Flask
from sqlalchemy import event, select, update

from ceapp.accounts.models import Membership, Organisation
from ceapp.accounts.organisations.service import change_settings
from ceapp.database import db, everybody, scoped_to, transaction
from ceapp.errors import Missing, Refused
from ceapp.learning import starting
from ceapp.learning.models import Series
from ceapp.supervision.access import acting, trainees_seen
from ceapp.supervision.assigning import changes as assignment_changes
from ceapp.supervision.groups import service as groups
from ceapp.supervision.relations.service import supervise as relate
from ceapp.supervision.scopes import Scope
from ceapp.supervision.tasks import service as tasks
from ceapp.supervision.tasks.details import seen_words, task_details
from ceapp.supervision.tasks.queries import my_task
from tests.conftest import NOW, Agency, Member
from tests.harness.assignments import assign, hand_in
from tests.learning.conftest import Learner
from ceapp.learning.service import Submission, hand_in as hand
from tests.supervision.test_access import change, seen, add_cover, noor, TODAY
from tests.supervision.test_assigning import desk_of, Desk, task_of


def test_p1_zone_change(app, make_agency, ines, sam, tess):
    agency = make_agency("harbour", "Harbour", {ines.id: "administrator", sam.id: "supervisor", tess.id: "trainee"}, time_zone="UTC")
    evening = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # evening of the 20th in New York
    change(app, agency, tess, joined_on=date(2026, 11, 21))
    with app.app_context(), scoped_to(agency.id):
        relate(agency.id, ines.id, supervisor_id=sam.id, trainee_ids=[tess.id], first_day=date(2026, 11, 21), last_day=None, scope=Scope.ANSWERS, now=evening)
    assert tess.id in seen(app, agency, sam, now=evening + timedelta(days=3))
    with app.app_context(), scoped_to(agency.id):
        change_settings(agency.id, name="Harbour", time_zone="America/New_York", actor=ines.id, now=evening)
    assert tess.id in seen(app, agency, sam, now=evening + timedelta(days=3))


def test_p26_left(app, agency, sam, tess, course, library):
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=NOW - timedelta(days=1), attempts=1).task(tess)
    with app.app_context(), scoped_to(tess.id):
        first = tasks.begin(tess.id, task_id, form_key="k" * 24, now=NOW)
        first_id = first.id
    library.edit("sample/short.md", "Like it.", "Press like.")
    library.publish()
    with app.app_context(), scoped_to(tess.id):
        new = starting.begin_anew(tess.id, first_id, form_key="n" * 24, now=NOW)
        hand(tess.id, new.id, Submission("now", ("like",), "", "h" * 24, NOW), now=NOW)
        my = my_task(tess.id, task_id, now=NOW)
        print(my.work, my.allowed)
        assert not my.work.passed_at
        if my.can_begin:
            tasks.begin(tess.id, task_id, form_key="z" * 24, now=NOW)


def test_p4_cover(app, agency, sam, noor, tess, supervise):
    add_cover(app, agency, sam, noor, date(2026, 11, 10), date(2026, 12, 10), made_at=NOW - timedelta(days=12))
    change(app, agency, sam, joined_on=date(2026, 11, 18))  # left and came back
    supervise(agency, sam, tess, first_day=date(2026, 11, 18), made_at=NOW - timedelta(days=1))
    assert tess.id in seen(app, agency, sam)
    assert seen(app, agency, noor) == {}


def test_p3_seen(app, agency, sam, tess, course, supervise):
    task_id = assign(app, agency, sam, [tess], course, ["short"], now=NOW - timedelta(days=1)).task(tess)
    supervise(agency, sam, tess, "reflections")
    change(app, agency, sam, left_on=date(2026, 11, 19))
    assert seen(app, agency, sam) if False else True
    with app.app_context(), scoped_to(tess.id):
        assert "reflection" not in seen_words(my_task(tess.id, task_id, now=NOW), now=NOW)


def test_p5(app, agency, ines, tess, omar):
    counts = []
    for people in ([tess], [tess, omar]):
        with app.app_context(), scoped_to(agency.id):
            g = groups.make_group(agency.id, ines.id, f"g{len(people)}", now=NOW)
            groups.add_members(agency.id, ines.id, g, [p.id for p in people], now=NOW)
            n = []
            listen = lambda *a: n.append(a[2]) if a[2].lstrip().upper().startswith("SELECT") and "group_member" in a[2] else None
            event.listen(db.engine, "before_cursor_execute", listen)
            groups.remove_members(agency.id, ines.id, g, [p.id for p in people], now=NOW)
            event.remove(db.engine, "before_cursor_execute", listen)
            counts.append(len(n))
    assert counts[0] == counts[1], counts


def test_p8_self(app, desk_of, agency, ines, sam, course):
    change(app, agency, ines, is_trainee=True)
    assign(app, agency, sam, [ines], course, ["short"], now=NOW - timedelta(days=1), attempts=1, due_on=date(2026, 11, 22))
    task = task_of(app, ines)
    hand_in(app, agency, ines, task.id, "sample", "short", passed=False, now=NOW, allowed=1)
    with pytest.raises((Missing, Refused)):
        desk_of(ines).do(assignment_changes.extend, task.id, due_on=date(2026, 12, 22), reason="me")
    with pytest.raises((Missing, Refused)):
        desk_of(ines).do(assignment_changes.give_attempt, task.id, reason="me", form_key="b" * 24)


def test_p9(app, desk_of, agency, sam, tess, omar, supervise):
    supervise(agency, sam, tess, ended_at=NOW - timedelta(days=3))
    supervise(agency, sam, omar)
    def said():
        from ceapp.supervision.assigning.service import report
        from tests.supervision.test_assigning import ORDER
        from ceapp.supervision.assigning.drafts import draft
        with app.app_context(), scoped_to(agency.id, sam.id):
            here = acting(agency.id, sam.id, "supervisor", now=NOW)
            return [(e.name, e.why) for e in draft(here, replace(ORDER, people=(tess.id, omar.id)), NOW).left_out]
    before = said()
    change(app, agency, tess, left_on=TODAY)
    assert said() == before


def test_form_key_of_another_series(app, agency, sam, tess, course, browser_of):
    made = assign(app, agency, sam, [tess], course, ["short", "every-kind"], now=NOW - timedelta(days=1))
    with app.app_context(), scoped_to(tess.id):
        tasks.begin(tess.id, made.task(tess, "short"), form_key="k" * 24, now=NOW)
        tasks.begin(tess.id, made.task(tess, "every-kind"), form_key="k" * 24, now=NOW)
