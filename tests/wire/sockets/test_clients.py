"""The two clients people really use: npm's socket.io-client and python-socketio's AsyncClient."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import socketio

from server.wire.sockets import Connection, Outgoing, Refused, frame
from tests.wire.sockets.conftest import Live, Start
from tests.wire.sockets.peer import PATIENCE

NODE = Path(__file__).parent / "node"

said = msgspec.msgpack.encode(["Said", {"text": "平急"}])
ENTRY = {"seq": 1, "at": 2, "actor": "amy", "mark": "", "events": [["Said", {"text": "平急"}]]}


def publish(live: Live) -> None:
    live.sockets.publish([Outgoing(1, 2, "amy", [said], [("all",)])])


async def refuse(_auth: bytes | None, _connection: Connection, _remote: str) -> None:
    raise Refused("signed_out", retry=False)


class NodePeer:
    """npm's client in a process of its own (node/peer.js)."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def seen(self) -> Any:
        """What it saw next."""
        assert self.process.stdout is not None
        return json.loads(await asyncio.wait_for(self.process.stdout.readline(), PATIENCE))

    def ask(self, *request: object) -> None:
        """One line of its script."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")


Node = Callable[..., Awaitable[NodePeer]]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of package-lock.json."""
    if not (NODE / "node_modules" / "socket.io-client").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=NODE, check=True)
    return NODE


@pytest.fixture
async def node(node_modules: Path) -> AsyncIterator[Node]:
    running: list[NodePeer] = []

    async def begin(port: int, auth: str = "undefined") -> NodePeer:
        pipe = asyncio.subprocess.PIPE
        command = ["node", "peer.js", f"http://127.0.0.1:{port}", auth]
        process = await asyncio.create_subprocess_exec(*command, cwd=node_modules, stdin=pipe, stdout=pipe)
        running.append(NodePeer(process))
        return running[-1]

    yield begin
    for peer in running:
        peer.ask("close")
        await peer.process.communicate()


async def test_npms_client_connects_without_auth_acts_and_hears_entries(live: Live, node: Node) -> None:
    peer = await node(live.port)
    assert await peer.seen() == ["connect"]
    assert await peer.seen() == ["event", "welcome", {"topics": ["all"]}]
    assert live.auths == [None]  # JavaScript's undefined, an extension value in msgpack
    peer.ask("call", "act", {"do": {"type": "Say"}})
    assert await peer.seen() == ["answer", {"do": {"type": "Say"}}]
    publish(live)
    assert await peer.seen() == ["event", "entry", ENTRY]


async def test_npms_client_hears_why_it_is_refused(start: Start, node: Node) -> None:
    live = await start(handlers={"on_connect": refuse})
    peer = await node(live.port, '{"token": "x"}')
    assert await peer.seen() == ["connect_error", {"code": "signed_out", "retry": False}, "signed_out"]


async def test_npms_client_hears_the_cut_before_the_connection_ends(live: Live, node: Node) -> None:
    peer = await node(live.port, '{"token": "x"}')
    connection = await live.connection()
    assert live.auths == [{"token": "x"}]
    connection.cut("revoked", retry=False)
    seen = [await peer.seen() for _ in range(4)]
    assert seen[2:] == [
        ["event", "cut", {"code": "revoked", "retry": False}],
        ["disconnect", "transport close"],
    ]
    assert await live.reason() == "revoked"


async def test_npms_client_stays_connected_over_several_heartbeats(start: Start, node: Node) -> None:
    head = frame("head", msgspec.msgpack.encode({"seq": 9}))
    live = await start(handlers={"heartbeat": lambda _connection: head})
    peer = await node(live.port)
    seen = [await peer.seen() for _ in range(6)]
    assert seen[2:] == [["event", "head", {"seq": 9}]] * 4
    peer.ask("emit", "presence", {"here": True})
    name, argument, ack = await asyncio.wait_for(live.events.get(), PATIENCE)
    assert (name, argument, ack) == ("presence", {"here": True}, None)


async def test_npms_client_leaves_of_its_own_accord(live: Live, node: Node) -> None:
    peer = await node(live.port)
    await live.connection()
    peer.ask("close")
    assert await live.reason() == "client"


async def test_python_socketios_client_connects_acts_hears_and_leaves(live: Live) -> None:
    client = socketio.AsyncClient(serializer="msgpack")
    heard: asyncio.Queue[Any] = asyncio.Queue()
    client.on("entry", heard.put)
    await client.connect(f"http://127.0.0.1:{live.port}", transports=["websocket"], auth={"token": "x"})
    assert await client.call("act", {"n": 1}) == {"n": 1}
    publish(live)
    assert await asyncio.wait_for(heard.get(), PATIENCE) == ENTRY
    await client.disconnect()
    assert await live.reason() == "client"


async def test_python_socketios_client_hears_why_it_is_refused(start: Start) -> None:
    live = await start(handlers={"on_connect": refuse})
    client = socketio.AsyncClient(serializer="msgpack", reconnection=False)
    errors: list[Any] = []
    client.on("connect_error", errors.append)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(f"http://127.0.0.1:{live.port}", transports=["websocket"], wait_timeout=5)
    await client.disconnect()
    assert {"message": "signed_out", "data": {"code": "signed_out", "retry": False}} in errors
