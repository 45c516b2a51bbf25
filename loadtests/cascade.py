"""Cascade: a command to the last of N phones, and the last receipt back at the commander; ms.

    make bench-cascade ARGS="--clients 10000 --runs 5"

One action opens a delivery at each of N teams; each phone gets a frame of its own (the command and its
delivery). Told: phones that listen, as the peer's do. Then the same with phones that acknowledge at once,
each receipt durable before its reply and told to the commander (`answering` is the same time with these,
which share our cores with the server; `back` is the last receipt). One process holds all clients, so all
times are from one clock; `µs told` is the server's CPU for a phone that is told, `µs CPU` for one that also
answers, all in all. Peer: the bare fan-out in C of as many frames of as many bytes, which decides,
journals and distinguishes nothing.
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
    answering: list[float] = []
    back: list[float] = []
    p99: list[float] = []
    cpu: list[float] = []
    told_cpu: dict[str, list[float]] = defaultdict(list)
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
        titles = (
            "told ms",
            "p50 ms",
            "p99 ms",
            "answering",
            "back ms",
            "bare ms",
            "µs told",
            "bare µs",
            "µs CPU",
        )
        print(" ".join(f"{title:>9}" for title in titles))
        for run in range(options.runs + 1):  # the first warms up
            before = rig.settled(server)
            listened = crowd.ask(f"tell {2 * run}")
            telling = (server.cpu() - before) / options.clients * 1e6
            assert not listened["refused"], listened
            before = rig.settled(server)
            done = crowd.ask(f"cascade {2 * run + 1}")
            assert not done["refused"], done
            cost = (rig.settled(server) - before) / options.clients * 1e6
            before = bare.cpu()
            peer = sink.go(BARE_ROUNDS)["p50_ms"]
            sending = (bare.cpu() - before) / options.clients / BARE_ROUNDS * 1e6
            times = [listened["told_ms"], listened["p50_ms"], listened["p99_ms"], done["told_ms"]]
            times += [done["back_ms"], peer, telling, sending, cost]
            print(" ".join(f"{one:9.1f}" for one in times))
            if run:
                cpu.append(cost)
                told_cpu["pingji"].append(telling)
                told_cpu["bare_send"].append(sending)
                told["pingji"].append(listened["told_ms"])
                answering.append(done["told_ms"])
                told["bare_send"].append(peer)
                back.append(done["back_ms"])
                p99.append(listened["p99_ms"])
    rig.report(
        "cascade",
        "ms until the last has it",
        told,
        clients=options.clients,
        answering_ms=rig.median(answering),
        back_ms=rig.median(back),
        p99_ms=rig.median(p99),
        best_ms={name: min(found) for name, found in told.items()},
        told_cpu_us={name: rig.median(found) for name, found in told_cpu.items()},
        cpu_us=rig.median(cpu),  # of the server for a phone's delivery and its receipt, all in all
    )


if __name__ == "__main__":
    main()
