"""Fan-out: one event of about 200 bytes to N sockets, websocket and msgpack; µs of server CPU per delivery.

    make bench-fanout ARGS="--clients 2000 --runs 5"

Ours is the whole `pingji serve`: the commander changes an incident's facts, which is decided, journalled
durably, filtered by audience and published; phones of as many teams wait for the entry, then the next round
begins. Peers: a bare send() in C of as many bytes, Socket.IO's own server on Node, python-socketio as it
comes. `sockets` among `--only` is our socket layer alone.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import ExitStack

from loadtests import district, rig

ROUNDS = {"stock": 0.05}  # of the rounds of the others: it takes its time
WARM_UP = 5


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--deliveries", type=int, default=200_000, help="per run and server")
    servers = ["pingji", "bare_send", "node", "stock"]
    parser.add_argument("--only", nargs="*", default=servers, help="servers to run, or sockets")
    return parser.parse_args()


def rounds_of(name: str, options: argparse.Namespace) -> int:
    return max(2, int(options.deliveries * ROUNDS.get(name, 1) / options.clients))


def start(stack: ExitStack, options: argparse.Namespace) -> list[tuple[rig.Server, rig.Sink]]:
    """The servers, ours first: it tells how many bytes the others have to send."""
    made = stack.enter_context(district.District(options.clients))
    ours = made.serve("--rate", "100000")
    stack.callback(ours.stop)
    incident, size = made.emergency(ours)
    turns: list[tuple[rig.Server, rig.Sink]] = []
    for name in options.only:
        server: rig.Server = ours
        packets = rig.plain_packets(rig.body_of(size))
        if name == "pingji":
            packets = made.listeners(incident, options.runs * rounds_of(name, options) + WARM_UP)
        else:
            server = rig.Server(name, rig.commands(size)[name])
            stack.callback(server.stop)
        sink = rig.Sink(server, options.clients, packets, size if name == "bare_send" else 0)
        stack.callback(sink.stop)
        sink.go(WARM_UP)
        turns.append((server, sink))
    print(f"{options.clients} clients, frames of {size} bytes")
    return turns


def main() -> None:
    options = arguments()
    rig.raise_limits()
    cpu: dict[str, list[float]] = defaultdict(list)
    p99: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        turns = start(stack, options)
        print(f"{'server':<10} {'µs CPU':>8} {'per s':>9} {'p50 ms':>8} {'p99 ms':>8}")
        for _ in range(options.runs):
            for server, sink in turns:
                before = rig.settled(server)
                done = sink.go(rounds_of(server.name, options))
                cost = (rig.settled(server) - before) / done["deliveries"] * 1e6
                cpu[server.name].append(cost)
                p99[server.name].append(done["p99_ms"])
                speed = done["deliveries"] / done["seconds"]
                print(
                    f"{server.name:<10} {cost:8.2f} {speed:9.0f} {done['p50_ms']:8.2f} {done['p99_ms']:8.2f}"
                )
    rig.report(
        "fanout",
        "µs server CPU per delivery",
        cpu,
        clients=options.clients,
        p99_ms={name: rig.median(found) for name, found in p99.items()},
    )


if __name__ == "__main__":
    main()
