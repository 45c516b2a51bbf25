"""The switch: DeclareEmergency with the typhoon plan until each of N clients is in the emergency; ms.

    make bench-switch ARGS="--clients 10000"

The plan issues its automatic commands in the same entry. Between the runs the commander stands down, closes
the plan's commands and resumes routine. Peer: the bare fan-out in C of as many bytes.
"""

from __future__ import annotations

import argparse
import itertools
from collections import defaultdict
from contextlib import ExitStack

from loadtests import district, rig
from loadtests.station import Station

PLAN = "typhoon-flood"
BARE_ROUNDS = 10


def resume(commander: Station, activation: str) -> None:
    """Back to routine: the plan's commands closed, the switch thrown back."""
    commander.act({"type": "StandDown", "activation": activation, "reason": "警报解除"})
    for number in itertools.count(1):
        try:
            commander.act({"type": "CloseCommand", "command": f"{activation}.{number}"})
        except AssertionError:  # there is no further one
            break
    commander.act({"type": "ResumeRoutine", "activation": activation, "hand_over": {}})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rig.raise_limits()
    told: dict[str, list[float]] = defaultdict(list)
    p99: list[float] = []
    with ExitStack() as stack:
        made = stack.enter_context(district.District(options.clients))
        server = made.serve()
        stack.callback(server.stop)
        phone = Station(server.port, made.phones[0]["token"], "measuring")
        commander = Station(server.port, made.commander, "measuring")
        commander.act(district.declare(PLAN), "first")
        phone.act({"type": "RaiseDistress"})
        size = phone.size_heard("IncidentOpened")
        phone.close()
        resume(commander, "first")
        bare = rig.Server("bare_send", rig.commands(size)["bare_send"])
        stack.callback(bare.stop)
        crowd = rig.Crowd(server, options.clients, made.packets(district.declare(PLAN)))
        stack.callback(crowd.stop)
        sink = rig.Sink(bare, options.clients, rig.plain_packets(), size)
        stack.callback(sink.stop)
        print(f"{options.clients} clients, frames of {size} bytes")
        for run in range(options.runs):
            rig.settled(server)
            done = crowd.ask(f"tell {run}")
            assert not done["refused"], done
            resume(commander, f"c{run:06d}")
            peer = sink.go(BARE_ROUNDS)["p50_ms"]
            print(f"all in the emergency after {done['told_ms']:.1f} ms; bare fan-out {peer:.1f} ms")
            told["pingji"].append(done["told_ms"])
            told["bare_send"].append(peer)
            p99.append(done["p99_ms"])
        commander.close()
    rig.report(
        "switch",
        "ms until every client is in the emergency",
        told,
        clients=options.clients,
        p99_ms=rig.median(p99),
        best_ms={name: min(found) for name, found in told.items()},
    )


if __name__ == "__main__":
    main()
