"""What `dossier.typ` draws of the material: headings, lines, lists and tables of plain text. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ceapp.catalogue.adoptions.rules import Adopter
from ceapp.certificates.facts import day, hours_words
from ceapp.reporting.dossier.material import Evaluated, Material, Told, missing
from ceapp.reporting.packs import block_text
from ceapp.scenarios.scoring import grade_credit
from ceapp.scenarios.values import END, Block, Callout, Course, Kind, Option, Post, Question, Scene, Scoring, Standard

Plain = Callable[[str], str]
"""Markdown to text without markup."""

Drawn = dict[str, Any]

_SHORT, _WIDEST = 16, 60
"""Characters of a cell that needs no share of the width, and above which a longer text gets no more."""

NOTHING_MISSING = "Nothing that this server knows of is missing."
_KINDS = {
    Kind.GRADED: "Choose one; each choice has a grade.",
    Kind.PLAIN: "Choose the right one.",
    Kind.ALL: "Tick all that apply.",
    Kind.ORDER: "Put in order; the order below is the right one.",
    Kind.REFLECTION: "A text of one’s own, which is not scored and may be left out.",
}


def drawn(found: Material, plain: Plain, *, paper: str) -> Drawn:
    """The whole dossier."""
    made, about = found.made_on, found.course
    return {
        "title": f"Dossier: {about.title}",
        "author": next((line.value for line in found.provider if line.key == "provider_name"), "ceapp"),
        "paper": paper,
        "day": [made.year, made.month, made.day],
        "about": [
            f"Made on {day(made.isoformat())} at {found.address} from what is served there. Course revision {found.revision}.",
            "It holds the key of every question: hand it to those who decide on the course, and to nobody else.",
        ],
        "missing": missing(found) or [NOTHING_MISSING],
        "sections": [
            {"title": title, "parts": list(parts)}
            for title, parts in (
                ("Provider", _provider(found)),
                ("The course", _course(found, plain)),
                ("Objectives", [_list([each.text for each in about.objectives])]),
                ("Outline and timing", _outline(found)),
                ("How the contact hours were reckoned", _hours(found)),
                ("Who wrote and reviewed it", _people(found)),
                ("How credit is earned", [_list(_earning(about))]),
                ("Scenarios with key and feedback", _told(found.scenarios, about, plain)),
                ("Closing cases with key", _told(found.forms, about, plain) if found.forms else [_line("This course has none.")]),
                ("Evaluation form", _form(about)),
                ("Attestation", [_line(about.attestation or "Learners sign nothing.")]),
                ("Specimen of the certificate", _specimen(found)),
                ("References", _references(found, plain)),
                ("Policies", _policies(found)),
                ("Summary of evaluations", _evaluations(found.evaluated)),
                ("Attachments", _attachments(found)),
            )
        ],
    }


def named_characters(values: Any, characters: str) -> Any:
    """The same with these characters written by their names: `[heavy check mark]`."""
    if isinstance(values, str):
        return values.translate({ord(each): f"[{unicodedata.name(each, 'sign').lower()}]" for each in characters})
    if isinstance(values, dict):
        return {name: named_characters(value, characters) for name, value in values.items()}
    return [named_characters(value, characters) for value in values] if isinstance(values, list) else values


def _line(text: str) -> Drawn:
    return {"kind": "line", "text": text}


def _list(items: Iterable[str]) -> Drawn:
    return {"kind": "list", "items": list(items)}


def _pairs(pairs: Iterable[tuple[str, str]]) -> Drawn:
    return {"kind": "pairs", "pairs": [list(each) for each in pairs if each[1]]}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Drawn:
    """Columns of short texts are as wide as these; the others share what is left by their longest text."""
    listed = [list(row) for row in rows]
    longest = [max(len(cell) for cell in column) for column in zip(head, *listed, strict=True)]
    widths = [0 if each <= _SHORT else min(each, _WIDEST) for each in longest]
    return {"kind": "table", "head": list(head), "rows": listed, "widths": widths if any(widths) else [1, *widths[1:]]}


def _heading(text: str) -> Drawn:
    return {"kind": "heading", "text": text}


def _provider(found: Material) -> Iterator[Drawn]:
    if found.provider:
        yield _pairs((line.label, line.value) for line in found.provider)
    else:
        yield _line("Not set yet.")
    yield _heading("Approvals")
    for each in found.approvals:
        yield _line(each.statement)
        yield _pairs(
            (
                ("Kind", each.kind.label),
                ("Body", each.body),
                (each.kind.number_label.capitalize(), each.number),
                ("Days", f"{day(each.valid_from.isoformat())} to {day(each.last_day.isoformat())}"),
                ("Category", each.category),
                ("Contact hours", each.hours.words),
            )
        )
    if not found.approvals:
        yield _line("No approval that covers this course is entered, and none is claimed.")


def _course(found: Material, plain: Plain) -> Iterator[Drawn]:
    about = found.course
    yield _line(about.summary)
    yield _pairs(
        (
            ("Title", about.title),
            ("Contact hours", f"{found.contact_hours} {hours_words(found.contact_hours)}"),
            ("Category", about.category),
            ("Level", about.level),
            ("For", ", ".join(about.audience)),
            ("Format", "self-paced, asynchronous, online, based on reading and decisions"),
            ("Language", about.lang),
            ("Released", day(about.released.isoformat()) if about.released else ""),
            ("To be reviewed by", day(about.review_by.isoformat()) if about.review_by else ""),
            ("Published here", day(found.published_on.isoformat())),
            ("Price", found.price),
            ("Disclosures", about.disclosures or "None stated."),
        )
    )
    yield _heading("Description, as learners read it")
    yield from _blocks(about.body, plain)


def _blocks(text: str, plain: Plain) -> Iterator[Drawn]:
    """Headings, lists, tables and paragraphs of a description."""
    for block in text.strip().split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        if lines[0].startswith("#"):
            yield {"kind": "small-heading", "text": plain(lines[0].lstrip("#").strip())}
        elif lines[0].lstrip().startswith("|"):
            rows = [[plain(cell.strip()) for cell in line.strip().strip("|").split("|")] for line in lines]
            rows = [row for row in rows if set("".join(row)) - set("-: ")]
            is_even = all(len(row) == len(rows[0]) for row in rows)
            yield _table(rows[0], rows[1:]) if is_even else _list(" · ".join(row) for row in rows)
        elif all(line.startswith(("- ", "* ")) for line in lines):
            yield _list(plain(line[2:]) for line in lines)
        else:
            yield _line(" ".join(plain("\n".join(lines)).split("\n")))


def _outline(found: Material) -> Iterator[Drawn]:
    modules = {slug: module.title for module in found.course.modules for slug in module.scenarios}
    yield _table(
        ("Scenario", "Module", "", "Minutes"),
        (
            (each.scenario.title, modules.get(each.slug, ""), "required" if each.is_required else "elective", str(each.minutes))
            for each in found.scenarios
        ),
    )
    required = sum(each.minutes for each in found.scenarios if each.is_required)
    yield _line(f"The required scenarios take about {required} minutes by the estimate that learners are shown.")
    if found.forms:
        yield _line(f"Closing cases: {len(found.forms)} parallel forms, of which a learner does one at a time.")


def _hours(found: Material) -> Iterator[Drawn]:
    inputs = found.hours_inputs
    yield _line(found.hours_explanation)
    if "scenarios" in inputs:
        yield _line(
            "Words are those on the shortest way that passes, with the feedback on every choice; titles, references and what only"
            " supervisors see are not counted. Questions are the scored ones on that way. Difficulty is from 1, very easy, to 5, very"
            " difficult."
        )
        head = ("Scenario", "Words", "Shortest way", "Longest way", "Questions", "Difficulty", "Minutes")
        names = ("title", "words", "shortest", "longest", "questions", "difficulty", "minutes")
        yield _table(head, ([str(each[name]) for name in names] for each in inputs["scenarios"]))
    for each in inputs.get("comparison", ()):
        yield _line(f"For comparison only: {each['explanation']}")
    yield _pairs((name.replace("_", " ").capitalize(), value) for name, value in inputs.items() if isinstance(value, str))


def _people(found: Material) -> Iterator[Drawn]:
    if found.adopted is None:
        named = "; ".join(", ".join(part for part in (each.name, each.degree, each.licence) if part) for each in found.course.authors)
        yield _line(f"The course names as its authors: {named}." if named else "No author is named.")
        yield _line("Nobody has adopted this revision, and no review of it is claimed.")
        return
    for each in found.adopted.people:
        yield _pairs(_said_of(each, found))
    if not found.adopted.in_part("review"):
        yield _line("No review is on file, and none is claimed.")


def _said_of(person: Adopter, found: Material) -> Iterator[tuple[str, str]]:
    vita = found.vita_of(person)
    yield "Name", person.name
    yield "Part", person.part_words
    yield "Degree", person.degree or "not stated"
    yield "Licence", person.licence or "not stated"
    yield "Interests that may conflict", person.disclosure
    yield "Day of this statement", day(person.dated.isoformat())
    yield "Curriculum vitae", vita.name if vita else "not on file"


def _earning(about: Course) -> Iterator[str]:
    yield f"Pass each required scenario with {about.pass_mark}%. The pass mark is shown before starting."
    if about.attempts:
        number = "is one attempt" if about.attempts == 1 else f"are {about.attempts} attempts"
        yield f"There {number} at each scenario; an administrator may grant more, with a reason."
    else:
        yield "Scenarios can be tried without limit; the first attempt is kept beside the later ones."
    yield "After each answer every choice is explained. Answers and their times are kept; choices stand in another order for each learner."
    yield (
        "Credit for a choice by its grade: best 1, acceptable 4/5, risky 1/5, harmful and critical none."
        if about.scoring is Scoring.GRADED
        else "Credit for a choice by its grade: best and acceptable 1, all others none."
    )
    if about.closing:
        yield f"Pass the closing cases with {about.pass_mark}%; at most {about.closing.attempts} attempts, each with the next form."
        yield "The key of the closing cases stays closed until they are passed."
    if about.evaluation:
        yield "Say what the course was like; the answers are not kept with the name."
    if about.attestation:
        yield "Sign that the work was one’s own."
    yield "The certificate comes the moment the last of these is done, and anybody can check its code."


def _told(told: Sequence[Told], about: Course, plain: Plain) -> Iterator[Drawn]:
    objectives = {each.id: each.text for each in about.objectives}
    for each in told:
        yield {
            "kind": "scenario",
            "title": plain(each.scenario.title),
            "lines": [
                plain(each.scenario.summary),
                f"{'Required' if each.is_required else 'Elective'}, about {each.minutes} minutes. Revision {each.revision}.",
            ],
            "objectives": [objectives[name] for name in each.scenario.objectives if name in objectives],
            "scenes": [_scene(scene, each, about, plain) for scene in each.scenario.scenes],
            "cited": [
                {"cite": str(citation), "text": f"{_edition(standard)}. {plain(section.paraphrase)}"}
                for citation, standard, section in each.cited
            ],
        }


def _edition(standard: Standard) -> str:
    return f"{standard.name}, {standard.edition}, checked {day(standard.checked_on.isoformat())}"


def _scene(scene: Scene, told: Told, about: Course, plain: Plain) -> Drawn:
    return {
        "title": plain(scene.title),
        "text": list(_texts(scene.body, plain)),
        "questions": [_question(each, told, about, plain) for each in scene.questions],
        "leads": f"Then: {_title(scene.to, told, plain)}." if scene.to else "",
        "discuss": [plain(each.text) for each in scene.discussions],
    }


def _question(question: Question, told: Told, about: Course, plain: Plain) -> Drawn:
    notes = [
        *((f"Hint, on request: {plain(each.text)}") for each in question.hints),
        *((f"Explained after the answer: {plain(each.text)}") for each in question.explanations),
        *((f"For whoever reads the text: {plain(each.text)}") for each in question.rubrics),
        *((f"For supervisors: {plain(each.text)}") for each in question.discussions),
    ]
    return {
        "title": plain(question.title),
        "how": _KINDS[question.kind],
        "text": list(_texts(question.body, plain)),
        "options": [_option(option, place, question, told, about, plain) for place, option in enumerate(question.options, 1)],
        "notes": notes,
        "after": list(_texts(question.after, plain)),
    }


def _option(option: Option, place: int, question: Question, told: Told, about: Course, plain: Plain) -> Drawn:
    said = [_worth(option, place, question, about)]
    if option.to:
        said.append(f"leads to: {_title(option.to, told, plain)}")
    return {
        "text": plain(option.text),
        "is_key": option.right or question.kind is Kind.ORDER,
        "said": "; ".join(each for each in said if each),
        "why": plain(option.feedback) if option.feedback else "",
    }


def _worth(option: Option, place: int, question: Question, about: Course) -> str:
    if question.kind is Kind.ORDER:
        return f"place {place}"
    if option.grade is not None:
        return f"{option.grade}, credit {grade_credit(option.grade, about.scoring)}"
    if question.kind is Kind.ALL:
        return "to be ticked" if option.right else "not to be ticked"
    return "right" if option.right else "not right"


def _title(scene_id: str, told: Told, plain: Plain) -> str:
    return "the end" if scene_id == END else plain(told.scenario.scene(scene_id).title)


def _texts(blocks: Iterable[Block], plain: Plain) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Callout) and block.kind != "note":
            continue
        text = block_text(block) if isinstance(block, Post) else plain(block.text)
        yield from (line for line in text.split("\n") if line.strip())


def _form(about: Course) -> Iterator[Drawn]:
    if not about.evaluation:
        yield _line("Learners are not asked about this course.")
        return
    yield _line(
        "Rated from 1 to 5 unless it asks for words. Answers are kept apart from whoever gave them and reported of five people or more."
    )
    yield _list(f"{each.text}{' (in words)' if each.kind == 'comment' else ''}" for each in about.evaluation)


def _specimen(found: Material) -> Iterator[Drawn]:
    yield _line("The file specimen-certificate.pdf is how it is printed; a certificate has these fields:")
    yield _pairs((line.label, line.value) for line in found.specimen)


def _references(found: Material, plain: Plain) -> Iterator[Drawn]:
    if found.course.references:
        yield _list(plain(each) for each in found.course.references)
    else:
        yield _line("None are listed.")
    standards = {standard.cite: standard for each in (*found.scenarios, *found.forms) for _, standard, _ in each.cited}
    if standards:
        yield _heading("Codes and laws that are cited")
        yield _list(f"{_edition(each)}. {each.address}" for each in standards.values())


def _policies(found: Material) -> Iterator[Drawn]:
    yield _pairs((("Refund", found.refund or "not stated"),))
    yield _list(
        (
            f"Accommodation: learners ask for one at {found.address}/account/accommodations, and read the answer there.",
            f"Grievances: learners file one at {found.address}/account/grievances; each is answered there, with its status.",
            f"Privacy: {found.address}/privacy says what is kept of learners, and who reads it.",
        )
    )
    policies = found.of_kind("policy")
    if policies:
        yield _line("Attached as files:")
        yield _list(f"{each.title} ({each.name})" for each in policies)
    else:
        yield _line("No other policy is attached.")


def _evaluations(evaluated: Sequence[Evaluated]) -> Iterator[Drawn]:
    if not evaluated:
        yield _line("No period of five or more evaluations is over yet.")
    for each in evaluated:
        yield _heading(f"{each.period}: {each.number} evaluations")
        rows = ((rated.item.text, str(rated.number), rated.mean) for rated in each.rated if rated.is_shown)
        yield _table(("Question", "Answers", "Mean of 1 to 5"), rows)


def _attachments(found: Material) -> Iterator[Drawn]:
    if not found.attached:
        yield _line("None are on file.")
        return
    for each in found.attached:
        about = (("Title", each.title), ("Kind", each.kind_words), ("Day", day(each.dated.isoformat())))
        yield _pairs((*about, ("File", each.name), ("SHA-256", each.sha256)))
