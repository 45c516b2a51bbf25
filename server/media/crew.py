"""The workers of a node: found or started, watched, started again.

Rules
- A place keeps its worker: connect; if nobody listens, start one (unless the place is somebody else's); when
  the connection ends and cannot be made again at once, the worker is dead and another is started.
- A worker that was up is started again at once; one that dies soon after its start waits, longer each time.
- A worker that does not answer is killed: its clients find another in seconds, or would wait for ever.
- A node that ends in order says so and its workers end, unless another node uses them; one that dies, or is
  told to, leaves them behind, and its successor takes them over with everything they carry.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Protocol

from rooms import control as c
from server.media.link import Gone, Link, Refusal, leave
from server.media.process import Launch, Process, prepare

log = logging.getLogger(__name__)

PING_EVERY = 2.0
PING_WITHIN = 6.0
PING_AGAIN = 2.0
START_SECONDS = 20.0  # from the start of a process to its socket, on a machine that is busy
SETTLED = 10.0  # a worker that lived so long was a good one
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LOOK = 0.05
END_SECONDS = 3.0


class Captain(Protocol):
    """Who is told; every call is synchronous."""

    def up(self, worker: "Worker", greeted: c.Greeted) -> None: ...
    def down(self, worker: "Worker") -> None: ...
    def told(self, worker: "Worker", told: c.Told) -> None: ...


class Worker:
    """One place, with whoever works there now. `address` names the place, `name` the process."""

    def __init__(self, address: str, process: Process | None, captain: Captain, gateway: str) -> None:
        self.address = address
        self.name = ""  # "": down
        self.path = ""  # how it forwards packets: "compiled" or "python"
        self.link: Link | None = None
        self.starts = 0
        self.process = process
        self._captain = captain
        self._gateway = gateway
        self._lost = asyncio.Event()
        self.looked = asyncio.Event()  # whether anybody is here was found out once

    # What the link tells

    def greeted(self, link: Link, greeted: c.Greeted) -> None:
        if greeted.protocol != c.PROTOCOL:
            return
        if self.name and self.name != greeted.worker:
            self._captain.down(self)
        self.link, self.name, self.path = link, greeted.worker, greeted.path
        self._captain.up(self, greeted)

    def told(self, link: Link, told: c.Told) -> None:
        if link is self.link:
            self._captain.told(self, told)

    def lost(self, link: Link) -> None:
        if link is self.link:
            self.link = None
            self._lost.set()

    # Keeping it

    async def keep(self, launch: Launch) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            self._lost.clear()
            came = monotonic()
            try:
                here = await self._reach()
                self.looked.set()  # nothing above raises but a cancellation
                if not here and self.process is not None:
                    here = await self._start(launch, self.process)
                if here:
                    came = monotonic()
                    await self._watch()
            except OSError as trouble:
                log.warning("media worker %s: %s", self.address, trouble)
            if await self._again():
                continue  # the connection broke, not the worker
            if self.name:
                log.warning("media worker %s (%s) is gone", self.name, self.address)
                self.name = ""
                self._captain.down(self)
            failures = 1 if monotonic() - came > SETTLED else failures + 1
            if failures > 1:
                await asyncio.sleep(PAUSES[min(failures - 2, len(PAUSES) - 1)])

    async def _again(self) -> bool:
        """Whether the same worker is still there."""
        return bool(self.name) and await self._reach()

    async def _reach(self) -> bool:
        """Whether a worker answers here. One of another version is ended: it cannot be talked to."""
        if self._linked():
            return True
        try:
            link = await Link.open(self.address, self, self._gateway)
        except (OSError, Gone):
            return False
        except Refusal as no:
            log.warning("media worker %s: %s", self.address, no)
            self._end(signal.SIGKILL)
            return False
        if link is not self.link:  # another version greets in its own way
            link.close()
            self._end(signal.SIGKILL)
            return False
        return True

    async def _start(self, launch: Launch, process: Process) -> bool:
        """Start one, or wait for the one that somebody else is starting; whether it came."""
        if process.start(launch):
            self.starts += 1
        until = monotonic() + START_SECONDS
        while monotonic() < until:
            await asyncio.sleep(LOOK)
            if await self._reach():
                return True
            if not process.alive():
                log.error("media worker %s did not start: %s", self.address, process.last_words())
                return False
        log.error("media worker %s does not answer; ending it", self.address)
        process.end(signal.SIGKILL)
        return False

    async def _watch(self) -> None:
        """Return when the connection is lost; a worker that does not answer is ended."""
        while self._linked():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PING_EVERY):
                    await self._lost.wait()
                return
            if not (await self._answers(PING_WITHIN) or await self._answers(PING_AGAIN)):
                log.error("media worker %s does not answer; ending it", self.name)
                self._end(signal.SIGKILL)
                self.hang_up()

    def _linked(self) -> bool:
        return self.link is not None

    async def _answers(self, within: float) -> bool:
        """Asked twice: at first it may be this process that stood still. A closed link is no silence."""
        link = self.link
        if link is None:
            return True
        try:
            await link.ask(c.Ping(id=0), c.Done, within=within)
        except (Gone, Refusal):
            return not link.open_still
        return True

    def hang_up(self) -> None:
        if self.link is not None:
            self.link.close()

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.end(number)

    async def retire(self, alone: bool) -> None:
        """Let it go in order; `alone`: no other node uses it, so that it must end."""
        link = self.link
        if link is not None and self.process is not None:
            await leave(link)
        if link is not None:
            link.close()
        if self.process is None or not alone:
            return
        first = signal.SIGTERM if link is None else None
        for number in (first, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                self.process.end(number)
            until = monotonic() + END_SECONDS
            while self.process.alive():
                if monotonic() > until:
                    break
                await asyncio.sleep(LOOK)
            else:
                return


class Crew:
    """All workers. `start` returns when it is known who is there; `close` ends them in order."""

    def __init__(
        self,
        places: Sequence[Process],
        elsewhere: Iterable[str],
        launch: Launch,
        captain: Captain,
        gateway: str,
        shared: bool,
        leave: bool = False,
    ) -> None:
        own = [Worker(str(place.socket), place, captain, gateway) for place in places]
        known = {worker.address for worker in own}
        others = [Worker(address, None, captain, gateway) for address in elsewhere if address not in known]
        self.workers = own + others
        self.shared = shared
        self._leave = leave
        self._launch = launch
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raises PermissionError (the folder)."""
        for worker in self.workers:
            if worker.process is not None:
                prepare(worker.process.socket.parent)
        self._tasks = [
            asyncio.create_task(worker.keep(self._launch), name=f"media worker {worker.address}")
            for worker in self.workers
        ]
        await asyncio.gather(*(worker.looked.wait() for worker in self.workers))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._leave:
            for worker in self.workers:
                worker.hang_up()
        else:
            await asyncio.gather(*(worker.retire(not self.shared) for worker in self.workers))
