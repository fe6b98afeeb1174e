"""When an agreement was announced: a date beside the act, or the day the page was published."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from citywatch.codebook import fold
from citywatch.screening.dates import DateSpot, date_in_address, find_dates
from citywatch.screening.kinds import PACTS, told_by
from citywatch.screening.reading import Line, Reading
from citywatch.screening.settings import field_settings

_ALONE = 45  # letters beside a date that stands on a line of its own
_REACH = 18
_DAY = 10  # length of an ISO date that names its day


@dataclass(frozen=True, slots=True)
class Announced:
    """A date with what it rests on.

    Attributes:
        date: ISO date as partial as stated, or empty.
        basis: ``text`` (with the act), ``near``, ``published`` or empty.
        line: The sentence; None where the date is not from the text.
        start: First character of the date.
        end: One behind the last.
    """

    date: str
    basis: str
    line: Line | None
    start: int = 0
    end: int = 0


def announced(reading: Reading, core: Sequence[Line], near: Sequence[Line], rest: Sequence[Line]) -> Announced:
    """Date of the agreement of a document.

    Dates of the text are weighed by where they stand and whether they date a pact, against the date of publication: as the
    document was given it, as a line at its head or foot states it, as its address holds it. Dates after publication and
    aims ("by 2030") are no announcements.
    """
    document, weights = reading.document, field_settings().date_weights
    dateline = _dateline(document.text)
    published = document.published or (dateline.text if dateline else date_in_address(document.address))
    latest = published[:4] or str(field_settings().latest_year)
    best = Announced(published, "published" if published else "", None)
    most = weights["published"] if published else 0.0
    for lines, where, basis in ((core, "core", "text"), (near, "near", "near"), (rest, "rest", "near")):
        for line in lines:
            for spot in _spots(document.text, line, latest):
                score = weights[where] + _bearing(reading, line, spot)
                if score > most and (dateline is None or spot.start != dateline.start):
                    most, best = score, Announced(spot.text, basis, line, spot.start, spot.end)
    return best


def _bearing(reading: Reading, line: Line, spot: DateSpot) -> float:
    """What the words beside a date add: a pact within reach, less by distance; a past that goes on takes away."""
    settings = field_settings()
    score = settings.date_weights["since"] if _is_behind(_since(), reading.document.text, line, spot) else 0.0
    near = [
        abs(spot.start - act.hit.start)
        for act in line.acts
        if act.status != "negated"
        and told_by(reading, act) in PACTS
        and abs(spot.start - act.hit.start) <= settings.date_reach
    ]
    far = min((abs(spot.start - act.hit.start) for act in line.acts), default=settings.date_reach)
    nearness = 0.1 * (1 - min(far, settings.date_reach) / settings.date_reach)
    return score + nearness + (settings.date_weights["pact"] if near else 0.0)


def _spots(text: str, line: Line, latest: str) -> Iterator[DateSpot]:
    for spot in find_dates(text, line.start, line.end):
        if spot.text[:4] <= latest and not _is_behind(_aims(), text, line, spot):
            yield spot


def _is_behind(words: re.Pattern[str], text: str, line: Line, spot: DateSpot) -> bool:
    return words.search(fold(text[max(line.start, spot.start - _REACH) : spot.start]).text) is not None


@cache
def _aims() -> re.Pattern[str]:
    return _ends_with(field_settings().aims)


@cache
def _since() -> re.Pattern[str]:
    return _ends_with(field_settings().since)


def _ends_with(words: Sequence[str]) -> re.Pattern[str]:
    listed = "|".join(map(re.escape, words))
    return re.compile(rf"(?<!\w)(?:{listed})\s*(?:the |l'|el |le |a\xf1o |ano )?$")


def _dateline(text: str) -> DateSpot | None:
    """The first date at the head, or on a line of its own further down, that looks like a date of publication."""
    reach = field_settings().dateline_chars
    for start, end in _lines(text):
        if start >= reach and end - start > 2 * _ALONE:
            continue
        for spot in find_dates(text, start, min(end, start + reach)):
            beside = (spot.start - start) + (end - spot.end)
            is_precise = len(spot.text) == _DAY
            if _opens(text, spot):
                return spot
            if (start < reach and is_precise and spot.start - start <= 2 * _ALONE) or (
                beside <= _ALONE and (is_precise or (len(spot.text) > 4 and beside <= _ALONE // 2))
            ):
                return spot
    return None


def _opens(text: str, spot: DateSpot) -> bool:
    """Whether a date opens the text, with nothing before it but a word such as ``date``."""
    before = fold(text[: spot.start]).text.strip(" :|-") if spot.start < _ALONE else "?"
    return len(spot.text) > len("2000") and before in ("", *field_settings().date_labels)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for piece in text.splitlines(keepends=True):
        yield at, at + len(piece.rstrip())
        at += len(piece)
