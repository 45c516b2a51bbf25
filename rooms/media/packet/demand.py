"""What a sender need not send: a layer nobody wanted for five seconds is paused at its source."""

from collections.abc import Iterable

LINGER = 5.0  # seconds: a layer that is wanted again soon should not need a key frame


class Demand:
    """One per video source (camera or screen of a participant)."""

    __slots__ = ("_layers", "_wanted", "told")

    def __init__(self, layers: int) -> None:
        self._layers = layers
        self._wanted: dict[int, float] = {}  # layer → when last
        self.told: list[int] | None = None  # what its sender was asked for last

    def want(self, layers: Iterable[int], now: float) -> list[int]:
        """All layers (indices) that some slot gets or waits for now; answers what the sender should send:
        these and those wanted less than LINGER ago. Call once a second and when somebody wants more."""
        for layer in layers:
            if 0 <= layer < self._layers:
                self._wanted[layer] = now
        return sorted(layer for layer, at in self._wanted.items() if now - at < LINGER)
