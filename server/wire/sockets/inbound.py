"""What a client may send when, as a table.

| packet      | before CONNECT    | while connecting  | accepted       |
|-------------|-------------------|-------------------|----------------|
| CONNECT "/" | asks the owner    | cut bad_packet    | cut bad_packet |
| EVENT       | cut connect_first | cut connect_first | see below      |
| DISCONNECT  | closes            | closes            | closes         |

At any time: CONNECT of another namespace is answered with CONNECT_ERROR bad_namespace and the connection
stays. ACK (none is ever asked for), CONNECT_ERROR, binary packets and attachments, unknown types, what is
not msgpack or has wrong types, other packets of another namespace, text that is not an Engine.IO pong,
close or noop: cut bad_packet.

Events: a name we take, with an ack id where one is due, goes to the owner. An unknown name is answered with
the error `unknown_event`, or only counted when no ack was asked for (a newer client's volatile event must
not end its connection). An ack that is due but not asked for: cut bad_packet, since nobody could ever be
told the result. Over the rate: error `rate_limited` with `after`, or dropped when no ack was asked for;
beyond the overdraft: cut. Larger than a message may be: cut too_large; some events have a limit of their own.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec

from server.wire.sockets import frames, packets
from server.wire.sockets.connection import Connection, State
from server.wire.sockets.settings import Handlers, Settings

_log = logging.getLogger(__name__)

CONNECT: Final = "connect"
EVENT: Final = "event"
LEAVE: Final = "leave"

STEPS: Final[dict[tuple[State, int], str]] = {
    (State.OPENED, packets.CONNECT): CONNECT,
    (State.OPENED, packets.DISCONNECT): LEAVE,
    (State.CONNECTING, packets.DISCONNECT): LEAVE,
    (State.LIVE, packets.EVENT): EVENT,
    (State.LIVE, packets.DISCONNECT): LEAVE,
}
CUTS: Final[dict[tuple[State, int], str]] = {
    (State.OPENED, packets.EVENT): "connect_first",
    (State.CONNECTING, packets.EVENT): "connect_first",
}


class Inbound:
    """Reads messages; every way through ends in a call of the owner, an answer or a cut."""

    def __init__(
        self, settings: Settings, handlers: Handlers, connect: Callable[[Connection, bytes | None], None]
    ) -> None:
        self._settings = settings
        self._handlers = handlers
        self._connect = connect
        self.counted: Counter[str] = Counter()

    def message(self, connection: Connection, opcode: int, payload: bytes, now: float) -> None:
        """One websocket message that is not a close."""
        if opcode == frames.TEXT and payload == b"3" and not connection.heard:
            return  # the pong that is waited for is free
        settings = self._settings
        wait = connection.bucket.take(now, settings.rate, settings.burst)
        if wait and connection.bucket.exhausted(settings.burst):
            connection.cut("rate_limited", retry=True)
        elif opcode == frames.BINARY:
            self._packet(connection, payload, wait)
        elif opcode == frames.PING:
            if not wait:
                connection.push(frames.encode(frames.PONG, payload))
        elif opcode == frames.TEXT:
            self._engine_packet(connection, payload)

    def event(
        self, connection: Connection, name: str, argument: bytes, ack_id: int | None, now: float
    ) -> None:
        """An event of an accepted connection, of ordinary size, that was parsed already."""
        settings = self._settings
        wait = connection.bucket.take(now, settings.rate, settings.burst)
        if wait and connection.bucket.exhausted(settings.burst):
            connection.cut("rate_limited", retry=True)
        else:
            self._event(connection, name, msgspec.Raw(argument), ack_id, wait)

    def _engine_packet(self, connection: Connection, payload: bytes) -> None:
        if payload == b"1":
            connection.close("client")
        elif payload not in (b"3", b"6"):
            connection.cut("bad_packet", retry=False)

    def _packet(self, connection: Connection, payload: bytes, wait: float) -> None:
        if len(payload) > self._settings.max_message and not self._may_be_large(payload):
            connection.cut("too_large", retry=False, close=frames.TOO_BIG)
            return
        try:
            packet = packets.parse(payload)
            if packet.nsp != "/":
                self._other_namespace(connection, packet)
                return
            step = STEPS.get((connection.state, packet.type))
            if step == EVENT:
                name, raw = packets.parse_event(packet.data)
                self._event(connection, name, raw, packet.id, wait)
            elif step == CONNECT:
                self._connect(connection, packets.given(packet.data))
            elif step == LEAVE:
                connection.close("client")
            else:
                connection.cut(CUTS.get((connection.state, packet.type), "bad_packet"), retry=False)
        except packets.BadPacket:
            connection.cut("bad_packet", retry=False)

    def _may_be_large(self, payload: bytes) -> bool:
        """Whether it is an event with a limit of its own, within that."""
        try:
            name, _ = packets.parse_event(packets.parse(payload).data)
        except packets.BadPacket:
            return False
        return len(payload) <= self._settings.large.get(name, 0)

    def _other_namespace(self, connection: Connection, packet: packets.Packet) -> None:
        if packet.type == packets.CONNECT and len(packet.nsp) <= 64:
            connection.push(packets.frame_connect_error("bad_namespace", retry=False, nsp=packet.nsp))
        else:
            connection.cut("bad_packet", retry=False)

    def _event(
        self, connection: Connection, name: str, raw: msgspec.Raw, ack_id: int | None, wait: float
    ) -> None:
        due = self._settings.events.get(name)
        if due is None:
            self._unknown(connection, ack_id)
            return
        if due and ack_id is None:
            connection.cut("bad_packet", retry=False)
            return
        wait = wait or self._handlers.admit(connection, name)
        if wait > 0:
            self._not_now(connection, ack_id, wait)
            return
        self.counted["events"] += 1
        try:
            self._handlers.on_event(connection, name, raw, ack_id)
        except Exception:  # noqa: BLE001 - a defect of the owner ends this connection and no other
            _log.exception("on_event failed for %s", name)
            connection.cut("internal", retry=True)

    def _unknown(self, connection: Connection, ack_id: int | None) -> None:
        self.counted["unknown_events"] += 1
        if ack_id is not None:
            connection.write(packets.frame_error(ack_id, "unknown_event", retry=False))

    def _not_now(self, connection: Connection, ack_id: int | None, wait: float) -> None:
        self.counted["rate_limited"] += 1
        if ack_id is not None:
            after = math.ceil(wait * 1000)
            connection.write(packets.frame_error(ack_id, "rate_limited", retry=True, after=after))
