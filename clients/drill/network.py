"""A bad network: which stations have one, when it drops and for how long, which answers it swallows.

Pure: from the person's seed. Times in seconds of the wall clock: networks do not hurry with the drill.
"""

from random import Random

from msgspec import Struct

from clients.drill.person import TEAM, Person

BAD_SHARE = {TEAM: 0.3}
BAD_ELSEWHERE = 0.08
UP = 55.0  # mean
DOWN = (2.0, 12.0)
SWALLOWED = 0.15
ASKS_AGAIN = 2.0


class Network(Struct):
    """`chance` is its own, so that a drop changes nothing of what people do."""

    bad: bool
    chance: Random

    def next_drop(self) -> float | None:
        """Seconds until it drops; None: never."""
        return max(5.0, self.chance.expovariate(1 / UP)) if self.bad else None

    def gone_for(self) -> float:
        return self.chance.uniform(*DOWN)

    def swallows(self) -> bool:
        """Whether this answer gets lost."""
        return self.bad and self.chance.random() < SWALLOWED


def network_of(person: Person) -> Network:
    chance = person.chance("network")
    return Network(chance.random() < BAD_SHARE.get(person.post, BAD_ELSEWHERE), chance)


def reliable() -> Network:
    return Network(False, Random(0))
