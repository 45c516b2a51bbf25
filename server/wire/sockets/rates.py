"""A token bucket whose time is an argument.

A refused message costs a token too, down to minus the burst: who keeps sending while refused drains the
bucket and is `exhausted`, which ends the connection.
"""

from __future__ import annotations


class Bucket:
    """Starts full."""

    __slots__ = ("_at", "_tokens")

    def __init__(self, burst: float, now: float) -> None:
        self._tokens = burst
        self._at = now

    def take(self, now: float, rate: float, burst: float) -> float:
        """Seconds until a token is there again; 0 when one was taken."""
        tokens = self._tokens + (now - self._at) * rate
        tokens = (tokens if tokens < burst else burst) - 1.0  # no calls: it is every message
        self._at = now
        self._tokens = tokens if tokens > -burst else -burst
        return 0.0 if tokens >= 0.0 else -tokens / rate

    def exhausted(self, burst: float) -> bool:
        """The overdraft is used up."""
        return self._tokens <= -burst
