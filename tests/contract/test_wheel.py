"""The wheel works offline with the core alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LIMIT_MB = 30
NO_NETWORK = """
import socket
def refuse(*_args, **_kwargs):
    raise OSError("the core must not use the network")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
"""


def core() -> set[str]:
    """Distributions that the core needs, with what those need in turn."""
    found: set[str] = set()
    wanted = ["citywatch"]
    while wanted:
        for text in metadata.requires(wanted.pop()) or ():
            requirement = Requirement(text)
            name = canonicalize_name(requirement.name)
            if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
                found.add(name)
                wanted.append(name)
    return found


def link(distribution: str, folder: Path) -> None:
    """Put an installed distribution into another site folder."""
    for file in metadata.files(distribution) or ():
        top = file.parts[0]
        target = folder / top
        if top not in {"..", "__pycache__"} and not target.exists():
            target.symlink_to(Path(str(metadata.distribution(distribution).locate_file(top))))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that sees the wheel and the core, nothing else, and no network."""
    home = tmp_path_factory.mktemp("core")
    venv.create(home, with_pip=False)
    site = next(home.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    for name in core():
        link(name, site)
    (site / "sitecustomize.py").write_text(NO_NETWORK)
    return home / "bin" / "python"


def run(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run in that interpreter, away from the source tree."""
    return subprocess.run(
        [str(python), "-I", *arguments], cwd=python.parent, capture_output=True, text=True, check=False
    )


def test_the_wheel_is_light(wheel: Path) -> None:
    assert wheel.stat().st_size < LIMIT_MB * 1_000_000


def test_load(python: Path) -> None:
    code = "import citywatch; print(len(citywatch.load().agreements))"
    result = run(python, "-c", code)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 320


def test_check(python: Path) -> None:
    result = run(python, "-m", "citywatch.cli", "check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_findings(python: Path) -> None:
    result = run(python, "-m", "citywatch.cli", "findings", "--scenario", "brief-2019", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["findings"]


def test_what_needs_more_says_what_to_install(python: Path, tmp_path: Path) -> None:
    result = run(python, "-m", "citywatch.cli", "build", "--out", str(tmp_path / "out"))
    assert result.returncode == 1
    assert re.search(r"pip install 'citywatch\[publish\]'", result.stderr)
    assert not (tmp_path / "out").exists()
