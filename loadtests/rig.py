"""What the benchmarks of the wire share: processes, their CPU time and memory, the C clients, the last
line.

Rules
- Server, peers and clients are processes of their own; only a server's CPU time is counted, as the kernel
  tells it in /proc/PID (user and system, all threads).
- Every server speaks to the same C clients (peers/sink.c), which offer permessage-deflate as browsers do.
- The servers are up together and take their turns run by run, so a noisy minute hits all of them; medians
  are printed.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

HERE = Path(__file__).parent
BUILD = HERE.parent / "build" / "loadtests"
BODY = bytes(200)


@dataclass(frozen=True)
class Packets:
    """What the clients send: CONNECT packets in turn by client, action packets in turn by round."""

    connects: Sequence[bytes]
    acts: Sequence[bytes]


def plain_packets(body: bytes = BODY) -> Packets:
    """For servers that let everyone in and publish what an `act` brings."""
    connect = {"type": 0, "nsp": "/", "data": {"token": "x"}}
    act = {"type": 2, "nsp": "/", "data": ["act", {"do": {"body": body}}], "id": 0}
    return Packets([msgpack.packb(connect)], [msgpack.packb(act)])


def body_of(size: int) -> bytes:
    """What to put into an entry of the peers so that its frame has so many bytes."""
    entry = {"seq": 1000, "at": 0, "actor": "somebody", "events": [["Said", {"body": BODY}]]}
    around = len(msgpack.packb({"type": 2, "nsp": "/", "data": ["entry", entry]})) + 4 - len(BODY)
    return bytes(max(1, size - around))


def compiled(name: str, *flags: str) -> str:
    """Path of a C peer, built when its source is newer."""
    source, header, binary = HERE / "peers" / f"{name}.c", HERE / "peers" / "wire.h", BUILD / name
    newest = max(source.stat().st_mtime, header.stat().st_mtime)
    if not binary.exists() or binary.stat().st_mtime < newest:
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", *flags, "-o", str(binary), str(source)], check=True)
    return str(binary)


def node_peer() -> str:
    """Folder of the Node peer, its packages installed."""
    folder = HERE / "peers" / "node"
    if not (folder / "node_modules" / "socket.io").exists():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True)
    return str(folder)


def commands(size: int) -> dict[str, list[str]]:
    """The servers by name; each prints its port first. `size`: bytes per message of the bare send."""
    return {
        "sockets": [sys.executable, "-m", "server.wire.sockets"],  # ours without journal and audiences
        "bare_send": [compiled("bare_send"), str(size)],
        "node": ["node", str(Path(node_peer()) / "server.js")],
        "stock": [sys.executable, "-m", "loadtests.peers.stock"],
    }


def raise_limits() -> None:
    """As many descriptors as allowed; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _on_cpu(thread: Path) -> float:
    try:
        return int((thread / "schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Server:
    """A server process, started here or found running (`pid`, `port`)."""

    def __init__(self, name: str, command: list[str] | None, pid: int = 0, port: int = 0) -> None:
        self.name = name
        self._process: subprocess.Popen[str] | None = None
        if command is not None:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, stdout=pipe, text=True, cwd=HERE.parent)
            assert self._process.stdout is not None
            pid, port = self._process.pid, int(self._process.stdout.readline())
        self.pid = pid
        self.port = port

    def cpu(self) -> float:
        """Seconds of CPU so far: the scheduler's own count of each thread (the other ticks at 10 ms)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        ticked = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return max(ticked, sum(_on_cpu(thread) for thread in Path(f"/proc/{self.pid}/task").iterdir()))

    def resident(self) -> float:
        """KiB of resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))

    def stop(self) -> None:
        """Ends it, if it was started here."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


class Clients:
    """N counted clients and one that triggers, in one C process; `files`: lines of packets."""

    def __init__(
        self,
        program: str,
        server: Server,
        clients: int,
        files: Sequence[Sequence[bytes]],
        *more: str,
        quiet: bool = False,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory()
        paths = []
        for number, lines in enumerate(files):
            path = Path(self._folder.name) / str(number)
            path.write_text("".join(line.hex() + "\n" for line in lines))
            paths.append(str(path))
        command = [compiled(program), str(server.port), str(clients + 1), *paths, *more]
        pipe = subprocess.PIPE
        errors = subprocess.DEVNULL if quiet else None
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=errors, text=True)
        assert self._line() == "ready", f"clients of {server.name} did not get in"

    def ask(self, line: str) -> dict[str, Any]:
        """One line in, one JSON line out."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._line())
        return found

    def stop(self) -> None:
        """Hangs up."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Sink(Clients):
    """They listen; see sink.c."""

    def __init__(self, server: Server, clients: int, packets: Packets, raw: int = 0) -> None:
        more = ("--raw", str(raw)) if raw else ()
        super().__init__("sink", server, clients, (packets.connects, packets.acts), *more)

    def go(self, rounds: int) -> dict[str, Any]:
        """So many rounds: {"rounds", "deliveries", "seconds", "p50_ms", "p99_ms", "max_ms"}."""
        return self.ask(f"go {rounds}")


@dataclass(frozen=True)
class CrowdPackets:
    """What the clients of a crowd send, in turn by client; with places to fill in, see crowd.c."""

    connects: Sequence[bytes]
    returns: Sequence[bytes]
    acts: Sequence[bytes]


class Crowd(Clients):
    """They answer, drop and come back: `ask("tell 1")`, `ask("acks 1")` …; see crowd.c."""

    def __init__(self, server: Server, clients: int, packets: CrowdPackets, quiet: bool = False) -> None:
        files = (packets.connects, packets.returns, packets.acts)
        super().__init__("crowd", server, clients, files, quiet=quiet)


def plain_crowd(clients: int, body: bytes = BODY) -> CrowdPackets:
    """For servers that let everyone in: the trigger's action is emitted, the others' only acknowledged."""
    connect = {"type": 0, "nsp": "/", "data": {"token": "x"}}
    back = {"type": 0, "nsp": "/", "data": {"pid": "@pid", "offset": "@offset"}}
    told, receipt = (
        msgpack.packb({"type": 2, "nsp": "/", "data": ["act", {"id": "r@round.000000", "do": do}], "id": 0})
        for do in ({"body": body}, {"type": "AcknowledgeCommand", "command": "c@round", "unit": "P000000"})
    )
    return CrowdPackets([msgpack.packb(connect)], [msgpack.packb(back)], [told, *[receipt] * clients])


def settled(server: Server) -> float:
    """Its CPU time once it does nothing any more: what it put off is counted too."""
    last = -1.0
    while (now := server.cpu()) - last > 0.015:
        last = now
        time.sleep(0.3)
    return now


def median(values: Sequence[float]) -> float:
    """Rounded for the last line; 0 without values."""
    return round(statistics.median(values), 3) if values else 0.0


def report(work: str, unit: str, values: dict[str, list[float]], **more: object) -> None:
    """The last line: medians, ratios of ours to each peer, and whether the budget was kept."""
    medians = {name: median(found) for name, found in values.items()}
    ours = medians.pop("pingji")
    ratios = {name: round(ours / peer, 3) for name, peer in medians.items()}
    budget = tomllib.loads((HERE / "budgets.toml").read_text()).get(work, {})
    kept = ours <= budget.get("value", ours)
    kept = kept and all(
        ratios[name] <= most for name, most in budget.get("ratio", {}).items() if name in ratios
    )
    line = {"work": work, "value": ours, "unit": unit, "peers": medians, "ratio": ratios}
    print(json.dumps(line | {"budget": budget, "kept": kept} | more))
