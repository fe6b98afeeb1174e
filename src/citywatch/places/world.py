"""The shapes of the world map and the projection that put them there, read from ``data/places/world.json``.

The file is drawn by ``tools/map/build.mjs``; the projection is repeated here so that points need no node.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from citywatch.errors import InputError
from citywatch.places.countries import FOLDER

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class Shape:
    """One area of the map.

    Attributes:
        path: SVG path data with the commands M, l, h, v and z; one decimal.
        box: Left, top, right, bottom in units of the map.
    """

    path: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Projection:
    """Equal Earth on a sphere.

    Attributes:
        rotate: Degrees added to every longitude; -11 puts 11 degrees east in the middle.
        scale: Units of the map per radian.
        x: Units from the left edge to the middle meridian.
        y: Units from the top edge to the equator.
    """

    rotate: float
    scale: float
    x: float
    y: float

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Units from the left and the top edge, for degrees north and east.

        Source: Šavrič, Patterson, Jenny (2018), Int. J. Geogr. Inf. Sci. 33, eq. 7 to 9.
        """
        turned = math.radians((longitude + self.rotate + 180) % 360 - 180)
        theta = math.asin(_M * math.sin(math.radians(latitude)))
        square = theta * theta
        sixth = square**3
        east = turned * math.cos(theta) / (_M * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)))
        north = theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
        return self.x + self.scale * east, self.y - self.scale * north


@dataclass(frozen=True, slots=True)
class WorldShapes:
    """The world map without Antarctica.

    Attributes:
        width: Units of the map, left to right.
        height: Units of the map, top to bottom.
        projection: How degrees became units.
        countries: Shape per ISO code. Codes without land of their own on the map are absent: former states, CHI, and
            parts drawn with their country (GLP, GUF, MTQ, MYT, REU with FRA; SJM with NOR; BES with NLD).
        borders: Path data of the lines between areas.
        coast: Path data of the lines between land and water.
        other: Areas without an ISO code of their own, by name.
    """

    width: float
    height: float
    projection: Projection
    countries: Mapping[str, Shape]
    borders: str
    coast: str
    other: Mapping[str, Shape]


@cache
def world_shapes() -> WorldShapes:
    """The map as drawn once; the same object at every call."""
    raw = json.loads((FOLDER / "world.json").read_text(encoding="utf-8"))
    drawn = raw["projection"]
    return WorldShapes(
        width=float(raw["width"]),
        height=float(raw["height"]),
        projection=Projection(float(drawn["rotate"]), float(drawn["scale"]), *map(float, drawn["translate"])),
        countries=_shapes(raw["countries"]),
        borders=raw["borders"],
        coast=raw["coast"],
        other=_shapes(raw["other"]),
    )


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Where a point lies on the world map.

    Args:
        latitude: Degrees north, -90 to 90, WGS 84.
        longitude: Degrees east, -180 to 180, WGS 84.

    Returns:
        Units from the left and the top edge of :func:`world_shapes`; outside the frame for Antarctica.

    Raises:
        InputError: If a coordinate is missing (NaN) or out of range.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise InputError(
            f"point {latitude}, {longitude}: expected degrees north from -90 to 90 and degrees east from -180 to 180; "
            "leave out places without a point"
        )
    return world_shapes().projection.place(latitude, longitude)


def _shapes(raw: Mapping[str, Any]) -> Mapping[str, Shape]:
    return MappingProxyType(
        {name: Shape(area["path"], (*map(float, area["bbox"]),)) for name, area in sorted(raw.items())}  # type: ignore[arg-type]
    )
