"""How far and how long. No road network is asked: an intranet has none that is kept up to date in a
flood.

The way is the distance on the ground times a detour: the United States as a whole have 1.4 (Boscoe, Henry and
Zdeb 2012), flat and built-up land less. Speeds are those of loaded convoys on wet roads. An estimate orders
what is near before what is far; the driver's own estimate replaces it.
"""

from collections.abc import Sequence
from math import cos, hypot, radians

import msgspec

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


class Start(msgspec.Struct, frozen=True, gc=False):
    """Where something stands, as the way from there is reckoned."""

    lon: float | None
    lat: float
    half: float  # of the latitude, radians
    wait: int  # minutes before it moves: preparing, loading
    per_km: float  # minutes


def start_of(position: Position | None, category: Category, ready_in: int) -> Start:
    wait = ready_in + LOADING_MINUTES.get(category, 0)
    per_km = 60 / KM_PER_HOUR[category]
    if position is None:
        return Start(None, 0.0, 0.0, wait, per_km)
    return Start(position.lon, position.lat, radians(position.lat) / 2, wait, per_km)


def legs_to(to: Position | None, starts: Sequence[Start]) -> list[tuple[float | None, int]]:
    """Kilometres by road (None: unknown) and whole minutes from each start.

    Along the ground exact enough for a district: a degree is taken as a length. Asked for every place
    and every need, so it is one loop without calls of our own.
    """
    if to is None:
        return [(None, start.wait + UNKNOWN_MINUTES) for start in starts]
    lon, lat, half = to.lon, to.lat, radians(to.lat) / 2
    by_road = KM_OF_DEGREE * DETOUR
    found: list[tuple[float | None, int]] = []
    for start in starts:
        if start.lon is None:
            found.append((None, start.wait + UNKNOWN_MINUTES))
        else:
            km = by_road * hypot((start.lon - lon) * cos(start.half + half), start.lat - lat)
            found.append((km, start.wait + round(km * start.per_km)))
    return found
