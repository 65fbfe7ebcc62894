"""The administrator's pages of people: find somebody, look at the account, change what it may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ceapp import clock
from ceapp.accounts.access import me
from ceapp.accounts.forms import text
from ceapp.accounts.people import service as people
from ceapp.accounts.people.forms import DeedForm, ReasonedDeedForm, sought_text
from ceapp.accounts.people.queries import KnownPerson, known_person, people_found
from ceapp.accounts.views import blueprint
from ceapp.accounts.ways_in import has_mail
from ceapp.errors import Malformed, Missing, Refused
from ceapp.web.audience import administrator, fresh
from ceapp.web.paging import page_number
from ceapp.web.resend import resendable


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that an administrator does with an account. `title` is the button too; `do` gets person, actor, form and time."""

    slug: str
    title: str
    kind: str
    done: str
    do: Callable[[UUID, UUID, DeedForm, datetime], None]
    form: type[DeedForm] = DeedForm


DEEDS = {
    deed.slug: deed
    for deed in (
        Deed(
            "suspension",
            "Suspend",
            "danger",
            "The account is suspended. Nobody is signed in with it, and mail that waited for it is cancelled.",
            lambda person, actor, _form, now: people.suspend(person, actor=actor, now=now),
        ),
        Deed(
            "restoration",
            "Restore",
            "primary",
            "The account is restored. The person signs in as before.",
            lambda person, actor, _form, now: people.restore(person, actor=actor, now=now),
        ),
        Deed(
            "sign-in-reset",
            "Reset sign-in",
            "danger",
            "The sign-in is reset: the password is gone and every browser is signed out.",
            lambda person, actor, form, now: people.reset_sign_in(person, actor=actor, form_key=form.form_key, now=now),
        ),
        Deed(
            "second-factor-reset",
            "Take second factor away",
            "danger",
            "The second factor is taken away, every browser is signed out, and a mail tells the person.",
            lambda person, actor, form, now: people.reset_second_factor(
                person, text(form["reason"]), actor=actor, form_key=form.form_key, now=now
            ),
            ReasonedDeedForm,
        ),
        Deed(
            "administrator-role",
            "Make administrator",
            "danger",
            "This person administers the server now, and has to sign in again.",
            lambda person, actor, _form, now: people.make_administrator(person, actor=actor, now=now),
        ),
        Deed(
            "administrator-removal",
            "Take administrator away",
            "danger",
            "This person no longer administers the server.",
            lambda person, actor, _form, now: people.take_administrator(person, actor=actor, now=now),
        ),
    )
}


@blueprint.get("/people")
@administrator
def people_list() -> ResponseReturnValue:
    """Everybody, or those who are looked for."""
    sought = sought_text()
    return render_template("accounts/people.html", found=people_found(sought, page_number()), sought=sought)


@blueprint.get("/people/<uuid:person_id>")
@administrator
def person(person_id: UUID) -> ResponseReturnValue:
    """One account, and what can be done with it."""
    known = _known(person_id)
    return render_template("accounts/people_person.html", known=known, deeds=_open_deeds(known), has_mail=has_mail())


@blueprint.route("/people/<uuid:person_id>/<deed_slug>", methods=["GET", "POST"])
@administrator
@fresh
@resendable
def person_deed(person_id: UUID, deed_slug: str) -> ResponseReturnValue:
    """What a deed does, to be confirmed; then the deed."""
    deed, known = DEEDS.get(deed_slug), _known(person_id)
    if deed is None:
        raise Missing
    form = deed.form()
    if form.validate_on_submit():
        try:
            deed.do(person_id, me().id, form, clock.now())
            flash(deed.done, "good")
            return redirect(_afterwards(person_id, deed_slug), 303)
        except (Refused, Malformed) as problem:
            form.form_errors.append(problem.message)
    status = 422 if form.errors else 200
    form.renew()
    return render_template("accounts/people_deed.html", known=known, deed=deed, form=form, has_mail=has_mail()), status


def _known(person_id: UUID) -> KnownPerson:
    known = known_person(person_id)
    if known is None:
        raise Missing
    return known


def _open_deeds(known: KnownPerson) -> list[Deed]:
    """What can be done with this account as it is."""
    person = known.person
    suspended, own = person.suspended_at is not None, person.id == me().id
    offered = {
        "restoration": suspended,
        "sign-in-reset": not suspended and not own,
        "second-factor-reset": known.factor_since is not None and not own,
        "suspension": not suspended and not own,
        "administrator-role": not suspended and not person.is_administrator,
        "administrator-removal": person.is_administrator,
    }
    return [DEEDS[slug] for slug, holds in offered.items() if holds]


def _afterwards(person_id: UUID, deed_slug: str) -> str:
    """Back to the account; who gave the role away can no longer open it."""
    gave_away = deed_slug == "administrator-removal" and person_id == me().id
    return url_for("home.front") if gave_away else url_for("accounts.person", person_id=person_id)
