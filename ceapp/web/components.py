"""The `/components` page: every part of the look in every state, with invented values. Only there when `debug` is on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, flash, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, EmailField, FileField, IntegerField, PasswordField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older than the class
from wtforms.validators import InputRequired, Length, Optional

from ceapp.errors import Unavailable
from ceapp.scenarios.learner import LearnerOption, LearnerQuestion
from ceapp.scenarios.values import Grade, Kind, Post
from ceapp.web.audience import anyone
from ceapp.web.forms import Form, Line, SelectField
from ceapp.web.resend import resendable

blueprint = Blueprint("components", __name__)

_PATH = "/components"


def _choices(*values_and_labels: str) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in zip(values_and_labels[::2], values_and_labels[1::2], strict=True)]


class SampleForm(Form):
    """One field of each kind."""

    name = Line("Full name", validators=[InputRequired("Write your name as it should stand on the certificate.")])
    email = EmailField("E-mail address", validators=[InputRequired("Write your e-mail address.")])
    password = PasswordField("Password", validators=[InputRequired("Choose a password.")])
    profession = SelectField("Profession", choices=_choices("", "Choose", "c", "Counselor", "p", "Psychologist"))
    born = DateField("Licence valid until", validators=[Optional()])
    minutes = IntegerField("Minutes it took you", validators=[Optional()])
    about = TextAreaField("What would you change?", validators=[Optional(), Length(max=20, message="At most 20 characters.")])
    rating = RadioField(
        "How useful was it?", choices=_choices("5", "Very", "3", "Somewhat", "1", "Not at all"), validators=[InputRequired("Choose one.")]
    )
    proof = FileField("Licence", validators=[Optional()])
    own_work = BooleanField("This is my own work", validators=[InputRequired("Confirm that the work is your own.")])


def install(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.get(_PATH)
@anyone
def components() -> ResponseReturnValue:
    """Everything at once, for the eye, for axe and for a printer."""
    flash("Your answer is saved.", "good")
    return render_template("web/components.html", **_samples())


@blueprint.post(_PATH)
@anyone
@resendable
def refused() -> ResponseReturnValue:
    """What a person sees whose form met a busy server."""
    raise Unavailable


@blueprint.post(f"{_PATH}/draft")
@anyone
@resendable
def draft() -> ResponseReturnValue:
    """Takes a draft and forgets it; the text "elsewhere" is answered as if another tab had saved in between."""
    if "elsewhere" in request.form.get("text", ""):
        return jsonify(saves=9), 409
    return jsonify(saves=int(request.form.get("saves", "0")) + 1)


def _samples() -> dict[str, Any]:
    return {
        "empty": SampleForm(formdata=None, prefix="empty-", meta={"csrf": False}),
        "refused": _refused_form(),
        "posts": _posts(),
        "question": _question(Kind.GRADED, "What do you do first?", _FIRST),
        "risks": _question(Kind.ALL, "Which risks would you name with Dana?", _RISKS),
        "steps": _question(Kind.ORDER, "Put these steps in order.", _STEPS),
        "note": _question(Kind.REFLECTION, "What would you write in the note?", {}),
        "texts": {**_marked(_FIRST), **_marked(_RISKS), **_marked(_STEPS)},
        "grades": [*Grade, "right", "not right", "right to tick", "right to leave", "missed", "not needed", "right place", "other place"],
        "feedback": _FEEDBACK,
        "trail_items": [SimpleNamespace(title=title, state=state, href=href) for title, state, href in _TRAIL],
        "left": [SimpleNamespace(**dict(zip(_ITEM, values, strict=True))) for values in _LEFT],
        "map": _map(),
    }


def _refused_form() -> SampleForm:
    form = SampleForm(MultiDict({"refused-about": "A text that is longer than it may be."}), prefix="refused-", meta={"csrf": False})
    form.validate()
    return form


def _question(kind: Kind, title: str, options: dict[str, str]) -> LearnerQuestion:
    return LearnerQuestion(f"sample-{kind}", title, kind, (), (), tuple(LearnerOption(id_, text) for id_, text in options.items()), 40, 0)


def _marked(texts: dict[str, str]) -> dict[str, Markup]:
    return {id_: Markup(text) for id_, text in texts.items()}  # noqa: S704 (our own words, below)


def _posts() -> list[Post]:
    return [
        Post(
            1,
            network="a social network",
            kind="friend request",
            sender="Dana R.",
            text="Saw that we have friends in common!\nHope that’s okay?",
        ),
        Post(
            2,
            network="a review site",
            kind="review",
            handle="@quiet_heron",
            time="2 hours ago",
            text="One star. " + "A" * 60,
            image="x.png",
            alt="A waiting room",
        ),
        Post(3, text="Zoë Nguyễn-Łukasiewicz: Привет, γειά."),
    ]


def _map() -> SimpleNamespace:
    """As learning.pathmap.layout() gives it; that is above this package, so the numbers are written out."""
    scenes = (
        ("Sunday evening", 16, 40),
        ("The request arrives", 16, 120),
        ("One of two hundred friends, and their cousins", 48, 200),
        ("Thursday", 16, 280),
    )
    states = ("taken", "taken", "not-taken", "taken")
    grades: tuple[tuple[Grade, ...], ...] = ((), (Grade.BEST, Grade.ACCEPTABLE), (), ())
    nodes = [
        SimpleNamespace(id=str(number), title=title, x=x, y=y, state=state, grades=given, leads_to=())
        for number, ((title, x, y), state, given) in enumerate(zip(scenes, states, grades, strict=True))
    ]
    lines = (
        (Grade.HARMFUL, False, "M16 129C16 166 48 148 48 184V184", "M43 183h10l-5 7z"),
        (None, False, "M48 209C48 246 16 228 16 264V264", "M11 263h10l-5 7z"),
        (None, True, "M16 49V104", "M11 103h10l-5 7z"),
        (Grade.BEST, True, "M16 129V264", "M11 263h10l-5 7z"),
    )
    edges = [SimpleNamespace(grade=grade, taken=taken, line=line, tip=tip) for grade, taken, line, tip in lines]
    return SimpleNamespace(width=64, height=320, nodes=nodes, edges=edges)


_FIRST = {
    "a": "Decline it without a word, as you do with every stranger.",
    "b": "Leave it unanswered tonight and bring it up on <em>Thursday</em>.",
    "c": "Accept, but put Dana on the list that sees almost nothing of your page.",
    "d": "Decline, and tell Dana why at the next session.",
}
_RISKS = {
    "e": "Mutual friends may infer that Dana is a client.",
    "f": "The roles of therapist and friend would mix.",
    "g": "The request shows that treatment has failed.",
}
_STEPS = {
    "h": "Talk with Dana about the request and what it means.",
    "i": "Write a progress note.",
    "j": "Consult your code and your own social media policy.",
}
_FEEDBACK = Markup(
    "<p>You explore the meaning together; the answer itself is no. A personal virtual relationship with a current client is ruled out by"
    ' <a class="cite" href="#verdicts">ACA A.5.e</a>, and <a class="cite" href="#verdicts">NASW 1.06(h)</a> says to avoid it.</p>'
    "<p>The cost: Dana waits four days without knowing why.</p>"
)
_TRAIL = (
    ("Sunday evening", "done", "#posts"),
    ("The request arrives", "here", ""),
    ("Next scene depends on you", "next", ""),
    ("The note", "next", ""),
    ("Closing", "next", ""),
)
_ITEM = ("title", "detail", "state", "href", "action")
_LEFT = (
    ("Contact: 5 of 5 scenarios", "94%", "done", "", ""),
    ("Curiosity: Googling a client, and two more", "", "next", "#checklist", "Go on"),
    ("Reputation and Practice: 7 scenarios", "after that", "later", "", ""),
    ("Closing cases", "20 minutes", "later", "", ""),
    ("Evaluate the course", "two minutes", "later", "#checklist", "Read the questions"),
)
