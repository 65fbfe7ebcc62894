"""What a rule finds, and where a rule does not hold for a stated reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, order=True)
class Finding:
    """That a line breaks a rule. `path` is relative to the repository."""

    path: str
    line: int
    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.says}"


EXCEPTIONS: dict[tuple[str, str], str] = {
    ("markup", "ceapp/scenarios/markup.py"): "the one place where HTML becomes trusted, after the allow-list",
    ("markup", "ceapp/web/components.py"): "our own words in the gallery of components, which only a debug server shows",
    ("sql", "ceapp/database/engine.py"): "pragmas of SQLite take no bound values; they are constants of that module",
    ("sql", "ceapp/database/migrate.py"): "a pragma takes no bound value; it is ON or OFF",
    ("sql", "ceapp/database/triggers.py"): "definitions of triggers take no bound values; they are made of constants of that module",
    ("sql", "ceapp/operating/doctor/storage.py"): "names of pragmas and tables take no bound values; they are constants of that module",
    ("sql", "ceapp/operating/doctor/machine.py"): "SHOW takes no bound value; the settings are named in that line",
    ("sql", "ceapp/database/roles.py"): "GRANT takes no bound value; the role is looked up in the database's own list of roles before",
    ("markup", "ceapp/catalogue/renderings.py"): "kept beside what is HTML, and text again before it leaves the function",
    ("outbound", "ceapp/commands/first_process.py"): "the socket on which the server listens",
    ("outbound", "ceapp/mail/smtp.py"): "mail goes to the one server that the operator names",
    ("outbound", "ceapp/commands/serve.py"): "looks whether the port is free; sends nothing",
    ("process", "ceapp/operating/backups/postgres.py"): "pg_dump and pg_restore, without a shell, with arguments of its own making",
    ("process", "ceapp/commands/serve.py"): "becomes the server process, with arguments of its own making",
    ("random", "ceapp/learning/preview_views.py"): "the order of options in a preview that records nothing, from a seed that is sealed",
    ("random", "ceapp/commands/demo/story.py"): "an invented agency that comes out the same each time",
    ("random", "ceapp/commands/demo/learners.py"): "an invented agency that comes out the same each time",
    ("comparison", "ceapp/accounts/proofs.py"): "two hashes from the database: whether the password was changed meanwhile",
    ("comparison", "ceapp/accounts/service.py"): "two hashes from the database: whether the password was changed meanwhile",
    (
        "comparison",
        "ceapp/accounts/proof_views.py",
    ): "whether a new sign-in was begun for the browser that brought this one; nothing is let in by it",
    ("comparison", "ceapp/supervision/review/service.py"): "the hash of facts that the page shows; no secret",
    ("csrf", "ceapp/web/components.py"): "samples in the gallery, which are sent nowhere",
    ("csrf", "ceapp/supervision/progress/forms.py"): "a form that is sent with GET and changes nothing",
    ("csrf", "ceapp/reporting/time_views.py"): "a form that is sent with GET and changes nothing",
    ("csrf", "ceapp/reporting/transcript_forms.py"): "a form that is sent with GET and changes nothing",
    ("csrf", "ceapp/reporting/views.py"): "the same form is read from the address too, where no token may stand",
}
"""(rule, path) → why the rule does not hold there. One that is not needed any more is a finding itself."""


def judged(findings: Iterable[Finding]) -> list[Finding]:
    """What is left without the exceptions, and the exceptions that nothing needs."""
    found = sorted(set(findings))
    needed = {(each.rule, each.path) for each in found}
    unneeded = [Finding(path, 0, rule, "is excepted in checks/findings.py and need not be") for rule, path in set(EXCEPTIONS) - needed]
    return sorted([each for each in found if (each.rule, each.path) not in EXCEPTIONS] + unneeded)
