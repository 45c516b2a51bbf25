"""A lean client of the wire, so that thousands fit in one test process: no library, one protocol object each.

It keeps the rules PROTOCOL.md gives a client: a cursor (epoch, seq, scope) that moves with entries and
heads, a reset replaces everything, an action keeps its id until it is answered, a lost connection is made
again after a pause with jitter. What it is sent it writes down: `seqs` (every entry, once), `doubled` and
`inverted` (entries that came again or out of order), `resets`, `cuts`, `refusals`. With `look=True` it also
keeps a view by the server's own `evolve`, to compare with a snapshot.
"""

import asyncio
import itertools
import random
import socket
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from server.world.evolve import evolve
from server.world.registry import decode_event
from server.world.state import State

PATIENCE = 60.0
HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
_pack = msgspec.msgpack.Encoder().encode
_ids = itertools.count(1)


class _Packet(msgspec.Struct):
    type: int
    data: Raw = Raw(b"\xc0")
    id: int | None = None


class Entry(msgspec.Struct):
    seq: int
    at: int
    actor: str
    mark: str
    events: list[tuple[str, Raw]]


class _Welcome(msgspec.Struct):
    epoch: str
    seq: int
    scope: str
    resumed: bool
    restored: bool


class _Head(msgspec.Struct):
    seq: int
    now: int
    mark: str


class _Reset(msgspec.Struct):
    epoch: str
    seq: int
    scope: str
    mark: str
    view: Raw


class Cut(msgspec.Struct):
    code: str
    retry: bool


class _Refused(msgspec.Struct):
    data: Cut


_packet = msgspec.msgpack.Decoder(_Packet)
_parts = msgspec.msgpack.Decoder(list[Raw])
_name = msgspec.msgpack.Decoder(str)
_entry = msgspec.msgpack.Decoder(Entry)
_welcome = msgspec.msgpack.Decoder(_Welcome)
_head = msgspec.msgpack.Decoder(_Head)
_reset = msgspec.msgpack.Decoder(_Reset)
_cut = msgspec.msgpack.Decoder(Cut)
_refused = msgspec.msgpack.Decoder(_Refused)
_view = msgspec.msgpack.Decoder(State)
_anything = msgspec.msgpack.Decoder()


class Refusal(Exception):
    """An action was answered with an error that trying again does not help."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["code"])
        self.code: str = error["code"]
        self.error = error


def masked(opcode: int, payload: bytes) -> bytes:
    """One client frame; the masking key is zero, so the payload stays as it is."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


class _Line(asyncio.Protocol):
    """One connection: frames in, whole messages to the station."""

    def __init__(self, station: "Station") -> None:
        self.station = station
        self.transport: asyncio.Transport
        self.rest = b""
        self.upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        data = self.rest + data if self.rest else data
        at = 0
        if not self.upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self.rest = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self.transport.abort()
                return
            self.upgraded, at = True, end + 4
        while (after := self._frame(data, at)) is not None:
            at = after
        self.rest = data[at:]

    def _frame(self, data: bytes, at: int) -> int | None:
        if len(data) < at + 2:
            return None
        size, body = data[at + 1], at + 2
        if size > 125:
            body = at + (4 if size == 126 else 10)
            if len(data) < body:
                return None
            size = int.from_bytes(data[at + 2 : body], "big")
        if len(data) < body + size:
            return None
        self.station.heard(self, data[at] & 15, data[body : body + size])
        return body + size

    def connection_lost(self, exc: Exception | None) -> None:
        self.station.lost(self)


class Station:
    """One client. `await open()`, then read what it has seen; `await close()`."""

    def __init__(
        self,
        ports: Sequence[int],
        token: str,
        device: str = "",
        *,
        look: bool = False,
        pause: tuple[float, float] = (0.05, 0.4),
        receive_buffer: int = 0,
    ) -> None:
        self.ports = list(ports)
        self.token = token
        self.device = device or f"device-{next(_ids)}"
        self.look = look
        self.pause = pause
        self.cursor: dict[str, Any] | None = None
        self.seqs: list[int] = []
        self.entries: list[Entry] = []  # kept with `look` only
        self.view: State | None = None
        self.on_entry: Callable[[Entry], None] | None = None
        self.arrived: list[float] | None = None  # set to a list to keep the loop time of every entry
        self.doubled = self.inverted = self.resets = self.resumed = self.restored = self.connects = 0
        self.cuts: list[Cut] = []
        self.refusals: list[Cut] = []
        self.media: list[dict[str, Any]] = []  # what was told about rooms
        self.here = asyncio.Event()  # connected and synced
        self._receive_buffer = receive_buffer
        self._line: _Line | None = None
        self._last = 0  # newest entry of this connection
        self._acks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ack = 0
        self._gone = asyncio.Event()
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.over = False  # refused or cut for good

    # ── living ────────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> "Station":
        """Connected and synced, or over (refused for good)."""
        self.start()
        async with asyncio.timeout(PATIENCE):
            await self.here.wait()
        return self

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._live())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.hang_up()

    @property
    def connected(self) -> bool:
        return self._line is not None

    def hang_up(self) -> None:
        """Drop the connection as a dead battery does; it is made again unless closed."""
        if self._line is not None:
            self._line.transport.abort()

    def deaf(self, deaf: bool = True) -> None:
        """Stop reading, or go on."""
        if self._line is not None:
            (self._line.transport.pause_reading if deaf else self._line.transport.resume_reading)()

    async def _live(self) -> None:
        while not self.over:
            self._gone.clear()
            self._last = 0
            try:
                await self._connect()
            except OSError:
                pass
            else:
                await self._gone.wait()
            for waiting in self._acks.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionResetError("the connection is gone"))
            self._acks.clear()
            if not self.over:
                await asyncio.sleep(random.uniform(*self.pause))
        self.here.set()

    async def _connect(self) -> None:
        made = socket.socket()
        made.setblocking(False)
        if self._receive_buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        try:
            port = self.ports[self.connects % len(self.ports)]
            self.connects += 1
            loop = asyncio.get_running_loop()
            await loop.sock_connect(made, ("127.0.0.1", port))
            await loop.create_connection(lambda: _Line(self), sock=made)
        except BaseException:
            made.close()
            raise

    # ── hearing ───────────────────────────────────────────────────────────────────────────────────

    def lost(self, line: _Line) -> None:
        self._line = None
        if not self.over:
            self.here.clear()
        self._gone.set()

    def heard(self, line: _Line, opcode: int, payload: bytes) -> None:
        if opcode == 2:
            packet = _packet.decode(payload)
            if packet.type == 2:
                name, argument = _parts.decode(packet.data)
                self._event(_name.decode(name), argument)
            elif packet.type == 3 and packet.id is not None:
                waiting = self._acks.pop(packet.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(_anything.decode(_parts.decode(packet.data)[0]))
            elif packet.type == 4:
                refusal = _refused.decode(packet.data).data
                self.refusals.append(refusal)
                self.over = not refusal.retry
        elif opcode == 1 and payload[:1] == b"0":
            self._line = line
            line.transport.write(self.introduction())
        elif opcode == 1 and payload == b"2":
            line.transport.write(masked(1, b"3"))
        elif opcode == 8:
            line.transport.abort()

    def _event(self, name: str, argument: Raw) -> None:
        if name == "entry":
            self._take(_entry.decode(argument))
        elif name == "head":
            self._reach(_head.decode(argument))
            self.here.set()
        elif name == "welcome":
            welcome = _welcome.decode(argument)
            self.resumed += welcome.resumed
            self.restored += welcome.restored
            if not welcome.resumed:
                self.cursor = None  # a reset follows
        elif name == "reset":
            reset = _reset.decode(argument)
            place = {"epoch": reset.epoch, "seq": reset.seq, "scope": reset.scope}
            self.cursor = place | {"mark": reset.mark}
            self.resets += 1
            if self.look:
                self.view = _view.decode(reset.view)
            self.here.set()
            self._moved.set()
        elif name == "media":
            self.media.append(_anything.decode(argument))
            self._moved.set()
        elif name == "cut":
            cut = _cut.decode(argument)
            self.cuts.append(cut)
            self.over = not cut.retry
            self._moved.set()

    def _take(self, entry: Entry) -> None:
        assert self.cursor is not None, "an entry before the first snapshot"
        self.inverted += entry.seq <= self._last
        self._last = entry.seq
        if entry.seq <= self.cursor["seq"]:
            self.doubled += 1
            return
        self.cursor |= {"seq": entry.seq, "mark": entry.mark}
        self.seqs.append(entry.seq)
        if self.arrived is not None:
            self.arrived.append(asyncio.get_running_loop().time())
        if self.look:
            self.entries.append(entry)
        if self.view is not None:
            for name, fields in entry.events:
                evolve(self.view, decode_event(name, fields), entry.at)
            self.view.seq, self.view.at = entry.seq, entry.at
        if self.on_entry is not None:
            self.on_entry(entry)
        self._moved.set()

    def _reach(self, head: _Head) -> None:
        if self.cursor is not None and head.seq > self.cursor["seq"]:
            self.cursor |= {"seq": head.seq, "mark": head.mark}
        self._moved.set()

    @property
    def seq(self) -> int:
        """Complete up to here."""
        return self.cursor["seq"] if self.cursor is not None else 0

    async def until(self, condition: Callable[[], bool], within: float = PATIENCE) -> None:
        """Return once it holds; looked at whenever something was heard."""
        async with asyncio.timeout(within):
            while not condition():
                self._moved.clear()
                await self._moved.wait()

    async def reached(self, seq: int, within: float = PATIENCE) -> None:
        await self.until(lambda: self.seq >= seq, within)

    async def ended(self, within: float = PATIENCE) -> str:
        """Wait until it was cut or refused for good; the code."""
        assert self._task is not None
        async with asyncio.timeout(within):
            await asyncio.shield(self._task)
        return (self.cuts + self.refusals)[-1].code

    def introduction(self) -> bytes:
        """The CONNECT packet as a frame."""
        auth = {"token": self.token, "device": self.device, "cursor": self.cursor}
        return masked(2, _pack({"type": 0, "nsp": "/", "data": auth}))

    def rewind(self, seq: int) -> None:
        """Forget what came after `seq`, as a phone does that was switched off then."""
        assert self.cursor is not None
        self.cursor |= {"seq": seq, "mark": ""}
        self.seqs = [known for known in self.seqs if known <= seq]

    # ── asking ────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, event: str, argument: object) -> dict[str, Any]:
        """One request on this connection. Raises ConnectionResetError when it goes before the answer."""
        self._ack += 1
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if self._line is None or not self.here.is_set():
            raise ConnectionResetError("not connected")
        self._acks[self._ack] = waiting
        self._send({"type": 2, "nsp": "/", "data": [event, argument], "id": self._ack})
        return await waiting

    async def try_act(self, do: dict[str, Any], id: str = "") -> dict[str, Any]:
        """Ask once; the ack as it is."""
        return await self.ask("act", {"id": id or f"{self.device}.{next(_ids)}", "do": do})

    async def act(self, do: dict[str, Any], id: str = "", within: float = PATIENCE) -> int:
        """Ask until it is answered, with one id, over any number of connections; its seq. Raises Refusal."""
        id = id or f"{self.device}.{next(_ids)}"
        async with asyncio.timeout(within):
            while True:
                await self.here.wait()
                if self.over:
                    raise ConnectionResetError((self.cuts + self.refusals)[-1].code)
                try:
                    answer = await self.try_act(do, id)
                except ConnectionResetError:
                    await asyncio.sleep(0.05)
                    continue
                if "error" not in answer:
                    return int(answer["seq"])
                if not answer["error"]["retry"]:
                    raise Refusal(answer["error"])
                await asyncio.sleep(min(answer["error"].get("after", 200), 500) / 1000)

    def send(self, event: str, argument: object) -> None:
        """Without an answer."""
        self._send({"type": 2, "nsp": "/", "data": [event, argument]})

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        assert self._line is not None
        self._line.transport.write(data)

    def _send(self, packet: dict[str, Any]) -> None:
        assert self._line is not None
        self._line.transport.write(masked(2, _pack(packet)))
