"""Byte prefilter."""

from __future__ import annotations

from functools import cache


class Prefilter:
    """Keeps all for now."""

    def keep(self, _page: bytes) -> bool:
        """Whether a page may hold a candidate."""
        return True


@cache
def prefilter() -> Prefilter:
    """The prefilter over the embedded lexicon."""
    return Prefilter()
