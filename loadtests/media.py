"""Media: rooms of 1 → N and N ↔ N; µs of CPU time per forwarded packet, beside Janus and the bare kernel.

    make bench-media ARGS="--runs 5 --seconds 5"

Ours is one `python -m rooms.media` with all it always does: history, feedback, layers, speakers, counts.
Janus is Debian's, with its video room. Both carry the same packets for the same peers (media_load), which
do real ICE checks, DTLS and SRTP in a process of their own per server; they take turns run by run. Janus
gets one connection more per person who sends and receives, because that is how its video room works. "bare"
is a forwarder in C that only receives and sends (peers/bare_packets.c), one by one: the kernel's share.

"in frames": 33 packets at once, 30 times a second, as browsers send a picture. In the other rooms they come
evenly, which costs a forwarder most.

A packet's way is timed from the sender's `send` to the receiver's `recv`: kernel and load included, on both
sides. First picture: from the offer to the first key frame on the stage, handshake of the peer included.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from loadtests import rig
from loadtests.media_janus import Janus

HERE = Path(__file__).parent
Runs = dict[str, dict[str, list[dict[str, Any]]]]
"""room → server → what each run found"""
ROOMS: dict[str, dict[str, Any]] = {
    "1→10": {"publishers": 1, "receivers": 10, "video": 1_000},
    "5↔5": {"publishers": 5, "receivers": 0, "video": 200, "audio": 50, "mutual": True},
    "10↔10": {"publishers": 10, "receivers": 0, "video": 200, "audio": 50, "mutual": True},
    "1→40": {"publishers": 1, "receivers": 40, "video": 1_000},
    "1→10 in frames": {"publishers": 1, "receivers": 10, "video": 1_000, "frames": True},
}
MAIN = "1→10"


class Worker:
    """One media worker of ours, on loopback."""

    name = "pingji"

    def __init__(self, folder: Path, *more: str) -> None:
        self.socket = folder / "media.sock"
        command = [sys.executable, "-m", "rooms.media", "--socket", str(self.socket)]
        command += ["--udp", "127.0.0.1:0", "--announce", "127.0.0.1", *more]
        with (folder / "worker.log").open("wb") as log:
            # In a session of its own, as its gateway starts it: the scheduler shares time out by sessions.
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=HERE.parent, start_new_session=True
            )
        self.pid = self._process.pid
        over = time.monotonic() + 20
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > over:
                self.stop()
                raise RuntimeError((folder / "worker.log").read_text()[-600:])
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


class Bare:
    """The forwarder that only receives and sends; its "socket" is its port."""

    def __init__(self) -> None:
        self._server = rig.Server("bare", [rig.compiled("bare_packets")])
        self.pid, self.socket = self._server.pid, self._server.port

    def stop(self) -> None:
        self._server.stop()


class Load:
    """A load process: one order in, one answer out. See media_load and media_crowd."""

    def __init__(self, module: str, *arguments: str) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", f"loadtests.{module}", *arguments]
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, cwd=HERE.parent, start_new_session=True
        )

    def send(self, **order: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load ended")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, **order: Any) -> dict[str, Any]:
        self.send(**order)
        return self.answer()

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def end_in_order() -> None:
    """SIGTERM stops what was started, too."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="per run and server")
    parser.add_argument("--rooms", nargs="*", default=list(ROOMS), choices=list(ROOMS))
    parser.add_argument("--only", nargs="*", default=["pingji", "janus", "bare"])
    parser.add_argument("--joins", type=int, default=10, help="first pictures per server")
    return parser.parse_args()


def start(stack: ExitStack, room: str, options: argparse.Namespace) -> dict[str, Load]:
    """Both servers with everybody in the room."""
    loads = {}
    for name in options.only:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pingji-media-")))
        server: Worker | Janus | Bare
        match name:
            case "pingji":
                server = Worker(folder, "--nice", "0")  # as its peers
            case "janus":
                server = Janus(folder, "20000-40000")
            case _:
                server = Bare()
        stack.callback(server.stop)
        module = "media_bare" if name == "bare" else "media_load"
        loads[name] = Load(module, name, str(server.socket), str(server.pid))
        stack.callback(loads[name].stop)
        cipher = loads[name].ask(scene=ROOMS[room])["cipher"]
        print(f"{room:<14} {name:<8} {cipher}")
    return loads


def measure(room: str, options: argparse.Namespace, found: Runs) -> None:
    with ExitStack() as stack:
        loads = start(stack, room, options)
        for _ in range(options.runs):
            for name, load in loads.items():
                run = load.ask(run=options.seconds)
                found[room][name].append(run)
                print(
                    f"{room:<14} {name:<8} {run['us']:8.2f} {run['per_s']:8.0f} {run['cpu']:6.0%}"
                    f" {run['load']:6.0%} {run['p50_ms']:8.2f} {run['p99_ms']:8.2f} {run['lost']:6d}",
                    flush=True,
                )
        if room == MAIN and options.joins:
            for name, load in loads.items():
                if name == "bare":
                    continue
                took = load.ask(join=options.joins)["ms"]
                found["first picture"][name] = [{"ms": each} for each in took]


def medians(found: Runs, what: str) -> dict[str, dict[str, float]]:
    """room → server → median."""
    return {
        room: {name: rig.median([run[what] for run in runs]) for name, runs in servers.items()}
        for room, servers in found.items()
        if any(what in run for runs in servers.values() for run in runs)
    }


def main() -> None:
    options = arguments()
    end_in_order()
    if "janus" in options.only:
        subprocess.run([HERE.parent / "scripts" / "apt", "janus"], check=True)
    found: Runs = defaultdict(lambda: defaultdict(list))
    print(
        f"{'room':<14} {'server':<8} {'µs CPU':>8} {'per s':>8} {'CPU':>6} {'load':>6}"
        f" {'p50 ms':>8} {'p99 ms':>8} {'lost':>6}"
    )
    for room in options.rooms:
        measure(room, options, found)
    joined = found["first picture"]
    for name, runs in joined.items():
        took = sorted(run["ms"] for run in runs)
        print(f"first picture {name:<8} {statistics.median(took):6.0f} ms, at most {took[-1]:.0f} ms")
    at = MAIN if MAIN in options.rooms else options.rooms[0]
    rig.report(
        "media",
        "µs server CPU per forwarded packet",
        {name: [run["us"] for run in runs] for name, runs in found[at].items()},
        room=at,
        us=medians(found, "us"),
        p50_ms=medians(found, "p50_ms"),
        p99_ms=medians(found, "p99_ms"),
        lost=medians(found, "lost"),
        first_picture_ms={name: rig.median([run["ms"] for run in runs]) for name, runs in joined.items()},
    )


if __name__ == "__main__":
    main()
