"""When to ask a sender for a key frame: rarely, but until one comes.

A key frame costs its sender several times an ordinary frame. Whoever needs one says so (`want`); requests are
coalesced per up-stream, repeated until one arrives, and a receiver cannot cause more than its share.
"""

COALESCE = 0.5  # seconds between two requests to one stream
RETRY_MOST = 2.0  # seconds between repeats, at most
BURST = 5.0  # requests one receiver may cause at once; one more every second


class KeyRequests:
    """One per `Up` of video. `waiting`: somebody does."""

    __slots__ = ("_asked_at", "_interval", "waiting")

    def __init__(self) -> None:
        self.waiting = False
        self._asked_at = -RETRY_MOST
        self._interval = COALESCE

    def want(self, now: float) -> bool:
        """Somebody waits for a key frame. True: send a PLI now; False: `due` will say."""
        if self.waiting:
            return False
        self.waiting = True
        self._interval = COALESCE
        if now - self._asked_at < COALESCE:
            return False
        self._asked_at = now
        return True

    def due(self, now: float) -> bool:
        """On a timer (~50 ms): True: send a PLI now, the last was not answered (or was held back)."""
        if not self.waiting or now - self._asked_at < self._interval:
            return False
        self._asked_at = now
        self._interval = min(self._interval * 1.5, RETRY_MOST)
        return True

    def arrived(self, now: float) -> None:
        """A key frame's first packet came."""
        self.waiting = False

    def forget(self) -> None:
        """Nobody waits any more."""
        self.waiting = False


class Patience:
    """Bound on one receiver's requests, over all its slots."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left = BURST
        self._at = 0.0

    def allows(self, now: float) -> bool:
        self._left = min(BURST, self._left + max(0.0, now - self._at))
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
