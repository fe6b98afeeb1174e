"""Places: the list of countries, the shapes of the world map, and where a point lies on it."""

from citywatch.places.countries import COUNTRIES, countries, country_codes, country_name, country_slug
from citywatch.places.gazetteer import Gazetteer
from citywatch.places.names import Place
from citywatch.places.sifting import Mention
from citywatch.places.spread import Spread, spread
from citywatch.places.world import Projection, Shape, WorldShapes, project, world_shapes

__all__ = [
    "COUNTRIES",
    "Gazetteer",
    "Mention",
    "Place",
    "Projection",
    "Shape",
    "Spread",
    "WorldShapes",
    "countries",
    "country_codes",
    "country_name",
    "country_slug",
    "project",
    "spread",
    "world_shapes",
]
