"""The home page: what this is, three findings with their intervals, the map, published against rebuilt, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from citywatch import places
from citywatch.publish.atlas import MARK_RADIUS, PHONE_SCALE, SPREAD_LIMIT, marks
from citywatch.publish.settings import settings
from citywatch.publish.views.book import Book
from citywatch.publish.views.charts import Charts
from citywatch.publish.views.countries import lines
from citywatch.publish.views.findings import Questions, ShareView
from citywatch.publish.views.rows import Claim, Page

INCOME_ORDER = ("H", "UM", "LM", "L")
FREEDOM_ORDER = ("F", "PF", "NF")


@dataclass(frozen=True, slots=True)
class Headline:
    """One finding of the home page."""

    view: ShareView
    href: str
    say: str
    not_covered: str


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A published figure beside ours."""

    label: str
    figure_key: str
    view: ShareView


@dataclass(frozen=True, slots=True)
class Land:
    """One country on the map, with a class per shading indicator."""

    name: str
    href: str
    path: str
    css: str


@dataclass(frozen=True, slots=True)
class Shade:
    """The key of one shading indicator: CSS class and words per step."""

    name: str
    steps: tuple[tuple[str, str], ...]


def pages(book: Book) -> Iterator[Page]:
    """The home page."""
    charts = book.keep(Charts)
    questions = book.keep(Questions)
    found = book.keep(lines)
    counted = [line for line in found if line.country.is_eligible or line.total]
    tops = sorted(found, key=lambda line: -line.total)[: settings()["home_countries"]]
    rebuilt, inside = _published(book, questions)
    scenario = _scenario(book)
    headlines = _headlines(book, questions)
    claims = sorted(book.claims.values(), key=lambda claim: (_undecided(book, claim), -claim.stated, claim.id))
    flags = ("is_area_stated", "is_period_stated", "is_source_stated")
    world = places.world_shapes()
    yield Page(
        "index.html",
        "home.html.j2",
        book.t("home.title"),
        book.t("home.description"),
        "home",
        {
            "scenario": scenario if headlines else None,
            "headlines": headlines,
            "groups": book.group_counts,
            "circular": sum(one.is_circular for one in book.agreements.values())
            if "agreements_circular" in book.counts
            else 0,
            "land": _land(book, charts),
            "other_land": [shape.path for shape in world.other.values()],
            "borders": world.borders,
            "coast": world.coast,
            "marks": marks(book),
            "phone_marks": marks(book, MARK_RADIUS * PHONE_SCALE, SPREAD_LIMIT * PHONE_SCALE),
            "shades": _shades(book),
            "years": _years(book),
            "regions": Counter(
                one.country.region for one in book.agreements.values() if one.country.region
            ).most_common(),
            "tops": tops,
            "states": Counter(line.state for line in counted),
            "published": rebuilt,
            "inside": inside,
            "totals": book.findings.get("published_totals", {}),
            "claims": claims[: settings()["home_claims"]],
            "full": sum(all(claim.record[flag] == "yes" for flag in flags) for claim in claims),
        },
    )


def _undecided(book: Book, claim: Claim) -> bool:
    verdict = book.verdicts.get(claim.id)
    return verdict is None or verdict["verdict"] == "cannot_be_checked"


def _scenario(book: Book) -> Mapping[str, Any] | None:
    wanted = settings()["home_scenario"]
    return next((row for row in book.findings.get("scenarios", ()) if row["id"] == wanted), None)


def _headlines(book: Book, questions: Questions) -> list[Headline]:
    found = []
    for wanted in settings()["home_findings"]:
        for question in questions.all:
            if (question.scenario, question.dimension) != (settings()["home_scenario"], wanted["dimension"]):
                continue
            share = next((s for s in question.main["shares"] if s["category"] == wanted["category"]), None)
            if share is None or not share.get("base"):
                continue
            key = f"say.{wanted['dimension']}.{wanted['category']}"
            view = questions.view(share, questions.group(question.main))
            say = key if key in book.t else "say.other"
            found.append(Headline(view, question.href, say, question.main["not_covered"]))
    return found


def _published(book: Book, questions: Questions) -> tuple[list[Rebuilt], int]:
    shares = {
        share["key"]: (share, finding) for finding in book.findings.get("findings", ()) for share in finding["shares"]
    }
    main = next((rule["id"] for rule in book.findings.get("rules", ())), "")
    found, inside = [], 0
    for figure in book.findings.get("published", ()):
        rebuilt = figure["rebuilt"].get(main)
        if rebuilt and rebuilt["key"] in shares:
            share, finding = shares[rebuilt["key"]]
            found.append(Rebuilt(figure["label"], figure["key"], questions.view(share, questions.group(finding))))
            inside += bool(figure["inside_interval"].get(main))
    return found, inside


def _land(book: Book, charts: Charts) -> list[Land]:
    found = []
    for code, shape in places.world_shapes().countries.items():
        country = book.countries.get(code)
        name = country.name if country else book.country_name(code)
        found.append(Land(name, country.href if country else "", shape.path, _css(charts, code)))
    return found


def _css(charts: Charts, code: str) -> str:
    freedom = charts.freedom_now(code)[0] or "x"
    income = charts.income_now(code)[0] or "x"
    democracy = charts.democracy_now(code)[0]
    edges = settings()["democracy_steps"]
    step = "x" if democracy is None else str(1 + sum(democracy >= edge for edge in edges))
    return f"f-{freedom} i-{income} d-{step}"


def _years(book: Book) -> dict[str, str]:
    return {
        name: str(int(book.release.table(table)[column].max()))
        for name, table, column in (
            ("freedom", "freedom", "edition_year"),
            ("income", "income", "fiscal_year"),
            ("democracy", "democracy", "year"),
        )
        if len(book.release.table(table))
    }


def _shades(book: Book) -> list[Shade]:
    t = book.t
    edges = settings()["democracy_steps"]
    spans = list(zip([0, *edges], [*edges, 1], strict=True))
    steps = tuple((f"d-{4 - n}", f"{low:g}–{high:g}") for n, (low, high) in enumerate(reversed(spans)))
    return [
        Shade("freedom", tuple((f"f-{word}", str(t(f"freedom.{word}"))) for word in FREEDOM_ORDER)),
        Shade("income", tuple((f"i-{word}", str(t(f"income.{word}"))) for word in INCOME_ORDER)),
        Shade("democracy", steps),
    ]
