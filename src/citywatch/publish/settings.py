"""What the site shows first, read from ``data/publish/site.yml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

FOLDER = files("citywatch") / "data" / "publish"


@cache
def settings() -> dict[str, Any]:
    """Order of findings, headlines of the home page, menu."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / "site.yml").read_text(encoding="utf-8"))
    return loaded


def headline_category(dimension: str) -> str:
    """Class that stands for a dimension in lists; empty where the first class does."""
    return str(settings()["headline_categories"].get(dimension, ""))
