"""Hints between nodes over Redis: "this log has grown to this seq". Nothing depends on them.

A hint only makes another node look at the journal sooner than its next poll. Lost, doubled or reordered
hints change nothing; a dead Redis costs latency, never an event. Ours is a thin use of `redis.asyncio`:
one channel, no retry of a publication, and a listener that begins again whatever ended it. A channel that is
quiet is asked whether it is still there: a listener must not be deaf without anybody knowing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
CHANNEL = "pingji:hints"
AGAIN_SECONDS = 1.0
QUIET_SECONDS = 5.0  # after so long without a word the other end is asked; after twice it is gone


class Hints:
    """`told(log, seq)` after an append; `heard(log)` is called for the appends of others."""

    def __init__(self, url: str, heard: Callable[[str], None], quiet: float = QUIET_SECONDS) -> None:
        # no read timeout for the listener: a quiet channel is not a dead one
        self._listening = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2.0)
        self._publishing = Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=2.0)
        self._heard = heard
        self._quiet = quiet
        self._telling: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Task[None] | None = None
        self.deaf = True  # for the metrics: not listening at the moment

    def start(self) -> None:
        self._listener = asyncio.create_task(self._listen(), name="hints")

    def told(self, log_name: str, seq: int) -> None:
        """Tell the others; at most a few publications under way, the newest hint is enough."""
        if len(self._telling) < 4:
            task = asyncio.create_task(self._publish(f"{log_name} {seq}"))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await asyncio.gather(*self._telling, return_exceptions=True)
        await self._listening.aclose()
        await self._publishing.aclose()

    async def _publish(self, hint: str) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._publishing.publish(CHANNEL, hint)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._listening.pubsub() as channel:
                    async with asyncio.timeout(self._quiet):
                        await channel.subscribe(CHANNEL)
                    await self._attend(channel)
            except (RedisError, OSError) as trouble:  # TimeoutError is an OSError
                if not self.deaf:
                    log.warning("hints are silent: %s", repr(trouble))
            self.deaf = True
            await asyncio.sleep(AGAIN_SECONDS)

    async def _attend(self, channel: PubSub) -> None:
        """Hear until the other end is gone. Raises TimeoutError when it does not answer."""
        last = monotonic()
        while True:
            message = await channel.get_message(timeout=self._quiet)
            if message is not None:
                last = monotonic()
                if self.deaf:
                    self.deaf = False
                    log.info("hints are heard")
                if message["type"] == "message":
                    self._heard(message["data"].decode(errors="replace").partition(" ")[0])
            elif monotonic() - last > 2 * self._quiet:
                raise TimeoutError
            else:
                async with asyncio.timeout(self._quiet):
                    await channel.ping()
