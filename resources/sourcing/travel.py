"""How far and how long. No road network is asked: an intranet has none that is kept up to date in a
flood.

The way is the distance on the ground times a detour: the United States as a whole have 1.4 (Boscoe, Henry and
Zdeb 2012), flat and built-up land less. Speeds are those of loaded convoys on wet roads. An estimate orders
what is near before what is far; the driver's own estimate replaces it.
"""

from math import cos, radians, sqrt

from resources.state import Category
from server.domain.message import Position

DETOUR = 1.35
KM_OF_DEGREE = 111.32
UNKNOWN_MINUTES = 60  # when one end has no position
KM_PER_HOUR: dict[Category, int] = {
    Category.MATERIAL: 35,
    Category.VEHICLE: 45,
    Category.BOAT: 30,  # on a trailer
    Category.PUMP: 30,
    Category.GENERATOR: 30,
    Category.TEAM: 45,
    Category.EXPERT: 45,
    Category.SHELTER: 20,  # people go there
}
LOADING_MINUTES: dict[Category, int] = {
    Category.MATERIAL: 20,
    Category.BOAT: 15,
    Category.PUMP: 10,
    Category.GENERATOR: 10,
}


def km_between(a: Position, b: Position) -> float:
    """Along the ground, not along roads. Exact enough for a district: a degree is taken as a length."""
    wide = (a.lon - b.lon) * cos(radians((a.lat + b.lat) / 2))
    return KM_OF_DEGREE * sqrt(wide * wide + (a.lat - b.lat) ** 2)


def km_by_road(a: Position | None, b: Position | None) -> float | None:
    return None if a is None or b is None else round(km_between(a, b) * DETOUR, 1)


def minutes_for(km: float | None, category: Category) -> int:
    """Loading and driving, whole minutes."""
    driving = UNKNOWN_MINUTES if km is None else km / KM_PER_HOUR[category] * 60
    return LOADING_MINUTES.get(category, 0) + round(driving)
