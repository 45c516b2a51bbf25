"""A drill as a district starts it: over HTTP, stations in a process of their own, all over the real wire."""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from clients.drill.link import Link
from server.founding import SAMPLE_PASSWORD
from tests.servers.pingji import ROOT, Pingji
from tests.servers.process import descendants, gone

PATIENCE = 60.0  # seconds until a drill must have come to life; it takes about fifteen
MANY = 100
FACTS = {"kind": "typhoon", "title": "台风(演练)", "grade": "larger"}
DECLARE = {"type": "DeclareEmergency", "scope": "310116", "incident": FACTS, "level": 3, "reason": "演练"}


class Watcher:
    """The commander's screen: who has acknowledged, by name, and where the teams are."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.names: dict[str, set[str]] = defaultdict(set)
        self.positions: set[str] = set()
        self.online: set[str] = set()
        self.declared_by = ""

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not enough():
                name, raw = await self.link.hear()
                if name == "presence":
                    told = msgspec.msgpack.decode(raw)
                    self.positions |= set(told["positions"])
                    self.online |= {unit for unit, count in told["units"].items() if count}
                elif name == "entry":
                    for event, fields in msgspec.msgpack.decode(raw)["events"]:
                        self.see(event, fields)

    def see(self, event: str, fields: dict[str, Any]) -> None:
        if event == "CommandAcknowledged":
            self.names[fields["unit"]].add(fields["name"])
        elif event == "ModeSwitched":
            self.declared_by = fields["activation"]["declared_by"]

    async def act(self, id: str, do: dict[str, Any]) -> None:
        """Ask without stopping to watch."""
        asking = asyncio.create_task(self.link.ask(id, do))
        await self.until(asking.done)
        await asking


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(
    http: aiohttp.ClientSession, node: Pingji, method: str, path: str, token: str, body: Any
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, node.base_url + path, json=body, headers=headers) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json()


async def signed_in(http: aiohttp.ClientSession, node: Pingji) -> str:
    login = {"login": "commander", "password": SAMPLE_PASSWORD, "want_token": True, "device": "test"}
    return str((await asked(http, node, "POST", "/api/login", "", login))["token"])


async def watch(http: aiohttp.ClientSession, node: Pingji, token: str) -> Watcher:
    return Watcher(await Link.open(http, node.base_url, {"token": token, "device": "watch", "cursor": None}))


async def district_log(http: aiohttp.ClientSession, node: Pingji, token: str) -> list[tuple[int, str]]:
    rows = (await asked(http, node, "GET", "/api/timeline", token, None))["rows"]
    return [(row["seq"], row["type"]) for row in rows]


def player_of(node: Pingji) -> int:
    """The process id of the stations."""
    return next(
        pid for pid in descendants(node.pid) if b"clients.drill" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )


async def test_stations_acknowledge_by_name_and_nothing_of_it_is_in_the_districts_log(
    pingji: Pingji, http: aiohttp.ClientSession
) -> None:
    token = await signed_in(http, pingji)
    before = await district_log(http, pingji, token)
    drill = await asked(http, pingji, "POST", "/api/drills", token, {})
    player = player_of(pingji)
    watcher = await watch(http, pingji, drill["token"])
    await watcher.act("switch", {**DECLARE, "plan": "typhoon-flood"})
    await watcher.until(lambda: len(watcher.names) >= MANY and bool(watcher.positions))
    assert all(name for names in watcher.names.values() for name in names)
    assert all(unit.startswith("T") for unit in watcher.positions)
    assert len(watcher.online) > 200

    assert await district_log(http, pingji, token) == before
    await watcher.link.close()
    await asked(http, pingji, "DELETE", f"/api/drills/{drill['log']}", token, None)
    assert gone(player)


async def test_a_director_declares_when_nobody_does_and_goes_when_the_log_is_closed(
    pingji: Pingji, http: aiohttp.ClientSession
) -> None:
    token = await signed_in(http, pingji)
    drill = await asked(http, pingji, "POST", "/api/drills", token, {})
    directing = {"token": drill["token"], "account": "commander", "unit": "310116", "after": 0.5}
    job = {"url": pingji.base_url, "log": drill["log"], "stations": [], "director": directing}
    pipe = asyncio.subprocess.PIPE
    director = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clients.drill", cwd=ROOT, stdin=pipe, stderr=pipe
    )
    assert director.stdin is not None
    try:
        director.stdin.write(json.dumps(job).encode() + b"\n")
        watcher = await watch(http, pingji, drill["token"])
        await watcher.until(lambda: len(watcher.names) >= 10)
        assert watcher.declared_by == "commander"
        await watcher.link.close()
        await asked(http, pingji, "DELETE", f"/api/drills/{drill['log']}", token, None)
        assert await asyncio.wait_for(director.wait(), 10) == 0
        assert director.stderr is not None
        assert await director.stderr.read() == b""
    finally:
        if director.returncode is None:
            director.kill()
            await director.wait()


async def test_the_player_ends_when_its_stdin_closes(tmp_path: Path) -> None:
    station = {"token": "t", "account": "a", "unit": "u", "kind": "village", "post": "village_desk"}
    job = {"url": "http://127.0.0.1:9", "log": "l", "stations": [station]}
    player = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clients.drill", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    assert player.stdin is not None
    try:
        player.stdin.write(json.dumps(job).encode() + b"\n")
        player.stdin.close()
        assert await asyncio.wait_for(player.wait(), 15) == 0
    finally:
        if player.returncode is None:
            player.kill()
            await player.wait()
