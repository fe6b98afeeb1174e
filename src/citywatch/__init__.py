"""Citywatch: an open observatory of Safe City surveillance deals.

``citywatch.load()`` gives the registry as pandas frames; the command line, the site and notebooks call the same
functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from citywatch.registry import Registry

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(folder: Path | str | None = None) -> Registry:
    """Load a registry and check it.

    Args:
        folder: A data package; the embedded one when None.

    Raises:
        citywatch.errors.TableError: If anything breaks the schema; the error carries every violation.
        citywatch.errors.InputError: If the folder cannot be read.
    """
    from citywatch.registry import load as load_registry

    return load_registry(folder)
