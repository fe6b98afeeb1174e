"""Output folders: nothing foreign is touched, and the previous build stays whole whatever happens."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from citywatch.errors import OutputError
from citywatch.release import BUILD_MANIFEST, output_folder
from citywatch.release.folder import read_manifest


def build(out: Path, text: str) -> None:
    """A build of one file."""
    with output_folder(out, "2026-01-01") as staging:
        (staging / "a.txt").write_text(text)


def stopped(out: Path, stop: BaseException, text: str | None = None) -> None:
    """A build that is stopped half-way; checks what the previous build holds meanwhile."""
    with output_folder(out, "2026-01-01") as staging:
        (staging / "a.txt").write_text("half")
        assert text is None or (out / "a.txt").read_text() == text
        raise stop


def beside(out: Path) -> list[str]:
    """What lies beside the build."""
    return sorted(path.name for path in out.parent.iterdir() if path != out)


def test_a_build_lists_its_files_and_replaces_the_previous_one(tmp_path: Path) -> None:
    out = tmp_path / "build"
    build(out, "one")
    build(out, "two")
    assert (out / "a.txt").read_text() == "two"
    assert list(read_manifest(out) or {}) == ["a.txt"]
    assert beside(out) == []


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    build(tmp_path / "build", "one")
    assert (tmp_path / "build" / "a.txt").exists()


@pytest.mark.parametrize("manifest", [None, "{}", '{"format": "other/1"}', "not json"])
def test_a_folder_that_is_not_ours_is_refused_untouched(tmp_path: Path, manifest: str | None) -> None:
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (out / BUILD_MANIFEST).write_text(manifest)
    with pytest.raises(OutputError, match="Nothing was touched"):
        build(out, "one")
    assert (out / "thesis.txt").read_text() == "years of work"
    assert beside(out) == []


def test_a_file_or_link_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(OutputError, match="expected a folder"):
            build(tmp_path / name, "one")
    with pytest.raises(OutputError, match="part of this path is a file"):
        build(tmp_path / "file" / "build", "one")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), ValueError("broken")])
def test_an_exception_leaves_the_previous_build(tmp_path: Path, stop: BaseException) -> None:
    out = tmp_path / "build"
    build(out, "one")
    with pytest.raises(type(stop)):
        stopped(out, stop)
    assert (out / "a.txt").read_text() == "one"
    assert beside(out) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EBUSY, "mount point"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
    ],
)
def test_a_full_or_closed_disk_says_what_to_do(tmp_path: Path, code: int, words: str) -> None:
    out = tmp_path / "build"
    build(out, "one")
    with pytest.raises(OutputError, match=words), output_folder(out, "2026-01-01"):
        raise OSError(code, os.strerror(code))
    assert (out / "a.txt").read_text() == "one"


KILLED = """
import os, signal, sys
from pathlib import Path
from citywatch.release import output_folder
with output_folder(Path(sys.argv[1]), "2026-01-01") as staging:
    (staging / "a.txt").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle_leaves_the_previous_build_and_is_cleared(tmp_path: Path) -> None:
    out = tmp_path / "build"
    build(out, "one")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(out)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (out / "a.txt").read_text() == "one"
    assert len(beside(out)) == 2, "staging folder and lock"
    build(out, "two")
    assert (out / "a.txt").read_text() == "two"
    assert beside(out) == []


def test_a_swap_cut_short_is_undone_or_finished(tmp_path: Path) -> None:
    out = tmp_path / "build"
    build(out, "one")
    out.rename(tmp_path / "build.old-aaaaaaaa")
    with pytest.raises(ValueError, match="stop"):
        stopped(out, ValueError("stop"), "one")
    build(tmp_path / "other", "two")
    out.rename(tmp_path / "build.old-bbbbbbbb")
    (tmp_path / "other").rename(tmp_path / "build.new-bbbbbbbb")
    with pytest.raises(ValueError, match="stop"):
        stopped(out, ValueError("stop"), "two")
    assert beside(out) == []


def test_folders_that_are_not_ours_are_never_touched(tmp_path: Path) -> None:
    for name in ("build.old-2024", "build.new-drafts", "build.old-0123abcd", "build.new-0123abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("mine")
    build(tmp_path / "build", "one")
    build(tmp_path / "build", "two")
    assert sorted(path.parent.name for path in tmp_path.glob("*/mine.txt")) == [
        "build.new-0123abcd",
        "build.new-drafts",
        "build.old-0123abcd",
        "build.old-2024",
    ]


def test_an_earlier_build_with_added_files_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "build"
    build(out, "one")
    (out / "notes").mkdir()
    (out / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"1 file\(s\) were added, first notes/mine.txt"):
        build(out, "two")
    assert (out / "notes" / "mine.txt").read_text() == "mine"
    assert (out / "a.txt").read_text() == "one"


def test_the_folder_we_stand_in_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match="the folder you stand in"):
        build(tmp_path / "here", "one")


def test_two_builds_at_once_are_told_apart(tmp_path: Path) -> None:
    out = tmp_path / "build"
    with output_folder(out, "2026-01-01") as staging:
        (staging / "a.txt").write_text("first")
        with pytest.raises(OutputError, match="another build is writing"):
            build(out, "second")
    assert (out / "a.txt").read_text() == "first"


def test_the_manifest_holds_digests(tmp_path: Path) -> None:
    build(tmp_path / "build", "one")
    manifest = json.loads((tmp_path / "build" / BUILD_MANIFEST).read_text())
    assert manifest["files"]["a.txt"] == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
