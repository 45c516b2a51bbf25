"""The group of pictures that is under way: the last key frame and what followed. Pure.

Who begins with it can draw the present picture at once. The pictures before the present one are there to be
decoded, not to be looked at: they come a millisecond apart.
"""

from collections.abc import Iterator, Sequence

APART = 0.001  # seconds
MOST = 4 * 1024 * 1024  # bytes; a longer group is not kept


class Group:
    """`begin` with each key frame, then `add` it and all others."""

    def __init__(self) -> None:
        self._units: list[Sequence[bytes]] = []
        self._size = 0

    def begin(self) -> None:
        self._units, self._size = [], 0

    def add(self, payloads: Sequence[bytes]) -> None:
        """The payloads of one access unit."""
        self._size += sum(map(len, payloads))
        if self._size > MOST:
            self._units = []
        else:
            self._units.append(payloads)

    def squeezed(self, present: float) -> Iterator[tuple[Sequence[bytes], float]]:
        """What is kept, each at its time shortly before `present`."""
        many = len(self._units)
        for number, payloads in enumerate(self._units):
            yield payloads, present - (many - number) * APART
