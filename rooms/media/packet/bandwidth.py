"""What a receiver's network carries towards it: its REMB, corrected by the loss and delay it reports.

Not estimated here: a sender-side delay gradient. The browser's receiver estimates delay (REMB needs abs-send-time);
it follows what is sent, up to about 1.5 times, so growth happens by trials (allocate).
"""


class Downlink:
    """One per receiving connection. Public to read: estimate (bit/s), loss (0..1), rtt (seconds)."""

    __slots__ = ()

    def __init__(self, start: int = 1_500_000, most: int = 20_000_000) -> None:
        raise NotImplementedError

    def remb(self, bitrate: int, now: float) -> None:
        raise NotImplementedError

    def report(self, fraction: float, rtt: float | None, now: float) -> None:
        """One receiver report: worst or mean fraction lost 0..1 over its blocks."""
        raise NotImplementedError

    def sent(self, bitrate: int, now: float) -> None:
        """Once a second: what was really sent, bit/s: an estimate is never raised far above what was tried."""
        raise NotImplementedError
