"""Where a field team is: a round of a few streets about its home, as a function of time alone.

Streets run along the grid, a team drives a leg and stops a while at its end. WGS-84 degrees.
"""

from math import cos, radians
from random import Random

from msgspec import Struct

LEGS = 8
REACH_M = 1200.0  # how far a leg goes at most
METRE = 1 / 111_320  # degrees of latitude


class Home(Struct, frozen=True):
    """`legs`: corners of the round, each with the ms of the round at which it is reached and left."""

    lon: float
    lat: float
    legs: tuple[tuple[int, int, float, float], ...] = ()
    round_ms: int = 0

    def at(self, now: int) -> dict[str, float]:
        """The position at `now`, as the wire takes it."""
        if not self.legs:
            return {"lon": self.lon, "lat": self.lat}
        clock = now % self.round_ms
        left_at, lon, lat = 0, self.lon, self.lat
        for reached, left, to_lon, to_lat in self.legs:
            if clock < reached:
                way = (clock - left_at) / (reached - left_at)
                lon, lat = lon + (to_lon - lon) * way, lat + (to_lat - lat) * way
                break
            lon, lat = to_lon, to_lat
            if clock < left:
                break
            left_at = left
        return {"lon": round(lon, 6), "lat": round(lat, 6), "accuracy": 8.0}


def home(lon: float, lat: float, chance: Random | None = None) -> Home:
    """Without `chance` one that stays; with it a round that ends where it began."""
    if chance is None:
        return Home(lon, lat)
    clock, east, north = 0, 0.0, 0.0
    legs = []
    for leg in range(LEGS):
        before = (east, north)
        if leg == LEGS - 2:
            east = 0.0
        elif leg == LEGS - 1:
            north = 0.0
        elif leg % 2:
            north = chance.uniform(-REACH_M, REACH_M)
        else:
            east = chance.uniform(-REACH_M, REACH_M)
        metres = abs(east - before[0]) + abs(north - before[1])
        clock += max(1, round(metres / chance.uniform(5.0, 12.0) * 1000))
        reached = clock
        clock += chance.randint(5_000, 40_000)
        legs.append((reached, clock, lon + east * METRE / cos(radians(lat)), lat + north * METRE))
    return Home(lon, lat, tuple(legs), clock)
