"""Receipts: N phones acknowledge one command at once; µs of server CPU per receipt, ms until the reply.

    make bench-receipts ARGS="--clients 2000 --runs 5"

Ours is the whole `pingji serve`: each receipt is decided, journalled durably before its reply, published to
the phone and to the commander, and kept in the history; all of it is counted, also what is done after the
last reply. `answered` is the part until then. The peers (Socket.IO's own server on Node, python-socketio as
it comes) acknowledge an event and do nothing else: no durability, no publishing. Each run is one command to
all.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import ExitStack

from loadtests import district, rig


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["pingji", "node", "stock"], help="servers to run")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    rig.raise_limits()
    total: dict[str, list[float]] = defaultdict(list)
    answered: list[float] = []
    p99: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        turns: list[tuple[rig.Server, rig.Crowd]] = []
        for name in options.only:
            packets = rig.plain_crowd(options.clients)
            if name == "pingji":
                made = stack.enter_context(district.District(options.clients))
                server: rig.Server = made.serve()
                packets = made.packets(made.issue())
            else:
                server = rig.Server(name, rig.commands(0)[name])
            stack.callback(server.stop)
            crowd = rig.Crowd(server, options.clients, packets)
            stack.callback(crowd.stop)
            turns.append((server, crowd))
        print(f"{'server':<10} {'µs CPU':>8} {'answered':>9} {'per s':>9} {'p50 ms':>8} {'p99 ms':>8}")
        for run in range(options.runs + 1):  # the first warms up
            for server, crowd in turns:
                crowd.ask(f"tell {run}")
                before = rig.settled(server)
                done = crowd.ask(f"acks {run}")
                assert not done["refused"], done
                until_reply, whole = (
                    (cpu - before) / options.clients * 1e6 for cpu in (server.cpu(), rig.settled(server))
                )
                speed = options.clients / done["seconds"]
                print(
                    f"{server.name:<10} {whole:8.2f} {until_reply:9.2f} {speed:9.0f}"
                    f" {done['p50_ms']:8.1f} {done['p99_ms']:8.1f}"
                )
                if run:
                    total[server.name].append(whole)
                    p99[server.name].append(done["p99_ms"])
                    if server.name == "pingji":
                        answered.append(until_reply)
    rig.report(
        "receipts",
        "µs server CPU per receipt",
        total,
        clients=options.clients,
        answered=rig.median(answered),
        p99_ms={name: rig.median(found) for name, found in p99.items()},
    )


if __name__ == "__main__":
    main()
