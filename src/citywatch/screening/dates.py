"""Dates in running text, as partial as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from citywatch.codebook import Folded, fold
from citywatch.errors import InputError
from citywatch.tables import PartialDate

_LOCALES = (
    *(
        "en",
        "fr",
        "es",
        "pt",
        "ru",
        "ar",
        "ar_SY",
        "ar_DZ",
        "id",
        "ms",
        "de",
        "de_AT",
        "it",
        "sr",
        "sr_Latn",
        "tr",
        "nl",
        "uk",
    ),
    *("pl", "ro", "bg", "mk", "kk", "uz", "az", "sq", "sw", "fil", "hu", "sl", "bs"),
)
_YEAR = re.compile(r"(?<!\d)(?:\d{4}(?!\d)|\d{3}(?=年)|\d{1,2}[./-]\d{1,2}[./-]\d{4})")
_AFTER = "(?: ?(?:г|р|м|م)(?:од[ауе]?|оду)?)?"  # of the year: Russian, Ukrainian, Arabic
# What cases add to a name of a month: в феврале, u februaru.
_CASES = (
    ("ь", "е"),
    ("й", "е"),
    ("т", "те"),
    ("ar", "aru"),
    ("ar", "ara"),
    ("ар", "ару"),
    ("ар", "ара"),
    ("st", "stu"),
    ("il", "ilu"),
)
_ROUND = "2000"  # by itself more often a number of things
_FIRST_YEAR, _LAST_YEAR = 1995, 2035
_REPUBLIC = 1911  # years of the Republic of China count from here


@dataclass(frozen=True, slots=True)
class DateSpot:
    """A date in a text.

    Attributes:
        text: ISO form; its length is its precision.
        start: First character.
        end: One behind the last.
    """

    text: str
    start: int
    end: int


def find_dates(text: str, start: int, end: int) -> list[DateSpot]:
    """Dates of a piece of text that have a year, in order; years outside 1995 to 2035 are no dates."""
    if not _YEAR.search(text, start, end):
        return []
    folded = fold(text[start:end])
    taken: list[tuple[int, int]] = []
    found = []
    for pattern, order in _patterns():
        for one in pattern.finditer(folded.text):
            if any(one.start() < last and first < one.end() for first, last in taken):
                continue
            date = _date(one, order)
            if date and date != _ROUND:
                taken.append(one.span())
                found.append(_spot(folded, one, date, start))
    return sorted(found, key=lambda spot: spot.start)


def _spot(folded: Folded, one: re.Match[str], date: str, offset: int) -> DateSpot:
    first, last = folded.span(one.start(), one.end())
    return DateSpot(date, offset + first, offset + last)


def _date(one: re.Match[str], order: str) -> str:
    parts = dict(zip(order, one.groups(), strict=True))
    year = int(parts["y"]) + (_REPUBLIC if len(parts["y"]) == 3 else 0)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return ""
    month = parts.get("m") or ""
    number = int(month) if month.isdigit() else _months().get(month.rstrip("."), 0)
    day = int(parts.get("d") or 0)
    if parts.get("d") and number > 12 >= day and order == "dmy":  # written month first
        number, day = day, number
    for text in (f"{year}-{number:02}-{day:02}", f"{year}-{number:02}", str(year)):
        try:
            return PartialDate.parse(text).text
        except InputError:
            continue
    return ""


@cache
def _months() -> dict[str, int]:
    from babel import Locale

    found: dict[str, int] = {}
    for code in _LOCALES:
        locale = Locale.parse(code)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    for form in _forms(str(name), code):
                        key = fold(form).text.rstrip(".").strip()
                        if len(key) > 2 and not key.isdigit():
                            found.setdefault(key, int(number))
    return found


def _forms(name: str, locale: str) -> list[str]:
    """A name of a month, in Slavic languages with the cases that Unicode CLDR does not list."""
    if locale[:2] not in ("ru", "uk", "bg", "sr", "bs"):
        return [name]
    return [name, *(name.removesuffix(end) + case for end, case in _CASES if name.endswith(end))]


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    month = "(" + "|".join(sorted(map(re.escape, _months()), key=len, reverse=True)) + r")\.?"
    year, edge = r"((?:19|20)\d{2})", r"(?<![\w.,])"
    day = r"(\d{1,2})(?:st|nd|rd|th|er|\.|º|°)?"
    join = r"(?:,|,? de| del| of|)"
    return tuple(
        (re.compile(pattern), order)
        for pattern, order in (
            (rf"{year}年(\d{{1,2}})月(\d{{1,2}})日", "ymd"),
            (rf"{year}年(\d{{1,2}})月", "ym"),
            (r"(?<!\d)(1[01]\d)年(\d{1,2})月(?:(\d{1,2})日)?", "ymd"),
            (rf"{year} ?年", "y"),
            (r"(?<!\d)(?:民国)?(1[01]\d)年", "y"),
            (rf"{edge}{year}[ ./](\d{{1,2}})[ ./](\d{{1,2}})(?!\d)", "ymd"),
            (rf"{edge}{day}{join} {month}{join} {year}{_AFTER}(?!\w)", "dmy"),
            (rf"{edge}{month} {day},? {year}(?!\w)", "mdy"),
            (rf"{edge}{month}{join} {year}{_AFTER}(?!\w)", "my"),
            (rf"{edge}(\d{{1,2}})[./](\d{{1,2}})[./]{year}(?!\w)", "dmy"),
            (rf"(?<![\w.,/$€£]){year}{_AFTER}(?![\w/]|[.,]\d)", "y"),
        )
    )


_IN_ADDRESS = re.compile(r"(?<!\d)((?:19|20)\d{2})[/\-_.]?(0[1-9]|1[0-2])(?:[/\-_.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")


def date_in_address(address: str) -> str:
    """Date of publication that a path such as ``/2017/07/10/`` or ``/20170710/`` tells; ``YYYY-MM-DD``, ``YYYY-MM`` or empty."""
    path = address.replace("%2F", "/").partition("://")[2].partition("/")[2]
    for found in _IN_ADDRESS.finditer(path):
        is_bare = "/" not in found[0] and "-" not in found[0]
        date = "-".join(part for part in found.groups() if part)
        if _FIRST_YEAR <= int(found[1]) <= _LAST_YEAR and not (is_bare and not found[3]):
            return date
    return ""
