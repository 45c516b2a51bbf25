"""The local socket of a media worker, spoken by hand: what a gateway would say, as plain maps."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack

from loadtests.media_peer import MediaPeer


class MediaLink:
    """`await MediaLink.open(path)`; `told(message)` is called for what the worker tells unasked."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._asked = 0
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.told: Callable[[dict[str, Any]], None] = lambda message: None
        self._task = asyncio.create_task(self._listen(reader))

    @classmethod
    async def open(cls, path: Path) -> "MediaLink":
        reader, writer = await asyncio.open_unix_connection(path)
        return cls(reader, writer)

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Answers the reply. RuntimeError: it is a refusal. ConnectionError: the link is gone."""
        if self._task.done():
            raise ConnectionError("the worker is gone")
        self._asked += 1
        waiting = self._replies[self._asked] = asyncio.get_running_loop().create_future()
        body: bytes = msgpack.packb({"type": kind, "id": self._asked, **fields})
        self._writer.write(len(body).to_bytes(4, "big") + body)
        reply: dict[str, Any] = await waiting
        if reply["type"] == "Refused":
            raise RuntimeError(f"{kind}: {reply['code']} {reply.get('why', '')}")
        return reply

    async def join(self, peer: MediaPeer, room: str, participant: str, device: str = "") -> None:
        """Offer, answer, checks, handshake."""
        reply = await self.ask(
            "Offer",
            room=room,
            participant=participant,
            device=device or participant,
            sdp=peer.offer,
            lines=peer.lines,
        )
        await peer.connect(reply["sdp"])

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(4), "big")
                message: dict[str, Any] = msgpack.unpackb(await reader.readexactly(size))
                waiting = self._replies.pop(message["id"], None) if "id" in message else None
                if waiting is not None:
                    waiting.set_result(message)
                else:
                    self.told(message)
        except (OSError, EOFError):
            for waiting in self._replies.values():
                waiting.set_exception(ConnectionError("the worker is gone"))
