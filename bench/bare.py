"""The floor that our pages stand beside: a Flask application with nothing in it, in the same server, on the same database.

What somebody writes who begins with Flask, Flask-SQLAlchemy and Jinja: one view makes one SELECT and renders a list of what it found, 8 kB;
one makes one INSERT that is on disk before it answers. No sign-in, no form, no header, no scope, no log. `BENCH_DATABASE` is its
database; granian runs `create`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from flask import Flask, redirect, render_template, request
from flask_sqlalchemy import SQLAlchemy
from jinja2 import DictLoader
from sqlalchemy import DateTime, String, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.wrappers import Response

from ceapp.database.engine import engine_options, journal_mode

PAGES, ON_A_PAGE = 50, 20
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body>
<h1>{{ title }}</h1>
<ul>
{% for note in notes %}
<li id="note-{{ note.id }}"><h2><a href="{{ url_for('page', number=note.id) }}">{{ note.title }}</a></h2><p>{{ note.body }}</p></li>
{% endfor %}
</ul>
</body>
</html>
"""
_BODY = "When somebody asks for help, the first minute decides more than the hour that follows, and what is left unsaid stays the longest. "


class Base(DeclarativeBase):
    pass


bare_db = SQLAlchemy(model_class=Base)


class Note(Base):
    __tablename__ = "bare_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(String(400))


class Deed(Base):
    __tablename__ = "bare_deed"

    id: Mapped[int] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def create(url: str = "") -> Flask:
    url = url or os.environ["BENCH_DATABASE"]
    app = Flask(__name__, static_folder=None)
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    app.jinja_loader = DictLoader({"page.html": PAGE})  # type: ignore[misc]
    bare_db.init_app(app)
    with app.app_context():
        if bare_db.engine.dialect.name == "sqlite":
            event.listen(bare_db.engine, "connect", _prepare)
    app.add_url_rule("/page/<int:number>", view_func=page)
    app.add_url_rule("/deed", view_func=deed, methods=["POST"])
    app.add_url_rule("/healthz", view_func=lambda: {"status": "ok"}, endpoint="healthz")
    return app


def page(number: int) -> str:
    notes = bare_db.session.scalars(select(Note).where(Note.page == number).order_by(Note.id)).all()
    return render_template("page.html", title=f"Page {number}", notes=notes)


def deed() -> Response:
    bare_db.session.add(Deed(what=request.form["what"], at=datetime.now(UTC)))
    bare_db.session.commit()
    return redirect("/page/1", 303)


def fill(url: str) -> None:
    """Make the tables and the rows that are read."""
    rows = [{"page": 1 + n % PAGES, "title": f"Note {n}", "body": f"{_BODY}{_BODY}{n}"} for n in range(PAGES * ON_A_PAGE)]
    with create(url).app_context():
        bare_db.create_all()
        bare_db.session.execute(insert(Note), rows)
        bare_db.session.commit()
        bare_db.engine.dispose()


def _prepare(connection: Any, _record: object) -> None:
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"journal_mode={journal_mode()}"):
        connection.execute(f"PRAGMA {pragma}").close()
