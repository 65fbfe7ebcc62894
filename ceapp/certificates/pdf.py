"""Certificates on paper: typst makes PDF/A-3a and PDF/UA-1 from our template, our fonts and the operator's, and nothing else.

A compiler serves one thread at a time and must not exist before a fork, so each process makes its two when it first needs one, each in a
thread of its own: memory that typst frees stays with the thread that took it, and many threads would each keep some.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from ceapp.certificates.glyphs import families_for
from ceapp.certificates.rendering import EXAMPLE, Paper, sheet
from ceapp.database import outside_transaction
from ceapp.errors import CeappError, Unavailable

if TYPE_CHECKING:
    import typst

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent
BUNDLED_FONTS = FOLDER / "fonts"
COMPILERS = 2
_WAIT_SECONDS = 10.0
_WAIT_FOR_MANY_PAGES = 60.0
_REMEMBERED = 10
_MISSING = re.compile(r'the text `"((?:\\u\{[0-9a-f]+\}|.)+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


class MissingGlyphs(CeappError):
    """No installed font has these characters. The certificate is valid all the same."""

    status = 409

    def __init__(self, characters: str) -> None:
        self.characters = characters
        self.families = families_for(characters)
        super().__init__(
            f"The PDF cannot be made yet, because no font on this server has {' '.join(characters)}. The certificate itself is issued and"
            f" can be checked. Whoever runs the server must put the font {self.fonts} into instance/fonts; then this link works."
        )

    @property
    def fonts(self) -> str:
        return " and ".join(self.families)


class CannotPrint(CeappError):
    """The template could not be printed for another reason than a missing glyph."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "The PDF could not be made. The certificate itself is issued and can be checked. The fault is in the server's log."
        )


Stamp = tuple[tuple[str, int, int], ...]
"""The operator's fonts at one moment, by path, time and size; another stamp means other fonts."""


@dataclass(frozen=True, slots=True)
class _Fonts:
    stamp: Stamp
    fonts: typst.Fonts


class _Bench(threading.local):
    """The compiler of the present thread, with the stamp of the fonts that it was made with."""

    stamp: Stamp = ()
    compiler: typst.Compiler | None = None


class Press:
    """Two compilers over one set of fonts; made at the first use in a process, renewed when the operator's fonts change."""

    def __init__(self, extra_fonts: Path) -> None:
        self._extra_fonts = extra_fonts
        self._fonts: _Fonts | None = None
        self._making = threading.Lock()
        self._bench = _Bench()
        self._threads = ThreadPoolExecutor(COMPILERS, thread_name_prefix="press")

    def print(self, drawn: dict[str, object]) -> bytes:
        """The PDF of what `rendering.sheet` gives. Raises MissingGlyphs, CannotPrint, or Unavailable when the queue is long."""
        outside_transaction("typst")
        return self._compile({"data": json.dumps(drawn, ensure_ascii=False)}, "certificate.typ")

    def print_transcript(self, drawn: dict[str, object]) -> bytes:
        """The PDF of a list of completions. Raises the same."""
        outside_transaction("typst")
        return self._compile({"data": json.dumps(drawn, ensure_ascii=False)}, "transcript.typ")

    def print_attempts(self, drawn: dict[str, object]) -> bytes:
        """The PDF of attempts as they were. Raises the same."""
        outside_transaction("typst")
        return self._compile({"data": json.dumps(drawn, ensure_ascii=False)}, "attempts.typ")

    def print_dossier(self, drawn: dict[str, object]) -> bytes:
        """The PDF of a whole course, hundreds of pages. Raises the same."""
        outside_transaction("typst")
        return self._compile({"data": json.dumps(drawn, ensure_ascii=False)}, "dossier.typ", wait=_WAIT_FOR_MANY_PAGES)

    def can_show(self, png: bytes) -> bool:
        """Whether this picture can be printed as a signature."""
        outside_transaction("typst")
        try:
            self._compile({"data": json.dumps(list(png))}, "signature.typ")
        except CannotPrint:
            return False
        return True

    def warm(self) -> None:
        """Make a compiler and load the fonts now, so that the first person does not wait. Only after the last fork."""
        self.print(sheet(EXAMPLE, paper=Paper.LETTER, signature=None))

    def _compile(self, inputs: dict[str, str], template: str, wait: float = _WAIT_SECONDS) -> bytes:
        task = self._threads.submit(self._compile_here, inputs, template)
        try:
            return task.result(wait)
        except TimeoutError:
            task.cancel()
            raise Unavailable("Many certificates are being printed just now. Nothing is lost: open this page again in a moment.") from None

    def _compile_here(self, inputs: dict[str, str], template: str) -> bytes:
        import typst  # noqa: PLC0415  It is large, and commands that print nothing should not load it.

        compiler = self._compiler()
        try:
            made = compiler.compile(FOLDER / template, format="pdf", sys_inputs=inputs, pdf_standards=["a-3a", "ua-1"])
        except typst.TypstError as problem:
            raise _explained(problem) from None
        finally:
            # typst keeps its work on the last ten documents, 20 MB that no other certificate can use; ten empty ones cost 2 ms.
            for _ in range(_REMEMBERED):
                compiler.compile(b"", format="svg")
        assert isinstance(made, bytes)
        return made

    def _compiler(self) -> typst.Compiler:
        import typst  # noqa: PLC0415  As above.

        stamp = self._stamp()
        if self._bench.compiler is None or self._bench.stamp != stamp:
            self._bench.stamp = stamp
            self._bench.compiler = typst.Compiler(root=FOLDER, font_paths=self._fonts_of(stamp), ignore_system_fonts=True)
        return self._bench.compiler

    def _fonts_of(self, stamp: Stamp) -> typst.Fonts:
        import typst  # noqa: PLC0415  As above.

        with self._making:
            if self._fonts is None or self._fonts.stamp != stamp:
                folders = [BUNDLED_FONTS, *([self._extra_fonts] if stamp else [])]
                self._fonts = _Fonts(stamp, typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders))
            return self._fonts.fonts

    def _stamp(self) -> Stamp:
        if not self._extra_fonts.is_dir():
            return ()
        files = (
            (path, path.stat()) for path in sorted(self._extra_fonts.rglob("*")) if path.suffix.lower() in (".ttf", ".otf", ".ttc", ".otc")
        )
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in files)


def press() -> Press:
    """The press of this application in this process."""
    found: Press = current_app.extensions["ceapp.press"]
    return found


def warm() -> None:
    """For the start of a worker, after the last fork."""
    press().warm()


def _explained(problem: typst.TypstError) -> CeappError:
    missing = [_ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) for text in _MISSING.findall(problem.diagnostic)]
    if missing:
        return MissingGlyphs("".join(dict.fromkeys("".join(missing))))
    # The message of typst may quote what is printed, and names do not belong into a log.
    log.error("a certificate could not be printed; typst reports %d places in the template", max(1, len(problem.trace)))
    return CannotPrint()
