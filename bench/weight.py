"""What a browser fetches for the first question page, with nothing kept from before."""

from __future__ import annotations

import shutil

from playwright.sync_api import Response, sync_playwright

from bench.figures import Figure, at_most

KILOBYTES, REQUESTS = 100, 8
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


def measure(port: int, path: str, cookies: str) -> list[Figure]:
    """The bytes over the wire, headers included, and the number of requests."""
    address, seen = f"http://127.0.0.1:{port}", list[Response]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=_FLAGS)
        context = browser.new_context()
        context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, _, value in (each.partition("=") for each in cookies.split("; "))]
        )
        page = context.new_page()
        page.on("response", lambda response: seen.append(response))  # noqa: PLW0108 - playwright cannot wrap a built-in
        page.goto(f"{address}{path}", wait_until="networkidle")
        if not page.locator("form.decide").count():
            raise RuntimeError("that is no question page")
        fetched = [each for each in seen if each.url.startswith(address)]
        sizes = [each.request.sizes() for each in fetched]
        size = sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes)
        browser.close()
    return [
        at_most("first question page in Chromium", size / 1000, KILOBYTES, "kB"),
        at_most("requests of that page", len(fetched), REQUESTS, "requests"),
    ]
