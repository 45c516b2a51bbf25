"""Who is heard: the loudest three, and whoever holds the floor or moderates while they speak.

Levels come with the packets (RFC 6464), so nothing is decoded. Somebody who speaks is heard through a pause
for breath; somebody else takes their place only if clearly louder for a moment. A voice slot keeps whom it
had until somebody else needs it, so the first syllable after a silence is not cut.
"""

from collections.abc import Iterable, Sequence

LOUD = 127
BEGINS = 72  # smoothed loudness (127 - level) at which somebody speaks: about -55 dBov
ENDS = 60  # … and below which they have stopped
HOLD = 1.5  # seconds of silence that are a pause for breath
MARGIN = 6  # dB by which another must be louder to pass
RISE, FALL = 0.25, 0.06  # smoothing per packet (20 ms): a syllable counts, a cough does not
QUIET = 0.3  # seconds without packets (DTX) after which somebody counts as silent


class _Voice:
    __slots__ = ("heard_at", "loudness", "spoke_at")

    def __init__(self) -> None:
        self.loudness = 0.0
        self.heard_at = 0.0
        self.spoke_at = -HOLD - 1


class Speakers:
    """One per room."""

    __slots__ = ("_heard", "_seats", "_voices")

    def __init__(self, seats: int = 3) -> None:
        self._seats = seats
        self._voices: dict[str, _Voice] = {}
        self._heard: list[str] = []

    def hear(self, source: str, level: int, now: float) -> None:
        """One audio packet's level: 0 loud .. 127 silence. Hot."""
        voice = self._voices.get(source)
        if voice is None:
            voice = self._voices[source] = _Voice()
        louder = LOUD - level - voice.loudness
        voice.loudness += louder * (RISE if louder > 0 else FALL)
        voice.heard_at = now

    def forget(self, source: str) -> None:
        """It left, or may not speak any more: it is heard no longer."""
        self._voices.pop(source, None)
        if source in self._heard:
            self._heard.remove(source)

    def turn(self, always: Iterable[str], now: float) -> list[str]:
        """Call every 100 ms: who is heard now, loudest first; the order changes only for a clear difference.

        `always`: heard whenever they speak, before others.
        """
        speaking: list[str] = []
        for source, voice in self._voices.items():
            if now - voice.heard_at > QUIET:
                voice.loudness *= 0.7
            if voice.loudness >= (ENDS if source in self._heard else BEGINS):
                voice.spoke_at = now
            if now - voice.spoke_at <= HOLD:
                speaking.append(source)
        known = [source for source in self._heard if source in speaking]
        order = known + [source for source in speaking if source not in known]
        for at in range(1, len(order)):  # each passes those it is clearly louder than
            while at and self._voices[order[at]].loudness > self._voices[order[at - 1]].loudness + MARGIN:
                order[at - 1], order[at] = order[at], order[at - 1]
                at -= 1
        before = set(always)
        first = [source for source in order if source in before]
        rest = [source for source in order if source not in first]
        chosen = {*first, *rest[: max(0, self._seats - len(first))]}
        self._heard = [source for source in order if source in chosen]
        return list(self._heard)


def seat(seats: Sequence[str], heard: Sequence[str], own: str) -> list[str]:
    """Voice slots of one receiver: `seats` now ("" empty), `heard` from `turn`, `own`: itself, never heard.

    Whoever is seated stays in place, also when silent, until a newcomer finds no empty seat and takes it.
    """
    wanted = [source for source in heard if source != own][: len(seats)]
    result = [source if source != own else "" for source in seats]
    for source in wanted:
        if source in result:
            continue
        free = [at for at, other in enumerate(result) if not other]
        free = free or [at for at, other in enumerate(result) if other not in wanted]
        if free:
            result[free[0]] = source
    return result
