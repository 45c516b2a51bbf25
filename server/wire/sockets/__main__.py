"""`python -m server.wire.sockets [PORT]`: the socket layer alone, for measurements and for trying out
clients.

Everyone is let in and hears the topic "all". An `act` with `{"do": {"body": bytes, "to": topic}}` is
published to that topic as one entry, unjournalled; its ack is `{"seq", "at"}`. The port (0: any) is printed
once it is open.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

import msgspec
import uvloop
from aiohttp import web

from server.wire.sockets.audience import Outgoing
from server.wire.sockets.connection import Connection
from server.wire.sockets.packets import frame
from server.wire.sockets.server import SocketServer
from server.wire.sockets.settings import Handlers, Settings


class Do(msgspec.Struct):
    """What to publish, and to whom."""

    body: bytes = b""
    to: str = "all"


class Act(msgspec.Struct):
    """As on the real wire, without an id."""

    do: Do


_encode = msgspec.msgpack.Encoder().encode
_acts = msgspec.msgpack.Decoder(Act)


def build() -> SocketServer:
    """One log without a journal."""
    seqs = itertools.count(1)

    async def on_connect(_auth: bytes | None, connection: Connection, _remote: str) -> None:
        connection.write(frame("welcome", _encode({"seq": 0})))
        sockets.audience.join(connection, ("all", f"sid:{connection.sid}"))

    def on_event(connection: Connection, name: str, raw: msgspec.Raw, ack_id: int | None) -> None:
        if name != "act" or ack_id is None:
            return
        act = _acts.decode(raw)
        seq = next(seqs)
        event = _encode(["Said", {"body": act.do.body}])
        sockets.publish([Outgoing(seq, 0, "somebody", [event], [(act.do.to,)])])
        connection.reply(ack_id, _encode({"seq": seq, "at": 0}))

    settings = Settings(rate=1e6, burst=1e6)
    sockets = SocketServer(settings, Handlers(on_connect=on_connect, on_event=on_event))
    return sockets


async def serve(port: int) -> None:
    """Until the process is ended."""
    app = web.Application()
    build().attach(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=4096)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
