"""Memory: KiB of resident memory of the server per connected client, all of it.

    make bench-memory ARGS="--clients 5000"

Ours is the whole `pingji serve`. A fresh server each run; its resident memory before the first client and
after all are in and have heard ten entries.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

from loadtests import district, rig

ENTRIES = 10


def per_client(server: rig.Server, clients: int, packets: rig.Packets) -> float:
    """KiB."""
    try:
        before = server.resident()
        sink = rig.Sink(server, clients, packets)
        try:
            sink.go(ENTRIES)
            return (server.resident() - before) / clients
        finally:
            sink.stop()
    finally:
        server.stop()


def ours(clients: int) -> float:
    with district.District(clients) as made:
        server = made.serve("--rate", "100000")
        incident, _ = made.emergency(server)
        return per_client(server, clients, made.listeners(incident, ENTRIES))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rig.raise_limits()
    values: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.runs):
        values["pingji"].append(ours(options.clients))
        for name in ("node", "stock"):
            server = rig.Server(name, rig.commands(0)[name])
            values[name].append(per_client(server, options.clients, rig.plain_packets()))
        for name, found in values.items():
            print(f"{name:<10} {found[-1]:8.2f} KiB per client   {options.clients} clients")
    rig.report("memory", "KiB resident per connected client", values, clients=options.clients)


if __name__ == "__main__":
    main()
