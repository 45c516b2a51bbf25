"""Fan-out: one event to N sockets, 200-byte body, websocket and msgpack; µs of server CPU per delivery.

    make bench-fanout ARGS="--clients 5000 --runs 5"

One client asks for it with an `act`, all the others wait for the entry, then the next round begins. Peers:
a bare send() in C of as many bytes, Socket.IO's own server on Node, python-socketio as it comes. `--pid
--port --connects FILE --acts FILE` put a running server in our place, journalled and filtered by audience:
the files hold one packet a line in hex (CONNECT packets with tokens; `act` packets, each with an id of its
own).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from loadtests import rig

ROUNDS = {"stock": 0.25}  # of the rounds of the others: it takes its time


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--deliveries", type=int, default=200_000, help="per run and server")
    parser.add_argument("--only", nargs="*", help="servers to run: pingji bare_send node stock")
    parser.add_argument("--pid", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--connects", type=Path)
    parser.add_argument("--acts", type=Path)
    parser.add_argument("--bytes", type=int, default=rig.entry_size(), help="per message of the bare send")
    return parser.parse_args()


def given_packets(options: argparse.Namespace) -> rig.Packets:
    """Those of the files, for the running server."""
    connects, acts = (
        [bytes.fromhex(line) for line in path.read_text().split()]
        for path in (options.connects, options.acts)
    )
    return rig.Packets(connects, acts)


def main() -> None:
    options = arguments()
    rig.raise_limits()
    commands = rig.commands(options.bytes)
    cpu: dict[str, list[float]] = defaultdict(list)
    p99: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        turns: list[tuple[rig.Server, rig.Sink]] = []
        for name in options.only or commands:
            running = name == "pingji" and options.pid
            server = rig.Server(name, None if running else commands[name], options.pid, options.port)
            stack.callback(server.stop)
            packets = given_packets(options) if running else rig.plain_packets()
            sink = rig.Sink(server, options.clients, packets, options.bytes if name == "bare_send" else 0)
            stack.callback(sink.stop)
            sink.go(3)
            turns.append((server, sink))
        print(f"{'server':<10} {'µs CPU':>8} {'per s':>9} {'p50 ms':>8} {'p99 ms':>8}")
        for _ in range(options.runs):
            for server, sink in turns:
                rounds = max(2, int(options.deliveries * ROUNDS.get(server.name, 1) / options.clients))
                before = server.cpu()
                done = sink.go(rounds)
                cost = (server.cpu() - before) / done["deliveries"] * 1e6
                cpu[server.name].append(cost)
                p99[server.name].append(done["p99_ms"])
                speed = done["deliveries"] / done["seconds"]
                print(
                    f"{server.name:<10} {cost:8.2f} {speed:9.0f} {done['p50_ms']:8.2f} {done['p99_ms']:8.2f}"
                )
    rig.report("fanout", "µs server CPU per delivery", cpu, clients=options.clients)


if __name__ == "__main__":
    main()
