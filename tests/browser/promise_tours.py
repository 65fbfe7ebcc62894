"""Tours of what the provider promises: accommodations, grievances, privacy."""

from __future__ import annotations

from ceapp.learning.accommodations import service as accommodations
from ceapp.learning.grievances import service as grievances
from ceapp.learning.grievances.service import AnswerInput, GrievanceInput
from tests.browser.tours import LONG_NAME, LONG_WORD, Tour, World
from tests.conftest import NOW
from tests.learning.conftest import GOOD_PATH


def learner_who_asks_for_help(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess = world.make_person("tess@example.org", LONG_NAME)
    world.sign_in(tess)
    world.go("/privacy")
    yield "privacy"
    world.go("/account/accommodations")
    yield "accommodations of one's own, none"
    world.go("/account/accommodations/new?course=sample")
    yield "accommodation, new"
    world.send_empty("Send the request")
    yield "accommodation, refused"
    with world.app.app_context():
        asked = accommodations.ask(tess.id, "sample", f"{LONG_WORD}\n\n{LONG_WORD * 5}", form_key="accommodation-of-the-tour-1", now=NOW)
        for number in range(3):
            accommodations.ask(tess.id, None, "Larger letters.", form_key=f"accommodation-of-the-tour-{number}x", now=NOW)
    world.go("/account/accommodations")
    yield "accommodations of one's own"
    world.go(f"/account/accommodations/{asked.id}")
    yield "accommodation of one's own"
    world.sign_in(ada)
    world.go("/provider/accommodations")
    yield "accommodations"
    world.go("/provider/accommodations?show=answered")
    yield "accommodations, none answered"
    world.go(f"/provider/accommodations/{asked.id}")
    yield "accommodation, not read yet"
    world.press("Read what they wrote")
    yield "accommodation, read"
    world.send_empty("Save the answer")
    yield "accommodation, answer refused"
    with world.app.app_context():
        said = {"in_print": True, "after_number": 0, "form_key": "answer-of-the-tour-number-1"}
        accommodations.answer(asked.id, "granted", LONG_WORD * 8, **said, by=ada.id, now=NOW)
    world.go(f"/provider/accommodations/{asked.id}")
    yield "accommodation, answered"
    world.sign_in(tess)
    world.go(f"/account/accommodations/{asked.id}")
    yield "accommodation of one's own, granted"
    learner = world.learner(tess)
    learner.enrol()
    learner.answer(learner.begin(), *GOOD_PATH[0])
    world.go("/courses/sample/print")
    yield "course in print"
    attempt = learner.begin()
    for question, given in GOOD_PATH[1:3]:
        learner.answer(attempt, question, given)
    world.go(f"/attempts/{attempt.id}")
    world.page.get_by_role("link", name="Rather choose one after the other").click()
    yield "ordering, one after the other"
    for _ in range(2):
        world.page.locator("input[type=radio]").first.check()
        world.press("This one")
    yield "ordering, chosen one after the other"
    world.go(f"/account/accommodations/{asked.id}")
    world.press("Withdraw the request")
    yield "accommodation of one's own, withdrawn"


def learner_who_complains(world: World) -> Tour:
    world.library.publish()
    ada = world.make_person("ada@example.org", "Ada Lindqvist", is_administrator=True)
    tess = world.make_person("tess@example.org", LONG_NAME)
    world.sign_in(tess)
    world.go("/account/grievances")
    yield "grievances of one's own, none"
    world.go("/account/grievances/new?course=sample")
    yield "grievance, new"
    world.send_empty("File the grievance")
    yield "grievance, refused"
    with world.app.app_context():
        given = GrievanceInput("course", "sample", f"{LONG_WORD}\n\n{LONG_WORD * 5}")
        filed = grievances.file(tess.id, given, form_key="grievance-of-the-tour-no-1", now=NOW)
    world.go("/account/grievances")
    yield "grievances of one's own"
    world.sign_in(ada)
    world.go("/provider/grievances")
    yield "grievances"
    world.go("/provider/grievances?show=closed")
    yield "grievances, none closed"
    world.go(f"/provider/grievances/{filed.id}")
    yield "grievance"
    world.send_empty("Save the answer")
    yield "grievance, answer refused"
    with world.app.app_context():
        for number, given_answer in enumerate(
            (AnswerInput("looked into", "", "We look."), AnswerInput("closed", "in part", LONG_WORD * 4))
        ):
            key = f"answer-of-the-tour-number-{number}"
            grievances.answer(filed.id, given_answer, after_number=number, by=ada.id, form_key=key, now=NOW)
    world.go(f"/provider/grievances/{filed.id}")
    yield "grievance, closed"
    world.page.get_by_role("link", name="Remove these words").click()
    yield "text, to be removed"
    world.send_empty("Remove the text")
    yield "text, not removed without a reason"
    world.page.get_by_label("Reason").fill(LONG_WORD * 4)
    world.press("Remove the text")
    yield "text, removed"
    world.sign_in(tess)
    world.go(f"/account/grievances/{filed.id}")
    yield "grievance of one's own, closed"


def learner_who_deletes_a_reflection(world: World) -> Tour:
    world.library.publish()
    tess = world.make_person("tess@example.org", LONG_NAME)
    learner = world.learner(tess)
    learner.enrol()
    attempt = learner.begin()
    for question, given in GOOD_PATH:
        learner.answer(attempt, question, given, text=LONG_WORD * 3 + " and four words more" if question == "note" else "")
    world.sign_in(tess)
    world.go(f"/attempts/{attempt.id}/5")
    world.page.get_by_text("Delete what you wrote").click()
    yield "reflection, to be deleted"
    world.press("Delete the text")
    yield "reflection, deleted"
    world.go(f"/attempts/{attempt.id}/result")
    yield "result, a reflection deleted"


PROMISE_TOURS = (learner_who_deletes_a_reflection, learner_who_asks_for_help, learner_who_complains)
