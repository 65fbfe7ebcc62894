"""One case for each thing that can be wrong: the code it must give, alone, at the line marked with `◀`."""

from __future__ import annotations

from tests.scenarios.writing import COURSE, HEAD, OPTIONS, QUESTION, STANDARD

LONG = "word " * 900


def body(text: str) -> str:
    return f"{HEAD}\n{text}\n"


def asked(text: str) -> str:
    """A question whose answer list is the text."""
    return body(f"Prose.\n\n### What now? {{#now}}\n\n{text}")


def options(*marks: str) -> str:
    return "\n".join(f"- {mark} Way {number}.\n  > Because." for number, mark in enumerate(marks))


def front(**changed: str) -> str:
    """A scenario with other entries in its front matter."""
    entries = {"title": "T", "summary": "S", "status": "ready", "difficulty": "3"} | changed
    lines = "\n".join(f"{key}: {value}" for key, value in entries.items() if value)
    return f"---\n{lines}\n---\n\nProse.\n"


SCENARIO_CASES: list[tuple[str, str]] = [
    # The file
    ("too-large", "a◀" + "\nword" * 60_000),
    ("too-large", "\n" * 9_999 + "◀\n"),
    ("control-character", body("Here \x00 it is ◀")),
    ("control-character", body("Here \x1b it is ◀")),
    ("not-utf8", body("Half a pair \ud800 ◀")),
    ("long-line", body("Prose.\n\n" + LONG + "◀")),
    ("no-front-matter", "◀Just text.\n"),
    ("no-front-matter", "---◀\ntitle: T\n\nText.\n"),
    # The front matter
    ("bad-yaml", front(summary="one: two ◀")),
    ("bad-yaml", front(summary="*alias ◀")),
    ("bad-yaml", front(summary="&anchor text ◀")),
    ("bad-yaml", front(summary="!!python/object:os.system x ◀")),
    ("bad-yaml", front(summary='"not closed ◀')),
    ("bad-yaml", front(objectives="[[[[[[[deep]]]]]]] ◀")),
    ("bad-yaml", "---\n- a list ◀\n---\n\nProse.\n"),
    ("bad-yaml", "---\ntitle: T\n\tsummary: S ◀\n---\n\nProse.\n"),
    ("unknown-key", front(sumary="S ◀")),
    ("duplicate-key", front(formerly="[a]\ntitle: again ◀")),
    ("missing-key", "---\ntitle: T ◀\nsummary: S\nstatus: ready\n---\n\nProse.\n"),
    ("missing-key", front(title='"" ◀')),
    ("bad-value", front(status="finished ◀")),
    ("bad-value", front(difficulty="6 ◀")),
    ("bad-value", front(difficulty="3.0 ◀")),
    ("bad-value", front(title="[a, list] ◀")),
    ("bad-value", front(text_checked="20 November 2026 ◀")),
    ("bad-value", front(text_checked="2026-02-30 ◀")),
    ("bad-value", front(objectives="respond ◀")),
    ("bad-value", front(formerly="[Old Slug] ◀")),
    ("bad-value", front(formerly="[friend-request] ◀")),
    ("unknown-objective", front(objectives="[respnd] ◀")),
    # Scenes, questions, ids
    ("unclosed-fence", body("Prose.\n\n```post ◀\nfrom: Dana\n\n## A scene\n\n### A question")),
    ("unclosed-fence", body("Prose.\n\n~~~ ◀\ncode\n```")),
    ("unclosed-fence", asked("- (best) A.\n  > Because:\n  >\n  > ``` ◀\n  > code\n- (risky) B.\n  > No.")),
    ("indented-fence", body("Prose.\n\n  ``` ◀\n  code\n  ```")),
    ("unclosed-comment", body("Prose.\n\n<!-- ◀ not closed\n\n## A scene\n\n### A question")),
    ("heading-level", body("# The title ◀\n\nProse.")),
    ("heading-level", asked("- (best) A.\n  > ## Why ◀\n- (risky) B.\n  > No.")),
    ("heading-level", body("Prose.\n\n  ## Indented ◀")),
    ("heading-space", body("Prose.\n\n##Scene {#scene} ◀\n\nMore.")),
    ("underlined-heading", body("Prose\n===== ◀\n\nMore.")),
    ("underlined-heading", body("Prose\n--- ◀\n\nMore.")),
    ("no-title", body("Prose.\n\n## {#scene} ◀\n\nMore.")),
    ("no-scenes", HEAD.replace("---\ntitle", "---◀\ntitle")),
    ("bad-id", body("## A scene {#Über} ◀\n\nProse.")),
    ("bad-id", body("## A scene {scene} ◀\n\nProse.")),
    ("bad-id", asked("- (best) A. {#No Good} ◀\n  > Because.\n- (risky) B.\n  > No.").replace("No Good", "NoGood")),
    ("missing-id", body("Prose.\n\n## A scene ◀\n\nMore.")),
    ("missing-id", body(f"Prose.\n\n### What now? ◀\n\n{OPTIONS}")),
    ("duplicate-id", body("## One {#one}\n\nProse.\n\n## Two {#one} ◀\n\nProse.")),
    ("reserved-id", body("## One {#end} ◀\n\nProse.")),
    ("reserved-id", body("Prose.\n\n## One {#start} ◀\n\nProse.")),
    ("too-many", body("\n".join(f"## S {{#s{n}}}{'◀' if n == 200 else ''}\n\nProse.\n" for n in range(201)))),
    ("too-many", body("\n".join(f"### Q {{#q{n}}}{'◀' if n == 100 else ''}\n\n[____]\n" for n in range(101)))),
    # Questions
    ("no-answers", body("Prose.\n\n### What now? {#now} ◀\n\nNothing.")),
    ("bad-mark", asked("- (good) A. ◀\n  > Because.\n- (best) B.\n  > Because.")),
    ("bad-mark", asked("- (best) A.\n  > Because.\n- B. ◀\n  > Because.")),
    ("bad-mark", asked("- [X] A. ◀\n  > Because.\n- [ ] B.\n  > Because.")),
    ("bad-mark", asked("- A. ◀\n  > Because.\n- B.\n  > Because.")),
    ("bad-mark", asked("1. (best) A. ◀\n   > Because.\n2. B.\n   > Because.\n3. C.\n   > Because.")),
    ("mixed-marks", asked("- (best) A.\n  > Because.\n- (x) B. ◀\n  > Because.\n- [x] C.\n  > Because.\n- [ ] D.\n  > Because.")),
    ("mixed-marks", asked("- (x) A.\n  > Because.\n- [ ] B. ◀\n  > Because.")),
    ("stray-option", body("Prose.\n\n- (best) A. ◀\n- B.")),
    ("stray-option", asked(f"{OPTIONS}\n\nText ends the list.\n\n- (risky) C. ◀")),
    ("two-answer-kinds", asked(f"{OPTIONS}\n\n[____]").replace("{#now}", "{#now} ◀")),
    ("option-count", asked(options("(best)")).replace("{#now}", "{#now} ◀")),
    ("option-count", asked(options("(best)", *["(risky)"] * 8)).replace("{#now}", "{#now} ◀")),
    ("option-count", asked("1. A\n2. B\n\n> [!explain]\n> Because.").replace("{#now}", "{#now} ◀")),
    ("no-key", asked(options("(risky)", "(harmful)")).replace("{#now}", "{#now} ◀")),
    ("no-key", asked(options("( )", "( )")).replace("{#now}", "{#now} ◀")),
    ("no-key", asked(options("(x)", "(x)")).replace("{#now}", "{#now} ◀")),
    ("no-key", asked(options("[x]", "[x]")).replace("{#now}", "{#now} ◀")),
    ("no-key", asked(options("[ ]", "[ ]")).replace("{#now}", "{#now} ◀")),
    ("same-option", asked("- (best) Ask  Dana.\n  > Because.\n- (risky) ask dana. ◀\n  > No.")),
    ("empty-option", asked("- (best) A.\n  > Because.\n- (risky) ◀\n  > No.")),
    ("option-content", asked("- (best) A:\n  - a list ◀\n  - goes on\n  > Because.\n- (risky) B.\n  > No.")),
    ("option-content", asked("- (best) A:\n  #### heading ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("option-content", asked("- (best) A:\n  ``` ◀\n  code\n  ```\n  > Because.\n- (risky) B.\n  > No.")),
    ("not-indented", asked("- (best) A\ngoes on. ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("not-indented", asked("- (best) A.\n> Because. ◀\n- (risky) B.\n  > No.")),
    ("not-indented", asked("- (best) A.\n  > Because.\n- (risky) B.\n\n> No. ◀")),
    ("after-feedback", asked("- (best) A.\n  > Because.\n  More. ◀\n- (risky) B.\n  > No.")),
    ("no-feedback", asked("- (best) A.\n  > Because.\n- (risky) B. ◀")),
    ("no-feedback", asked("- [x] A.\n  > Because.\n- [ ] B.").replace("{#now}", "{#now} ◀")),
    ("no-feedback", asked("1. A\n2. B\n3. C").replace("{#now}", "{#now} ◀")),
    ("too-many-critical", asked(options("(best)", "(critical)", "(critical)") + "\n- (critical) D. ◀\n  > No.")),
    ("bad-reflection", asked("[____] (about 40 words) ◀")),
    ("bad-reflection", asked("[____] (90 to 40 words) ◀")),
    ("bad-reflection", asked("[____]\n\n[____] ◀")),
    # Callouts and posts
    ("unknown-callout", body("Prose.\n\n> [!hnit] ◀\n> Text.")),
    ("misplaced-callout", body("Prose.\n\n> [!explain] ◀\n> Text.")),
    ("misplaced-callout", asked(f"{OPTIONS}\n\n> [!rubric] ◀\n> - Names it")),
    ("misplaced-callout", asked("- (best) A.\n  > [!explain] ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("misplaced-callout", body("Prose.\n\n  > [!note] ◀\n  > Text.").replace("  >", " >")),
    ("empty-callout", body("Prose.\n\n> [!note] ◀")),
    ("quote-line", body("Prose.\n\n> A quotation\ngoes on. ◀")),
    ("quote-line", body("Prose.\n\n> [!note]\n> A note\ngoes on. ◀")),
    ("bad-post", body("```post\nfrom: Dana\ntxt: Hi ◀\n```")),
    ("bad-post", body("```post\nfrom: Dana\nHello there ◀\n```")),
    ("bad-post", body("```post\nfrom: Dana\nfrom: Omar ◀\n```")),
    ("bad-post", body("```post\n  goes on ◀\nfrom: Dana\n```")),
    ("bad-post", body("```post ◀\n```")),
    # The way through
    ("bad-arrow", body("Prose.\n\n-> session ◀\n\n## Session {#session}\n\nProse.")),
    ("bad-arrow", asked("- (best) A -> B. ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("misplaced-arrow", body("Prose.\n-> #session ◀\n\n## Session {#session}\n\nProse.")),
    ("misplaced-arrow", body("Prose. -> #session ◀\n\n## Session {#session}\n\nProse.")),
    ("misplaced-arrow", body("Prose.\n\n-> #session ◀\n\nMore.\n\n## Session {#session}\n\nProse.")),
    ("misplaced-arrow", body(f"Prose.\n\n-> #session ◀\n\n{QUESTION}\n## Session {{#session}}\n\nProse.")),
    ("misplaced-arrow", body("Prose.\n\n-> #session\n\n-> #end ◀\n\n## Session {#session}\n\nProse.")),
    ("misplaced-arrow", asked("- [x] A. -> #end ◀\n  > Because.\n- [ ] B.\n  > No.")),
    ("misplaced-arrow", asked("1. A -> #end ◀\n2. B\n3. C\n\n> [!explain]\n> Because.")),
    ("misplaced-arrow", asked(f"- (best) A. -> #end ◀\n  > Because.\n- (risky) B.\n  > No.\n\n### And then? {{#then}}\n\n{OPTIONS}")),
    (
        "misplaced-arrow",
        asked(
            "- (best) A. -> #end\n  > B.\n- (risky) B.\n  > No.\n\n"
            "### Then? {#then}\n\n- (best) A. -> #end ◀\n  > B.\n- (risky) B.\n  > No."
        ),
    ),
    ("misplaced-arrow", asked("- (best) A. -> #end\n  > Because.\n- (risky) B.\n  > No.\n\n-> #end ◀")),
    ("unknown-target", body("Prose.\n\n-> #sesion ◀\n\n## Session {#session}\n\nProse.")),
    ("unknown-target", asked("- (best) A. -> #now ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("arrow-back", body("## One {#one}\n\nProse.\n\n## Two {#two}\n\nProse.\n\n-> #one ◀").replace("## Two", "-> #two\n\n## Two")),
    ("arrow-back", body("## One {#one}\n\nProse.\n\n-> #one ◀")),
    (
        "falls-through",
        asked(
            "- (best) A. -> #a\n  > B.\n- (risky) B. -> #b\n  > No.\n\n## A {#a} ◀\n\nProse.\n\n## B {#b}\n\nProse.",
        ),
    ),
    ("falls-through", asked("- (best) A. -> #b\n  > B.\n- (risky) B. ◀\n  > No.\n\n## B {#b}\n\nProse.")),
    # Prose
    ("too-much", body("Prose.\n\n" + "\n".join(["word " * 90] * 10) + "\n").replace("Prose.\n\nword", "Prose.\n\nword◀", 1)),
    ("too-much", body("Prose.\n\n" + "[" * 11 + " ◀")),
    ("too-much", body("Prose.\n\n" + "> " * 4 + "deep ◀")),
    ("too-much", body("Prose.\n\n- a\n" + " " * 14 + "- b ◀")),
    ("too-much", body("Prose.\n\n- - - - b ◀")),
    ("too-much", body("Prose.\n\n" + "[a](#start) " * 101 + "◀")),
    ("too-much", body("Prose.\n\n- item ◀\n" + "- item\n" * 2500)),
    ("link-definition", body("Prose [a].\n\n[a]: https://example.org ◀")),
    ("bad-link", body("[a](javascript:alert) ◀")),
    ("bad-link", body("[a](other.md) ◀")),
    ("bad-link", body("[a](//example.org) ◀")),
    ("unknown-link", body("[a](#nowhere) ◀")),
    ("bad-image", body("![a](https://example.org/a.png) ◀")),
    ("bad-image", body("![a](images/../a.png) ◀")),
    ("bad-image", body("```post ◀\ntext: x\nimage: card.gif\nalt: a\n```")),
    ("missing-image", body("![a](images/none.png) ◀")),
    ("no-alt", body("![](images/card.png) ◀")),
    ("no-alt", body("```post ◀\nimage: images/card.png\n```")),
    ("unknown-section", body("As in [ACA A.5.f]. ◀")),
    ("unknown-section", asked("- (best) A.\n  > Because of\n  > [ACA A.5.f]. ◀\n- (risky) B.\n  > No.")),
    # Warnings
    ("unknown-cite", body("As in [ABC 1.2]. ◀")),
    ("unknown-cite", body("As in [42 CFR 2.31]. ◀")),
    ("list-without-blank", body("Prose:\n- a ◀\n- b")),
    ("list-without-blank", asked("Choose:\n- (best) A. ◀\n  > Because.\n- (risky) B.\n  > No.")),
    ("unreachable-scene", body("Prose.\n\n-> #b\n\n## A {#a} ◀\n\nProse.\n\n-> #end\n\n## B {#b}\n\nProse.")),
    (
        "uneven-paths",
        body(
            "### One {#q1} ◀\n\n- (best) A. -> #a\n  > B.\n- (risky) B. -> #end\n  > No.\n\n## A {#a}\n\n"
            f"### Two {{#q2}}\n\n{OPTIONS}\n\n### Three {{#q3}}\n\n{OPTIONS}"
        ),
    ),
    ("position-words", asked("- [x] A.\n- [x] All of the above. ◀\n- [ ] C.\n\n> [!explain]\n> Because.")),
    ("position-words", asked("- (best) A.\n  > Because.\n- (risky) B. ◀\n  > As said in the first option.")),
]

COURSE_CASES: list[tuple[str, str]] = [
    ("unknown-key", COURSE.replace("summary:", "pas: 80 ◀\nsummary:")),
    ("missing-key", COURSE.replace("---\ntitle", "---\n◀title").replace("hours: {method: words}\n", "")),
    ("missing-key", COURSE.replace("    title: Contact\n", "").replace("- id: contact", "- id: contact ◀")),
    ("bad-value", COURSE.replace("hours:", "pass: 101 ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "minimum_minutes: 0 ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "attempts: none ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "scoring: simple ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "lang: English ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "authors: [Ada] ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "closing: {forms: [a], attempts: 2} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: short ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: [short] ◀\nhours:")),
    ("missing-key", COURSE.replace("hours:", "evaluation: {standard: true} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: {more: []} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: {standard: maybe, more: [{id: a, text: A?, kind: rating}]} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: {more: [{id: a, text: A?, kind: stars}]} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: {more: [{id: learned, text: A?, kind: rating}]} ◀\nhours:")),
    ("bad-value", COURSE.replace("hours:", "evaluation: {more: [{id: objective-a, text: A?, kind: rating}]} ◀\nhours:")),
    ("missing-key", COURSE.replace("hours:", "evaluation: {more: [{id: a, kind: rating}]} ◀\nhours:")),
    (
        "duplicate-id",
        COURSE.replace("hours:", "evaluation: {more: [{id: a, text: A?, kind: rating}, {id: a, text: B?, kind: comment}]} ◀\nhours:"),
    ),
    ("bad-value", COURSE.replace("hours:", "attestation: [I did it] ◀\nhours:")),
    ("bad-value", COURSE.replace("{method: words}", "{method: words, step: 0.3} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: words, reason: none} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: stated, hours: 2} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: stated, reason: as agreed} ◀")),
    ("bad-value", COURSE.replace("objectives:\n  - id: respond\n    text: Decide how to respond.", "objectives: [] ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: words, min: 0.25} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: mergener, per_hour: 6000} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: stated, hours: 2, reason: R, step: 1} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: pilot} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: pilot, minutes: [60, 61, 62, 63]} ◀")),
    ("bad-value", COURSE.replace("{method: words}", "{method: pilot, minutes: [60, 61, 62, 63, 64, soon]} ◀")),
    ("duplicate-id", COURSE.replace("objectives:", "objectives: ◀\n  - id: respond\n    text: Again.")),
    ("listed-twice", COURSE.replace("modules:", "modules: ◀").replace("[friend-request]", "[friend-request, friend-request]")),
    ("too-many", COURSE.replace("modules:", "modules: ◀").replace("[friend-request]", f"[{', '.join(f's{n}' for n in range(61))}]")),
    ("heading-level", COURSE.replace("Read this", "# Read ◀\n\nRead this")),
    ("bad-link", COURSE.replace("Read this first.", "Read [this](this.md) first. ◀")),
    ("bad-image", COURSE.replace("Read this first.", "![a](images/a.png) ◀")),
    ("unclosed-fence", COURSE.replace("Read this first.", "``` ◀\nRead this first.")),
]

STANDARD_CASES: list[tuple[str, str]] = [
    ("bad-value", STANDARD.replace("cite: ACA", "cite: '[ACA]' ◀")),
    ("bad-value", STANDARD.replace("https://www.counseling.org/", "www.counseling.org ◀")),
    ("bad-value", STANDARD.replace("2026-11-20", "yesterday ◀")),
    ("missing-key", STANDARD.replace("checked_on: 2026-11-20\n", "").replace("---\ncite", "---\n◀cite")),
    ("no-sections", STANDARD.partition("\n## A.5.e")[0] + "◀"),
    ("bad-section", STANDARD.replace("## A.5.e {mark=S}", "## A.5.e ◀")),
    ("bad-section", STANDARD.replace("## A.5.e {mark=S}", "## A.5.e {mark=X} ◀")),
    ("bad-section", STANDARD.replace("## A.5.e {mark=S}", "## [A.5.e] {mark=S} ◀")),
    ("bad-section", STANDARD.replace("## A.5.e", "Before. ◀\n\n## A.5.e")),
    ("duplicate-section", STANDARD.replace("## Principle A {mark=V}", "## A.5.e {mark=V} ◀")),
    ("no-paraphrase", STANDARD.replace("{mark=U}", "{mark=S} ◀")),
    ("unread-paraphrase", STANDARD.replace("{mark=V}", "{mark=U} ◀")),
    ("heading-level", STANDARD.replace("Do good", "### Part ◀\n\nDo good")),
]
