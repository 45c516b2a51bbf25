"""The sample district as tests meet it: people with sessions, actions that read like sentences, the truth.

The truth is the journal in the database, read past the server: `Truth` says which entries somebody had to be
sent. Sessions are written straight into the store, because a thousand sign-ins would only measure argon2.
"""

import hashlib
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from server.engine.entry import Entry
from server.engine.rebuild import load
from server.founding import SAMPLE_PASSWORD
from server.store import Store
from server.world.registry import decode_topics
from server.world.scope import scope_of
from server.world.state import State
from tests.servers.pingji import Pingji

LOG = "310116"
TOWNS = 11
VILLAGES = 226
PASSWORD = SAMPLE_PASSWORD
TOWN, VILLAGE, OTHER_VILLAGE, TEAM = "310116001", "310116001002", "310116109001", "T310116001"
_canonical = msgspec.msgpack.Encoder(order="sorted").encode


@asynccontextmanager
async def opened(node: Pingji) -> AsyncIterator[Store]:
    """The node's database, beside it."""
    store = await Store.open(database_url(node.url), node.var / "blobs")
    try:
        yield store
    finally:
        await store.close()


def database_url(url: str) -> str:
    """With the driver named, as the server writes it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


async def sessions(node: Pingji, accounts: Sequence[str]) -> list[str]:
    """A token for each account named, in order; an account may be named often."""
    tokens = [secrets.token_urlsafe(32) for _ in accounts]
    async with opened(node) as store:
        now = await store.now()
        for token, account in zip(tokens, accounts, strict=True):
            digest = hashlib.sha256(token.encode()).digest()
            await store.sessions.create(digest, LOG, account, "test", "", now, now + 86_400_000)
    return tokens


class Truth(msgspec.Struct):
    """What is in the journal, and the world it makes."""

    entries: list[Entry]
    state: State

    def visible(self, account: str, after: int = 0) -> list[int]:
        """The seqs that this account had to be sent, with the scope it has now."""
        topics = scope_of(self.state, self.state.accounts[account]).topics
        return [
            entry.seq
            for entry in self.entries
            if entry.seq > after
            and any(not topics.isdisjoint(audience) for audience in decode_topics(entry.audiences))
        ]

    def ids(self) -> list[str]:
        return [entry.action_id for entry in self.entries]


async def truth(node: Pingji) -> Truth:
    """Read now."""
    async with opened(node) as store:
        journal = store.journal(LOG)
        world, _, _ = await load(journal)
        entries: list[Entry] = []
        while more := await journal.read(len(entries), 2000):
            entries += more
    return Truth(entries, world.state)


def canonical(state: State) -> bytes:
    """Equal bytes for equal states, whatever the order of their making; where they stand does not count."""
    return _canonical(msgspec.structs.replace(state, seq=0, at=0))


def copy_of(template: Path, folder: Path) -> Path:
    """A node's folder with the district made already."""
    shutil.copytree(template, folder)
    (folder / "ready.json").unlink(missing_ok=True)
    return folder


def tracebacks(node: Pingji) -> list[str]:
    """The lines of the server's log that no client may cause."""
    lines = node.log.read_text(errors="replace").splitlines()
    marks = ("Traceback", "never retrieved", "was never awaited", "AssertionError", "Task was destroyed")
    return [line for line in lines if any(mark in line for mark in marks)]


# ── actions, as a client writes them ───────────────────────────────────────────────────────────────


def order(title: str = "巡堤查险", **more: Any) -> dict[str, Any]:
    clocks = more.pop("clocks", {"acknowledge": 300})
    return {"title": title, "text": "沿堤巡查并反馈。", "priority": "urgent", "clocks": clocks} | more


def issue(
    units: Iterable[str] = (), *, kinds: Iterable[str] = (), title: str = "巡堤查险", **more: Any
) -> dict[str, Any]:
    """To units by code, or to all units of some kinds in the district."""
    areas = [{"under": LOG, "kinds": list(kinds)}] if kinds else []
    to = {"units": list(units), "areas": areas, "groups": []}
    return {"type": "IssueCommand", "order": order(title, **more), "to": to}


def on(action: str, command: str, unit: str, **fields: Any) -> dict[str, Any]:
    """Something done to the delivery of a command at a unit."""
    return {"type": action, "command": command, "unit": unit} | fields


def declare(scope: str = LOG, plan: str | None = None) -> dict[str, Any]:
    facts = {"kind": "typhoon", "title": "台风“梅花”", "grade": "larger", "colour": "orange"}
    return {
        "type": "DeclareEmergency",
        "scope": scope,
        "incident": facts,
        "level": 2,
        "reason": "台风将至",
        "plan": plan,
    }


def report(number: int) -> dict[str, Any]:
    """Something small that everybody of a line sees."""
    return {"type": "ReportSituation", "kind": "damage", "text": f"第 {number} 棵树倒伏"}


def level(activation: str, number: int) -> dict[str, Any]:
    """Something small that everybody sees."""
    return {
        "type": "ChangeLevel",
        "activation": activation,
        "level": number % 4 + 1,
        "reason": f"第 {number} 次",
    }


async def crowd(node: Pingji, count: int) -> list[tuple[str, str]]:
    """So many (account, token): desks and teams in turn, each person with several devices when need be."""
    async with opened(node) as store:
        world, _, _ = await load(store.journal(LOG))
    people = [account.id for account in world.state.accounts.values() if account.unit != LOG]
    chosen = [people[n % len(people)] for n in range(count)]
    return list(zip(chosen, await sessions(node, chosen), strict=True))


def faithful(station: Any, seen: Sequence[int]) -> bool:
    """It was sent exactly these entries, each once and in order, and one snapshot: its first."""
    return (station.seqs, station.doubled, station.inverted, station.resets) == ([*seen], 0, 0, 1)
