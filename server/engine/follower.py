"""A follower: something outside the log that keeps up with it from a cursor of its own.

It reads what was committed, from the engine's memory of the newest entries or else from the journal, so it
may stop, crash and come back: work is repeated, never lost. What it does must therefore be idempotent, and
it moves its cursor itself. It outlives what it cannot keep: it says so and tries again. When the database
was restored its cursor is read again, too.

It stays a moment behind on purpose: an order's receipts come within seconds and are kept together, in few
transactions, after those who wait for their replies have them.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from server.engine.engine import Engine
from server.engine.journal import JournalDown
from server.engine.published import Published

log = logging.getLogger(__name__)
CHUNK = 2_000
GATHER = 0.3  # seconds between being woken and looking
LOOK_AGAIN = 5.0  # seconds, when nothing woke it


class Follower:
    """`keep(entries)` takes the next entries, in order, and remembers that it has them."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        cursor: Callable[[], Awaitable[int]],
        keep: Callable[[Sequence[Published]], Awaitable[None]],
        gather: float = GATHER,
    ) -> None:
        self.name = name
        self._engine = engine
        self._cursor = cursor
        self._keep = keep
        self._gather = gather
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._engine.followers.append(self._woken)
        self._task = asyncio.create_task(self._follow(), name=f"follower {self.name}")

    async def stop(self) -> None:
        self._engine.followers.remove(self._woken)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        seq: int | None = None
        loads = self._engine.loads
        while True:
            try:
                if seq is None or loads != self._engine.loads:
                    loads = self._engine.loads
                    seq = await self._cursor()
                while entries := await self._after(seq):
                    await self._keep(entries)
                    seq = entries[-1].seq
                    await asyncio.sleep(0)
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()
                await asyncio.sleep(self._gather)
            except JournalDown as trouble:
                log.warning("follower %s waits: %s", self.name, trouble)
                seq = None
                await asyncio.sleep(1.0)
            except Exception:
                log.exception("follower %s fails behind entry %s", self.name, seq)
                seq = None
                await asyncio.sleep(LOOK_AGAIN)

    async def _after(self, seq: int) -> Sequence[Published]:
        """The next entries, as many as have about CHUNK events: an entry may have ten thousand."""
        told = self._engine.recent.some_after(seq, CHUNK)
        if told is None:
            told = [Published.of(entry) for entry in await self._engine.journal.read(seq, CHUNK)]
        events = 0
        for place, entry in enumerate(told):
            events += len(entry.events)
            if events >= CHUNK:
                return told[: place + 1]
        return told
