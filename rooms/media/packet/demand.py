"""What a sender need not send: a layer nobody wanted for five seconds is paused at its source."""

from collections.abc import Iterable

LINGER = 5.0  # seconds


class Demand:
    """One per video source (camera or screen of a participant)."""

    __slots__ = ()

    def __init__(self, layers: int) -> None:
        raise NotImplementedError

    def want(self, layers: Iterable[int], now: float) -> list[int]:
        """All layers (indices) that some slot gets or waits for now; answers what the sender should send: these and those
        wanted less than LINGER ago. Call once a second and when somebody wants more."""
        raise NotImplementedError
