"""`python -m checks` looks at the whole server: one line for each finding, exit 1 when there is one."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from checks.code import check_code, tables_of_organisations
from checks.findings import ROOT, Finding, judged
from checks.pages import check_script, check_template

FEWEST = {"modules": 100, "templates": 30, "scripts": 3}
"""So many there are at least: a check that looks at nothing finds nothing."""


def findings() -> Iterator[Finding]:
    """Everything that any rule finds anywhere."""
    tables = tables_of_organisations()
    modules = sorted((ROOT / "ceapp").rglob("*.py"))
    templates = [each for each in sorted((ROOT / "ceapp/templates").rglob("*")) if each.is_file()]
    scripts = sorted((ROOT / "ceapp/static").rglob("*.js"))
    for name, found in (("modules", modules), ("templates", templates), ("scripts", scripts)):
        if len(found) < FEWEST[name]:
            yield Finding(name, 0, "looked", f"only {len(found)} were looked at")
    for path in modules:
        yield from check_code(path.read_text(), str(path.relative_to(ROOT)), tables)
    for path in templates:
        yield from check_template(path.read_text(), str(path.relative_to(ROOT)))
    for path in scripts:
        yield from check_script(path.read_text(), str(path.relative_to(ROOT)))


def main() -> int:
    found = judged(findings())
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
