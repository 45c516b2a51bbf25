"""What is due every so many ticks, by the clock.

A worker that gets little of its machine makes fewer turns, but a second stays a second: counted by turns,
what a sender may send in one would have to last for ten, and its sound would be barred with the rest.
"""

import asyncio
from collections.abc import Callable

TICK = 0.025  # seconds
REST = 0.1  # seconds from turn to turn while nothing presses


class Ticker:
    """Calls `turn` TICK after the last time while that says that something presses, or when somebody is in a
    hurry; else REST after: in a small room, looking for what is not there costs a tenth of everything.
    `failed`: what it raised."""

    def __init__(self, turn: Callable[[], bool]) -> None:
        self._turn = turn
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._due = 0.0
        self._rests = False
        self.failed: asyncio.Future[object] = self._loop.create_future()
        self._plan(TICK)

    def hurry(self) -> None:
        """Something came that should not wait for REST."""
        if self._rests:
            self._rests = False
            self._next.cancel()
            self._plan(TICK)

    def stop(self) -> None:
        self._next.cancel()
        self.failed.cancel()

    def _plan(self, wait: float) -> None:
        self._due = max(self._last + wait, self._loop.time())
        self._next = self._loop.call_at(self._due, self._go)

    def _go(self) -> None:
        self._last = self._due  # not now: the beat is kept
        try:
            self._rests = not self._turn()
        except Exception as error:  # noqa: BLE001 - it ends the worker, which is who waits for it
            self.failed.set_exception(error)
            return
        self._plan(REST if self._rests else TICK)


class Pace:
    __slots__ = ("_at", "_began", "_was")

    def __init__(self, now: float) -> None:
        self._began = now
        self._was = self._at = 0

    def turn(self, now: float) -> None:
        """A turn begins."""
        self._was, self._at = self._at, int((now - self._began) / TICK)

    def due(self, every: int, offset: int = 0) -> bool:
        """Whether so many ticks are over since it was due; `offset` spreads the work of many. Once, however
        many turns were missed."""
        return (self._at + offset) // every != (self._was + offset) // every
