"""Interface text: one catalogue per language, read from ``data/publish/messages/<language>.yml``.

Templates hold no words. A message is plain text with named placeholders; its text and every value are escaped, values
that are markup already stay markup. A message with ``one`` and ``other`` is chosen by ``count``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml
from markupsafe import Markup, escape

from citywatch.errors import VocabularyError

_FOLDER = files("citywatch") / "data" / "publish" / "messages"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Piece = tuple[Markup, str]
"""Escaped literal text and the name of the placeholder that follows it; the name is empty at the end."""


class Catalogue:
    """All messages of one language.

    Args:
        language: BCP 47 tag; goes into ``lang``.
        texts: Message text, or ``{"one": ..., "other": ...}``, by key.
    """

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._pieces = {
            f"{key}/{form}": _pieces(text) for key, entry in texts.items() for form, text in _forms(entry).items()
        }

        self._plain = {key: pieces[0][0] for key, pieces in self._pieces.items() if len(pieces) == 1}

    def __contains__(self, key: str) -> bool:
        return f"{key}/other" in self._pieces

    def __call__(self, key: str, /, *, count: int | None = None, **values: object) -> Markup:
        """The message as markup.

        Args:
            key: Key of the message.
            count: Number that chooses between ``one`` and ``other``; not shown by itself.
            values: Values of the placeholders.

        Raises:
            VocabularyError: If the key is unknown or a placeholder has no value.
        """
        if count is None and (known := self._plain.get(f"{key}/other")) is not None:
            return known
        pieces = self._pieces.get(f"{key}/one") if count == 1 else None
        pieces = pieces or self._pieces.get(f"{key}/other")
        if pieces is None:
            raise VocabularyError(f"message {key!r} is not in the catalogue {self.language!r}; add it there")
        try:
            return Markup("").join(piece if not name else piece + escape(values[name]) for piece, name in pieces)
        except KeyError as error:
            raise VocabularyError(f"message {key!r} needs a value for {error}; the call gave none") from error

    def keys(self) -> tuple[str, ...]:
        """Every key, sorted."""
        return tuple(sorted({key.rpartition("/")[0] for key in self._pieces}))


def load_catalogue(language: str) -> Catalogue:
    """Read the catalogue of one language.

    Raises:
        VocabularyError: If there is none.
    """
    path = _FOLDER / f"{language}.yml"
    if not path.is_file():
        raise VocabularyError(f"interface language {language!r}: expected one of {', '.join(languages())}")
    return Catalogue(language, yaml.safe_load(path.read_text(encoding="utf-8")))


def languages() -> tuple[str, ...]:
    """Languages that have a catalogue."""
    return tuple(sorted(path.name.removesuffix(".yml") for path in _FOLDER.iterdir() if path.name.endswith(".yml")))


def _forms(entry: Any) -> dict[str, str]:
    return dict(entry) if isinstance(entry, dict) else {"other": str(entry)}


def _pieces(text: str) -> tuple[Piece, ...]:
    parts = _PLACEHOLDER.split(text)
    names = [*parts[1::2], ""]
    return tuple((escape(literal), name) for literal, name in zip(parts[::2], names, strict=True))
