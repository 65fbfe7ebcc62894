"""`ceapp check`, from an author's shell."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ceapp.commands.check import check
from tests.scenarios.folder_cases import SCENARIO, Case, write

WRONG = SCENARIO.replace("(best)", "(bset)")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scenarios"
    monkeypatch.setenv("CEAPP_SCENARIOS", str(folder))
    folder.mkdir()
    write(folder)
    return folder


def run(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(check, arguments, env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        ((), "1 scenario, 1 course, 1 standard: no problems"),
        (("scenarios",), "1 scenario, 1 course, 1 standard: no problems"),
        (("scenarios/course",), "1 scenario, 1 course, 1 standard: no problems"),
        (("scenarios/course/friend-request.md",), "1 scenario, 0 courses, 1 standard: no problems"),
        (("scenarios/course/course.md",), "0 scenarios, 1 course, 1 standard: no problems"),
        (("scenarios/standards",), "0 scenarios, 0 courses, 1 standard: no problems"),
        (("scenarios/standards/aca-2014.md",), "0 scenarios, 0 courses, 1 standard: no problems"),
        (("scenarios", "scenarios/course"), "1 scenario, 1 course, 1 standard: no problems"),
    ],
)
def test_what_a_path_stands_for(root: Path, arguments: tuple[str, ...], summary: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.output) == (0, summary + "\n")


def test_an_error_is_told_with_its_line_and_exits_with_one(root: Path) -> None:
    (root / "course" / "friend-request.md").write_text(WRONG)
    result = run()
    assert result.exit_code == 1
    first, last = result.output.splitlines()
    assert first.startswith("scenarios/course/friend-request.md:12:3: error bad-mark (bset) is not a mark (the marks are (best)")
    assert last == "1 scenario, 1 course, 1 standard: 1 error"


def test_a_warning_exits_with_nothing(root: Path) -> None:
    (root / "course" / "other.md").write_text(SCENARIO)
    result = run()
    assert result.exit_code == 0
    assert result.output.endswith("2 scenarios, 1 course, 1 standard: 1 warning\n")


def test_a_single_file_is_checked_with_its_course_and_standards(root: Path) -> None:
    path = root / "course" / "friend-request.md"
    path.write_text(SCENARIO.replace("A.5.e", "A.5.z").replace("status", "objectives: [nothing]\nstatus"))
    (root / "course" / "other.md").write_text(WRONG)
    result = run("scenarios/course/friend-request.md")
    assert [line.split()[2] for line in result.output.splitlines()[:-1]] == ["unknown-objective", "unknown-section"]


def test_the_hours_of_a_course(root: Path) -> None:
    first, scenario, comparison, last = run("--hours").output.splitlines()
    assert re.fullmatch(
        r"course: contact hours 0\.00\. \d+ words at 6,000 words an hour are 0\.\d{3} hours, rounded down .*: 0 hours\.", first
    )
    assert re.match(r"  friend-request: \d+ words on the shortest way that passes \(\d+ to \d+ on any\), \d+ scored question", scenario)
    assert comparison.startswith("  for comparison, by the method mergener: ")
    assert last.endswith("no problems")
    told = json.loads(run("--hours", "--format", "json").output)["hours"]["course"]
    assert (told["contact_hours"], told["method"], [each["slug"] for each in told["scenarios"]]) == ("0.00", "words", ["friend-request"])
    assert "hours" not in json.loads(run("--format", "json").output)


def test_a_course_with_errors_has_no_hours(root: Path) -> None:
    (root / "course" / "friend-request.md").write_text(WRONG)
    assert len(run("--hours").output.splitlines()) == 2


def test_from_inside_a_course(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "course" / "friend-request.md").write_text(WRONG)
    monkeypatch.chdir(root / "course")
    for path in ("friend-request.md", "."):
        assert run(path).exit_code == 1
        assert "friend-request.md:12:3: error bad-mark" in run(path).output


def test_json(root: Path) -> None:
    (root / "course" / "friend-request.md").write_text(WRONG)
    result = run("--format", "json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert told["summary"] == "1 scenario, 1 course, 1 standard: 1 error"
    assert [(problem["code"], problem["line"], problem["severity"]) for problem in told["problems"]] == [("bad-mark", 12, "error")]


def test_github(root: Path) -> None:
    (root / "course" / "friend-request.md").write_text(SCENARIO.replace("(best)", "(100%)"))
    line = run("--format", "github").output.splitlines()[0]
    assert line.startswith("::error file=scenarios/course/friend-request.md,line=12,col=3,title=bad-mark::(100%25) is not a mark")


def test_write_ids(root: Path) -> None:
    path = root / "course" / "friend-request.md"
    path.write_bytes(SCENARIO.replace(" {#first}", "").replace("\n", "\r\n").encode())
    assert run().exit_code == 1
    assert run("--write-ids").exit_code == 0
    assert path.read_bytes() == SCENARIO.replace("{#first}", "{#what-do-you-do-first}").replace("\n", "\r\n").encode()
    assert run("--write-ids", "scenarios/course/friend-request.md").output == "1 scenario, 0 courses, 1 standard: no problems\n"


@pytest.mark.parametrize("arguments", [("nowhere",), ("--format", "xml"), ("scenarios/course/images/card.png",)])
def test_wrong_usage_exits_with_two(root: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_the_folder_comes_from_the_environment(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other, Case("", "", {"course/friend-request.md": WRONG}))
    assert run(CEAPP_SCENARIOS=str(other)).exit_code == 1
    assert run(CEAPP_SCENARIOS=str(tmp_path / "nowhere")).exit_code == 2


def test_the_scenarios_of_this_repository_have_no_errors() -> None:
    scenarios = Path(__file__).parents[2] / "scenarios"
    result = run(str(scenarios))
    assert result.exit_code == 0, result.output
