"""Which worker carries a room. Pure.

One node: the least loaded, and a room stays where it is. Several nodes with the same workers: each must
find the same worker by itself, so the choice depends on nothing but the room's name and what the workers
that are there announce to clients, which all nodes hear alike however they reach them (highest random
weight: Thaler & Ravishankar 1998); when a worker goes, only its rooms move.
"""

from collections.abc import Mapping
from hashlib import sha256


def least_loaded(loads: Mapping[str, int]) -> str | None:
    """The worker (by address) with the fewest people; the first of equals."""
    return min(loads, key=lambda address: loads[address], default=None)


def agreed(room: str, announced: Mapping[str, str]) -> str | None:
    """What every node chooses that sees these workers; `announced`: by address, what each tells clients."""

    def weight(address: str) -> bytes:
        return sha256(f"{room}\0{announced[address]}".encode()).digest()

    return max(announced, key=weight, default=None)
