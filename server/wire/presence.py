"""The volatile lane: who is online, where the teams are. Never journalled, never in front of an order.

Changes are conflated: at most one message a second per log, with the units whose count changed and the
newest position of each team. A slow client simply misses some.
"""

import asyncio
import contextlib

import msgspec

from server.domain.message import Position
from server.wire.answers import MALFORMED
from server.wire.hosted import Hosted, Seat
from server.wire.sockets import Connection, frame

EVERY = 1.0


class Heard(msgspec.Struct):
    position: Position | None = None


_heard = msgspec.msgpack.Decoder(Heard)
_pack = msgspec.msgpack.Encoder().encode


class _Board:
    """What is known of one log, and what changed since it was last told."""

    def __init__(self) -> None:
        self.online: dict[str, int] = {}
        self.positions: dict[str, Position] = {}
        self.dirty_units: set[str] = set()
        self.dirty_positions: set[str] = set()


class Presence:
    def __init__(self, hosted: dict[str, Hosted]) -> None:
        self._hosted = hosted
        self._boards: dict[str, _Board] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._tell(), name="presence")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def came(self, hosted: Hosted, connection: Connection, seat: Seat) -> None:
        board = self._board(hosted)
        unit = seat.counted = seat.unit
        board.online[unit] = board.online.get(unit, 0) + 1
        board.dirty_units.add(unit)
        if "directory" in seat.scope.topics:
            connection.write(_framed(board.online, board.positions))

    def went(self, hosted: Hosted, seat: Seat) -> None:
        board = self._board(hosted)
        unit = seat.counted
        left = board.online.get(unit, 0) - 1
        if left > 0:
            board.online[unit] = left
        else:
            board.online.pop(unit, None)
            board.positions.pop(unit, None)
        board.dirty_units.add(unit)

    def heard(self, seat: Seat, raw: msgspec.Raw) -> None:
        """A position from a device; anything else is ignored: this lane promises nothing."""
        with contextlib.suppress(*MALFORMED):
            position = _heard.decode(raw).position
            if position is not None:
                board = self._board(seat.hosted)
                board.positions[seat.unit] = position
                board.dirty_positions.add(seat.unit)

    def online(self, log: str) -> int:
        board = self._boards.get(log)
        return sum(board.online.values()) if board else 0

    def _board(self, hosted: Hosted) -> _Board:
        return self._boards.setdefault(hosted.engine.journal.log, _Board())

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            for name, board in self._boards.items():
                hosted = self._hosted.get(name)
                if hosted is None or not (board.dirty_units or board.dirty_positions):
                    continue
                units = {unit: board.online.get(unit, 0) for unit in board.dirty_units}
                positions = {
                    unit: board.positions[unit] for unit in board.dirty_positions if unit in board.positions
                }
                board.dirty_units, board.dirty_positions = set(), set()
                hosted.audience.send(("directory",), _framed(units, positions))


def _framed(units: dict[str, int], positions: dict[str, Position]) -> bytes:
    return frame("presence", _pack({"units": units, "positions": positions}))
