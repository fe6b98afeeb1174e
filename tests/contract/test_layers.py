"""The import contracts hold, and each of them catches a planted import."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a copy of the source."""
    command = [str(LINT), "--no-cache", "--config", str(ROOT / ".importlinter")]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the source without data."""
    shutil.copytree(
        ROOT / "src" / "citywatch", tmp_path / "citywatch", ignore=shutil.ignore_patterns("data", "__pycache__")
    )
    return tmp_path


def test_the_house_keeps_its_contracts(source: Path) -> None:
    result = lint(source)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("room", "planted", "contract"),
    [
        ("registry", "import citywatch.findings", "A room imports only lower floors"),
        ("places", "import citywatch.codebook", "A room imports only lower floors"),
        ("publish", "import citywatch.registry", "Pages and the brief read the release"),
        ("release", "import citywatch.codebook", "The release is handed its tables"),
    ],
)
def test_a_planted_import_is_caught(source: Path, room: str, planted: str, contract: str) -> None:
    module = source / "citywatch" / room / "__init__.py"
    module.write_text(module.read_text(encoding="utf-8") + f"\n{planted}\n", encoding="utf-8")
    result = lint(source)
    assert result.returncode != 0
    assert any(contract in line and "BROKEN" in line for line in result.stdout.splitlines()), result.stdout


def test_a_new_room_must_be_given_a_floor(source: Path) -> None:
    (source / "citywatch" / "attic.py").write_text('"""A room nobody placed."""\n', encoding="utf-8")
    result = lint(source)
    assert result.returncode != 0
    assert "attic" in result.stdout
