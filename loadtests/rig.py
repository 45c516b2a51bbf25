"""What the benchmarks of the wire share: processes, their CPU time and memory, the C clients, the last
line.

Rules
- Server, peers and clients are processes of their own; only a server's CPU time is counted, as the kernel
  tells it in /proc/PID/stat (user and system, all threads).
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


def entry_size(body: bytes = BODY) -> int:
    """Bytes of the websocket frame of one entry with this body: what the bare send sends too."""
    events = [["Said", {"body": body}]]
    entry = {"seq": 1000, "at": 0, "actor": "somebody", "events": events}
    return len(msgpack.packb({"type": 2, "nsp": "/", "data": ["entry", entry]})) + 4


def compiled(name: str) -> str:
    """Path of a C peer, built when its source is newer."""
    source, binary = HERE / "peers" / f"{name}.c", BUILD / name
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(binary), str(source)], check=True)
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
        "pingji": [sys.executable, "-m", "server.wire.sockets"],
        "bare_send": [compiled("bare_send"), str(size)],
        "node": ["node", str(Path(node_peer()) / "server.js")],
        "stock": [sys.executable, "-m", "loadtests.peers.stock"],
    }


def raise_limits() -> None:
    """As many descriptors as allowed; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """KiB of resident memory."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))

    def stop(self) -> None:
        """Ends it, if it was started here."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


class Sink:
    """N counted clients and one that triggers, in one C process."""

    def __init__(self, server: Server, clients: int, packets: Packets, raw: int = 0) -> None:
        self._folder = tempfile.TemporaryDirectory()
        paths = []
        for name, lines in (("connects", packets.connects), ("acts", packets.acts)):
            path = Path(self._folder.name) / name
            path.write_text("".join(line.hex() + "\n" for line in lines))
            paths.append(str(path))
        command = [compiled("sink"), str(server.port), str(clients + 1), *paths]
        command += ["--raw", str(raw)] if raw else []
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self._line() == "ready", f"clients of {server.name} did not get in"

    def go(self, rounds: int) -> dict[str, Any]:
        """So many rounds; see sink.c for what comes back."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"go {rounds}\n")
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


def report(work: str, unit: str, values: dict[str, list[float]], **more: object) -> None:
    """The last line: medians, ratios of ours to each peer, and whether the budget was kept."""
    medians = {name: round(statistics.median(found), 3) for name, found in values.items()}
    ours = medians.pop("pingji")
    ratios = {name: round(ours / peer, 3) for name, peer in medians.items()}
    budget = tomllib.loads((HERE / "budgets.toml").read_text()).get(work, {})
    kept = ours <= budget.get("value", ours)
    kept = kept and all(
        ratios[name] <= most for name, most in budget.get("ratio", {}).items() if name in ratios
    )
    line = {"work": work, "value": ours, "unit": unit, "peers": medians, "ratio": ratios}
    print(json.dumps(line | {"budget": budget, "kept": kept} | more))
