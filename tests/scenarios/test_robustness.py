"""F11: whatever the bytes, reading gives a value or problems, in under a second; and what is accepted renders fast.

Times are processor seconds of this process, so that a busy machine does not fail them.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.reading import texts
from ceapp.scenarios.limits import FILE_BYTES
from ceapp.scenarios.markup import Renderer
from ceapp.scenarios.reading import Reading, read_course, read_scenario, read_standard
from ceapp.scenarios.structure import dump_scenario, load_scenario
from ceapp.scenarios.values import Scenario, Scoring
from ceapp.scenarios.words import path_words
from ceapp.scenarios.write_ids import add_ids
from tests.scenarios.test_markup import assert_safe
from tests.scenarios.test_structure import WHOLE
from tests.scenarios.writing import COURSE, HEAD, STANDARD, STANDARDS


def is_quick(work: Callable[[], object], most: float = 1.0) -> bool:
    """Whether it takes less than a second of processor time, in the best of three tries: another's press only adds time."""
    return any(seconds(work) < most for _ in range(3))


DRAFT = HEAD.replace("ready", "draft")
REAL = sorted((Path(__file__).parents[2] / "scenarios").glob("*/*.md"))


def read(text: str) -> Reading[Scenario]:
    return read_scenario(text.encode("utf-8", "surrogatepass"), path="a.md", slug="a", standards=STANDARDS)


def render(scenario: Scenario, *, checked: bool = False) -> None:
    renderer = Renderer(cite=lambda _: None, image=lambda _: None)
    for text, is_inline in texts(scenario):
        html = (renderer.inline if is_inline else renderer.prose)(text)
        if checked:
            assert_safe(html)


def seconds(work: Callable[[], object]) -> float:
    """Its processor time, without that of collecting the garbage of thousands of earlier tests."""
    gc.disable()
    try:
        begin = process_time()
        work()
        return process_time() - begin
    finally:
        gc.enable()


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_f4_any_bytes(data: bytes) -> None:
    for reading in (
        read_scenario(data, path="a.md", slug="a"),
        read_course(data, path="a.md", slug="a"),
        read_standard(data, path="a.md"),
    ):
        assert (reading.value is None) == any(problem.is_error for problem in reading.problems)


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_any_text_below_a_front_matter(text: str) -> None:
    reading = read(f"{DRAFT}\n{text}")
    assert reading.value is None or load_scenario(dump_scenario(reading.value)) == reading.value


PIECES = [
    *("## S\n\n", "## S {#s}\n\n", "### Q\n\n", "### Q {#q}\n\n", "- (best) A.\n", "- (risky) B. -> #s\n", "- [x] C.\n"),
    *("- [ ] D.\n", "1. E\n", "2. F\n", "  > Why.\n", "  goes on\n", "> [!explain]\n> Why.\n", "> [!hint] h\n", "> quote\n"),
    *("-> #s\n\n", "-> #end\n\n", "[____]\n", "```post\ntext: x\n```\n", "```\n", "~~~\n", "<!--", "-->", "\n", "\n\n"),
    *("text ", "*a* ", "[ACA A.5.e] ", "[x](#s) ", "![a](images/a.png) ", "---\n", "    ", "\t", "{#z}", "`", "\\"),
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_mixture_of_constructs(text: str) -> None:
    reading = read(f"{DRAFT}\n{text}")
    add_ids(text)
    if reading.value is not None:
        assert load_scenario(dump_scenario(reading.value)) == reading.value
        path_words(reading.value, 80, Scoring.GRADED)
        render(reading.value, checked=True)


@pytest.mark.parametrize("path", REAL, ids=[path.stem for path in REAL])
def test_mutants_of_real_scenarios(path: Path) -> None:
    source = path.read_text("utf-8")
    chance = random.Random(path.stem)
    signs = "#-*[](){}<>`~|:\\\n\t >!_=&\"'\x00é"
    for _ in range(60):
        text = source
        for _ in range(chance.randint(1, 8)):
            place, length = chance.randrange(len(text) + 1), chance.choice([0, 1, 1, 5, 80])
            inserted = chance.choice(["", chance.choice(signs) * chance.choice([1, 3, 50]), text[place : place + 60]])
            text = text[:place] + inserted + text[place + length :]
        reading = read(text)
        read_course(text.encode(), path="a.md", slug="a")
        read_standard(text.encode(), path="a.md")
        if reading.value is not None:
            render(reading.value)


UNITS = [
    *("*", "_", "`", "[", "]", "(", "<", ">", "#", "-", "~", "|", "&", "\\", "{", "\t", "é", "x ", "*a ", "**a**", "***a"),
    *("`a`", "`a``", "``", "[\\]", "![", "](", "[a](", "[a](<", "[a](b 'c", "[ACA A.1]", "<!--", "-->", "- ", "* ", "1. "),
    *("> ", "&a;", "<a", "http://", "a|", "(((", "[[]", "{#a}", "- (best) ", "-> #a ", "[!note] ", "> [!note] ", "[a]: b "),
    *("\u2028", "\\`", "_a ", "*a_", "[x](#a)", "![a](images/a.png)"),
]  # fmt: skip


def bombs(unit: str) -> list[str]:
    """256 kB of a unit: in one line, in lines as long as may be, in paragraphs, in quotations, in options."""
    room = FILE_BYTES - 600
    long = (unit * 4_000)[:3_900]
    options = f"### Q\n\n- (best) {long}\n  > {long}\n\n"
    parts = [unit, unit + "\n", unit + "\n\n", long + "\n\n", "> " + long + "\n", "- " + long + "\n", options]
    return [f"{DRAFT}\n{part * (room // len(part.encode()))}" for part in parts]


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_takes_long(unit: str) -> None:
    for number, text in enumerate(bombs(unit)):
        reading: list[Reading[Scenario]] = []
        assert is_quick(lambda text=text, reading=reading: reading.append(read(text))), number  # type: ignore[misc]
        assert is_quick(lambda text=text: add_ids(text)), number  # type: ignore[misc]
        value = reading[0].value
        if value is not None:
            assert is_quick(lambda value=value: render(value), 2), number  # type: ignore[misc]
            assert is_quick(lambda value=value: path_words(value, 80, Scoring.GRADED)), number  # type: ignore[misc]


@pytest.mark.parametrize(
    "unit", ["[", "{", "- ", "? ", "a: {", "'", '"', "&a ", "*a ", "!a ", "a:\n ", "#", "%", "|\n ", "\t", "a: b\n", "- - "]
)
def test_f4_no_front_matter_takes_long(unit: str) -> None:
    for text in (unit * (60_000 // len(unit)), "a: " + unit * (3_900 // len(unit))):
        for whole in (f"---\n{text}\n---\n\nProse.\n", f"---\n{text}"):
            for work in (read, lambda t: read_course(t.encode(), path="a", slug="a"), lambda t: read_standard(t.encode(), path="a")):
                assert is_quick(lambda work=work, whole=whole: work(whole))  # type: ignore[misc, operator]


def test_every_cut_of_a_whole_file_is_read() -> None:
    for text in (COURSE, STANDARD):
        for end in range(0, len(text), 7):
            read_course(text[:end].encode(), path="a.md", slug="a")
            read_standard(text[:end].encode(), path="a.md")


def test_the_largest_tree_of_branches_is_no_work() -> None:
    scenes = []
    for number in range(100):
        targets = [min(number + step, 100) for step in (1, 2, 3, 5)]
        ends = [f"#s{target}" if target < 100 else "#end" for target in targets]
        grades = ("best", "acceptable", "risky", "harmful")
        feedback = "w " * (number + 1)
        options = "\n".join(f"- ({grade}) {grade} -> {end}\n  > {feedback}" for grade, end in zip(grades, ends, strict=True))
        scenes.append(f"## S {{#s{number}}}\n\n{'word ' * (number * 7 % 13)}\n\n### Q {{#q{number}}}\n\n{options}\n")
    reading = read(f"{HEAD}\n" + "\n".join(scenes))
    assert reading.value is not None, reading.problems
    value = reading.value
    assert is_quick(lambda: path_words(value, 80, Scoring.GRADED))


def test_the_structure_of_a_rich_scenario_renders_to_safe_html() -> None:
    render(WHOLE, checked=True)


def test_a_file_full_of_names_that_are_almost_right_is_no_work() -> None:
    name = "a-name-that-is-as-long-as-an-id-may-be-and-differs-at-its-end-"
    scenes = "".join(f"## S {{#{name}{number}}}\n\n[x](#{name}x{number})\n\n-> #{name[1:]}{number}\n\n" for number in range(99))
    links = "".join(f"[x](#{name[:-1]}{number}y)\n\n" for number in range(2_000))
    assert is_quick(lambda: read(f"{DRAFT}\n{scenes}{links}"))
