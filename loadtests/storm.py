"""The storm: all N clients drop and come back with their cursors at once; seconds until all have what they
missed.

    make bench-storm ARGS="--clients 5000"

While they are away the commander tells three things. Ours is the whole `pingji serve`: each client that
comes back is an HTTP upgrade, a session looked up, its rights and scope as they are now, the missed entries
of its audiences, the head. Printed beside it: how many got a snapshot instead, the SQL statements that
SQLite began meanwhile (all of the process: history, presence and polls too), server CPU per client. Peer:
Socket.IO's own server on Node with connection state recovery, which looks nothing up.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests import district, rig

MISSED = 3


def started(stack: ExitStack, clients: int, counter: Path) -> list[tuple[rig.Server, rig.Crowd]]:
    """Ours and Node's, their clients in."""
    made = stack.enter_context(district.District(clients))
    preload = {"LD_PRELOAD": rig.compiled("count_sql", "-shared", "-fPIC"), "COUNT_SQL": str(counter)}
    ours = made.serve("--rate", "100000", environment=os.environ | preload)
    stack.callback(ours.stop)
    incident, _ = made.emergency(ours)
    node = rig.Server("node", [*rig.commands(0)["node"], "recovery"])
    stack.callback(node.stop)
    turns = []
    for server, packets in (
        (ours, made.packets(district.inform(incident))),
        (node, rig.plain_crowd(clients)),
    ):
        crowd = rig.Crowd(server, clients, packets)
        stack.callback(crowd.stop)
        turns.append((server, crowd))
    return turns


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rig.raise_limits()
    seconds: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    statements: list[float] = []
    with ExitStack() as stack:
        counter = Path(stack.enter_context(TemporaryDirectory())) / "statements"
        turns = started(stack, options.clients, counter)
        for run in range(options.runs):
            for server, crowd in turns:
                crowd.ask(f"tell {run * 10}")
                crowd.ask("drop")
                rig.settled(server)
                for number in range(MISSED):
                    crowd.ask(f"tell {run * 10 + 1 + number}")
                before = rig.settled(server)
                begun = int.from_bytes(counter.read_bytes(), "little")
                done = crowd.ask(f"back {MISSED}")
                begun = int.from_bytes(counter.read_bytes(), "little") - begun
                cost = (rig.settled(server) - before) / options.clients * 1e6
                seconds[server.name].append(done["seconds"])
                cpu[server.name].append(cost)
                told = f"; {begun} SQL statements" if server.name == "pingji" else ""
                print(
                    f"{server.name:<10} all synced after {done['seconds']:.2f} s, p50 {done['p50_ms']:.0f} ms"
                    f", {done['resets']} snapshots, {cost:.0f} µs CPU per client{told}"
                )
                if server.name == "pingji":
                    statements.append(begun)
    rig.report(
        "storm",
        "seconds until all are synced",
        seconds,
        clients=options.clients,
        best_s={name: min(found) for name, found in seconds.items()},
        statements=rig.median(statements),
        cpu_us={name: rig.median(found) for name, found in cpu.items()},
    )


if __name__ == "__main__":
    main()
