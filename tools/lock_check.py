"""Prove that the lock files satisfy pyproject.toml: names, versions, hashes, no addresses. Needs no network."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, Version]:
    """Versions by name in one lock file; stops the run if a pin has no hash or the file names an address."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if "://" in text:
        sys.exit(f"{name}: expected no addresses; found one. Run make lock.")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    bare = [block.split("\n", 1)[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    if bare:
        sys.exit(f"{name}: expected a hash for each pin; found none for {bare[0]}. Run make lock.")
    return {canonicalize_name(m["name"]): Version(m["version"]) for m in PIN.finditer(text)}


def unmet(requirements: list[str], locked: dict[str, Version]) -> list[str]:
    """Requirements that a lock file does not satisfy."""
    parsed = [Requirement(text) for text in requirements]
    return [
        str(one)
        for one in parsed
        if canonicalize_name(one.name) not in locked
        or not one.specifier.contains(locked[canonicalize_name(one.name)], prereleases=True)
    ]


def main() -> int:
    """Check the three locks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    core = project["project"]["dependencies"] + [
        one for extra in ("publish", "sheets") for one in project["project"]["optional-dependencies"][extra]
    ]
    tools = [
        one for extra in ("screen", "collect", "cluster") for one in project["project"]["optional-dependencies"][extra]
    ]
    wanted = {
        "setup.lock": project["build-system"]["requires"] + ["uv"],
        "requirements.lock": core,
        "requirements-dev.lock": core + tools + project["dependency-groups"]["dev"],
    }
    problems = [f"{name}: {one} is not met" for name, need in wanted.items() for one in unmet(need, pins(name))]
    small, large = pins("requirements.lock"), pins("requirements-dev.lock")
    problems += [f"{name} differs between the locks" for name, version in small.items() if large.get(name) != version]
    for problem in problems:
        print(problem)
    if problems:
        print("The locks are out of date. Run make lock.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
