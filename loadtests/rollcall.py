"""Roll call: 238 people in one room of one media worker; loss, CPU, and when everybody has their pictures.

    make bench-rollcall ARGS="--people 238 --calls 10"

Each sends a camera (simulcast, the layers the worker asks for) and a microphone, and receives the stage
(360 lines), eight thumbnails (180 lines) and three voices: about 330 packets a second each. Three speak,
the others send the silence of Opus DTX. The stage goes from site to site as they are called.

What shares the machine with the worker: the load, two processes of 119 peers with real ICE, DTLS and SRTP.
They decrypt only what tells them of a first picture, and look at their sockets every 10 ms; so times are
exact to 10 ms, and the worker's CPU is its own. Loss is by the numbers of what came: a datagram the
kernel dropped anywhere counts, and so does one the load was too slow to fetch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loadtests import rig
from loadtests.media import Load, Worker, end_in_order
from loadtests.media_crowd import name_of

CROWDS = 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=238)
    parser.add_argument("--calls", type=int, default=10, help="sites that get the stage, one after another")
    parser.add_argument("--each", type=float, default=3.0, help="seconds on the stage")
    parser.add_argument("--seconds", type=float, default=10.0, help="measured before the stage moves")
    return parser.parse_args()


class RollCall:
    """The worker, the crowds, and the room as the gateway would say it."""

    def __init__(self, stack: ExitStack, people: int) -> None:
        self.total = people
        worker = Worker(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pingji-rollcall-"))))
        stack.callback(worker.stop)
        self.crowds: list[Load] = []
        for at in range(CROWDS):
            first, end = people * at // CROWDS, people * (at + 1) // CROWDS
            numbers = [str(first), str(end - first), str(people)]
            self.crowds.append(Load("media_crowd", str(worker.socket), str(worker.pid), *numbers))
            stack.callback(self.crowds[-1].stop)
        self._seq = 0

    def stage(self, number: int) -> float:
        """Gives somebody the stage; answers when."""
        self._seq += 1
        people = {
            name_of(n): {"devices": [name_of(n)], "may": ["audio", "camera"]} for n in range(self.total)
        }
        room = {"seq": self._seq, "people": people, "stage": [name_of(number), name_of(0), name_of(1)]}
        return float(self.crowds[0].ask(room=room)["at"])

    def ask(self, **order: Any) -> list[dict[str, Any]]:
        """All crowds at once."""
        for crowd in self.crowds:
            crowd.send(**order)
        return [crowd.answer() for crowd in self.crowds]

    def measure(self, seconds: float) -> dict[str, float]:
        before = self.ask(mark=True)
        time.sleep(seconds)
        after = self.ask(mark=True)

        def grown(what: str) -> float:
            return float(sum(b[what] - a[what] for a, b in zip(before, after, strict=True)))

        passed = after[0]["at"] - before[0]["at"]
        cpu = after[0]["cpu"] - before[0]["cpu"]
        return {
            "us": cpu / max(1.0, grown("came")) * 1e6,
            "per_s": grown("came") / passed,
            "in_per_s": grown("out") / passed,
            "cpu": cpu / passed,
            "load": grown("load") / passed,
            "lost": grown("lost"),
            "loss": grown("lost") / max(1.0, grown("came")),
            "slowest_turn_ms": max(each["slowest_turn_ms"] for each in after),
        }


def spread(values: list[float]) -> str:
    ordered = sorted(values)
    if not ordered:
        return "nobody"
    return f"{ordered[len(ordered) // 2]:.2f} s, p99 {ordered[len(ordered) * 99 // 100]:.2f} s"


def joined(call: RollCall) -> dict[str, float]:
    """Everybody comes at once."""
    began = time.monotonic()
    again = sum(each["again"] for each in call.ask(join=True))
    connected = time.monotonic() - began
    done = call.ask(pictures=20)
    stage = [had - asked for each in done for asked, had in each["stage"]]
    pictures = [had - asked for each in done for asked, had in each["all"]]
    waiting = sum(each["waiting"] for each in done)
    everybody = max((had for each in done for _, had in each["all"]), default=began) - began
    print(f"{call.total} joined in {connected:.1f} s, {again} offered twice; offer → stage {spread(stage)}")
    print(f"offer → stage and all thumbnails {spread(pictures)}; slots still waiting: {waiting}")
    print(f"from the first offer until everybody has every picture: {everybody:.1f} s")
    return {
        "connected_s": round(connected, 2),
        "stage_s": rig.median(stage),
        "pictures_s": rig.median(pictures),
        "everybody_s": round(everybody, 2),
        "waiting": waiting,
    }


def shown(name: str, found: dict[str, float]) -> None:
    print(
        f"{name:<8} {found['us']:8.2f} {found['per_s']:8.0f} {found['in_per_s']:8.0f} {found['cpu']:6.0%}"
        f" {found['load']:6.0%} {found['lost']:7.0f} {found['loss']:9.4%} {found['slowest_turn_ms']:8.0f}",
        flush=True,
    )


def main() -> None:
    options = arguments()
    rig.raise_limits()
    end_in_order()
    with ExitStack() as stack:
        call = RollCall(stack, options.people)
        call.stage(0)
        first = joined(call)
        print(
            f"{'':<8} {'µs CPU':>8} {'out/s':>8} {'in/s':>8} {'worker':>6} {'load':>6} {'lost':>7}"
            f" {'':>9} {'turn ms':>8}"
        )
        runs = [call.measure(options.seconds)]
        shown("held", runs[0])
        firsts, lasts, missing = [], [], 0
        for at in range(options.calls):
            number = 7 + at * 11 % (options.people - 8)
            call.ask(expect=number)
            given = call.stage(number)
            done = call.ask(pictures=5)
            took = sorted(had - given for each in done for _, had in each["stage"])
            missing += sum(each["waiting"] for each in done)
            firsts.append(took[len(took) // 2] if took else 0.0)
            lasts.append(took[-1] if took else 0.0)
            runs.append(call.measure(options.each))
            shown(f"call {at}", runs[-1])
    print(f"stage given → half have its picture {spread(firsts)}; all have it {spread(lasts)}")
    rig.report(
        "rollcall",
        "µs worker CPU per forwarded packet",
        {"pingji": [run["us"] for run in runs]},
        people=options.people,
        per_s=rig.median([run["per_s"] for run in runs]),
        cpu=rig.median([run["cpu"] for run in runs]),
        lost=sum(run["lost"] for run in runs),
        loss=rig.median([run["loss"] * 1e6 for run in runs]) / 1e6,
        join=first,
        stage_s={"half": rig.median(firsts), "all": rig.median(lasts), "worst": rig.median([max(lasts)])},
        missing=missing,
    )


if __name__ == "__main__":
    main()
