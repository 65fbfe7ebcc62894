"""`python -m checks.advisories PIP-AUDIT` asks for published faults in what is installed, once it has seen that faults are reported.

pip-audit without its data says that there is no fault. So it is first given a package with faults that were published long ago: when it
does not report those, nothing was checked, and that is the answer. Exit 1 for a published fault, 2 when nothing was checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from checks.findings import ROOT

CANARY = "jinja2==2.10"
"""Has had published faults since 2019 (CVE-2019-10906)."""

LOCKS = ("app.txt", "metrics.txt", "dev.txt")
CLEAN, FAULTY, UNCHECKED = 0, 1, 2


def faults_in(auditor: str, requirements: Path) -> list[str] | None:
    """Published faults of what a file pins, as `name version: id`; None when it was not checked."""
    command = [
        auditor,
        "--strict",
        "--disable-pip",
        "--no-deps",
        "--progress-spinner=off",
        "--format=json",
        "--requirement",
        str(requirements),
    ]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words and files
        packages = json.loads(told.stdout)["dependencies"]
        if told.returncode not in (0, 1) or any("skip_reason" in each for each in packages):
            return None
        found = [f"{each['name']} {each['version']}: {fault['id']}" for each in packages for fault in each["vulns"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if packages and bool(found) == bool(told.returncode) else None


def main(auditor: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(f"{CANARY}\n")
        if not faults_in(auditor, canary):
            print(f"NOTHING WAS CHECKED: the published faults of {CANARY} were not reported.")
            print("Most likely the data of pip-audit cannot be reached from here.")
            return UNCHECKED
    answers = {name: faults_in(auditor, ROOT / "requirements" / name) for name in LOCKS}
    for name, found in answers.items():
        print(f"{name}: {'NOT CHECKED' if found is None else ', '.join(found) or 'no published fault'}")
    if any(answers.values()):
        return FAULTY
    return UNCHECKED if None in answers.values() else CLEAN


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
