"""What languages join to a name of a place: case endings, articles and prepositions."""

from __future__ import annotations

import re

CYRILLIC = re.compile("[\u0400-\u04ff]")
SOUTH_SLAVIC = re.compile("[čćđšžČĆĐŠŽ]")
_ARABIC = re.compile("[\u0600-\u06ff]")
_ELISION = re.compile(r"(?:[dlnsmc]|qu|jusqu|dell|nell|all|sull|dall|del|un)['’](?=\w)", re.IGNORECASE)
_PREFIXES = ("وب", "ول", "وال", "بال", "لل", "ب", "ل", "و", "ف")
# Folding writes и for й and е for ё.
_ADJECTIVAL = re.compile(
    "(?:ыми|ими|ого|его|ому|ему|ая|яя|ое|ее|ыи|ии|ые|ие|ых|их|ым|им|ую|юю|ои|еи|ом|ем|ями|ами|ах|ях|ам|ям|ов|ев|"
    "ию|ия|е|а|у|ю|и|ы|я|ь|о)$"
)
_NOMINATIVE = re.compile("[аяьоыие]$")
_CASES = (
    "ами",
    "ями",
    "ом",
    "ем",
    "ои",
    "еи",
    "ах",
    "ях",
    "ам",
    "ям",
    "ов",
    "е",
    "а",
    "у",
    "ю",
    "и",
    "і",
    "ы",
    "я",
    "ь",
)
_LATIN_ENDINGS = re.compile("(?:ima|ama|oga|omu|oj|om|em|og|im|ih|im|a|u|e|i|o)$")
ADJECTIVE = re.compile("(?:ск|цк)(?:ии|ая|ое|ои|ого|ому|ом|им|ую|ие|их)$")
_TURKIC = ("ning", "dagi", "dan", "da", "ga")
_SHORTEST, _LONG = 3, 6


def cyrillic_stem(name: str) -> str:
    """A folded nominative without its ending, or the words of a longer name without theirs; empty where it is too short.

    A single word that is an adjective (*Alexandrovsky*) has none: it would be met in the names of everything.
    """
    if " " in name:
        return _stem(name, _ADJECTIVAL)
    stem = _NOMINATIVE.sub("", name)
    return stem if len(stem) >= _SHORTEST and not ADJECTIVE.search(name) else ""


def cyrillic_stems(word: str) -> list[str]:
    """Stems that a folded word or name in any case may have."""
    if " " in word:
        return [_stem(word, _ADJECTIVAL)]
    return [word[: -len(case)] for case in _CASES if word.endswith(case) and len(word) - len(case) >= _SHORTEST]


def latin_stem(name: str) -> str:
    """The same for Serbian, Croatian and Bosnian in Latin letters."""
    return _stem(name, _LATIN_ENDINGS)


def _stem(name: str, endings: re.Pattern[str]) -> str:
    stems = [stem if len(stem := endings.sub("", word)) >= _SHORTEST else word for word in name.split(" ")]
    return " ".join(stems) if len(stems[0]) >= _SHORTEST else ""


def elided(word: str) -> int:
    """Characters of an article or preposition that French and Italian join to a name: 2 in *d'Alger*, else 0."""
    met = _ELISION.match(word)
    return met.end() if met and word[met.end()].isupper() else 0


def bare_forms(folded: str) -> list[str]:
    """What a folded name may be without what is joined to it.

    An English or German genitive (*Belgrade's*, *Serbiens*), a Turkish case behind an apostrophe, an Uzbek or Azerbaijani one
    without, an Arabic preposition.
    """
    if "'" in folded:
        return [folded[: folded.rindex("'")]]
    if _ARABIC.match(folded):
        cut = [(letters, folded[len(letters) :]) for letters in _PREFIXES if folded.startswith(letters)]
        return [
            "ال" + rest if letters in ("لل", "بال", "وال") else rest
            for letters, rest in cut
            if len(folded) - len(letters) > 2
        ]
    if len(folded) > _LONG and folded[-1] == "s" and folded[-2] != "s":
        return [folded[:-1]]
    return [folded[: -len(case)] for case in _TURKIC if folded.endswith(case) and len(folded) > _LONG + len(case)]
