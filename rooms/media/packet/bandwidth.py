"""What a receiver's network carries towards it: its REMB, corrected by the loss it reports.

A browser's REMB grows only with what it receives (at most 1.5 times that, 8 % a second), so a low one says
nothing while little is sent. What says something is one that falls, or is well below what is sent: then the
network is congested and REMB is taken at its word. Otherwise it only ever raises the estimate. One that does
not fall is no congestion, however low: at first it is the little a browser has received so far.

Loss follows the rule of draft-ietf-rmcat-gcc-02 section 6: below 2 % up 8 % a second, above 10 % down by
half the loss. In between it stays, but a small picture is always attempted: a radio that loses one packet in
twenty is not narrow, and a narrow network says so by REMB or by more loss. Few packets say nothing about a
share: a burst of four is a tenth of a second's sound.

Not estimated here: delay gradients on our side (the browser's REMB holds them), and what nobody ever tried;
for that there are trials (allocate).
"""

from collections.abc import Iterable

from rooms.media.packet.rtcp import Block, rtt

WINDOW = 0.9  # seconds of reports that count as one
ENOUGH, LATEST = 100, 4.0  # packets a share is told from; seconds to wait for them
MOST_ASKED = 0x8000  # packets between two reports of one stream; more is nonsense
LOW_LOSS, HIGH_LOSS = 0.02, 0.10
FELL = 0.95  # of the highest REMB since the last congestion
BELOW = 0.7  # of what was sent
LEAST = 50_000  # bit/s
GROWTH = 1.08  # per second
SMALL = 300_000  # bit/s: voices and one small picture
AHEAD = 2.0  # times what was sent: as far as loss alone lets the estimate grow
AGAIN = 0.5  # seconds between two decreases: loss reports lag behind what was done about them


class Downlink:
    """One per receiving connection. Public to read: estimate (bit/s), loss (0..1), rtt (seconds)."""

    __slots__ = (
        "_asked",
        "_by_loss",
        "_by_remb",
        "_decreased_at",
        "_known",
        "_missed",
        "_most",
        "_newest",
        "_peak",
        "_reported_at",
        "_sent",
        "_start",
        "_timed",
        "estimate",
        "loss",
        "rtt",
    )

    def __init__(self, start: int = 1_500_000, most: int = 20_000_000) -> None:
        self.estimate = start
        self.loss = 0.0
        self.rtt = 0.1  # until the first report
        self._start, self._most = start, most
        self._by_loss = self._by_remb = float(start)
        self._newest = self._peak = self._asked = self._missed = 0
        self._timed = False
        self._known: dict[int, tuple[int, int]] = {}  # SSRC → highest, lost; as many as there are slots
        self._sent = 0
        self._reported_at = self._decreased_at = -1.0

    def remb(self, bitrate: int, now: float) -> None:
        bitrate = max(LEAST, min(self._most, bitrate))
        falls, self._newest = bitrate < self._newest, bitrate
        if falls and (bitrate < self._peak * FELL or bitrate < self._sent * BELOW):
            self._by_remb = bitrate
            self._peak = bitrate
        else:
            self._peak = max(self._peak, bitrate)
            self._by_remb = max(self._by_remb, bitrate)
        self._settle()

    def heard(self, blocks: Iterable[Block], now: float) -> None:
        """Report blocks about our streams. Browsers report each stream by itself, and one packet lost of a
        thumbnail's five is no loss of 20 %: they are summed over a second before they count."""
        trip = None
        for block in blocks:
            trip = rtt(block, now) or trip
            highest, lost = self._known.get(block.ssrc, (block.highest, block.lost))
            self._known[block.ssrc] = (block.highest, block.lost)
            asked = (block.highest - highest) & 0xFFFFFFFF
            if 0 < asked < MOST_ASKED:
                self._asked += asked
                self._missed += max(0, min(asked, block.lost - lost))
        if trip is not None:
            self._trip(trip)
        if self._reported_at < 0:
            self._reported_at = now
        waited = now - self._reported_at
        if waited >= WINDOW and (self._asked >= ENOUGH or (self._asked and waited >= LATEST)):
            self.report(self._missed / self._asked, None, now)
            self._asked = self._missed = 0

    def report(self, fraction: float, trip: float | None, now: float) -> None:
        """One receiver report: fraction lost 0..1 over what it reports about."""
        passed = min(2.0, now - self._reported_at) if self._reported_at >= 0 else 0.0
        self._reported_at = now
        self.loss += (fraction - self.loss) * 0.3
        if trip is not None:
            self._trip(trip)
        if fraction > HIGH_LOSS:
            if now - self._decreased_at >= AGAIN + self.rtt:
                self._decreased_at = now
                # From what is really sent: an estimate far above it would take many decreases to matter.
                reached = min(self._by_loss, self._sent * 1.2) if self._sent else self._by_loss
                self._by_loss = max(LEAST, reached * (1 - fraction / 2))
        elif fraction < LOW_LOSS:
            most = max(self._start, self._sent * AHEAD, self._by_loss)
            self._by_loss = min(self._by_loss * GROWTH**passed, most, self._most)
        elif self._by_loss < SMALL:
            self._by_loss = min(self._by_loss * GROWTH**passed, SMALL)
        self._settle()

    def _trip(self, seconds: float) -> None:
        self.rtt += (seconds - self.rtt) * (0.125 if self._timed else 1.0)
        self._timed = True

    def sent(self, bitrate: int, now: float) -> None:
        """Once a second: what was really sent, bit/s."""
        self._sent = bitrate

    def _settle(self) -> None:
        self.estimate = int(min(self._by_loss, self._by_remb))
