"""Growth: what start, delivery and receipt cost at 1, 4 and 16 times the size.

    make bench-growth ARGS="--clients 2000 --entries 2000"

- start: seconds from the process to the first answer after a SIGKILL, at so many journalled entries and 4
  and 16 times as many: flat, because of snapshots (the last one and what was told since are read).
- delivery, receipt: µs of server CPU at a sixteenth and a quarter of the clients and at all of them.
The value is the worst factor from the smallest to the largest size.
"""

from __future__ import annotations

import argparse
from statistics import median

from loadtests import district, rig
from loadtests.station import Station

STEPS = (1, 4, 16)
STARTS = 2


def starts(entries: int) -> list[float]:
    """Seconds to start with a journal of so many entries, and 4 and 16 times as many."""
    found = []
    with district.District(1) as made:
        server = made.serve("--rate", "1000000")
        incident, _ = made.emergency(server)
        journalled = 0
        for step in STEPS:
            commander = Station(server.port, made.commander, "writing")
            commander.act_all(district.inform(incident) for _ in range(entries * step - journalled))
            commander.close()
            journalled = entries * step
            rig.settled(server)
            taken = []
            for _ in range(STARTS):
                server.stop()
                server = made.serve("--rate", "1000000")
                taken.append(server.seconds_to_start)
            found.append(median(taken))
            print(f"start   {journalled:7d} entries {found[-1]:8.3f} s")
        server.stop()
    return found


def costs(clients: int, runs: int) -> tuple[float, float]:
    """µs of server CPU per delivery and per receipt."""
    with district.District(clients) as made:
        server = made.serve("--rate", "100000")
        incident, _ = made.emergency(server)
        try:
            rounds = max(4, 40_000 // clients)
            sink = rig.Sink(server, clients, made.listeners(incident, rounds + 3))
            sink.go(3)
            before = rig.settled(server)
            done = sink.go(rounds)
            delivery = (rig.settled(server) - before) / done["deliveries"] * 1e6
            sink.stop()
            crowd = rig.Crowd(server, clients, made.packets(made.issue()))
            receipts = []
            for run in range(runs):
                crowd.ask(f"tell {run}")
                before = rig.settled(server)
                crowd.ask(f"acks {run}")
                receipts.append((rig.settled(server) - before) / clients * 1e6)
            crowd.stop()
            return delivery, median(receipts)
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000, help="the largest size")
    parser.add_argument("--entries", type=int, default=2000, help="the smallest journal")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rig.raise_limits()
    start = starts(options.entries)
    delivery, receipt = [], []
    for step in STEPS:
        clients = options.clients * step // STEPS[-1]
        one, other = costs(clients, options.runs)
        delivery.append(one)
        receipt.append(other)
        print(f"clients {clients:7d}   {one:8.2f} µs per delivery {other:8.2f} µs per receipt")
    factors = {
        name: round(found[-1] / found[0], 3)
        for name, found in (("start", start), ("delivery", delivery), ("receipt", receipt))
    }
    rig.report(
        "growth",
        "worst factor of cost from 1x to 16x",
        {"pingji": [max(factors.values())]},
        factors=factors,
        start_s=[round(one, 3) for one in start],
        delivery_us=[round(one, 2) for one in delivery],
        receipt_us=[round(one, 2) for one in receipt],
    )


if __name__ == "__main__":
    main()
