"""Every construct of the format, read into values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ceapp.scenarios.ids import option_id
from ceapp.scenarios.values import (
    Callout,
    CalloutKind,
    Citation,
    Closing,
    Grade,
    HoursMethod,
    HoursRule,
    Kind,
    Mark,
    Post,
    Prose,
    Rounding,
    Scoring,
    Status,
)
from tests.scenarios.writing import ACA, COURSE, HEAD, OPTIONS, QUESTION, course, scenario, standard


def question(text: str) -> object:
    return scenario(f"Prose.\n\n### What now? {{#now}}\n\n{text}").scenes[0].questions[0]


def test_the_front_matter() -> None:
    head = HEAD.replace("---\ntitle", "---\nobjectives: [a, b]\ntext_checked: 2026-11-20\nformerly: [old]\ntitle").replace("ready", "draft")
    read = scenario("Prose.", head)
    assert (read.slug, read.title, read.summary) == (
        "friend-request",
        "A client sends a friend request",
        "A client asks to connect with you.",
    )
    assert (read.status, read.difficulty, read.objectives) == (Status.DRAFT, 3, ("a", "b"))
    assert (read.text_checked, read.formerly) == (date(2026, 11, 20), ("old",))


def test_the_opening_scene_has_the_title_of_the_scenario() -> None:
    start, second = scenario("Prose.\n\n## Second {#two}\n\nMore.").scenes
    assert (start.id, start.title, start.line, start.body) == ("start", "A client sends a friend request", 8, (Prose("Prose.", 8),))
    assert (second.id, second.title, second.line) == ("two", "Second", 10)


def test_without_prose_above_it_the_first_heading_is_the_first_scene() -> None:
    assert [scene.id for scene in scenario("## One {#one}\n\nProse.").scenes] == ["one"]


def test_a_draft_gets_ids_of_its_titles() -> None:
    body = f"## Émile's café! {{#cafe}}\n\n## Émile's café!\n\nA.\n\n## Emile s cafe\n\n### Why?\n\n{OPTIONS}"
    read = scenario(body, HEAD.replace("ready", "draft"))
    assert [scene.id for scene in read.scenes] == ["cafe", "emile-s-cafe", "emile-s-cafe-2"]
    assert read.scenes[2].questions[0].id == "why"


def test_graded_options_with_arrows_ids_and_feedback() -> None:
    body = """### What now? {#now}

- (best) Leave it
  unanswered tonight.   -> #later

  > The answer is *no*.
  >
  > - really
* (acceptable) Decline it {#decline} → #later
  > Fine.
+ (risky) Say \\-> nothing. -> #end {#silent}
  > Hm.
- (critical) Sell the list.
  > Never.

## Meanwhile {#meanwhile}

A.

-> #later

## Later {#later}

B.
"""
    options = scenario(body).scenes[0].questions[0].options
    assert [option.text for option in options] == ["Leave it unanswered tonight.", "Decline it", "Say \\-> nothing.", "Sell the list."]
    assert [option.id for option in options] == [
        option_id("leave it UNANSWERED tonight."),
        "decline",
        "silent",
        option_id("Sell the list."),
    ]
    assert [option.grade for option in options] == [Grade.BEST, Grade.ACCEPTABLE, Grade.RISKY, Grade.CRITICAL]
    assert [option.to for option in options] == ["later", "later", "end", ""]
    assert [option.right for option in options] == [True, False, False, False]
    assert options[0].feedback == "The answer is *no*.\n\n- really"


@pytest.mark.parametrize(
    ("text", "kind", "right"),
    [
        ("- (x) A.\n  > Yes.\n- ( ) B.\n  > No.", Kind.PLAIN, [True, False]),
        ("- [x] A.\n- [x] B.\n- [ ] C.\n\n> [!explain]\n> Because.", Kind.ALL, [True, True, False]),
        ("- [x] A.\n  > Yes.\n- [ ] B.\n  > No.", Kind.ALL, [True, False]),
        ("3. A\n1. B\n2) C\n\n> [!explain]\n> Because.", Kind.ORDER, [False, False, False]),
        ("- (x) [x] is a mark.\n  > Yes.\n- ( ) (best) is another.\n  > No.", Kind.PLAIN, [True, False]),
    ],
)
def test_kinds_of_questions(text: str, kind: Kind, right: list[bool]) -> None:
    read = scenario(f"### Q {{#q}}\n\n{text}").scenes[0].questions[0]
    assert read.kind is kind
    assert [option.right for option in read.options] == right


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("[____]", 0, 0), ("[______] (at least 40 words)", 40, 0), ("[____] (at least 1 word)", 1, 0), ("[____] (40 to 200 words)", 40, 200)],
)
def test_reflections(text: str, least: int, most: int) -> None:
    body = f"### Q {{#q}}\n\nThink of:\n\n- one\n- two\n\n1. first\n\n{text}\n\n> [!rubric]\n> - Names it"
    read = scenario(body).scenes[0].questions[0]
    assert (read.kind, read.min_words, read.max_words, read.options) == (Kind.REFLECTION, least, most, ())
    assert [callout.text for callout in read.rubrics] == ["- Names it"]
    assert [block.text for block in read.body if isinstance(block, Prose)] == ["Think of:\n\n- one\n- two\n\n1. first"]


def test_what_stands_around_the_options() -> None:
    body = f"""### Q {{#q}}

Before.

```post
text: Hi
```

> [!hint]
> Think.

{OPTIONS}

> [!NOTE] Always
> there.

After.

1. a numbered list
2. is prose here

> [!explain]
> Because.

> [!discuss]
> Why?
"""
    read = scenario(body).scenes[0].questions[0]
    assert [type(block) for block in read.body] == [Prose, Post, Callout]
    assert read.body[2] == Callout(CalloutKind.NOTE, "Always\nthere.", 24)
    assert [callout.text for callout in (*read.hints, *read.explanations, *read.discussions)] == ["Think.", "Because.", "Why?"]
    assert [block.text for block in read.after if isinstance(block, Prose)] == ["After.\n\n1. a numbered list\n2. is prose here"]


def test_two_callouts_without_a_blank_line_are_two() -> None:
    read = scenario(f"### Q {{#q}}\n\n{OPTIONS}\n\n> [!hint]\n> Think.\n> [!explain]\n> Because.").scenes[0].questions[0]
    assert [callout.text for callout in read.hints] == ["Think."]
    assert [callout.text for callout in read.explanations] == ["Because."]


def test_arrows_of_scenes() -> None:
    read = scenario("Prose.\n\n-> #two\n\n> [!discuss]\n> Why?\n\n## One {#one}\n\n→ #end\n\n## Two {#two}\n\nProse.")
    assert [scene.to for scene in read.scenes] == ["two", "end", ""]
    assert [callout.text for callout in read.scenes[0].discussions] == ["Why?"]


def test_a_scene_asks_several_questions_and_the_last_may_branch() -> None:
    second = QUESTION.replace("{#first}", "{#second}").replace("Thursday.", "Thursday. -> #end")
    assert [q.id for q in scenario(f"Prose.\n\n{QUESTION}\n{second}").scenes[0].questions] == ["first", "second"]


def test_posts() -> None:
    body = """```post
network: a social network
from: Dana R.
handle: @dana
kind: friend request
time: 21:04
text: Saw that: we have friends in common!
  Hope that's okay?

  D.
image: images/card.png
alt: A card
```"""
    assert scenario(body).scenes[0].body == (
        Post(
            8,
            "a social network",
            "Dana R.",
            "@dana",
            "friend request",
            "21:04",
            "Saw that: we have friends in common!\nHope that's okay?\n\nD.",
            "images/card.png",
            "A card",
        ),
    )


def test_fences_hide_structure_and_comments_remove_it() -> None:
    fenced = "```\n## no scene\n-> #nowhere\n[ACA Z.9]\n```\n\n~~~\n### no question\n~~~"
    body = f"Prose.\n\n{fenced}\n\n<!--\n### no question either\n\n- (odd) x\n-->"
    assert len(scenario(body).scenes) == 1
    assert scenario(body).scenes[0].questions == ()


def test_deep_headings_are_prose() -> None:
    assert scenario("Prose.\n\n#### A heading\n\nMore.\n\n#hashtag").scenes[0].body == (
        Prose("Prose.\n\n#### A heading\n\nMore.\n\n#hashtag", 8),
    )


def test_citations_and_images_in_the_order_of_first_use() -> None:
    body = (
        "[ACA Principle A], `[ACA Z.1]`, \\[ACA Z.2], [ACA Z.3](https://example.org), [sic].\n\n"
        "### Q {#q}\n\n- (best) A.\n  > By [ACA\n  > A.5.e].\n- (risky) B.\n  > ![A card](images/card.png) by [ACA A.5.e]"
    )
    read = scenario(body)
    assert read.citations == (Citation("ACA", "Principle A"), Citation("ACA", "A.5.e"))
    assert read.images == ("images/card.png",)


def test_bom_and_carriage_returns_mean_nothing() -> None:
    from ceapp.scenarios.reading import read_scenario

    text = HEAD + "\nProse.\n\n" + QUESTION
    plain = read_scenario(text.encode(), path="a.md", slug="a")
    for written in ("\ufeff" + text, text.replace("\n", "\r\n"), text.replace("\n", "\r")):
        assert read_scenario(written.encode(), path="a.md", slug="a") == plain


def test_a_standard() -> None:
    assert (ACA.cite, ACA.name, ACA.edition, ACA.checked_on, ACA.in_force_from) == (
        "ACA",
        "ACA Code of Ethics",
        "2014",
        date(2026, 11, 20),
        None,
    )
    assert list(ACA.sections) == ["A.5.e", "Principle A", "H.6.z"]
    assert ACA.sections["A.5.e"].paraphrase == "Rules out a personal virtual relationship with a current client."
    assert ACA.sections["A.5.e"].mark is Mark.SECONDARY
    assert (ACA.sections["H.6.z"].mark, ACA.sections["H.6.z"].paraphrase) == (Mark.UNREAD, "")


def test_the_longest_cite_wins() -> None:
    from ceapp.scenarios.citations import citations_in

    assert [found.citation for found in citations_in("[ACA 2005 A.1]", {"ACA", "ACA 2005"})] == [Citation("ACA 2005", "A.1")]
    assert [found.citation for found in citations_in("[45 CFR 164.502(a)]", {"45 CFR"})] == [Citation("45 CFR", "164.502(a)")]
    assert standard().cite == "ACA"


def test_a_course_with_everything() -> None:
    text = COURSE.replace(
        "hours: {method: words}",
        """lang: en-GB
audience: [counselors, psychologists]
level: intermediate
category: ethics
optional: [extra]
preview: friend-request
pass: 75
minimum_minutes: 20
attempts: 3
scoring: plain
closing:
  forms: [closing-a, closing-b]
  attempts: 2
hours: {method: words, per_hour: 5000, round: nearest, step: 0.5}
authors:
  - name: Ada
    degree: PhD
disclosures: None declared.
released: 2026-11-20
review_by: 2028-11-20
references:
  - "Smith 2020: A book\"""",
    )
    read = course(text)
    assert (read.lang, read.audience, read.level, read.category) == ("en-GB", ("counselors", "psychologists"), "intermediate", "ethics")
    assert (read.pass_mark, read.minimum_minutes, read.attempts, read.scoring) == (75, 20, 3, Scoring.PLAIN)
    assert read.closing == Closing(("closing-a", "closing-b"), 2)
    assert read.hours == HoursRule(HoursMethod.WORDS, 5000, Rounding.NEAREST, Decimal("0.5"))
    assert (read.scenarios, read.required) == (("friend-request", "extra"), ("friend-request",))
    assert (read.released, read.review_by, read.references) == (date(2026, 11, 20), date(2028, 11, 20), ("Smith 2020: A book",))
    assert (read.authors[0].name, read.authors[0].degree, read.authors[0].licence) == ("Ada", "PhD", "")
    assert (read.preview, read.body) == ("friend-request", "Read this first.")


def test_a_course_with_little() -> None:
    read = course(
        COURSE.replace("hours: {method: words}", "attempts: unlimited\nauthors: []\nhours: {method: stated, hours: 1.5, reason: Agreed}")
    )
    assert (read.pass_mark, read.attempts, read.scoring, read.closing, read.authors) == (80, None, Scoring.GRADED, None, ())
    assert read.minimum_minutes == 0
    assert read.hours == HoursRule(HoursMethod.STATED, stated=Decimal("1.5"), reason="Agreed")


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("{method: words, min: none}", HoursRule(HoursMethod.WORDS)),
        ("{method: words, min: 1}", HoursRule(HoursMethod.WORDS, minimum=Decimal(1))),
        ("{method: mergener, step: 1, min: 0.5}", HoursRule(HoursMethod.MERGENER, step=Decimal(1), minimum=Decimal("0.5"))),
        (
            "{method: pilot, minutes: [61, 58, 70, 66, 90], round: nearest, reason: In May}",
            HoursRule(HoursMethod.PILOT, rounding=Rounding.NEAREST, pilot_minutes=(61, 58, 70, 66, 90), reason="In May"),
        ),
    ],
)
def test_ways_to_work_out_hours(written: str, rule: HoursRule) -> None:
    assert course(COURSE.replace("{method: words}", written)).hours == rule
