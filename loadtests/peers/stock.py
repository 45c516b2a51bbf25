"""python-socketio as it comes, on aiohttp and uvloop: everyone is let in; an `act` is acknowledged, and
emitted to all as one entry when it brings a body.

permessage-deflate is agreed to, since that is how it comes. Prints its port.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import socketio
import uvloop
from aiohttp import web


async def serve() -> None:
    """Until the process is ended."""
    server = socketio.AsyncServer(async_mode="aiohttp", serializer="msgpack", transports=["websocket"])
    app = web.Application()
    server.attach(app)
    seqs = itertools.count(1)

    async def act(_sid: str, action: dict[str, Any]) -> dict[str, int]:
        seq = next(seqs)
        body = action["do"].get("body")
        if body:
            entry = {"seq": seq, "at": 0, "actor": "somebody", "events": [["Said", {"body": body}]]}
            await server.emit("entry", entry)
        return {"seq": seq, "at": 0}

    server.on("connect", lambda *_: None)
    server.on("act", act)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
