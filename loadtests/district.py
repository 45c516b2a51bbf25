"""The real server under load: the sample district with a field team for each client, each with its phone.

The district is made once for a number of phones and kept in build/loadtests (making it costs a pairing per
phone); a benchmark gets a copy in a temporary folder and a `pingji serve` process on it. It is made anew when
the tables or the sample change; after a change of the events' fields remove it by hand.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from loadtests import rig
from loadtests.station import Station, act_packet, connect_packet, post

ROOT = rig.HERE.parent
PASSWORD = "pingji-sample"
_MADE_OF = ("server/data", "server/store/migrations", "server/founding.py")
CURSOR = {"epoch": "@epoch", "seq": "@seq", "scope": "@scope"}


class Pingji(rig.Server):
    """`pingji serve` on a folder of its own."""

    def __init__(self, var: Path, *arguments: str, environment: dict[str, str] | None = None) -> None:
        ready = var / "ready.json"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "server", "serve", "--var", str(var), "--port", "0"]
        command += ["--ready-file", str(ready), "--session-days", "3650", "--no-media", *arguments]
        began = time.monotonic()
        self._serving = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment)
        while not ready.exists():
            assert self._serving.poll() is None, "pingji serve ended"
            time.sleep(0.01)
        self.seconds_to_start = time.monotonic() - began
        told = json.loads(ready.read_text())
        super().__init__("pingji", None, told["pid"], told["port"])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def token(self, login: str, device: str = "bench") -> str:
        asked = {"login": login, "password": PASSWORD, "want_token": True, "device": device}
        return str(post(self.base, "/api/login", asked)["token"])

    def stop(self) -> None:
        self._serving.kill()
        self._serving.wait()

    def end(self) -> None:
        """In order, as a deployment does: what is in memory is kept."""
        self._serving.terminate()
        self._serving.wait()


class District:
    """A copy of the district for `phones` clients; `phones[i]`: its unit and token. A context manager."""

    def __init__(self, phones: int) -> None:
        kept = _kept(next((size for size in SIZES if size >= phones), phones))
        self._folder = tempfile.TemporaryDirectory(prefix="pingji-bench-")
        self.var = Path(self._folder.name) / "var"
        shutil.copytree(kept, self.var)
        told = json.loads((self.var / "phones.json").read_text())
        self.phones: list[dict[str, str]] = told["phones"][:phones]
        self.commander: str = told["commander"]

    def __enter__(self) -> District:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def issue(self) -> dict[str, Any]:
        """A short command to the teams of all phones."""
        to: dict[str, Any] = {"areas": [{"under": ROOT_UNIT, "kinds": ["team"]}]}
        if len(self.phones) <= LISTED_AT_MOST:
            to = {"units": [phone["unit"] for phone in self.phones]}
        return {"type": "IssueCommand", "order": ORDER, "to": to}

    def serve(self, *arguments: str, environment: dict[str, str] | None = None) -> Pingji:
        return Pingji(self.var, *arguments, environment=environment)

    def listeners(self, incident: str, rounds: int) -> rig.Packets:
        """Client 0 is the commander and tells everybody about an incident, `rounds` times."""
        tokens = [self.commander, *(phone["token"] for phone in self.phones)]
        mark = time.time_ns() // 1_000_000
        acts = [act_packet(f"{mark:012x}.{n:06d}", inform(incident)) for n in range(rounds)]
        return rig.Packets([connect_packet(token, "phone") for token in tokens], acts)

    def emergency(self, server: Pingji) -> tuple[str, int]:
        """Throws the switch without a plan: the incident, and the bytes of a frame that tells about it."""
        station = Station(server.port, self.commander)
        id = f"bench.{time.time_ns()}"
        station.act(declare(), id)
        station.act(inform(f"{id}.i"))
        size = station.size_heard("IncidentChanged")
        station.close()
        return f"{id}.i", size

    def packets(self, trigger: dict[str, Any]) -> rig.CrowdPackets:
        """Client 0 is the commander and asks `trigger`; the others acknowledge the command "c@round"."""
        tokens = [self.commander, *(phone["token"] for phone in self.phones)]
        acts = [act_packet("c@round", trigger)]
        for number, phone in enumerate(self.phones):
            receipt = {"type": "AcknowledgeCommand", "command": "c@round", "unit": phone["unit"]}
            acts.append(act_packet(f"r@round.{number:06d}", receipt))
        return rig.CrowdPackets(
            [connect_packet(token, "phone") for token in tokens],
            [connect_packet(token, "phone", CURSOR) for token in tokens],
            acts,
        )


ROOT_UNIT = "310116"
SIZES = (2_000, 10_000)  # of districts that are kept; a benchmark takes the first phones of one
LISTED_AT_MOST = 4_000  # units named one by one in a command: a message has 64 KiB
FACTS = {
    "kind": "typhoon",
    "title": "台风“竹草”外围影响",
    "grade": "larger",
    "place": "金山嘴沿海一线",
}


ORDER = {
    "title": "立即清点",
    "text": "清点在岗人数,十分钟内回报。",
    "priority": "urgent",
    "clocks": {"acknowledge": 3600, "escalate": 3600},
    "relay": "none",
}


def declare(plan: str | None = None) -> dict[str, Any]:
    """The switch for the whole district; the activation has the action's id, the incident `.i` behind it."""
    switch = {"type": "DeclareEmergency", "scope": ROOT_UNIT, "incident": FACTS, "level": 3}
    return switch | {"reason": "台风红色预警", "plan": plan}


def inform(incident: str) -> dict[str, Any]:
    """What everybody sees: the facts of an incident, about 200 bytes."""
    return {"type": "ChangeIncident", "incident": incident, "facts": FACTS}


def _kept(phones: int) -> Path:
    """The folder of the district as it was made, made now when it is not there."""
    digest = hashlib.sha256()
    for place in _MADE_OF:
        top = ROOT / place
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.suffix in (".py", ".json"):
                digest.update(path.read_bytes())
    folder = rig.BUILD / f"district-{phones}-{digest.hexdigest()[:12]}"
    if not folder.exists():
        for old in rig.BUILD.glob(f"district-{phones}-*"):
            shutil.rmtree(old)
        draft = rig.BUILD / f"draft-{phones}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        print(f"… making a district of {phones} phones in {folder}", file=sys.stderr)
        _make(draft, phones)
        draft.rename(folder)
    return folder


def _make(var: Path, phones: int) -> None:
    command = [sys.executable, "-m", "server", "init", "--var", str(var)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    server = Pingji(var, "--rate", "100000")
    try:
        token = server.token("admin")
        admin = Station(server.port, token)
        units = admin.view["units"].values()
        villages = [unit["code"] for unit in units if unit["kind"] == "village"]
        teams = [f"P{number:06d}" for number in range(phones)]
        admin.act_all(_team(code, villages[n % len(villages)]) for n, code in enumerate(teams))
        admin.close()

        def joined(code: str) -> dict[str, str]:
            paired = post(server.base, "/api/pairings", {"unit": code}, token)
            claim = {
                "code": paired["code"],
                "name": "队员",
                "phone": "",
                "device": "phone",
                "want_token": True,
            }
            return {"unit": code, "token": str(post(server.base, "/api/pairings/claim", claim)["token"])}

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(joined, teams))
        told = {"phones": found, "commander": server.token("commander")}
        (var / "phones.json").write_text(json.dumps(told))
    finally:
        server.end()


def _team(code: str, village: str) -> dict[str, Any]:
    unit = {"code": code, "kind": "team", "name": f"测试队{code}", "short": code, "parent": village}
    return {"type": "AddUnit", "unit": unit}
