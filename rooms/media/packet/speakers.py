"""Who is heard: the loudest three, and whoever holds the floor or moderates while they speak.

Levels come with the packets (RFC 6464), so nothing is decoded. Somebody who speaks keeps a seat through a pause for breath;
somebody louder takes a seat only if clearly louder for a while.
"""

from collections.abc import Iterable, Sequence


class Speakers:
    """One per room."""

    __slots__ = ()

    def __init__(self, seats: int = 3) -> None:
        raise NotImplementedError

    def hear(self, source: str, level: int, now: float) -> None:
        """One audio packet's level: 0 loud .. 127 silence. Hot."""
        raise NotImplementedError

    def forget(self, source: str) -> None:
        """It left, or may not speak any more: its seat is free at once."""
        raise NotImplementedError

    def turn(self, always: Iterable[str], now: float) -> list[str]:
        """Call every 100 ms: who is heard now, loudest first. `always`: heard whenever they speak, before others."""
        raise NotImplementedError


def seat(seats: Sequence[str], heard: Sequence[str], own: str) -> list[str]:
    """Voice slots of one receiver: `seats` now ("" empty), `heard` from `turn`, `own`: itself, never heard.

    Whoever is seated and still heard stays in place; a newcomer takes an empty seat, or that of one no longer heard.
    """
    raise NotImplementedError
