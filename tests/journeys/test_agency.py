"""An agency with twelve trainees over five weeks, from its founding to the certificates, through the real pages and the real mail."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable

from tests.conftest import Member
from tests.harness.pages import Page, words
from tests.journeys import agency as clinic
from tests.journeys.agency import NOTE, TRAINEES, Agency, work
from tests.journeys.days import GOOD, RISKY, Days, answer_every_kind, answer_one, days_of, table_of

KINDS, SHORT, EXTRA = "Every kind of question", "A short one", "An extra one"

PARTS = ("", ": days late", ": due", ": weakest first choice", ": first attempt in percent")
"""What a file has about each scenario."""

REMINDED = {
    "tara": "10-07 10-11 10-25 11-01",
    "otto": "10-07 10-11 11-01",
    "petra": "10-07 10-11 10-25 11-01",
    "rolf": "10-07 10-11 10-25 11-01 11-07",
    "lena": "10-07 10-11 10-17 10-19 10-25 11-01",  # handed in late and not passed: it is handed in
    "bea": "10-07 10-11 10-25 10-31 11-01",
    "carl": "10-07 10-11 10-25 10-31 11-01",
    "ed": "10-07 10-11 10-25 11-01 11-04",
    "wilma": "10-07 10-11",
    "leo": "10-07 10-11",
    "sue": "10-07 10-11 10-25",
    "nils": "10-07 10-11 10-17 10-19 10-25 10-26 10-31 11-01 11-02 11-07 11-09",
}
"""The days on which each trainee gets a reminder, always one mail: of being assigned on the 7th; of what is due on 18 October, 1 and 8
November seven days and one day before, and the day after and weekly when it is late; and of nothing that is done, withdrawn or over.
"""


def test_five_weeks_of_an_agency(days: Days, make_person: Callable[..., Member]) -> None:
    agency = Agency(days)
    clinic.found(agency, make_person)
    clinic.take_on(agency)
    clinic.supervise(agency)
    days.go_to("2026-10-07 10:00")
    clinic.assign_plan(agency)
    first_week(agency)
    late_and_gone(agency)
    second_scenario(agency)
    around_the_change_of_the_clocks(agency)
    while_sam_is_away(agency)
    third_scenario(agency)
    every_mail_came_once_and_on_its_day(agency)
    sam_sees_exactly_what_happened(agency)
    sam_reads_and_signs(agency)
    the_relation_ends(agency)
    records_and_certificates(agency)
    exports(agency)


def first_week(agency: Agency) -> None:
    """Own passes and practice stay with their owner until they are released; most do the first scenario in time."""
    agency.days.go_to("2026-10-08 10:00")
    task = agency.task("tara", KINDS)
    assert NOTE.replace("\n", " ") in task.text
    assert "Sunday 18 October 2026 (New York time, UTC−04:00)" in task.text
    assert "for you it ends" not in task.text
    assert "for you it ends on Monday 19 October 2026 at 06:00 (Berlin time, UTC+02:00)" in agency.task("bea", KINDS).text

    own = agency.task("otto", SHORT).follow("Let my pass of 5 October 2026 stand for this")
    assert "stands for this assignment" in own.submit("Let this pass stand", confirmed="y").text
    practised = agency["petra"].open("/courses/sample/every-kind").submit("Practise without enrolling")
    assert "Not passed" in answer_every_kind(practised, RISKY).text
    agency["tara"].open("/courses/sample").submit("Enrol")
    states = agency.progress()
    assert states["Petra Lang"] == ["Not begun"] * 3
    assert states["Otto Brandt"] == ["Not begun", "Passed", "Not begun"]

    agency.days.go_to("2026-10-12 18:00")
    for key in ("tara", "otto", "rolf", "bea", "carl", "ed", "leo", "sue"):
        assert "Passed" in work(agency, key, KINDS).text
    agency.days.go_to("2026-10-13 18:00")
    work(agency, "petra", KINDS)


def late_and_gone(agency: Agency) -> None:
    """One is taken out of the plan, one hands in late, one leaves, one is suspended."""
    agency.days.go_to("2026-10-15 12:00")
    plan = agency.page("sam", "/assignments").follow("Weekly plan from 18 October 2026: A sample course")
    assert "Withdrawn from this person." in plan.follow("Withdraw from Wilma Stone").submit("Withdraw").text
    agency.days.go_to("2026-10-20 09:00")
    agency.page("leo", "").follow("leave this organisation").submit("Leave this organisation")
    assert "you are no longer a trainee of Harbour Clinic" in agency.task("leo", KINDS).text
    agency.days.go_to("2026-10-21 20:00")
    work(agency, "lena", KINDS, RISKY)
    agency.days.go_to("2026-10-27 09:00")
    member = agency.page("ines", "/members").follow("Sue Park")
    assert "suspended here" in member.submit("Suspend here").text
    assert "your place in Harbour Clinic is suspended" in agency.task("sue", SHORT).text


def second_scenario(agency: Agency) -> None:
    """One fails and repeats; one asks for more time and gets it."""
    agency.days.go_to("2026-10-28 18:00")
    assert "You have no certificate yet." in agency["tara"].open("/certificates").text
    for key in ("tara", "petra", "lena"):
        assert "Passed" in work(agency, key, SHORT).text
    assert "A sample course 1.5 contact hours, ethics, completed 28 October 2026" in agency["tara"].open("/certificates").text
    failed = answer_one(agency.task("rolf", SHORT).submit("Begin"), "Like it")
    assert "Not passed yet" in failed.text
    agency.days.go_to("2026-10-29 18:00")
    assert "Passed" in answer_one(agency.task("rolf", SHORT).submit("Try again")).text
    agency.days.go_to("2026-10-30 12:00")
    plan = agency.page("sam", "/assignments").follow("Weekly plan from 18 October 2026: A sample course")
    form = plan.follow("Extend A short one for Ed Moreau")
    assert form.submit("Extend", due_on="2026-11-05", reason="Two days at the court").status == 200
    assert "Sam Okafor gave you until this day: Two days at the court" in agency.task("ed", SHORT).text


def around_the_change_of_the_clocks(agency: Agency) -> None:
    """The first of November has 25 hours in New York; the day is over at its midnight, wherever somebody is."""
    bea = agency.task("bea", SHORT).text
    assert "Sunday 1 November 2026 (New York time, UTC−05:00)" in bea
    assert "for you it ends on Monday 2 November 2026 at 06:00 (Berlin time, UTC+01:00)" in bea
    agency.days.go_to("2026-11-01 15:00")
    form = agency.page("sam", "/supervision/mine").follow("Set or end a cover")
    (cora,) = [option.get("value") for option in form.select("//select[@name='colleague']/option") if "Cora" in (option.text or "")]
    assert "The cover is set." in form.submit("Set the cover", colleague=cora, first_day="2026-11-02", last_day="2026-11-08").text
    assert agency.progress("cora") == {}

    agency.days.go_to("2026-11-01 23:59")
    assert agency.progress()["Carl Ames"][1] == "Not begun"
    assert "Passed" in work(agency, "bea", SHORT).text
    agency.days.go_to("2026-11-02 00:01")
    seen = agency.progress()
    assert seen["Carl Ames"][1] == "Not begun 1 day late"
    assert seen["Nils Holm"][1] == "Not begun 1 day late"
    assert seen["Bea Winter"][1] == "Passed Best"
    assert seen["Ed Moreau"][1] == "Not begun due 5 November 2026"
    assert "Passed" in work(agency, "carl", SHORT).text


def while_sam_is_away(agency: Agency) -> None:
    """A colleague sees what Sam sees, from the first day of the cover to the last."""
    agency.days.go_to("2026-11-02 09:00")
    assert agency.progress("cora")["Carl Ames"] == ["Passed Best", "Passed 1 day late Best", "Not begun"]
    agency.days.go_to("2026-11-04 18:00")
    work(agency, "ed", SHORT)


def third_scenario(agency: Agency) -> None:
    agency.days.go_to("2026-11-06 18:00")
    for key in ("tara", "otto", "petra", "lena", "bea", "carl", "ed"):
        work(agency, key, EXTRA)
    agency.days.go_to("2026-11-07 12:00")
    work(agency, "rolf", EXTRA)
    agency.days.go_to("2026-11-08 23:59")
    assert "Carl Ames" in agency.progress("cora")
    agency.days.go_to("2026-11-09 00:01")
    assert agency.progress("cora") == {}
    agency.days.go_to("2026-11-10 09:00")


def every_mail_came_once_and_on_its_day(agency: Agency) -> None:
    assert {key: " ".join(days_of(agency[key].reminders())) for key in TRAINEES} == REMINDED
    assert [f"{mail.at:%H:%M}" for mail in agency["bea"].reminders()] == ["11:00", "02:00", "03:00", "03:00", "02:00"]  # eight in Berlin
    assert {mail.at.hour for key in TRAINEES if key != "bea" for mail in agency[key].reminders()} == {8, 11}
    last = agency["nils"].reminders()[-1]
    assert last.subject == "Reminder: 3 assignments for Harbour Clinic"
    assert all(title in last.text for title in (KINDS, SHORT, EXTRA))
    digest = agency["nils"].reminders()[8]
    assert (KINDS in digest.text, SHORT in digest.text, EXTRA in digest.text) == (True, True, False)
    for key in ("sam", "cora", "ines", "ada"):
        assert agency[key].reminders() == []


def sam_sees_exactly_what_happened(agency: Agency) -> None:
    on_time = ["Passed Best", "Passed Best", "Passed Best"]
    seen = agency.progress()
    assert seen == {
        "Bea Winter": on_time,
        "Carl Ames": ["Passed Best", "Passed 1 day late Best", "Passed Best"],
        "Ed Moreau": ["Passed Best", "Passed due 5 November 2026 Best", "Passed Best"],
        "Lena Okoye": ["Handed in 3 days late Risky", "Passed Best", "Passed Best"],
        "Nils Holm": ["Not begun 23 days late", "Not begun 9 days late", "Not begun 2 days late"],
        "Otto Brandt": ["Passed Best", "Passed", "Passed Best"],
        "Petra Lang": on_time,
        "Rolf Amsel": ["Passed Best", "Passed Harmful", "Passed Best"],
        "Tara Quist": on_time,
        "Wilma Stone": ["Withdrawn", "Withdrawn", "Withdrawn"],
    }
    file = csv_of(agency.page("sam", "/progress?show=scores").follow("Take along as CSV"))
    assert [row["Trainee"] for row in file] == list(seen)
    by_name = {row["Trainee"]: row for row in file}
    for name, days_late, due, weakest, percent in (
        ("Carl Ames", "1", "2026-11-01", "best", "100"),
        ("Rolf Amsel", "", "2026-11-01", "harmful", "0"),
        ("Otto Brandt", "", "2026-11-01", "", ""),
        ("Ed Moreau", "", "2026-11-05", "best", "100"),
    ):
        found = [by_name[name][f"{SHORT}{part}"] for part in PARTS]
        assert found == ["passed", days_late, due, weakest, percent], name
    assert [by_name["Nils Holm"][f"{title}: days late"] for title in (KINDS, SHORT, EXTRA)] == ["23", "9", "2"]


def csv_of(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.response.get_data().decode("utf-8-sig"))))


def sam_reads_and_signs(agency: Agency) -> None:
    lena = agency.page("sam", "/progress").follow("Lena Okoye")
    assert "Handed in 3 days late on 21 October 2026 First attempt: 42% weakest choice Risky" in lena.text
    page = lena.follow(KINDS)
    assert "Lena Okoye chose: Wait and see what comes." in page.text
    assert "Lena Okoye chose: No, nothing happened." in page.text
    assert RISKY["text"] not in page.html
    assert "Read it" not in page.text
    tara = agency.page("sam", "/progress").follow("Tara Quist").follow(KINDS)
    read = tara.submit("Read it", status=200)
    assert GOOD["text"] in read.text
    (told,) = agency["tara"].home().select("//section[@aria-labelledby='readings-title']//li")
    assert all(part in words(told) for part in ("Sam Okafor", "Harbour Clinic", KINDS, "10 November 2026, 09:00"))
    assert "Who read your reflections" not in agency["lena"].home().text
    signing = read.follow("Back to the work").follow("Sign off")
    assert "Signed off." in signing.submit("Sign off", note="Well reasoned.").text
    petra = agency.page("sam", "/progress").follow("Petra Lang").follow(KINDS).text
    assert "Attempt 1: 100%" in petra
    assert "Petra Lang chose: Raise it at the next session" in petra
    assert "Attempt 2" not in petra  # what she practised is no attempt of it


def the_relation_ends(agency: Agency) -> None:
    """Of an ended supervision nothing is left but what was signed."""
    trainee = agency.page("sam", "/progress").link("Tara Quist")
    work_address = agency["sam"].open(trainee).link(KINDS)
    relation = agency.page("ines", "/supervision?q=Tara")
    (address,) = {a.get("href") for a in relation.select("//tbody//a")}
    assert "Ended." in agency["ines"].open(address).submit("End it now").text
    assert "Tara Quist" not in agency.progress()
    for gone in (trainee, work_address, f"{work_address}/sign-off"):
        agency["sam"].open(gone, status=404)
    kept = agency.page("sam", "").follow("Signed off")
    assert "Every kind of question: Tara Quist" in kept.text
    assert "Well reasoned." in kept.text
    assert not kept.select("//main//a[. = 'Open the work']")
    assert "Nobody supervises you at present." in agency["tara"].home().text


def records_and_certificates(agency: Agency) -> None:
    """What was done for the clinic is a record; a certificate comes of the course, in the moment of the last pass."""
    record = agency["tara"].home().follow("Your training record")
    assert "7 October 2026 12 October 2026 12 October 2026 1 Sam Okafor, 10 November 2026" in record.text
    assert "It is not a certificate of continuing education." in record.text
    assert "5 October 2026, own pass" in agency["otto"].home().follow("Your training record").text
    assert "completed 12 October 2026" in agency["otto"].open("/certificates").text
    assert "You have no certificate yet." in agency["petra"].open("/certificates").text  # she never enrolled
    page = agency["tara"].open("/certificates").follow("Open: A sample course")
    assert "Tara Quist" in page.text
    assert page.follow("PDF, letter paper").response.get_data().startswith(b"%PDF")
    left = agency["leo"].home().follow("Your training record")
    assert "7 October 2026 12 October 2026 12 October 2026 1 no" in left.text


def exports(agency: Agency) -> None:
    """The provider takes along exactly what is on the screen."""
    page = agency["ada"].open("/exports").submit("Look", status=200, organisation="harbour")
    assert {serial: cells[0] for serial, cells in table_of(page).items()} == {"2026-000002": "Tara Quist", "2026-000001": "Otto Brandt"}
    asked = page.submit("PDFs as one ZIP")
    agency.days.a_moment()
    archive = asked.visitor.get(asked.address).submit("Download the archive", status=200)
    with zipfile.ZipFile(io.BytesIO(archive.response.get_data())) as opened:
        manifest = list(csv.DictReader(io.StringIO(opened.read("manifest.csv").decode("utf-8-sig"))))
        assert {row["Name"] for row in manifest} == {"Tara Quist", "Otto Brandt"}
        for row in manifest:
            assert hashlib.sha256(opened.read(row["File"])).hexdigest() == row["SHA-256"]
    roster = csv_of(page.submit("Roster as CSV", status=200))
    assert {row["Serial"] for row in roster} == {"2026-000001", "2026-000002"}
