"""Cascade: a command to the last of N phones, and the last receipt back at the commander; ms.

    make bench-cascade ARGS="--clients 10000 --runs 5"

One action opens a delivery at each of N teams; each phone gets a frame of its own (the command and its
delivery) and acknowledges at once; each receipt is durable before its reply and told to the commander. One
process holds all clients, so all times are from one clock. Peer: the bare fan-out in C of as many frames of
as many bytes, which decides, journals and distinguishes nothing.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import ExitStack

from loadtests import district, rig
from loadtests.station import Station

BARE_ROUNDS = 10


def frame_size(made: district.District, server: district.Pingji) -> int:
    """Bytes of what one phone hears of a command."""
    phone = Station(server.port, made.phones[0]["token"], "measuring")
    commander = Station(server.port, made.commander, "measuring")
    first = {"units": [made.phones[0]["unit"]]}
    commander.act(made.issue() | {"to": first})
    phone.act({"type": "RaiseDistress"})
    size = phone.size_heard("CommandIssued")
    phone.close()
    commander.close()
    return size


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rig.raise_limits()
    told: dict[str, list[float]] = defaultdict(list)
    back: list[float] = []
    p99: list[float] = []
    cpu: list[float] = []
    with ExitStack() as stack:
        made = stack.enter_context(district.District(options.clients))
        server = made.serve()
        stack.callback(server.stop)
        size = frame_size(made, server)
        bare = rig.Server("bare_send", rig.commands(size)["bare_send"])
        stack.callback(bare.stop)
        crowd = rig.Crowd(server, options.clients, made.packets(made.issue()))
        stack.callback(crowd.stop)
        sink = rig.Sink(bare, options.clients, rig.plain_packets(), size)
        stack.callback(sink.stop)
        print(f"{options.clients} clients, frames of {size} bytes")
        print(f"{'told ms':>9} {'back ms':>9} {'p50 ms':>8} {'p99 ms':>8} {'bare ms':>8} {'µs CPU':>8}")
        for run in range(options.runs + 1):  # the first warms up
            before = rig.settled(server)
            done = crowd.ask(f"cascade {run}")
            assert not done["refused"], done
            cost = (rig.settled(server) - before) / options.clients * 1e6
            peer = sink.go(BARE_ROUNDS)["p50_ms"]
            print(
                f"{done['told_ms']:9.1f} {done['back_ms']:9.1f} {done['p50_ms']:8.1f}"
                f" {done['p99_ms']:8.1f} {peer:8.1f} {cost:8.1f}"
            )
            if run:
                cpu.append(cost)
                told["pingji"].append(done["told_ms"])
                told["bare_send"].append(peer)
                back.append(done["back_ms"])
                p99.append(done["p99_ms"])
    rig.report(
        "cascade",
        "ms until the last has it",
        told,
        clients=options.clients,
        back_ms=rig.median(back),
        p99_ms=rig.median(p99),
        best_ms={name: min(found) for name, found in told.items()},
        cpu_us=rig.median(cpu),  # of the server for a phone's delivery and its receipt, all in all
    )


if __name__ == "__main__":
    main()
