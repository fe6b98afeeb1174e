"""The map of the brief as an SVG file: countries by rating, one mark per agreement by vendor group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citywatch import places
from citywatch.publish.brief.facts import Facts
from citywatch.publish.brief.words import plan
from citywatch.tables import split_list

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WorldMap:
    """The drawing and what its caption says.

    Attributes:
        svg: The file.
        edition: Newest edition of the ratings; 0 where there are none.
        drawn: Marks on the map.
        unplaced: Agreements without a point.
    """

    svg: str
    edition: int
    drawn: int
    unplaced: int


def draw_map(facts: Facts, groups: Mapping[str, Sequence[str]]) -> WorldMap:
    """The world with one mark per agreement at its first located place, pushed apart where they overlap.

    Args:
        facts: The release.
        groups: Agreement ids by vendor group; drawn in this order, the last on top.
    """
    style = plan()["map"]
    edition, status = newest_status(facts)
    firsts = first_points(facts)
    marks = [(group, firsts[name]) for group, names in groups.items() for name in names if name in firsts]
    spread = places.spread([point for _, point in marks], style["radius"], style["limit"])
    body = [
        *_land(status, style),
        *(_mark(group, point, style) for (group, _), point in zip(marks, spread, strict=True)),
    ]
    total = sum(len(names) for names in groups.values())
    return WorldMap(_document(body, style), edition, len(marks), total - len(marks))


def newest_status(facts: Facts) -> tuple[int, dict[str, str]]:
    """Newest edition of the ratings and the status of each country in it."""
    rows = facts.rows("freedom")
    if rows is None or rows.empty:
        return 0, {}
    edition = int(rows["edition_year"].max())
    newest = rows[rows["edition_year"] == edition]
    return edition, dict(zip(newest["country_iso3"], newest["status"], strict=True))


def first_points(facts: Facts) -> dict[str, Point]:
    """First located place of each agreement, in units of the map."""
    spots, agreements = facts.rows("places"), facts.rows("agreements")
    if spots is None or agreements is None:
        return {}
    located = spots[spots["latitude"].notna() & spots["longitude"].notna()]
    columns = (located[name] for name in ("place_id", "latitude", "longitude"))
    degrees = {place: (float(north), float(east)) for place, north, east in zip(*columns, strict=True)}
    found = {}
    for name, cell in zip(agreements["agreement_id"], agreements["place_ids"], strict=True):
        first = next((degrees[place] for place in split_list(cell) if place in degrees), None)
        if first is not None:
            found[str(name)] = places.project(*first)
    return found


def _land(status: Mapping[str, str], style: Mapping[str, Any]) -> Iterable[str]:
    shapes = places.world_shapes()
    paths: dict[str, list[str]] = {}
    for code, shape in shapes.countries.items():
        paths.setdefault(status.get(code, ""), []).append(shape.path)
    paths.setdefault("", []).extend(shape.path for shape in shapes.other.values())
    for word, found in sorted(paths.items()):
        yield _path("".join(found), f'fill="{style["fills"].get(word, "url(#none)")}"')
    yield _path(shapes.borders, f'fill="none" stroke="{style["halo"]}" stroke-width="0.5"')
    yield _path(shapes.coast, f'fill="none" stroke="{style["coast"]}" stroke-width="0.35"')


def _path(data: str, attributes: str) -> str:
    return f'<path d="{data}" {attributes}/>'


def _mark(group: str, point: Point, style: Mapping[str, Any]) -> str:
    x, y = round(point[0], 1), round(point[1], 1)
    radius, colour = style["radius"], style["colours"].get(group, style["colours"]["none"])
    outline = f'fill="{colour}" stroke="{style["halo"]}" stroke-width="0.7" paint-order="stroke"'
    if group == "huawei":
        return f'<circle cx="{x}" cy="{y}" r="{radius}" {outline}/>'
    if group == "china":
        r = round(radius * 1.2, 2)
        return _path(f"M{x} {round(y - r, 2)}l{r} {r}l{-r} {r}l{-r} {-r}z", outline)
    if group == "other":
        side = round(radius * 1.74, 2)
        return f'<rect x="{round(x - side / 2, 2)}" y="{round(y - side / 2, 2)}" width="{side}" height="{side}" {outline}/>'
    return f'<circle cx="{x}" cy="{y}" r="{round(radius * 0.85, 2)}" fill="{style["halo"]}" stroke="{colour}" stroke-width="0.9"/>'


def _document(body: Sequence[str], style: Mapping[str, Any]) -> str:
    left, top, width, height = style["frame"]
    hatch = (
        '<defs><pattern id="none" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="4" height="4" fill="{style["halo"]}"/>'
        f'<path d="M0 0V4" stroke="{style["coast"]}" stroke-width="1"/></pattern></defs>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">'
    return "\n".join([head, hatch, *body, "</svg>"]) + "\n"
