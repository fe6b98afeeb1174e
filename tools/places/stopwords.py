"""Draws ``src/citywatch/data/places/stopwords.txt`` once: function words that are also names of towns.

``pip download --no-deps stopwordsiso==0.7.1`` and unpack it, then
``python tools/places/stopwords.py FOLDER/stopwordsiso/stopwords-iso.json``.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path

from babel import Locale

from citywatch.codebook import fold_text
from citywatch.places.building import SOUTH_SLAVS
from citywatch.places.countries import FOLDER
from citywatch.places.inflection import CYRILLIC, bare_forms, cyrillic_stem, cyrillic_stems, latin_stem
from citywatch.places.names import city_names, listed_names

LANGUAGES = "af ar bg bs ca cs da nl en et fi fr gl de el fa hr hu id it lv ms no pl pt ro ru sk sl es sw sv tr tl uk ur vi sr zh so ha sq"
LOCALES = "en fr es pt ru ar id ms de it sr sr_Latn tr nl uk pl ro"
# Function words somewhere that are first of all places; those that are both are in ordinary.txt.
PLACES = (
    "abia belem bursa cali lima lille sabah sarawak singapura australia india medan china edessa москва maine tanta celle sete asti "
    "patra tema hue seria nice bari male deira bar sal faro ho volta شان daca karibu guna tienen mons kaya suez como largo mila"
)
HEAD = (
    "# Folded function words of many languages (stopwords-iso, MIT) and names of days and months (Unicode CLDR) that are also\n"
    "# names of towns or regions, or cases of them: never read as places.\n"
)


def main(listed: Path) -> None:
    """Write the list."""
    words = json.loads(listed.read_text(encoding="utf-8"))
    function = {fold_text(word).strip() for language in LANGUAGES.split() for word in words.get(language, ())}
    slavic = {fold_text(word).strip() for language in ("hr", "bs", "sr", "sl") for word in words.get(language, ())}
    for code in LOCALES.split():
        locale = Locale.parse(code)
        for names in (locale.months, locale.days):
            for context in ("format", "stand-alone"):
                for width in ("wide", "abbreviated"):
                    function |= {fold_text(str(name)).strip(" .") for name in names[context][width].values()}
    places = {fold_text(name).strip(): place for name, place in (*listed_names("regions.csv"), *city_names(5_000))}
    stems = {cyrillic_stem(key) for key in places if CYRILLIC.match(key)}
    latin = {latin_stem(key) for key, place in places.items() if place.country_iso3 in SOUTH_SLAVS}

    def is_met(word: str) -> bool:
        if word in places or (word in slavic and latin_stem(word) in latin):
            return True
        if CYRILLIC.match(word):
            return any(stem in stems for stem in cyrillic_stems(word))
        return re.match("[\u0600-\u06ff]", word) is not None and any(bare in places for bare in bare_forms(word))

    kept = {word for word in function if len(word) > 1 and word not in PLACES.split() and is_met(word)}
    lines = textwrap.wrap(", ".join(sorted(kept | {"africa", "europe", "america"})), 118, break_on_hyphens=False)
    (FOLDER / "stopwords.txt").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
