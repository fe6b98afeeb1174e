"""The list of claims and one page for each: the verdict, the three answers, the figures, and the claim on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from citywatch.publish.figures import is_known, plain, whole
from citywatch.publish.views.book import Book
from citywatch.publish.views.claim_charts import BeforeAfter, Row, RowPlot, before_after, row_plot
from citywatch.publish.views.rows import Claim, Page, Record, SourceRef
from citywatch.publish.views.text import claim_figure, signed_percent
from citywatch.tables import split_list
from citywatch.uncertainty import percent
from citywatch.uncertainty import plain as decimals

FILLS = {
    "contradicted": "full", "exaggerated": "full", "outside_published_range": "half", "depends_on_baseline": "half",
    "depends_on_definition": "half", "supported": "", "documented": "", "reported": "half",
}  # fmt: skip
"""How a verdict is drawn: full ink speaks against the claim, grey in between, outline for it, dashed where nothing decides."""
VERDICTS = ("contradicted", "exaggerated", "depends_on_baseline", "depends_on_definition", "outside_published_range",
            "supported", "documented", "reported", "cannot_be_checked")  # fmt: skip
WIDE_ROWS, NARROW_ROWS = (1120, 330), (343, 0)
MOST_EFFECTS = 24
UNDATED = "9999"


@dataclass(frozen=True, slots=True)
class Line:
    """One claim in the list.

    Attributes:
        classes: CSS classes for the filters.
        fill: How its badge is drawn.
    """

    claim: Claim
    verdict: str
    label: str
    because: str
    fill: str
    classes: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table of figures."""

    cells: tuple[str, ...]
    source: SourceRef | None = None
    note: str = ""


def pages(book: Book) -> Iterator[Page]:
    """The list, then every claim."""
    rows = sorted(book.claims.values(), key=lambda claim: (claim.country.name if claim.country else "~", claim.id))
    full = sum(_states_all(claim.record) for claim in rows)
    lines = [line_of(book, claim) for claim in rows]
    counts = Counter(line.verdict for line in lines)
    yield Page(
        "claims/index.html",
        "claims.html.j2",
        book.t("claims.title"),
        book.t("claims.description"),
        "claims",
        {
            "rows": lines,
            "full": full,
            "filters": _filters(book, lines),
            "counts": [
                (word, book.t(f"verdict.{word}"), counts[word], FILLS.get(word, "dash"))
                for word in VERDICTS
                if counts[word]
            ],
            "is_checked": bool(book.verdicts),
            "verdicts_csv": _file(book, "verdicts.csv"),
            "has_worked": bool(book.release.verdicts.get("cases")),
        },
    )
    if book.release.verdicts.get("cases"):
        yield _cases(book)
    for claim in rows:
        yield _page(book, claim)


def _cases(book: Book) -> Page:
    """Worked cases: claims beside what the series did before and since the system began."""
    cases = [
        {**one, "lines": [line_of(book, book.claims[name]) for name in one["claims"] if name in book.claims]}
        for one in book.release.verdicts["cases"]
    ]
    title, description = book.t("claim_cases.title"), book.t("claim_cases.description")
    return Page("claims/worked-cases.html", "claim_cases.html.j2", title, description, "claims", {"cases": cases})


def _file(book: Book, name: str) -> str:
    """A file of the release, from the root of the site; the page of all files where the release has no such file."""
    paths = (str(file["path"]) for file in book.release.files)
    return next((f"data/{path}" for path in paths if path.rpartition("/")[2] == name), "data.html")


def line_of(book: Book, claim: Claim) -> Line:
    """A claim with its verdict; unchecked where the release holds none."""
    verdict = book.verdicts.get(claim.id)
    if verdict is None:
        label = str(book.t("claim.unchecked"))
        return Line(claim, "", label, "", "dash", f"k-{claim.record['kind']}")
    word = verdict["verdict"]
    classes = f"d-{word} k-{claim.record['kind']}"
    return Line(claim, word, str(book.t(f"verdict.{word}")), verdict["because"], FILLS.get(word, "dash"), classes)


def filter_options(book: Book) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every filter of the list with its classes and labels; the style sheet gets one rule for each."""
    return [
        ("verdict", [(f"d-{word}", str(book.t(f"verdict.{word}"))) for word in VERDICTS]),
        ("claim_kind", [(f"k-{word}", book.label("claim_kind", word)) for word in ("benefit", "harm")]),
    ]


def _filters(book: Book, lines: Sequence[Line]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    counts = Counter(name for line in lines for name in line.classes.split())
    return [
        (name, [(css, label, counts[css]) for css, label in options if counts[css]])
        for name, options in filter_options(book)
    ]


def _states_all(row: Record) -> bool:
    return all(row[flag] == "yes" for flag in ("is_area_stated", "is_period_stated", "is_source_stated"))


def _page(book: Book, claim: Claim) -> Page:
    row = claim.record
    verdict = book.verdicts.get(claim.id)
    thread = [other for other in book.threads.get(row["thread_id"], ()) if other.id != claim.id]
    near = [other for other in book.claims_by_country.get(row["country_iso3"], ()) if other.id != claim.id]
    return Page(
        claim.href,
        "claim.html.j2",
        claim.title,
        book.t("claim.description", title=claim.title),
        "claims",
        {
            "claim": claim,
            "line": line_of(book, claim),
            "verdict": verdict,
            "figure": claim_figure(book.t, row),
            "source": book.sources.get(row["source_id"]),
            "agreement": book.agreements.get(row["agreement_id"]),
            "vendors": [(book.vendors.get(name), name) for name in split_list(row["vendors"])],
            "siblings": [other for other in near if other.record["thread_id"] != row["thread_id"]][:MOST_EFFECTS],
            **(_checked(book, claim, verdict) if verdict else {}),
            "drift": _drift(book, claim, thread),
            "versions": _versions(book, [claim, *thread]),
        },
    )


def _checked(book: Book, claim: Claim, verdict: Record) -> dict[str, Any]:
    figures = verdict["figures"]
    return {
        "answers": [verdict[name] for name in ("checkable", "arithmetic", "attribution")],
        "charts": _chart(book, figures, claim),
        "series": _series_rows(book, figures),
        "baselines": [_compared(one, figures["scale"]) for one in figures["baselines"]],
        "implied": [_implied(book, one) for one in figures["implied"]],
        "movement": _movement(book, figures["movement"]),
        "published": _published(book, claim, figures),
        "settle": figures["tables"] or verdict["missing"],
    }


# -- tables ---------------------------------------------------------------------------------------------------------


def _change(one: Record, scale: str) -> str:
    low, high = one["low"], one["high"]
    if low is None and high is None:
        return "–"
    if low == high:
        return signed_percent(round(low, 1)) if scale == "percent" else plain(round(low, 1))
    if low is None or low <= -100:
        return f"< {signed_percent(round(high, 1))}"
    return (
        f"> {signed_percent(round(low, 1))}"
        if high is None
        else f"{signed_percent(round(low, 1))} – {signed_percent(round(high, 1))}"
    )


def _compared(one: Record, scale: str) -> Figure:
    values = tuple("–" if one[name] is None else plain(one[name]) for name in ("value_before", "value_after"))
    years = ("–" if one["year_before"] is None else str(one["year_before"]), str(one["year_after"]))
    return Figure((one["place"], years[0], values[0], years[1], values[1], _change(one, scale)), note=one["answer"])


def _implied(book: Book, one: Record) -> Figure:
    year_known, year_implied = (
        (one["year_before"], one["year_after"]) if one["is_after"] else (one["year_after"], one["year_before"])
    )
    implied = whole(one["implied"]) if one["implied"] >= 100 else plain(round(one["implied"], 1))
    when = "–" if year_implied is None else str(year_implied)
    return Figure(
        (one["place"], str(year_known), plain(one["known"]), when, str(book.t("claim.about_value", value=implied)))
    )


def _movement(book: Book, one: Record) -> list[tuple[Markup, str]]:
    """Dispersion, interval and ordinary movement, one line each; what is not known is left out."""
    t = book.t
    found = [
        (t(f"claim.movement_{name}", n=one["own_n"]), decimals(one[name], 2))
        for name in ("sd", "own", "pooled")
        if one[name] is not None
    ]
    for name in ("", "poisson_", "range_"):
        low, high = one[f"{name}low"], one[f"{name}high"]
        if low is not None and high is not None:
            found.append(
                (t(f"claim.movement_{name}interval"), f"{signed_percent(round(low))} – {signed_percent(round(high))}")
            )
    if one["share"] is not None:
        found.append(
            (t("claim.movement_share", n=one["n"], span=one["span"], count=one["span"]), percent(100 * one["share"]))
        )
    return found


def _series_rows(book: Book, figures: Record) -> list[tuple[Record, list[Figure], bool]]:
    """The series used, each with its figures and their sources."""
    wanted = dict.fromkeys([figures["chosen"], *(one["series_id"] for one in figures["compared"])])
    found = []
    for name in wanted:
        for part in name.split("+"):
            row = book.series.get(part)
            if row is not None:
                figures_of = [_observed(book, row, one) for one in book.observations.get(part, ())]
                found.append((row, figures_of, part in figures["chosen"].split("+")))
    return found


def _observed(book: Book, series: Record, one: Record) -> Figure:
    t = book.t
    if is_known(one["value"]):
        value = plain(float(one["value"]))
    elif one["direction"]:
        value = book.label("observed_direction", one["direction"])
    else:
        bounds = [plain(float(one[name])) if is_known(one[name]) else "…" for name in ("low", "high")]
        value = " – ".join(bounds)
    known = t("claim.derived") if series["recording"] == "derived" else t("claim.printed")
    return Figure((str(one["year"]), value, str(known)), book.sources.get(one["source_id"]), one["note"])


# -- drawings -------------------------------------------------------------------------------------------------------


def _years(claim: Claim) -> tuple[int | None, int | None]:
    texts = (claim.record["period_before"], claim.record["period_after"])
    before, after = (int(text.rpartition("/")[2][:4]) if text else None for text in texts)
    return before, after


def _chart(book: Book, figures: Record, claim: Claim) -> tuple[BeforeAfter, ...]:
    return before_after(figures, _years(claim), book.t)


def _published(book: Book, claim: Claim, figures: Record) -> tuple[tuple[RowPlot, RowPlot], list[Figure]] | None:
    """The claim among published effects on the same outcome, strongest first."""
    if figures["scale"] != "percent" or figures["claimed"] is None or not figures["effects"]:
        return None
    rows, table = [], []
    found = [book.evaluations[name] for name in figures["effects"] if name in book.evaluations]
    for row in sorted(found, key=lambda row: (_span(row)[0], row["effect_id"]))[:MOST_EFFECTS]:
        low, high = _span(row)
        value = signed_percent(low) if low == high else f"{signed_percent(low)} – {signed_percent(high)}"
        rows.append(Row(0, row["study"], row["setting"], low, high, value, is_claim=False))
        table.append(
            Figure(
                (row["study"], row["setting"], row["outcome"], value), book.sources.get(row["source_id"]), row["note"]
            )
        )
    claimed = figures["claimed"]
    rows.append(
        Row(
            0,
            str(book.t("claim.this_claim")),
            claim.claimant,
            claimed,
            claimed,
            signed_percent(round(claimed, 1)),
            is_claim=True,
        )
    )
    return (row_plot(rows, WIDE_ROWS, claimed), row_plot(rows, NARROW_ROWS, claimed)), table


def _span(row: Record) -> tuple[float, float]:
    if is_known(row["effect"]):
        return float(row["effect"]), float(row["effect"])
    return float(row["effect_low"]), float(row["effect_high"])


def _drift(book: Book, claim: Claim, thread: Sequence[Claim]) -> tuple[RowPlot, RowPlot] | None:
    """Versions of the promise in the order in which they were stated; nothing for fewer than two with a percentage."""
    numeric = [one for one in (claim, *thread) if is_known(one.record["change_pct"])]
    if len(numeric) < 2:
        return None
    rows = []
    for one in sorted(numeric, key=lambda one: (_when(book, one) or UNDATED, one.id)):
        change = float(one.record["change_pct"])
        when = book.dates.text(_when(book, one)) if _when(book, one) else book.t("absent.undated")
        label = f"{when}: {one.claimant}"
        rows.append(
            Row(0, label, one.record["system_place"], change, change, signed_percent(round(change, 1)), is_claim=True)
        )
    return row_plot(rows, (WIDE_ROWS[0], 0), None), row_plot(rows, NARROW_ROWS, None)


def _when(book: Book, claim: Claim) -> str:
    """When a claim was stated; the date of its source where only that is on record."""
    source = book.sources.get(claim.record["source_id"])
    return str(claim.record["stated_on"]) or (source.published if source else "")


def _versions(book: Book, found: Sequence[Claim]) -> list[tuple[Claim, str, bool, Markup, Line]]:
    ordered = sorted(found, key=lambda one: (_when(book, one) or UNDATED, one.id))
    return [
        (
            one,
            _when(book, one),
            not one.record["stated_on"],
            claim_figure(book.t, one.record) or escape("–"),
            line_of(book, one),
        )
        for one in ordered
    ]
