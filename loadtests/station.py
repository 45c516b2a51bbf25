"""One client of the wire, blocking and plain: what sets a benchmark's district up.

It speaks what PROTOCOL.md describes and nothing else: a websocket, Socket.IO packets in msgpack, `act` with
its answer. `act_all` keeps many actions in flight.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import time
import urllib.request
from collections.abc import Iterable
from typing import Any

import msgpack

_HELLO = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
_IN_FLIGHT = 48  # unanswered actions; the server allows 64 a connection
_counter = itertools.count()


def post(base: str, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    """One HTTP call, JSON both ways."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def action_id() -> str:
    """Time-ordered, as the protocol recommends."""
    return f"{time.time_ns() // 1_000_000:012x}.{next(_counter):06x}.{os.getpid():x}"


def connect_packet(token: str, device: str, cursor: dict[str, Any] | None = None) -> bytes:
    """The Socket.IO CONNECT packet of a client."""
    auth = {"token": token, "device": device, "cursor": cursor}
    packed: bytes = msgpack.packb({"type": 0, "nsp": "/", "data": auth})
    return packed


def act_packet(id: str, do: dict[str, Any], ack: int = 0) -> bytes:
    """The packet of one action; `ack` names its answer."""
    packed: bytes = msgpack.packb({"type": 2, "nsp": "/", "data": ["act", {"id": id, "do": do}], "id": ack})
    return packed


class Station:
    """Signed in with a token, connected. `view` is the snapshot it was given."""

    def __init__(self, port: int, token: str, device: str = "station") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = bytearray()
        self._sizes: dict[str, int] = {}
        self._socket.sendall(_HELLO)
        while b"\r\n\r\n" not in self._held:
            self._more()
        del self._held[: self._held.index(b"\r\n\r\n") + 4]
        self._frame()  # Engine.IO's open packet
        self._send(connect_packet(token, device))
        self.view: dict[str, Any] = self._awaited("reset")["view"]

    def act(self, do: dict[str, Any], id: str = "") -> dict[str, Any]:
        """The answer to one action; raises when it is refused."""
        return self.act_all([do], [id] if id else None)[0]

    def act_all(self, dos: Iterable[dict[str, Any]], ids: list[str] | None = None) -> list[dict[str, Any]]:
        """The answers, in the order of the actions."""
        waiting = list(enumerate(dos))
        answers: dict[int, dict[str, Any]] = {}
        sent = 0
        while len(answers) < len(waiting):
            while sent < len(waiting) and sent - len(answers) < _IN_FLIGHT:
                number, do = waiting[sent]
                self._send(act_packet(ids[number] if ids else action_id(), do, number))
                sent += 1
            packet = self._packet()
            if packet["type"] == 3:
                answer = packet["data"][0]
                assert "error" not in answer, answer
                answers[packet["id"]] = answer
        return [answers[number] for number, _ in waiting]

    def size_heard(self, event: str) -> int:
        """Bytes of the newest entry heard while waiting for answers whose first event is this one."""
        return self._sizes[event]

    def _note(self, packet: dict[str, Any], size: int) -> None:
        if packet["type"] == 2 and packet["data"][0] == "entry":
            first = packet["data"][1]["events"][0][0]
            self._sizes[first] = size + (2 if size < 126 else 4)

    def close(self) -> None:
        self._socket.close()

    def _awaited(self, event: str) -> dict[str, Any]:
        while True:
            packet = self._packet()
            assert packet["type"] != 4, packet
            if packet["type"] == 2 and packet["data"][0] == event:
                found: dict[str, Any] = packet["data"][1]
                return found

    def _packet(self) -> dict[str, Any]:
        while True:
            opcode, payload = self._frame()
            assert opcode != 8, payload
            if opcode == 2:
                packet: dict[str, Any] = msgpack.unpackb(payload, strict_map_key=False)
                self._note(packet, len(payload))
                return packet
            self._socket.sendall(b"\x81\x81" + bytes(4) + b"3")

    def _send(self, payload: bytes) -> None:
        size = len(payload)
        head = bytes((0x82, 0x80 | size)) if size < 126 else b"\x82\xfe" + size.to_bytes(2, "big")
        self._socket.sendall(head + bytes(4) + payload)

    def _frame(self) -> tuple[int, bytes]:
        while True:
            held = self._held
            if len(held) >= 2:
                size, start = held[1] & 0x7F, 2
                if size > 125:
                    start = 4 if size == 126 else 10
                    size = int.from_bytes(held[2:start], "big") if len(held) >= start else 1 << 62
                if len(held) >= start + size:
                    payload = bytes(held[start : start + size])
                    opcode = held[0] & 0x0F
                    del held[: start + size]
                    return opcode, payload
            self._more()

    def _more(self) -> None:
        got = self._socket.recv(1 << 20)
        assert got, "the server hung up"
        self._held += got
