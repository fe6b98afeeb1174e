"""What is kept is read whole or not at all."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from citywatch import kept


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return kept.cache_folder()


def test_what_was_written_is_read(folder: Path) -> None:
    assert kept.read("a") is None
    kept.write("a", b"content")
    assert kept.read("a") == b"content"
    assert [path.name for path in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("length", [0, 7, 32, 38])
def test_a_torn_file_is_none(folder: Path, length: int) -> None:
    kept.write("a", b"content")
    (folder / "a").write_bytes((folder / "a").read_bytes()[:length])
    assert kept.read("a") is None


def test_somebody_elses_file_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.write("a", b"content")
    monkeypatch.setattr(os, "getuid", lambda: (folder / "a").stat().st_uid + 1)
    assert kept.read("a") is None


def test_what_was_not_made_lately_goes(folder: Path) -> None:
    kept.write("old", b"")
    os.utime(folder / "old", (0, time.time() - 61 * 86_400))
    kept.write("new", b"")
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_a_user_without_a_home_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(kept, "cache_folder", homeless)
    kept.write("a", b"content")
    assert kept.read("a") is None


def test_a_digest_changes_with_every_fact(tmp_path: Path) -> None:
    assert len({kept.digest(facts) for facts in (["ab", "c"], ["a", "bc"], ["c", "ab"], ["abc"], [])}) == 5
    (tmp_path / "table.csv").write_text("a")
    before = kept.digest_of_files(tmp_path)
    (tmp_path / "table.csv").write_text("b")
    assert kept.digest_of_files(tmp_path) != before


def test_odd_entries_do_not_keep_anything_from_being_kept(tmp_path: Path) -> None:
    kept.write("first", b"one")
    (kept.cache_folder() / "folder").mkdir()
    (kept.cache_folder() / "link").symlink_to(tmp_path / "nowhere")
    old = kept.cache_folder() / "old"
    old.touch()
    for path in (old, kept.cache_folder() / "folder"):
        os.utime(path, (0, 0))
    kept.write("second", b"two")
    assert kept.read("second") == b"two"
    assert not old.exists()
