"""Times sourcing on an invented district, for `make bench-sourcing`; prints one JSON object.

    python -m tests.resources.sourcing.timing NEEDS RESOURCES KINDS PLACES RUNS

Needs of all priorities, some of the kinds scarce. A fresh process: the first run pays for the import of
the solver, and is told apart. CPU milliseconds of the thread that asks.
"""

import json
import sys
import time
from random import Random

from resources.sourcing.greedy import nearest_first
from resources.sourcing.proposal import Proposal, Reason
from resources.sourcing.propose import optimal, propose
from resources.state import INDIVIDUAL, Board, Category, NeedPriority
from server.domain.message import Position
from tests.resources.sourcing.boards import NOW, ask, stock
from tests.resources.sourcing.boards import board as build


def district(
    needs: int, resources: int, kinds: int, places: int, seed: int = 1
) -> tuple[Board, dict[str, Position]]:
    """As large as it is asked to be, on the extent of the sample district."""
    chance = Random(seed)

    def anywhere() -> Position:
        return Position(
            lon=round(chance.uniform(121.0, 121.45), 5), lat=round(chance.uniform(30.7, 30.93), 5)
        )

    categories = list(Category)
    units = {f"U{number}": anywhere() for number in range(19)}
    depots = [(f"库{number}", chance.choice(list(units)), anywhere()) for number in range(places)]
    names = [f"类{number}" for number in range(kinds)]
    made = build(*((name, categories[number % len(categories)], "件") for number, name in enumerate(names)))
    single = {name for name, kind in made.kinds.items() if kind.category in INDIVIDUAL}
    for number in range(resources):
        depot, owner, where = chance.choice(depots)
        kind = chance.choice(names)
        many = 1 if kind in single else chance.randint(10, 2000)
        facts = {"owner": owner, "depot": depot, "position": where, "ready_in": chance.choice([0, 0, 10, 30])}
        stock(
            made,
            f"R{number:05}",
            kind,
            many,
            **facts,
            minimum=chance.choice([0, 1] if many == 1 else [0, 50]),
        )
    for number in range(needs):
        at = chance.randrange(kinds)
        many = chance.randint(1, 12) if names[at] in single else chance.randint(20, 8000)
        other = (names[(at + len(categories)) % kinds],) if chance.random() < 0.4 and kinds > 8 else ()
        ask(
            made,
            f"N{number:04}",
            names[at],
            many,
            chance.choice(list(NeedPriority)),
            anywhere(),
            substitutes=other,
        )
    return made, units


def told(proposal: Proposal, board: Board) -> dict[str, float]:
    """Shares answered (1: in full), who gets nothing, minimums broken, how long lifesaving waits."""
    share = dict.fromkeys(board.requests, 0.0)
    waits, broken = 0.0, set()
    for line in proposal.lines:
        need = board.requests[line.request].need
        part = line.quantity / need.quantity
        share[line.request] += part
        waits += line.minutes * part if need.priority is NeedPriority.LIFESAVING else 0
        if Reason.BREAKS_RESERVE in line.reasons:
            broken.add((line.kind, line.owner, board.resources[line.resource].facts.depot))
    life = [id for id, r in board.requests.items() if r.need.priority is NeedPriority.LIFESAVING]
    return {
        "lifesaving_share": round(sum(share[id] for id in life) / max(1, len(life)), 4),
        "share": round(sum(share.values()) / len(share), 4),
        "empty_handed": sum(not got for got in share.values()),
        "minimums_broken": len(broken),
        "lifesaving_minutes": round(waits / max(1, len(life)), 1),
    }


def main() -> None:
    needs, resources, kinds, places, runs = map(int, sys.argv[1:6])
    board, units = district(needs, resources, kinds, places)
    spent: dict[str, list[float]] = {"pingji": [], "greedy": []}
    result = {}
    for _ in range(runs + 1):
        for name, assign in (("pingji", optimal), ("greedy", nearest_first)):
            before = time.thread_time()
            proposal = propose(board, units, NOW, assign)
            spent[name].append((time.thread_time() - before) * 1e3)
            result[name] = told(proposal, board)
    first = round(spent["pingji"][0], 1)
    print(json.dumps({"ms": {n: found[1:] for n, found in spent.items()}, "first_ms": first, "told": result}))


if __name__ == "__main__":
    main()
