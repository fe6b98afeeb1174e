"""Words by which the name of a firm is known, read from ``data/codebook/company_words.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from citywatch.codebook.embedded import load_yaml


@cache
def company_words() -> Mapping[str, list[str]]:
    """Words and phrases by the part they play; the file's comments say what each is."""
    path = files("citywatch") / "data" / "codebook" / "company_words.yml"
    found: dict[str, list[str]] = load_yaml(path.read_text(encoding="utf-8"))
    return found
