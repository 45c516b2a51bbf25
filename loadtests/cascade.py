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
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

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


TITLES = (
    "told ms", "p50 ms", "p99 ms", "answering", "back ms", "bare ms", "µs told", "bare µs", "µs CPU",
)  # fmt: skip


@dataclass
class Run:
    """One command told to all, one answered by all, and the peer's bare sending of as much."""

    told: float
    p50: float
    p99: float
    answering: float
    back: float
    bare: float
    told_cpu: float
    bare_cpu: float
    cpu: float

    def __str__(self) -> str:
        return " ".join(f"{one:9.1f}" for one in vars(self).values())


def measure(
    number: int, clients: int, server: rig.Server, crowd: rig.Crowd, bare: rig.Server, sink: rig.Sink
) -> Run:
    def cost(before: float) -> float:
        """µs of processor time for each client."""
        return (rig.settled(server) - before) / clients * 1e6

    before = rig.settled(server)
    listened = crowd.ask(f"tell {2 * number}")
    telling = cost(before)
    assert not listened["refused"], listened
    before = rig.settled(server)
    done = crowd.ask(f"cascade {2 * number + 1}")
    assert not done["refused"], done
    answering = cost(before)
    before = bare.cpu()
    peer = sink.go(BARE_ROUNDS)["p50_ms"]
    sending = (bare.cpu() - before) / clients / BARE_ROUNDS * 1e6
    return Run(
        told=listened["told_ms"],
        p50=listened["p50_ms"],
        p99=listened["p99_ms"],
        answering=done["told_ms"],
        back=done["back_ms"],
        bare=peer,
        told_cpu=telling,
        bare_cpu=sending,
        cpu=answering,
    )


def tell(runs: Sequence[Run], clients: int) -> None:
    def of(name: str) -> list[float]:
        return [getattr(run, name) for run in runs]

    told = {"pingji": of("told"), "bare_send": of("bare")}
    told_cpu = {"pingji": of("told_cpu"), "bare_send": of("bare_cpu")}
    rig.report(
        "cascade",
        "ms until the last has it",
        told,
        clients=clients,
        answering_ms=rig.median(of("answering")),
        back_ms=rig.median(of("back")),
        p99_ms=rig.median(of("p99")),
        best_ms={name: min(found) for name, found in told.items()},
        told_cpu_us={name: rig.median(found) for name, found in told_cpu.items()},
        cpu_us=rig.median(of("cpu")),  # of the server for a phone's delivery and its receipt, all in all
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rig.raise_limits()
    runs: list[Run] = []
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
        print(" ".join(f"{title:>9}" for title in TITLES))
        for number in range(options.runs + 1):  # the first warms up
            run = measure(number, options.clients, server, crowd, bare, sink)
            print(run)
            if number:
                runs.append(run)
    tell(runs, options.clients)


if __name__ == "__main__":
    main()
