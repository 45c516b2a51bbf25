"""A thread that does the blocking work of one purpose, and answers the event loop in time whatever happens
to it.

Rules: a caller is answered within its timeout although the thread may hang for minutes; work whose caller
has gone before it began is never begun; the result of work whose caller has gone meanwhile is handed to
`late`, in the thread, so that an open transaction nobody owns is closed. The threads are daemons: a
database that hangs does not keep the process from ending. asyncio's own executor does none of the three.
"""

import asyncio
import contextlib
import enum
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")


class Expired(Exception):
    """No answer in time. `begun` tells whether the work may still take effect; work not begun never will."""

    def __init__(self, begun: bool) -> None:
        super().__init__("begun" if begun else "not begun")
        self.begun = begun


class _State(enum.Enum):
    WAITING = 1
    RUNNING = 2
    DONE = 3
    LEFT = 4  # the caller has gone


class _Outcome(Generic[T]):
    """What the work returned, or raised."""

    def __init__(self, result: T | None, error: BaseException | None) -> None:
        self._result = result
        self._error = error

    def hand_to(
        self, taker: Callable[[T], Any], on_error: Callable[[BaseException], Any] = lambda error: None
    ) -> None:
        if self._error is None:
            taker(cast(T, self._result))
        else:
            on_error(self._error)


class _Ticket(Generic[T]):
    """One piece of work on its way from the loop to the thread and back."""

    def __init__(
        self,
        lane: "Lane",
        work: Callable[[], T],
        late: Callable[[T], None] | None,
        future: "asyncio.Future[T]",
    ) -> None:
        self._lane = lane
        self._work = work
        self._late = late
        self._future = future
        self._loop = future.get_loop()
        self._state = _State.WAITING
        self._guard = threading.Lock()

    def run(self) -> None:
        """In the thread."""
        with self._guard:
            if self._state is _State.LEFT:
                return
            self._state = _State.RUNNING
        outcome: _Outcome[T]
        try:
            outcome = _Outcome(self._work(), None)
        except BaseException as fault:  # noqa: BLE001  # every kind is carried over to the caller
            outcome = _Outcome(None, fault)
        with self._guard:
            gone = self._state is _State.LEFT
            self._state = _State.DONE
        if not gone:
            try:
                self._loop.call_soon_threadsafe(self._answer, outcome)
                return
            except RuntimeError:  # the loop is closed
                pass
        if self._late is not None:
            outcome.hand_to(self._late)

    def _answer(self, outcome: "_Outcome[T]") -> None:
        """In the loop."""
        if not self._future.done():
            outcome.hand_to(self._future.set_result, self._future.set_exception)
        elif (late := self._late) is not None:
            self._lane.post(lambda: outcome.hand_to(late))

    def leave(self) -> None:
        """In the loop: the time is up."""
        with self._guard:
            if self._state is _State.DONE or self._future.done():
                return
            begun = self._state is _State.RUNNING
            self._state = _State.LEFT
        self._future.set_exception(Expired(begun))

    def abandon(self) -> None:
        """In the loop: the caller was cancelled."""
        with self._guard:
            if self._state is not _State.DONE:
                self._state = _State.LEFT


class Lane:
    """`threads` threads taking work from one bounded queue."""

    def __init__(self, name: str, threads: int = 1, backlog: int = 1024) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(backlog)
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        self._closed = False
        for thread in self._threads:
            thread.start()

    async def call(
        self, work: Callable[[], T], patience: float, late: Callable[[T], None] | None = None
    ) -> T:
        """The result of `work()`, run in the thread. Raises what it raises, or `Expired`."""
        if self._closed:
            raise Expired(begun=False)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        ticket = _Ticket(self, work, late, future)
        try:
            self._queue.put_nowait(ticket.run)
        except queue.Full:
            raise Expired(begun=False) from None
        timer = loop.call_later(patience, ticket.leave)
        try:
            return await future
        except asyncio.CancelledError:
            ticket.abandon()
            raise
        finally:
            timer.cancel()

    def post(self, work: Callable[[], Any]) -> None:
        """Run `work` in the thread some time; nobody waits for it."""
        self._queue.put(work)

    async def close(self, last: Callable[[], Any] | None = None, patience: float = 5.0) -> None:
        """Do what is queued, then `last`, then end the threads; a thread that hangs is left behind."""
        if self._closed:
            return
        if last is not None:
            with contextlib.suppress(Expired):
                await self.call(last, patience)
        self._closed = True
        for _ in self._threads:
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                return

    def _serve(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
            del work
