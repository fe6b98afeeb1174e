"""Shared fixtures: a tiny data package and the embedded registry."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from citywatch import registry

# CI draws the same examples each time, so that it fails for a change and not by chance; people at work draw new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    settings.load_profile("ci")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the embedded data package that a test may break."""
    folder = tmp_path / "package"
    shutil.copytree(registry.embedded_folder(), folder)
    return folder


@pytest.fixture(scope="session")
def embedded() -> registry.Registry:
    """The embedded registry, loaded once."""
    return registry.load()


def need(name: str, package: str) -> str:
    """Path of a program; skips without it, fails where CI must have it."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed; install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found
