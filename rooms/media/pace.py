"""What is due every so many ticks, by the clock.

A worker that gets little of its machine makes fewer turns, but a second stays a second: counted by turns,
what a sender may send in one would have to last for ten, and its sound would be barred with the rest.
"""

TICK = 0.025  # seconds


class Pace:
    __slots__ = ("_at", "_began", "_was")

    def __init__(self, now: float) -> None:
        self._began = now
        self._was = self._at = 0

    def turn(self, now: float) -> None:
        """A turn begins."""
        self._was, self._at = self._at, int((now - self._began) / TICK)

    def due(self, every: int, offset: int = 0) -> bool:
        """Whether so many ticks are over since it was due; `offset` spreads the work of many. Once, however
        many turns were missed."""
        return (self._at + offset) // every != (self._was + offset) // every
