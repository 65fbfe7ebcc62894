"""`python -m checks.sbom` writes the bill of materials of the server, as CycloneDX 1.6, from the locked requirements.

The lock says everything that a bill needs, so nothing is asked of any network and the same lock gives the same bill. Licences are those
that installed packages name of themselves; a package for another platform has none here.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from checks.findings import ROOT

LOCK = ROOT / "requirements" / "app.txt"
_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_ROOT_NAME = "ceapp"


@dataclass(frozen=True)
class Locked:
    """A package of the lock: its hashes, for which platform, and which other packages ask for it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{_normal(self.name)}@{self.version}"


def locked(text: str) -> Iterator[Locked]:
    """The packages of a file that `uv pip compile` wrote. Raises ValueError for a line that is none of it."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if not line.startswith("#")).strip())
    for block in blocks:
        head, *rest = block.splitlines()
        found = _PINNED.match(head)
        if found is None:
            raise ValueError(f"no pinned package: {head[:80]}")
        notes = [line.strip().removeprefix("#").strip().removeprefix("via").strip() for line in rest if line.strip().startswith("#")]
        asked_by = tuple(_ROOT_NAME if note.startswith("-r ") else note.split(" ")[0] for note in notes if note)
        yield Locked(found["name"], found["version"], found["marker"] or "", tuple(re.findall(r"sha256:([0-9a-f]{64})", block)), asked_by)


def bill(text: str, version: str) -> dict[str, Any]:
    """The bill of materials of the server in this version, with what this lock holds."""
    packages = list(locked(text))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=hashlib.sha256((version + text).encode()).digest()[:16], version=4)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": _ROOT_NAME, "name": _ROOT_NAME, "version": version}},
        "components": [_component(each) for each in packages],
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(each.purl for each in packages if name in map(_normal, each.asked_by))}
            for ref, name in [(_ROOT_NAME, _ROOT_NAME), *((each.purl, _normal(each.name)) for each in packages)]
        ],
    }


def _component(package: Locked) -> dict[str, Any]:
    properties = [{"name": "ceapp:sha256 of a file that may be installed", "value": each} for each in package.hashes]
    if package.marker:
        properties.append({"name": "ceapp:installed where", "value": package.marker})
    component = {"type": "library", "bom-ref": package.purl, "name": package.name, "version": package.version, "purl": package.purl}
    licence = _licence(package)
    return {**component, **({"licenses": [{"license": {"name": licence}}]} if licence else {}), "properties": properties}


def _licence(package: Locked) -> str:
    try:
        said = metadata.metadata(package.name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier") or [] if each.startswith("License :: ")]
    short = _first(said, "License").strip()
    return _first(said, "License-Expression") or ", ".join(classified) or (short if len(short) < 60 else "")


def _first(said: metadata.PackageMetadata, name: str) -> str:
    return str(said[name]) if name in said else ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    json.dump(bill(LOCK.read_text(), version), sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
