"""What a sender is asked to send again (RFC 4585 section 6.2.1), how often, and when that is given up.

A gap is asked for soon, but not within the moment that reordering takes; then about every round trip. What
was asked `TRIES` times or is older than `AGE` will not come: the stream needs a key frame instead.
"""

from typing import NamedTuple

TRIES = 10
AGE = 1.0  # seconds: receivers have shown the frame, or frozen, long before
MOST = 512  # packets missing at once; beyond, the stream is broken and asking would only add to the load
REORDERING = 0.008  # seconds a gap may close by itself
SOONEST = 0.02  # seconds between two requests for one packet, on the fastest network


class _Gap(NamedTuple):
    since: float
    due: float
    tries: int


class Missing:
    """`gaps`: what is missing; `gone`: whether something was given up since `due` was last called."""

    __slots__ = ("gaps", "gone")

    def __init__(self) -> None:
        self.gaps: dict[int, _Gap] = {}
        self.gone = False

    def __len__(self) -> int:
        return len(self.gaps)

    def gap(self, first: int, end: int, now: float) -> None:
        """Extended sequence numbers first..end-1 were jumped over."""
        if end - first + len(self.gaps) > MOST:
            self.gaps.clear()
            self.gone = True
            return
        new = _Gap(now, now + REORDERING, 0)
        for ext in range(first, end):
            self.gaps[ext] = new

    def found(self, ext: int) -> bool:
        """It came after all. Whether it had been asked for."""
        gap = self.gaps.pop(ext, None)
        return gap is not None and gap.tries > 0

    def before(self, ext: int) -> None:
        """A key frame starts at `ext`: what is missing before it is no longer needed."""
        for old in [gap for gap in self.gaps if gap < ext]:
            del self.gaps[old]
        self.gone = False

    def clear(self) -> None:
        self.gaps.clear()

    def due(self, now: float, rtt: float) -> tuple[list[int], bool]:
        """Sequence numbers (16 bits) to ask for now, and whether any was given up since the last call."""
        ask: list[int] = []
        for ext, gap in list(self.gaps.items()):
            if gap.due > now:
                continue
            if gap.tries >= TRIES or now - gap.since > AGE:
                del self.gaps[ext]
                self.gone = True
                continue
            ask.append(ext & 0xFFFF)
            self.gaps[ext] = _Gap(gap.since, now + max(SOONEST, rtt * 1.25), gap.tries + 1)
        gone, self.gone = self.gone, False
        return ask, gone
