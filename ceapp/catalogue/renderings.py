"""What one scenario or course revision looks like: each piece of prose rendered once per process and kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from threading import Lock

from markupsafe import Markup

from ceapp.scenarios.markup import Renderer
from ceapp.scenarios.values import Citation


def anchor(citation: Citation) -> str:
    """The id of a section on the page of standards: `ACA A.5.e` is `aca-a-5-e`."""
    return re.sub(r"[^a-z0-9]+", "-", str(citation).lower()).strip("-")


class Rendering:
    """Markdown of one revision as trusted HTML. A revision never changes, so what was rendered once stays right."""

    def __init__(
        self,
        *,
        cite: Callable[[Citation], str | None] = lambda _citation: None,
        image: Callable[[str], str | None] = lambda _path: None,
        cites: Collection[str] = (),
        heading_base: int = 3,
    ) -> None:
        self._renderer = Renderer(cite=cite, image=image, cites=cites, heading_base=heading_base)
        self._lock = Lock()  # A Markdown instance must not be shared by threads.
        self._kept: dict[tuple[str, str], Markup] = {}

    def prose(self, text: str) -> Markup:
        return self._once("prose", text, self._renderer.prose)

    def inline(self, text: str) -> Markup:
        return self._once("inline", text, self._renderer.inline)

    def plain(self, text: str) -> str:
        return str(self._once("plain", text, lambda given: Markup(self._renderer.plain(given))))  # noqa: S704 - text again at once

    def _once(self, form: str, text: str, render: Callable[[str], Markup]) -> Markup:
        key = (form, text)
        if key not in self._kept:
            with self._lock:
                self._kept[key] = render(text)
        return self._kept[key]
