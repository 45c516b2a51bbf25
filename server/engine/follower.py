"""A follower: something outside the log that keeps up with it from a cursor of its own.

It reads the journal, not the live publication, so it may stop, crash and come back: work is repeated,
never lost. What it does must therefore be idempotent, and it moves its cursor itself. It outlives what it
cannot keep: it says so and tries again. When the database was restored its cursor is read again, too.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from server.engine.engine import Engine
from server.engine.entry import Entry
from server.engine.journal import JournalDown

log = logging.getLogger(__name__)
CHUNK = 500
LOOK_AGAIN = 5.0  # seconds, when nothing woke it


class Follower:
    """`keep(entries)` takes the next entries, in order, and remembers that it has them."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        cursor: Callable[[], Awaitable[int]],
        keep: Callable[[Sequence[Entry]], Awaitable[None]],
    ) -> None:
        self.name = name
        self._engine = engine
        self._cursor = cursor
        self._keep = keep
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
                while entries := await self._engine.journal.read(seq, CHUNK):
                    await self._keep(entries)
                    seq = entries[-1].seq
                    await asyncio.sleep(0)
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()
            except JournalDown as trouble:
                log.warning("follower %s waits: %s", self.name, trouble)
                seq = None
                await asyncio.sleep(1.0)
            except Exception:
                log.exception("follower %s fails behind entry %s", self.name, seq)
                seq = None
                await asyncio.sleep(LOOK_AGAIN)
