"""When to ask a sender for a key frame: rarely, but until one comes.

A key frame costs its sender several times an ordinary frame. Whoever needs one says so (`want`); requests are
coalesced per up-stream, repeated until one arrives, and a receiver cannot cause more than its share.
"""

COALESCE = 0.5  # seconds between two requests to one stream
RETRY_MOST = 2.0  # seconds between repeats, at most


class KeyRequests:
    """One per `Up` of video."""

    __slots__ = ()

    def __init__(self) -> None:
        raise NotImplementedError

    def want(self, now: float) -> bool:
        """Somebody waits for a key frame. True: send a PLI now; False: one is on its way, or `due` will say."""
        raise NotImplementedError

    def due(self, now: float) -> bool:
        """On a timer (~50 ms): True: send a PLI now, the last was not answered (or was held back)."""
        raise NotImplementedError

    def arrived(self, now: float) -> None:
        """A key frame's first packet came."""
        raise NotImplementedError

    def forget(self) -> None:
        """Nobody waits any more."""
        raise NotImplementedError


class Patience:
    """Bound on one receiver's PLIs, over all its slots: 5 at once, one more every second."""

    __slots__ = ()

    def __init__(self) -> None:
        raise NotImplementedError

    def allows(self, now: float) -> bool:
        raise NotImplementedError
