"""Names of places that were kept are those that were put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from citywatch import kept
from citywatch.codebook import fold_text
from citywatch.places.building import Built, Wanted, build
from citywatch.places.index import Names, known_names

WANTED = Wanted(fold_text, frozenset(["bar", "nice"]), 1_000_000)


@pytest.fixture(scope="module")
def built() -> Built:
    return build(WANTED)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return kept.cache_folder()


def same(names: Names, built: Built) -> bool:
    """As text, because countries without a point have coordinates that equal nothing."""
    lookups = ((names.index, built.index), (names.cyrillic, built.cyrillic), (names.latin, built.latin))
    return (names.starts, names.small, names.fixed) == (built.starts, built.small, built.fixed) and all(
        repr([(key, found.get(key)) for key in found.keys()]) == repr(sorted(meant.items()))  # noqa: SIM118 - no mapping
        for found, meant in lookups
    )


def test_what_is_kept_is_what_was_built(built: Built, folder: Path) -> None:
    assert same(known_names(WANTED, "one"), built)
    (file,) = folder.iterdir()
    before = file.stat().st_mtime_ns
    assert same(known_names(WANTED, "one"), built)
    assert file.stat().st_mtime_ns == before
    assert known_names(WANTED, "one").index.get("no such place") is None


def test_a_torn_file_is_made_anew(built: Built, folder: Path) -> None:
    known_names(WANTED, "one")
    (file,) = folder.iterdir()
    sound = file.read_bytes()
    file.write_bytes(sound[: len(sound) // 2])
    assert same(known_names(WANTED, "one"), built)
    assert kept.read(file.name) is not None


def test_other_words_are_another_file(folder: Path) -> None:
    small = Wanted(fold_text, frozenset(["bar"]), 1_000_000)
    for wanted, edition in ((WANTED, "one"), (WANTED, "two"), (small, "one")):
        known_names(wanted, edition)
    assert len(list(folder.iterdir())) == 3


def test_without_an_edition_nothing_is_kept(folder: Path) -> None:
    known_names(WANTED)
    assert not folder.exists()
