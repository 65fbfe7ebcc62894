"""What an audit pack says: attempts as values and as a drawing, the README, the manifest. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ceapp.learning.record.replay import Replay, Replayed
from ceapp.learning.steps import ShownOption
from ceapp.scenarios.values import Block, Callout, Kind, Post, Scene
from ceapp.web.archives import Entry

FORMAT = "ceapp audit pack 1"
MANIFEST, README = "manifest.json", "README.txt"


def as_file(name: str, values: object, at: datetime) -> Entry:
    """Values as a file of JSON."""
    return name, (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode(), at


def moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def attempt_values(seen: Replay, title: str) -> dict[str, Any]:
    """An attempt as it was, with the texts as they were written; of a reflection the number of words."""
    attempt = seen.attempt
    return {
        "attempt": str(attempt.id),
        "purpose": seen.series.purpose,
        "scenario": seen.series.scenario_slug,
        "title": title,
        "scenario_revision": attempt.scenario_revision_id,
        "number": attempt.number,
        "began_at": moment(attempt.began_at),
        "closed_at": moment(attempt.closed_at),
        "abandoned_at": moment(attempt.abandoned_at),
        "pass_mark": attempt.pass_mark,
        "scoring": attempt.scoring,
        "key_included": seen.has_key,
        "scores": [
            {
                "version": score.version,
                "percent": score.percent,
                "passed": score.passed,
                "credits": score.credits if seen.has_key else {},
                "scored_at": moment(score.scored_at),
            }
            for score in seen.scores
        ],
        "steps": [_step_values(step) for step in seen.steps],
    }


def _step_values(step: Replayed) -> dict[str, Any]:
    return {
        "number": step.number,
        "scenes": [{"id": scene.id, "title": scene.title, "text": [block_text(block) for block in scene.body]} for scene in step.scenes],
        "question": step.question.id,
        "kind": str(step.question.kind),
        "title": step.question.title,
        "text": [block_text(block) for block in step.question.body],
        "options_in_the_order_shown": [_option_values(option, step) for option in step.options],
        "explanations": [each.text for each in step.explanations],
        "words_written": step.words,
        "shown_at": moment(step.shown_at),
        "answered_at": moment(step.answered_at),
        "credit": step.credit,
    }


def _option_values(option: ShownOption, step: Replayed) -> dict[str, Any]:
    given: dict[str, Any] = (
        {"given_place": option.given_place, "right_place": option.place or None}
        if step.question.kind is Kind.ORDER
        else {"chosen": option.chosen}
    )
    return {"text": option.text, **given, "worth": option.verdict, "feedback": option.feedback}


def block_text(block: Block) -> str:
    """A piece of a scene as text; of a post who sent what, and what is in the picture."""
    if isinstance(block, Post):
        said = " · ".join(each for each in (block.network, block.kind, block.sender, block.handle, block.time) if each)
        picture = f"[picture: {block.alt}]" if block.image else ""
        return "\n".join(each for each in (said, block.text, picture) if each)
    return block.text


def attempts_drawn(
    seen: Sequence[tuple[Replay, str]], *, name: str, course: str, zone: str, paper: str, made_at: datetime
) -> dict[str, Any]:
    """What `attempts.typ` draws."""
    day = made_at.astimezone(ZoneInfo(zone)).date()
    return {
        "title": f"Attempts: {course}, {name}",
        "author": "ceapp",
        "paper": paper,
        "day": [day.year, day.month, day.day],
        "about": [
            "Every attempt for credit as it was: the texts of that day, the choices in the order in which they were shown, what was chosen,"
            " when, and what it was worth.",
            f"Times are in the time zone {zone}.",
        ],
        "attempts": [_attempt_drawn(each, title, zone) for each, title in seen],
    }


def _attempt_drawn(seen: Replay, title: str, zone: str) -> dict[str, Any]:
    attempt, plain = seen.attempt, seen.published.rendering.plain
    end = f"finished {_local(attempt.closed_at, zone)}" if attempt.closed_at else "not finished"
    scores = [
        f"Score {score.version}: {f'{score.percent}%, ' if score.percent is not None else ''}"
        f"{'passed' if score.passed else 'not passed'}, {_local(score.scored_at, zone)}."
        for score in seen.scores
    ]
    return {
        "title": f"{plain(title)}, attempt {attempt.number}",
        "facts": [f"Begun {_local(attempt.began_at, zone)}, {end}. Pass mark {attempt.pass_mark}%.", *scores, f"Text {seen.published.id}."],
        "steps": [_step_drawn(step, seen, zone) for step in seen.steps],
    }


def _step_drawn(step: Replayed, seen: Replay, zone: str) -> dict[str, Any]:
    plain = seen.published.rendering.plain
    shown = f"Shown {_local(step.shown_at, zone)}, answered" if step.shown_at else "Answered"
    return {
        "scenes": [{"title": plain(scene.title), "text": _lines(scene, seen)} for scene in step.scenes],
        "title": plain(step.question.title),
        "text": [plain(block_text(block)) for block in step.question.body],
        "when": f"{shown} {_local(step.answered_at, zone)}.{f' Credit {step.credit}.' if step.credit else ''}",
        "options": [_option_drawn(option, step, seen) for option in step.options],
        "written": "" if step.words is None else f"A text of {step.words} words was handed in." if step.words else "Nothing was written.",
        "explanations": [plain(each.text) for each in step.explanations],
    }


def _lines(scene: Scene, seen: Replay) -> list[str]:
    plain = seen.published.rendering.plain
    return [block_text(block) if isinstance(block, Post) else plain(block.text) for block in _shown(scene.body)]


def _shown(blocks: Iterable[Block]) -> Iterator[Block]:
    yield from (block for block in blocks if not isinstance(block, Callout) or block.kind == "note")


def _option_drawn(option: ShownOption, step: Replayed, seen: Replay) -> dict[str, Any]:
    plain, is_order = seen.published.rendering.plain, step.question.kind is Kind.ORDER
    if is_order:
        said = f"put at {option.given_place}{f', belongs at {option.place}' if option.place else ''}"
    else:
        said = ", ".join(each for each in ("chosen" if option.chosen else "", option.verdict) if each)
    return {
        "text": plain(option.text),
        "chosen": option.chosen and not is_order,
        "said": said,
        "why": plain(option.feedback) if option.feedback else "",
    }


def _local(at: datetime | None, zone: str) -> str:
    return "" if at is None else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def with_manifest(entries: Iterable[Entry], *, about: dict[str, Any], made_at: datetime, form: str = FORMAT) -> Iterator[Entry]:
    """The files, and last the manifest with size and SHA-256 of each."""
    files = []
    for name, content, at in entries:
        files.append({"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        yield name, content, at
    yield as_file(MANIFEST, {"format": form, **about, "made_at": moment(made_at), "files": files}, made_at)


README_TEXT = (Path(__file__).parent / "audit-pack-readme.txt").read_text("utf-8")
