"""Memory: KiB of resident memory of the server per connected client, all of it.

    make bench-memory ARGS="--clients 5000"

A fresh server each run; its resident memory before the first client and after all are in and have heard ten
entries.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

from loadtests import rig


def per_client(name: str, command: list[str], clients: int) -> float:
    """KiB."""
    server = rig.Server(name, command)
    try:
        before = server.resident()
        sink = rig.Sink(server, clients, rig.plain_packets())
        try:
            sink.go(10)
            return (server.resident() - before) / clients
        finally:
            sink.stop()
    finally:
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rig.raise_limits()
    commands = rig.commands(0)
    del commands["bare_send"]
    values: dict[str, list[float]] = defaultdict(list)
    for _ in range(options.runs):
        for name, command in commands.items():
            values[name].append(per_client(name, command, options.clients))
            print(f"{name:<10} {values[name][-1]:8.2f} KiB per client   {options.clients} clients")
    rig.report("memory", "KiB resident per connected client", values, clients=options.clients)


if __name__ == "__main__":
    main()
