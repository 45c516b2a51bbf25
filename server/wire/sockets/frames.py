"""RFC 6455 frames as pure functions and one incremental parser: no socket, no clock.

Rules
- What the server sends is one unmasked, unfragmented, uncompressed frame per message, so a frame is a
  constant `bytes` that can be written to any number of sockets.
- What a client sends must be masked, minimal in its length field and without reserved bits; anything else
  is a `FrameError` with the close code RFC 6455 section 7.4.1 gives it. After an error the parser is not
  used again.
- The parser holds nothing while no frame is half received: an idle connection costs no buffer.
- A frame is refused by its header, before its payload is buffered, when it would exceed `limit`.
"""

from __future__ import annotations

import struct
from typing import Final

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009
TRY_LATER: Final = 1013

_SHORT_HEADS: Final = tuple(bytes((0x80 | BINARY, size)) for size in range(126))
_head_of_medium: Final = struct.Struct(">BBH").pack
_KNOWN: Final = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))


class FrameError(Exception):
    """The peer broke RFC 6455; `code` is the close code to answer with."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def encode(opcode: int, payload: bytes) -> bytes:
    """One final, unmasked frame, as a server sends it."""
    size = len(payload)
    if opcode == BINARY and size < 126:
        return _SHORT_HEADS[size] + payload
    first = 0x80 | opcode
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return _head_of_medium(first, 126, size) + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def encode_close(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to the 123 bytes that fit."""
    return encode(CLOSE, code.to_bytes(2, "big") + reason.encode()[:123])


def check_close(payload: bytes) -> None:
    """Raises FrameError for a close payload RFC 6455 section 5.5.1 forbids."""
    if not payload:
        return
    if len(payload) == 1:
        raise FrameError(PROTOCOL_ERROR, "close payload of one byte")
    code = int.from_bytes(payload[:2], "big")
    if not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in (1004, 1005, 1006):
        raise FrameError(PROTOCOL_ERROR, "forbidden close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise FrameError(INVALID_TEXT, "close reason is not UTF-8") from None


def mask(payload: bytes | bytearray, key: bytes) -> bytes:
    """XOR with the four-byte key repeated; as big integers, which beats a byte loop a hundred times."""
    size = len(payload)
    if not size:
        return b""
    keys = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")


class FrameParser:
    """Bytes in, complete messages out: `[(opcode, payload), …]`, fragments joined."""

    __slots__ = ("_fragments", "_limit", "_need", "_opcode", "_rest")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest: bytearray | None = None
        self._need = 0
        self._opcode = 0
        self._fragments: bytearray | None = None

    def limit(self, size: int) -> None:
        """The largest message from now on, in bytes."""
        self._limit = size

    @property
    def idle(self) -> bool:
        """Nothing is held: what comes next is the beginning of a message."""
        return self._rest is None and self._fragments is None

    @property
    def pending(self) -> int:
        """Bytes held for frames and messages that are not complete."""
        return (len(self._rest) if self._rest else 0) + (len(self._fragments) if self._fragments else 0)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Raises FrameError; the messages completed before the error are lost, as the connection is."""
        if self.idle:
            whole = self._whole(data)
            if whole is not None:
                return [(BINARY, whole)]
        buffer: bytes | bytearray = data
        if self._rest is not None:
            self._rest += data
            if len(self._rest) < self._need:
                return []
            buffer = self._rest
            self._rest = None
        messages: list[tuple[int, bytes]] = []
        at = 0
        end = len(buffer)
        while at < end:
            after = self._frame(buffer, at, end, messages)
            if after < 0:
                self._rest = bytearray(buffer[at:])
                self._need = -after
                break
            at = after
        return messages

    def _whole(self, data: bytes) -> bytes | None:
        """The usual case, told by its length: exactly one final binary frame of less than 64 KiB."""
        size = len(data) - 6
        if 0 <= size < 126:
            if data[0] == 0x82 and data[1] == 0x80 | size and size <= self._limit:
                return mask(data[6:], data[2:6])
            return None
        size -= 2
        if not 126 <= size < 65536 or data[0] != 0x82 or data[1] != 0xFE or size > self._limit:
            return None
        return mask(data[8:], data[4:8]) if data[2] << 8 | data[3] == size else None

    def _frame(self, buffer: bytes | bytearray, at: int, end: int, messages: list[tuple[int, bytes]]) -> int:
        """Reads one frame at `at`; returns where the next begins, or minus the bytes needed to go on."""
        if end - at < 2:
            return -2
        first = buffer[at]
        second = buffer[at + 1]
        self._check_head(first, second)
        size = second & 0x7F
        body = at + 6
        if size == 126:
            if end - at < 4:
                return -4
            size = (buffer[at + 2] << 8) | buffer[at + 3]
            if size < 126:
                raise FrameError(PROTOCOL_ERROR, "length is not minimal")
            body = at + 8
        elif size == 127:
            if end - at < 10:
                return -10
            size = int.from_bytes(buffer[at + 2 : at + 10], "big")
            if size < 65536 or size >> 63:
                raise FrameError(PROTOCOL_ERROR, "length is not minimal")
            body = at + 14
        held = len(self._fragments) if self._fragments is not None and not first & 0x8 else 0
        if size + held > self._limit:
            raise FrameError(TOO_BIG, "message too big")
        after = body + size
        if end < after:
            return at - after
        payload = mask(buffer[body:after], bytes(buffer[body - 4 : body]))
        self._take(first, payload, messages)
        return after

    def _check_head(self, first: int, second: int) -> None:
        opcode = first & 0x0F
        if first & 0x70 or opcode not in _KNOWN:
            raise FrameError(PROTOCOL_ERROR, "reserved bits or opcode")
        if not second & 0x80:
            raise FrameError(PROTOCOL_ERROR, "frame is not masked")
        if opcode & 0x8:
            if not first & 0x80 or second & 0x7F > 125:
                raise FrameError(PROTOCOL_ERROR, "control frame fragmented or too long")
        elif (opcode == CONTINUATION) is (self._fragments is None):
            raise FrameError(PROTOCOL_ERROR, "fragments out of order")

    def _take(self, first: int, payload: bytes, messages: list[tuple[int, bytes]]) -> None:
        opcode = first & 0x0F
        if opcode & 0x8:
            if opcode == CLOSE:
                check_close(payload)
        elif self._fragments is not None:
            self._fragments += payload
            if not first & 0x80:
                return
            opcode = self._opcode
            payload = bytes(self._fragments)
            self._fragments = None
        elif not first & 0x80:
            self._opcode = opcode
            self._fragments = bytearray(payload)
            return
        if opcode == TEXT:
            try:
                payload.decode()
            except UnicodeDecodeError:
                raise FrameError(INVALID_TEXT, "text is not UTF-8") from None
        messages.append((opcode, payload))
