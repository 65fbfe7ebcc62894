"""Who supervises whom: beginning and ending it, and changing how much is seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from ceapp.accounts.access import Here
from ceapp.audit.service import record
from ceapp.database import db, new_id, one_at_a_time, transaction
from ceapp.errors import Missing, Refused
from ceapp.supervision.access import acting, is_since
from ceapp.supervision.models import Supervision
from ceapp.supervision.relations.checks import NOTHING, active_members, refuse_before_joining, refuse_days
from ceapp.supervision.relations.queries import MOST_AT_ONCE
from ceapp.supervision.scopes import Scope
from ceapp.web.audience import ORGANISATION_ADMINISTRATOR


def supervise(
    organisation_id: UUID,
    by: UUID,
    *,
    supervisor_id: UUID,
    trainee_ids: Sequence[UUID],
    first_day: date,
    last_day: date | None,
    scope: Scope,
    now: datetime,
) -> int:
    """Let somebody supervise trainees, all of them or, with the reason, none; returns how many it newly is.

    The same once more changes nothing. A relation whose last day is past is ended first, so that there is one open at a time.
    """
    with transaction() as session:
        here = acting(organisation_id, by, ORGANISATION_ADMINISTRATOR, now=now)
        one_at_a_time(f"relations {organisation_id}")
        refuse_days(first_day, last_day, here)
        wanted = list(dict.fromkeys(trainee_ids))
        _refuse_unfit(here, supervisor_id, wanted, first_day)
        before = _open(here, supervisor_id, wanted)
        fresh = [trainee_id for trainee_id in wanted if not _is_same(before.get(trainee_id), first_day, last_day, scope)]
        _make_way(here, [before[trainee_id] for trainee_id in fresh if trainee_id in before], first_day, by, now)
        for trainee_id in fresh:
            _add(here, supervisor_id, trainee_id, first_day, last_day, scope, by, now)
        session.flush()
        return len(fresh)


def change_scope(organisation_id: UUID, by: UUID, relation_id: UUID, scope: Scope, *, now: datetime) -> UUID:
    """From today the supervisor sees as much as `scope` says: the relation ends, and one with the same last day begins; its id."""
    with transaction() as session:
        here = acting(organisation_id, by, ORGANISATION_ADMINISTRATOR, now=now)
        one_at_a_time(f"relations {organisation_id}")
        relation = _relation(organisation_id, relation_id)
        if not _is_open(relation, here):
            raise Refused(f"This relation has ended, so what it shows cannot be changed. {NOTHING} Begin a new one instead.")
        if relation.scope == scope:
            return relation_id
        _refuse_unfit(here, relation.supervisor_id, [relation.trainee_id], max(relation.first_day, here.today))
        _end(relation, by, now)
        first_day = max(relation.first_day, here.today)
        fresh = _add(here, relation.supervisor_id, relation.trainee_id, first_day, relation.last_day, scope, by, now)
        session.flush()
        return fresh


def end_relation(organisation_id: UUID, by: UUID, relation_id: UUID, *, now: datetime) -> None:
    """The supervisor sees nothing of the trainee from now on. Ending what has ended changes nothing."""
    with transaction():
        acting(organisation_id, by, ORGANISATION_ADMINISTRATOR, now=now)
        relation = _relation(organisation_id, relation_id)
        if relation.ended_at is None:
            _end(relation, by, now)


def _refuse_unfit(here: Here, supervisor_id: UUID, trainee_ids: Sequence[UUID], first_day: date) -> None:
    """Raise Refused unless one is a supervisor and the others are trainees here, for as long as the relation would reach back."""
    if not trainee_ids or len(trainee_ids) > MOST_AT_ONCE:
        raise Refused(f"Choose between one and {MOST_AT_ONCE} trainees. {NOTHING}")
    if supervisor_id in trainee_ids:
        raise Refused(f"Nobody supervises themselves. {NOTHING}")
    members = active_members(here.id, [supervisor_id, *trainee_ids])
    supervisor = members.get(supervisor_id)
    if supervisor is None or not supervisor[0].is_supervisor:
        raise Refused(f"Whoever you chose to supervise is not an active supervisor of this organisation. {NOTHING}")
    trainees = [members[each] for each in trainee_ids if each in members and members[each][0].is_trainee]
    if len(trainees) < len(trainee_ids):
        raise Refused(f"Somebody whom you chose is not an active trainee of this organisation any more. {NOTHING}")
    refuse_before_joining([supervisor, *trainees], first_day)


def _open(here: Here, supervisor_id: UUID, trainee_ids: Sequence[UUID]) -> dict[UUID, Supervision]:
    rows = db.session.scalars(
        select(Supervision).where(
            Supervision.organisation_id == here.id,
            Supervision.supervisor_id == supervisor_id,
            Supervision.trainee_id.in_(trainee_ids),
            Supervision.ended_at.is_(None),
        )
    )
    return {relation.trainee_id: relation for relation in rows}


def _is_same(relation: Supervision | None, first_day: date, last_day: date | None, scope: Scope) -> bool:
    return relation is not None and (relation.first_day, relation.last_day, relation.scope) == (first_day, last_day, scope)


def _make_way(here: Here, before: Sequence[Supervision], first_day: date, by: UUID, now: datetime) -> None:
    """End what has run out or is from before a departure. Raises Refused, with the names, for what the new days would overlap."""
    members = active_members(here.id, [person_id for relation in before for person_id in (relation.trainee_id, relation.supervisor_id)])
    overlapping = [
        members[relation.trainee_id][1]
        for relation in before
        if is_since(relation, members[relation.trainee_id][0], members[relation.supervisor_id][0])
        and (relation.last_day is None or relation.last_day >= min(first_day, here.today))
    ]
    if overlapping:
        who = ", ".join(sorted(overlapping)[:5]) + (f" and {len(overlapping) - 5} more" if len(overlapping) > 5 else "")
        raise Refused(f"On some of these days this person supervises already: {who}. {NOTHING} End that first, or change what it shows.")
    for relation in before:
        _end(relation, by, now)


def _is_open(relation: Supervision, here: Here) -> bool:
    return relation.ended_at is None and (relation.last_day is None or relation.last_day >= here.today)


def _relation(organisation_id: UUID, relation_id: UUID) -> Supervision:
    found = db.session.scalar(select(Supervision).where(Supervision.organisation_id == organisation_id, Supervision.id == relation_id))
    if found is None:
        raise Missing
    return found


def _end(relation: Supervision, by: UUID, now: datetime) -> None:
    db.session.execute(
        update(Supervision)
        .where(Supervision.organisation_id == relation.organisation_id, Supervision.id == relation.id, Supervision.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    record("supervision.ended", actor=by, now=now, organisation=relation.organisation_id, supervision=relation.id)


def _add(
    here: Here, supervisor_id: UUID, trainee_id: UUID, first_day: date, last_day: date | None, scope: Scope, by: UUID, now: datetime
) -> UUID:
    relation = Supervision(
        id=new_id(),
        organisation_id=here.id,
        supervisor_id=supervisor_id,
        trainee_id=trainee_id,
        scope=scope.value,
        first_day=first_day,
        last_day=last_day,
        made_by=by,
        made_at=now,
    )
    db.session.add(relation)
    subjects = {"supervision": relation.id, "supervisor": supervisor_id, "trainee": trainee_id, "scope": scope.value}
    record("supervision.begun", actor=by, now=now, organisation=here.id, **subjects)
    return relation.id
