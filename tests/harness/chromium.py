"""Debian's Chromium, as tests start it."""

from __future__ import annotations

import shutil
from typing import Any

from playwright.sync_api import Browser, Playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
"""With the last one it finds no machine but this one. So nothing has to stand between it and the server, and its cache stays on."""


def launched(playwright: Playwright, **options: Any) -> Browser:
    """A browser; keywords are those of playwright, with our flags unless others are given."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, **{"args": FLAGS, **options})
