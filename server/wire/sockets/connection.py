"""One client: the asyncio protocol that owns the transport after the upgrade.

Rules
- ALL bytes to a client go through this class, in the order of the calls. While the kernel takes everything,
  a write is one `write(2)` on the descriptor: `fd` is then >= 0. As soon as a byte is left over, `fd` is -1
  and everything goes through the transport until that has run empty, so nothing overtakes. `fd` is also -1
  before the acceptance, under TLS and from the cut on; it is reset before the transport closes the
  descriptor, whose number the kernel reuses.
- What is written before the acceptance is held and follows it. `turn` holds what the audience is about to
  send in one write, and whatever is written meanwhile; a cut or a packet of the protocol lets it go first.
- `max_buffered` ends a slow connection. The largest single write that is under way does not count: a snapshot
  of any size may go to a connection that keeps up, and what is published behind it meanwhile; memory is
  bounded by the cap and twice that write. A peer that takes nothing at all ends by `stall_timeout`.
- A cut is: the "cut" event (CONNECT_ERROR before the acceptance), a close frame, at most `linger` seconds
  for the peer to close, then `abort`. The socket is not closed at once, since the kernel would answer
  unread input with a reset and throw the cut away.
"""

from __future__ import annotations

import asyncio
import os
import socket
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol, cast

from server.wire.sockets import frames, packets, path
from server.wire.sockets.rates import Bucket

if TYPE_CHECKING:
    from server.wire.sockets.audience import Audience
    from server.wire.sockets.settings import Settings


class State(IntEnum):
    """The order matters: what is below LIVE is not accepted yet, what is above it is on its way out."""

    OPENED = 0
    CONNECTING = 1
    LIVE = 2
    CLOSING = 3
    GONE = 4


class Gate(Protocol):
    """What a connection tells the server it belongs to."""

    settings: Settings

    def on_message(self, connection: Connection, opcode: int, payload: bytes) -> None: ...
    def on_event(self, connection: Connection, name: str, argument: bytes, ack_id: int | None) -> None: ...
    def on_stall(self, connection: Connection) -> None: ...
    def on_leaving(self, connection: Connection, was: State, reason: str, cut: bool) -> None: ...
    def on_gone(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """`topics`, `context` and `sid` are for the owner to read; `topics` is set by `Audience.join`."""

    __slots__ = (
        "_gate",
        "_handed",
        "_held",
        "_largest",
        "_parser",
        "_transport",
        "audience",
        "bucket",
        "context",
        "fd",
        "heard",
        "remote",
        "sid",
        "state",
        "topics",
        "turn",
    )

    def __init__(self, gate: Gate, sid: str, remote: str, context: object, now: float) -> None:
        self.fd = -1
        self.state = State.OPENED
        self.topics: frozenset[str] = frozenset()
        self.audience: Audience | None = None
        self.turn: list[bytes] | None = None  # the audience holds these back: what is written follows them
        self.context: Any = context
        self.sid = sid
        self.remote = remote
        self.heard = True
        self.bucket = Bucket(gate.settings.burst, now)
        self._gate = gate
        self._transport: asyncio.Transport | None = None
        self._parser: frames.FrameParser | None = frames.FrameParser(gate.settings.max_auth)
        self._held: list[bytes] | None = []
        self._handed = 0
        self._largest = 0

    # What the owner calls

    def write(self, data: bytes) -> None:
        """Sends whole frames (see `frame`, `frame_ack`); never blocks, never raises; dropped once cut."""
        turn = self.turn
        if turn is not None:
            turn.append(data)
            return
        fd = self.fd
        if fd < 0:
            self.overflow(data, 0)
            return
        try:
            sent = os.write(fd, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = -1
        if sent != len(data):
            self.overflow(data, sent)

    def reply(self, ack_id: int, payload: bytes) -> None:
        """Answers the event with this ack id; `payload` is msgpack already."""
        self.write(path.ack(ack_id, payload))

    def cut(self, code: str, retry: bool, close: int = frames.POLICY) -> None:
        """Tells the client why, then closes; may be called at any time, the first call counts."""
        if self.state < State.LIVE:
            self._end(packets.frame_connect_error(code, retry=retry), code, close, cut=True)
        else:
            self._end(packets.frame_cut(code, retry=retry), code, close, cut=True)

    # What the server calls

    def accept(self) -> None:
        """The CONNECT packet is out: send what was held, go live."""
        held = b"".join(self._held or ())
        self._held = None
        self.state = State.LIVE
        if self._parser is not None:
            settings = self._gate.settings
            self._parser.limit(max(settings.max_message, *settings.large.values(), 0))
        self.push(held)

    def close(self, reason: str, last: bytes = b"", code: int = frames.NORMAL) -> None:
        """Ends the connection without a "cut": the client asked for it, or was told already."""
        self._end(last, reason, code, cut=False)

    def abort(self, reason: str) -> None:
        """Drops the connection now, and what is buffered."""
        self._leave(reason, cut=False)
        if self._transport is not None:
            self._transport.abort()

    def push(self, data: bytes) -> None:
        """Writes whatever the state is: the protocol's own packets."""
        transport = self._transport
        if transport is None:
            return
        self._let_go()
        self._directly()
        if self.fd >= 0:
            self.write(data)
        elif data:
            self._hand_over(transport, data)

    def overflow(self, data: bytes, sent: int) -> None:
        """The slow path: `sent` bytes of `data` are with the kernel (-1: it refused for good)."""
        transport = self._transport
        if self.state < State.LIVE and self._held is not None:
            self._held.append(data)
            sizes = [len(held) for held in self._held]
            if sum(sizes) - max(sizes) > self._gate.settings.max_buffered:
                self.cut("too_slow", retry=True)
        elif self.state is not State.LIVE or transport is None:
            return
        elif sent < 0:
            self.abort("lost")
        elif sent == 0 and self.fd < 0 and self._directly():
            self.write(data)
        elif transport.get_write_buffer_size() > self._gate.settings.max_buffered + self._largest:
            self.cut("too_slow", retry=True, close=frames.TRY_LATER)
        else:
            self._hand_over(transport, data[sent:] if sent else data)

    @property
    def taken(self) -> int:
        """Bytes the kernel took of what was handed to the transport: grows while the peer reads."""
        return self._handed - self.buffered

    @property
    def buffered(self) -> int:
        """Bytes with the transport."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def _directly(self) -> bool:
        """Sets `fd` when a write may go straight to the kernel."""
        transport = self._transport
        if transport is None or self.state is not State.LIVE or transport.get_write_buffer_size():
            return False
        if transport.get_extra_info("sslcontext") is not None or transport.is_closing():
            return False
        self._largest = 0
        sock = transport.get_extra_info("socket")
        self.fd = -1 if sock is None else sock.fileno()
        return self.fd >= 0

    def _hand_over(self, transport: asyncio.Transport, data: bytes) -> None:
        self.fd = -1
        self._handed += len(data)
        self._largest = max(self._largest, len(data))
        transport.write(data)
        if self.state is State.LIVE:
            self._gate.on_stall(self)

    def _let_go(self) -> None:
        """What was held back goes now."""
        turn, self.turn = self.turn, None
        if turn is not None:
            self.write(b"".join(turn))

    def _end(self, last: bytes, reason: str, code: int, *, cut: bool) -> None:
        if self.state > State.LIVE:
            return
        self._let_go()
        if self.state > State.LIVE:
            return
        self._leave(reason, cut=cut)
        self.push(last + frames.encode_close(code, reason))

    def _leave(self, reason: str, *, cut: bool) -> None:
        was = self.state
        if was > State.LIVE:
            return
        self.state = State.CLOSING
        self.fd = -1
        self._held = None
        self.turn = None
        self._gate.on_leaving(self, was, reason, cut)

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._transport.set_write_buffer_limits(high=0)
        size = self._gate.settings.send_buffer
        sock = transport.get_extra_info("socket")
        if size and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:
            return
        if self.state is State.LIVE and parser.idle:
            found = path.event(data, self._gate.settings.max_message)
            if found is not None:
                self._gate.on_event(self, *found)
                self.heard = True
                return
        try:
            messages = parser.feed(data)
        except frames.FrameError as error:
            self._parser = None
            code = "too_large" if error.code == frames.TOO_BIG else "bad_packet"
            self.cut(code, retry=False, close=error.code)
            return
        for opcode, payload in messages:
            if self.state > State.LIVE:
                if opcode == frames.CLOSE:
                    self._hang_up()
                    return
            elif opcode == frames.CLOSE:
                self.close("client")
                self._hang_up()
                return
            else:
                self._gate.on_message(self, opcode, payload)
                self.heard = True

    def resume_writing(self) -> None:
        self._directly()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave("lost", cut=False)
        self.state = State.GONE
        self._transport = None
        self._parser = None
        self._gate.on_gone(self)

    def _hang_up(self) -> None:
        self._parser = None
        if self._transport is not None:
            self._transport.close()
