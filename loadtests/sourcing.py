"""Sourcing: CPU milliseconds for a proposal of a whole district, 200 needs × 2,000 resources.

    make bench-sourcing ARGS="--needs 200 --resources 2000"

Measured in a process of its own (`tests/resources/sourcing/timing.py`): this one speaks no rule's
language. Peer: the nearest first, need by need, on the same board and with the same reading of it,
reasons and shortfalls; beside the time, what share of the needs each answers, who goes empty-handed, how
many minimums are broken into and how long lifesaving needs wait. Then the same at a quarter and four
times the size, with every resource at a place of its own, and with all of one kind at places of their own,
which is the worst there is: every need can be answered from everywhere. The first proposal of a
process, which pays for the import of the solver, is told apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

from loadtests import rig

KINDS, PLACES = 40, 60


def timed(needs: int, resources: int, kinds: int, places: int, runs: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.resources.sourcing.timing"]
    sizes = [str(size) for size in (needs, resources, kinds, places, runs)]
    done = subprocess.run([*command, *sizes], check=True, capture_output=True, text=True, timeout=600)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--needs", type=int, default=200)
    parser.add_argument("--resources", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    sizes = [
        (asked.needs // 4, asked.resources // 4, KINDS, PLACES),
        (asked.needs, asked.resources, KINDS, PLACES),
        (asked.needs * 4, asked.resources * 4, KINDS, PLACES),
        (asked.needs, asked.resources, KINDS, asked.resources),
        (asked.needs, asked.resources, 1, asked.resources),
    ]
    print("needs  resources  kinds  places  first ms      ms  greedy ms")
    grown, ours = [], {}
    for needs, resources, kinds, places in sizes:
        found = timed(needs, resources, kinds, places, asked.runs)
        ms = found["ms"]
        grown.append(rig.median(ms["pingji"]))
        if (needs, places) == (asked.needs, PLACES):
            ours = found
        print(
            f"{needs:5d} {resources:10d} {kinds:6d} {places:7d} {found['first_ms']:9.0f} {grown[-1]:7.0f}"
            f" {rig.median(ms['greedy']):10.0f}"
        )
        for name, answer in found["told"].items():
            print(f"      {name:7} " + "  ".join(f"{word} {value}" for word, value in answer.items()))
    rig.report("sourcing", "ms", ours["ms"], first=ours["first_ms"], told=ours["told"], grown=grown)


if __name__ == "__main__":
    main()
