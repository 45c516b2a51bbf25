"""A journal with a fault at a chosen moment, over a real one."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Literal, Self

from server.engine.entry import Entry
from server.engine.journal import Head, Journal, JournalDown, Reason, Snapshot, Turn

Moment = Literal["open", "before", "after", "read"]
"""Opening the turn; before the commit; after it, its answer lost; any reading."""


class FaultyJournal:
    """`break_at("after", "unknown")` until `mend()`. `hold` keeps turns waiting before their commit."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._fault: tuple[Moment, Exception] | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.waiting = asyncio.Event()  # somebody is held
        self.turns = 0
        self.commits: list[int] = []

    @property
    def log(self) -> str:
        return self._journal.log

    def break_at(self, moment: Moment, reason: Reason = "unreachable") -> None:
        self._fault = (moment, JournalDown(reason, "broken by the test"))

    def fail_at(self, moment: Moment, error: Exception) -> None:
        self._fault = (moment, error)

    def mend(self) -> None:
        self._fault = None

    def hold(self) -> None:
        self.go.clear()
        self.waiting.clear()

    def check(self, moment: Moment) -> None:
        if self._fault is not None and self._fault[0] == moment:
            raise self._fault[1]

    async def head(self) -> Head:
        self.check("read")
        return await self._journal.head()

    async def open_turn(self, after: int, action_ids: Sequence[str], timeout: float) -> Turn:  # noqa: ASYNC109
        self.check("open")
        self.turns += 1
        return _FaultyTurn(await self._journal.open_turn(after, action_ids, timeout), self)

    async def read(self, after: int, limit: int) -> list[Entry]:
        self.check("read")
        return await self._journal.read(after, limit)

    async def renew_epoch(self, known: str) -> None:
        await self._journal.renew_epoch(known)

    async def save_snapshot(self, snapshot: Snapshot) -> None:
        await self._journal.save_snapshot(snapshot)

    async def latest_snapshot(self, at_most: int | None = None) -> Snapshot | None:
        return await self._journal.latest_snapshot(at_most)

    async def close(self) -> None:
        await self._journal.close()


class _FaultyTurn:
    def __init__(self, turn: Turn, journal: FaultyJournal) -> None:
        self._turn = turn
        self._journal = journal
        self.head, self.now = turn.head, turn.now
        self.missed, self.known = turn.missed, turn.known

    async def commit(self, entries: Sequence[Entry]) -> None:
        self._journal.waiting.set()
        await self._journal.go.wait()
        self._journal.check("before")
        await self._turn.commit(entries)
        self._journal.commits.append(len(entries))
        self._journal.check("after")

    async def rollback(self) -> None:
        await self._turn.rollback()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._turn.__aexit__(kind, error, trace)
