"""`ceapp check`: say what is wrong in scenarios, courses and standards, with line numbers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from ceapp.clock import now
from ceapp.config import load_settings
from ceapp.scenarios.files import COURSE_FILE, IGNORED, STANDARDS
from ceapp.scenarios.hours import HoursResult, hours_of
from ceapp.scenarios.problems import Problem
from ceapp.scenarios.reading import CourseFolder, read_folder
from ceapp.scenarios.review import overdue
from ceapp.scenarios.write_ids import add_ids


@dataclass(frozen=True)
class Target:
    """What a path stands for: a whole folder of scenarios, one course of it, or one file of it."""

    root: Path
    course: str | None = None
    file: Path | None = None

    def covers(self, problem: Problem) -> bool:
        if self.file is not None:
            return Path(problem.path) == self.file
        return self.course is None or Path(problem.path).is_relative_to(self.root / self.course)


@dataclass(frozen=True)
class Findings:
    """The problems below all paths, and how much was looked at."""

    problems: tuple[Problem, ...]
    scenarios: int
    courses: int
    standards: int
    hours: Mapping[str, HoursResult] | None  # of each course that could be read whole, where they were asked for

    @property
    def errors(self) -> int:
        return sum(problem.is_error for problem in self.problems)

    @property
    def summary(self) -> str:
        looked_at = [_counted(self.scenarios, "scenario"), _counted(self.courses, "course"), _counted(self.standards, "standard")]
        warnings = len(self.problems) - self.errors
        found = [_counted(number, what) for number, what in ((self.errors, "error"), (warnings, "warning")) if number]
        return f"{', '.join(looked_at)}: {' and '.join(found) or 'no problems'}"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH…]")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True, help="How to print.")
@click.option("--write-ids", is_flag=True, help="Add the ids that scenes and questions lack, then check.")
@click.option("--hours", is_flag=True, help="Also print the contact hours of each course and what they rest on.")
@click.option("--scenarios", type=click.Path(path_type=Path), help="What to check without PATH; as the setting says by default.")
def check(
    paths: Sequence[Path],
    form: str,
    write_ids: bool,  # noqa: FBT001 - click hands over flags so
    hours: bool,  # noqa: FBT001
    scenarios: Path | None,
) -> None:
    """Check a folder of scenarios, a course folder, or single files. Exit 1 when there are errors."""
    scenarios = scenarios or _from_here(load_settings().scenarios_path)
    if not paths and not scenarios.is_dir():
        raise click.UsageError(f"There is no folder {scenarios}; name what to check.")
    targets = [_target_of(path) for path in paths or (scenarios,)]
    if write_ids:
        _write_ids(targets)
    findings = _check(targets, with_hours=hours)
    click.echo(_printed(findings, form))
    sys.exit(1 if findings.errors else 0)


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _target_of(path: Path) -> Target:
    """Standards and course are found from the parents of a path, whatever folder the command is called in."""
    path = path.absolute()
    if path.is_dir():
        if (path / COURSE_FILE).exists():
            return Target(_shown(path.parent), path.name)
        return Target(_shown(path.parent), STANDARDS) if path.name == STANDARDS else Target(_shown(path))
    if path.suffix != ".md":
        raise click.UsageError(f"{path.name} is no Markdown file.")
    root = _shown(path.parent.parent)
    return Target(root, path.parent.name, root / path.parent.name / path.name)


def _shown(path: Path) -> Path:
    return Path(os.path.relpath(path))


def _check(targets: Iterable[Target], *, with_hours: bool) -> Findings:
    found: dict[Problem, None] = {}
    files: set[Path] = set()
    courses: set[Path] = set()
    standards: set[str] = set()
    hours: dict[str, HoursResult] | None = {} if with_hours else None
    for target in targets:
        folder = read_folder(target.root, None if target.course is None else {target.course})
        problems = (*folder.all_problems, *overdue(folder, now().date()))
        found |= dict.fromkeys(problem for problem in problems if target.covers(problem))
        files |= {path for course in folder.courses for path in _files_of(course) if target.file in (None, path)}
        courses |= {Path(course.path) for course in folder.courses if target.file in (None, Path(course.path))}
        standards |= {standard.path for standard in folder.standards.values()}
        if hours is not None:
            hours |= {course.slug: worked_out for course in folder.courses if (worked_out := _hours(course))}
    return Findings(tuple(found), len(files), len(courses), len(standards), hours)


def _hours(folder: CourseFolder) -> HoursResult | None:
    """The contact hours of a course, where everything that they rest on could be read."""
    if folder.course is None:
        return None
    scenarios = {slug: file.scenario for slug, file in folder.scenarios.items() if file.scenario is not None}
    needed = {*folder.course.required, *(folder.course.closing.forms if folder.course.closing else ())}
    return hours_of(folder.course, scenarios) if needed <= scenarios.keys() else None


def _files_of(course: CourseFolder) -> list[Path]:
    return [Path(file.path) for file in course.scenarios.values()]


def _write_ids(targets: Iterable[Target]) -> None:
    for target in targets:
        for path in _scenario_paths(target):
            source = path.read_bytes().decode("utf-8", "surrogateescape")
            written = add_ids(source)
            if written != source:
                path.write_bytes(written.encode("utf-8", "surrogateescape"))
                click.echo(f"{path}: ids added", err=True)


def _scenario_paths(target: Target) -> list[Path]:
    if target.file is not None:
        return [target.file] if _is_scenario(target.file) else []
    pattern = f"{target.course or '*'}/*.md"
    return sorted(path for path in target.root.glob(pattern) if _is_scenario(path))


def _is_scenario(path: Path) -> bool:
    return (
        path.parent.name != STANDARDS and path.name != COURSE_FILE and path.name not in IGNORED and path.is_file() and not path.is_symlink()
    )


def _printed(findings: Findings, form: str) -> str:
    hours = findings.hours or {}
    if form == "json":
        told: dict[str, object] = {"problems": [asdict(problem) for problem in findings.problems], "summary": findings.summary}
        if findings.hours is not None:
            told["hours"] = {
                slug: result.inputs | {"contact_hours": str(result.hours), "explanation": result.explanation}
                for slug, result in hours.items()
            }
        return json.dumps(told, indent=2)
    line = _github if form == "github" else str
    lines = [text for slug, result in hours.items() for text in _lines_of_hours(slug, result)]
    return "\n".join([*(line(problem) for problem in findings.problems), *lines, findings.summary])


def _lines_of_hours(slug: str, result: HoursResult) -> Iterator[str]:
    yield f"{slug}: contact hours {result.hours}. {result.explanation}"
    for each in result.inputs["scenarios"]:
        words = f"{each['words']:,} words on the shortest way that passes ({each['shortest']:,} to {each['longest']:,} on any)"
        yield f"  {each['slug']}: {words}, {_counted(each['questions'], 'scored question')}, difficulty {each['difficulty']}"
    for each in result.inputs["comparison"]:
        yield f"  for comparison, by the method {each['method']}: {each['explanation']}"


def _github(problem: Problem) -> str:
    """A workflow command, as in GitHub's "Workflow commands for GitHub Actions", which shows the problem beside its line."""
    hint = f" ({problem.hint})" if problem.hint else ""
    message = _escaped(problem.message + hint)
    place = f"file={_escaped_property(problem.path)},line={problem.line},col={problem.column}"
    return f"::{problem.severity} {place},title={problem.code}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
