"""Compiled databases are kept, checked, and made anew where they are broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from citywatch.kept import cache_folder
from citywatch.screening.compiled import compiled
from citywatch.screening.scanners import Pattern, make_scanner

PATTERNS = [b"camera", b"control\\s+room"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return cache_folder()


def found(text: bytes) -> list[tuple[int, int]]:
    return make_scanner([Pattern(one, lambda: frozenset([b"c"])) for one in PATTERNS], "hyperscan").scan(text)


def test_what_is_kept_finds_what_was_compiled(folder: Path) -> None:
    first = found(b"a camera in a control  room")
    assert first == [(0, 8), (1, 27)]
    (kept,) = folder.iterdir()
    before = kept.stat().st_mtime_ns
    assert found(b"a camera in a control  room") == first
    assert kept.stat().st_mtime_ns == before


@pytest.mark.parametrize("spoil", [b"", b"half", None])
def test_a_broken_file_is_made_anew(folder: Path, spoil: bytes | None) -> None:
    found(b"")
    (kept,) = folder.iterdir()
    sound = kept.read_bytes()
    kept.write_bytes(sound[:-9] if spoil is None else spoil)
    assert found(b"camera") == [(0, 6)]
    assert kept.read_bytes()[32:40] == sound[32:40]


def test_other_patterns_are_another_file(folder: Path) -> None:
    compiled([b"one"], 0)
    compiled([b"one", b"two"], 0)
    compiled([b"onetwo"], 0)
    assert len(list(folder.iterdir())) == 3


def test_a_folder_that_cannot_be_written_keeps_nothing(folder: Path) -> None:
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.write_text("a file where the folder should be")
    assert found(b"camera") == [(0, 6)]
