"""An application with planted faults, one for each kind that the scanners must report. What they miss here they would miss in ours.

`python -m tests.security.canary PORT`. It listens on 127.0.0.1 and holds nothing but what is written here.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answer

PAGE = "<!doctype html><html><head><title>Canary</title></head><body>{}</body></html>"
LINKS = (
    '<a href="/search?q=heron">search</a> <a href="/bird?id=1">bird</a> <a href="/go?next=/search">go</a>'
    ' <a href="/read?file=notes.txt">read</a> <a href="/say">what was said</a>'
    '<form method="post" action="/say"><input name="words" value="hello"><button>Say</button></form>'
)


def make_canary() -> Flask:  # noqa: C901 - one fault after the other
    """The application. No header of ours, no escaping, no bound value, no look at an address or a path."""
    app = Flask(__name__)
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.executescript("CREATE TABLE bird (id INTEGER, name TEXT); INSERT INTO bird VALUES (1, 'heron'), (2, 'crane');")
    said: list[str] = []

    @app.get("/")
    def front() -> str:
        return PAGE.format(LINKS)

    @app.get("/search")
    def search() -> str:
        return PAGE.format(f"You sought {request.args.get('q', '')}")

    @app.get("/bird")
    def bird() -> str | tuple[str, int]:
        try:
            rows = database.execute("SELECT name FROM bird WHERE id = " + request.args.get("id", "1")).fetchall()
        except sqlite3.Error as problem:
            return PAGE.format(f"sqlite3.OperationalError: {problem}"), 500
        return PAGE.format(f"{len(rows)} found: " + ", ".join(str(row[0]) for row in rows))

    @app.get("/go")
    def go() -> Answer:
        return redirect(request.args.get("next", "/"))

    @app.get("/read")
    def read() -> Response:
        path = Path("/usr/share/common-licenses") / request.args.get("file", "")
        try:
            return Response(path.read_text(errors="replace"), mimetype="text/plain")
        except OSError:
            return Response("nothing", mimetype="text/plain")

    @app.route("/say", methods=["GET", "POST"])
    def say() -> str:
        if request.method == "POST":
            said.append(request.form.get("words", ""))
        return PAGE.format("<br>".join(said) + LINKS)

    @app.after_request
    def with_cookie(response: Response) -> Response:
        response.set_cookie("canary", "1")
        return response

    return app


if __name__ == "__main__":
    make_canary().run("127.0.0.1", int(sys.argv[1]), threaded=True)
