"""Closed word lists, read from ``data/codebook/vocabularies.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from citywatch.codebook.embedded import load_yaml
from citywatch.errors import VocabularyError

_FOLDER = files("citywatch") / "data" / "codebook"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a vocabulary.

    Attributes:
        word: As written in the tables.
        label: As shown to readers.
        meaning: One sentence for the codebook.
        is_limb: For products: the product alone admits an agreement under the inclusion rule.
    """

    word: str
    label: str
    meaning: str
    is_limb: bool = False


@cache
def vocabularies() -> Mapping[str, tuple[Word, ...]]:
    """All vocabularies by name, words in the order of display."""
    raw = load_yaml((_FOLDER / "vocabularies.yml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: tuple(
                Word(word, entry["label"], entry["meaning"], bool(entry.get("limb", False)))
                for word, entry in words.items()
            )
            for name, words in raw.items()
        }
    )


def vocabulary(name: str) -> tuple[Word, ...]:
    """Words of one vocabulary.

    Raises:
        VocabularyError: If no vocabulary has this name.
    """
    try:
        return vocabularies()[name]
    except KeyError:
        known = ", ".join(sorted(vocabularies()))
        raise VocabularyError(f"vocabulary {name!r} does not exist; there are {known}") from None


def label(name: str, word: str) -> str:
    """Label of a word.

    Raises:
        VocabularyError: If the vocabulary or the word does not exist.
    """
    for entry in vocabulary(name):
        if entry.word == word:
            return entry.label
    raise VocabularyError(f"word {word!r} is not in the vocabulary {name}")


def word_sets() -> dict[str, frozenset[str]]:
    """Allowed words by vocabulary name, as the table checks want them."""
    return {name: frozenset(word.word for word in words) for name, words in vocabularies().items()}
