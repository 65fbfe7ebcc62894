"""Makes the picture in the README: `.venv/bin/python -m tests.browser.readme_picture`."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from ceapp.app import create_app
from ceapp.catalogue.service import sync
from ceapp.clock import now
from ceapp.config import ROOT, load_settings
from ceapp.database import db
from ceapp.database.migrate import migrate
from tests.browser.steps import choose, fill_password, follow, press
from tests.conftest import PASSWORD
from tests.harness.chromium import FLAGS

PICTURE = ROOT / "docs" / "images" / "step.png"
COURSE = "/courses/social-media-ethics"
WINDOW = {"width": 1600, "height": 1125}
BEFORE = (
    ("What do you do tonight?", ["Let it wait, and begin Thursday’s session with it."]),
    (
        "What do you answer?",
        [
            "“It’s a no, as it is for everyone I work with, and I should have told you that in our first hour."
            " What had you hoped it would be?”"
        ],
    ),
    ("Which of these could show others", ["You put a heart under that post from the clinic’s page."]),
    (
        "Put your next steps in order.",
        [
            "Make sure that nothing is left open on the network: no request, no connection.",
            "Write the note: the request, your answer and reasons, her response.",
        ],
    ),
)
"""The questions on the way to the one in the picture; the first two places settle the order of all five."""


def main() -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as instance:
        app = create_app(load_settings({}, instance=instance))
        with app.app_context():
            migrate(db.engine, Path(instance) / "migrate.lock")
            sync(ROOT / "scenarios", now=now())
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(base_url=f"http://127.0.0.1:{server.server_port}", viewport=WINDOW, device_scale_factor=0.8)
            begin(page)
            for question, options in BEFORE:
                choose(page, question, options)
                press(page, "Decide")
                follow(page, "Go on")
            page.mouse.move(0, 0)
            page.evaluate("() => { scrollTo(0, 0); return document.fonts.ready }")
            PICTURE.parent.mkdir(exist_ok=True)
            page.screenshot(path=PICTURE)
            browser.close()
        server.shutdown()


def begin(page: Page) -> None:
    page.goto(COURSE)
    follow(page, "Create an account to enrol")
    fill_password(page, "noor@example.org", PASSWORD)
    press(page, "Create account")
    press(page, "Enrol")
    follow(page, "Begin: A client sends a friend request")
    follow(page, "Give your name")
    page.get_by_label("Name").fill("Noor Haddad")
    page.get_by_label("Time zone").select_option("Europe/Amsterdam")
    press(page, "Save and go on")
    press(page, "Begin")


if __name__ == "__main__":
    main()
