"""Hints between nodes over Redis: "this log has grown to this seq". Nothing depends on them.

A hint only makes another node look at the journal sooner than its next poll. Lost, doubled or reordered
hints change nothing; a dead Redis costs latency, never an event. Ours is a thin use of `redis.asyncio`:
one channel, no retry of a publication, and a listener that begins again whatever ended it.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
CHANNEL = "pingji:hints"
AGAIN_SECONDS = 1.0


class Hints:
    """`told(log, seq)` after an append; `heard(log)` is called for the appends of others."""

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        # no read timeout: a quiet channel is not a dead one
        self._redis = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2.0)
        self._heard = heard
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
        await self._redis.aclose()

    async def _publish(self, hint: str) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(CHANNEL, hint)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    self.deaf = False
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._heard(message["data"].decode().partition(" ")[0])
            except (RedisError, OSError) as trouble:
                if not self.deaf:
                    log.warning("hints are silent: %s", trouble)
            self.deaf = True
            await asyncio.sleep(AGAIN_SECONDS)
