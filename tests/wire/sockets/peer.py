"""A websocket client of the tests' own that can misbehave: it sends what it is told, byte for byte."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Callable
from typing import Any

import msgspec

_KEY = base64.b64encode(b"0123456789abcdef").decode()
PATIENCE = 10.0

CONNECT = {"type": 0, "nsp": "/", "data": {}}


def masked(opcode: int, payload: bytes, *, final: bool = True, key: bytes = b"\x01\x02\x03\x04") -> bytes:
    """One frame as a client sends it; written apart from the server's code on purpose."""
    head = bytearray([(0x80 if final else 0) | opcode])
    if len(payload) < 126:
        head.append(0x80 | len(payload))
    elif len(payload) < 65536:
        head += bytes([0x80 | 126]) + len(payload).to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + len(payload).to_bytes(8, "big")
    return bytes(head) + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def event(name: str, *arguments: object, ack: int | None = None) -> dict[str, object]:
    """An EVENT packet."""
    packet: dict[str, object] = {"type": 2, "nsp": "/", "data": [name, *arguments]}
    return packet if ack is None else packet | {"id": ack}


async def until(condition: Callable[[], bool]) -> None:
    """Returns once it holds; TimeoutError when it does not come to hold."""
    for _ in range(int(PATIENCE / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


class Peer:
    """Use `await Peer.open(port)`; reading ends with ("eof", None) or ("reset", None)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.headers = ""

    @classmethod
    async def open(
        cls, port: int, query: str = "EIO=4&transport=websocket", early: bytes = b"", **headers: str
    ) -> Peer:
        """Upgraded, Engine.IO's open packet read; `status` tells when it was refused. `early` is sent in one
        segment with the request, before there is an answer."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        peer = cls(*await asyncio.open_connection(sock=sock, limit=2**14))
        sent = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": _KEY,
            "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
        peer.writer.write(f"GET /socket.io/?{query} HTTP/1.1\r\n{lines}\r\n".encode() + early)
        head = (await asyncio.wait_for(peer.reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()
        peer.status = int(head.split()[1])
        peer.headers = head.lower()
        if peer.status == 101:
            await peer.frame()
        return peer

    @classmethod
    async def connected(cls, port: int, auth: object = None) -> Peer:
        """Upgraded and accepted."""
        peer = await cls.open(port)
        peer.packet({"type": 0, "nsp": "/", "data": auth})
        answer = await peer.read()
        assert answer["type"] == 0, answer
        return peer

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)

    def packet(self, packet: object) -> None:
        """A Socket.IO packet."""
        self.raw(masked(2, msgspec.msgpack.encode(packet)))

    async def frame(self) -> tuple[int | str, bytes]:
        """The next frame, whatever it is."""
        try:
            return await asyncio.wait_for(self._frame(), PATIENCE)
        except asyncio.IncompleteReadError:
            return "eof", b""
        except ConnectionError:
            return "reset", b""

    async def _frame(self) -> tuple[int, bytes]:
        first, size = await self.reader.readexactly(2)
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def read(self) -> Any:
        """The next Socket.IO packet; pings are answered; ("close", code) for a close frame."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 2:
                return msgspec.msgpack.decode(payload)
            if opcode == 1 and payload == b"2":
                self.raw(masked(1, b"3"))
            elif opcode == 8:
                return "close", int.from_bytes(payload[:2], "big")
            elif isinstance(opcode, str):
                return opcode, None

    async def event(self) -> Any:
        """The data of the next event: [name, argument]."""
        packet = await self.read()
        assert packet["type"] == 2, packet
        return packet["data"]

    async def ack(self) -> Any:
        """(id, answer) of the next ack."""
        packet = await self.read()
        assert packet["type"] == 3, packet
        return packet["id"], packet["data"][0]

    async def code(self) -> str:
        """Reads to the cut (or CONNECT_ERROR) and the close frame after it; returns its code."""
        while True:
            packet = await self.read()
            assert isinstance(packet, dict), packet
            if packet["type"] == 4:
                found = packet["data"]["data"]["code"]
            elif packet["type"] == 2 and packet["data"][0] == "cut":
                found = packet["data"][1]["code"]
            else:
                continue
            closed = await self.read()
            assert closed[0] == "close", closed
            return str(found)

    async def close(self) -> None:
        """Hangs up."""
        self.writer.transport.abort()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)
