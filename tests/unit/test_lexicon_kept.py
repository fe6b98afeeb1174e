"""The lexicon that was kept is the one of the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from citywatch import kept
from citywatch.codebook import lexicon
from citywatch.codebook.lexicon import packed, read_lexicon, unpacked


def test_what_is_kept_is_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    read = read_lexicon()
    assert lexicon.__wrapped__() == read
    (file,) = kept.cache_folder().iterdir()
    before = file.stat().st_mtime_ns
    again = lexicon.__wrapped__()
    assert again == read
    assert repr(again) == repr(read)  # lists are no tuples
    assert file.stat().st_mtime_ns == before
    assert unpacked(packed(read)) == read
