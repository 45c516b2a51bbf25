"""What a receiver's network carries towards it: its REMB, corrected by the loss it reports.

A browser's REMB grows only with what it receives (at most 1.5 times that, 8 % a second), so a low one says
nothing while little is sent. What says something is one that falls, or is well below what is sent: then the
network is congested and REMB is taken at its word. Otherwise it only ever raises the estimate.

Loss follows the rule of draft-ietf-rmcat-gcc-02 section 6: below 2 % up 8 % a second, above 10 % down by
half the loss. Not estimated here: delay gradients on our side (the browser's REMB holds them), and what
nobody ever tried; for that there are trials (allocate).
"""

LOW_LOSS, HIGH_LOSS = 0.02, 0.10
FELL = 0.95  # of the highest REMB since the last congestion
BELOW = 0.7  # of what was sent
LEAST = 50_000  # bit/s
GROWTH = 1.08  # per second
AHEAD = 2.0  # times what was sent: as far as loss alone lets the estimate grow
AGAIN = 0.5  # seconds between two decreases: loss reports lag behind what was done about them


class Downlink:
    """One per receiving connection. Public to read: estimate (bit/s), loss (0..1), rtt (seconds)."""

    __slots__ = (
        "_by_loss",
        "_by_remb",
        "_decreased_at",
        "_most",
        "_peak",
        "_reported_at",
        "_sent",
        "_start",
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
        self._peak = 0
        self._sent = 0
        self._reported_at = self._decreased_at = -1.0

    def remb(self, bitrate: int, now: float) -> None:
        bitrate = max(LEAST, min(self._most, bitrate))
        if bitrate < self._peak * FELL or bitrate < self._sent * BELOW:
            self._by_remb = bitrate
            self._peak = bitrate
        else:
            self._peak = max(self._peak, bitrate)
            self._by_remb = max(self._by_remb, bitrate)
        self._settle()

    def report(self, fraction: float, rtt: float | None, now: float) -> None:
        """One receiver report: fraction lost 0..1 over what it reports about."""
        passed = min(1.0, now - self._reported_at) if self._reported_at >= 0 else 0.0
        self._reported_at = now
        self.loss += (fraction - self.loss) * 0.3
        if rtt is not None:
            self.rtt += (rtt - self.rtt) * (0.125 if self.rtt != 0.1 else 1.0)
        if fraction > HIGH_LOSS:
            if now - self._decreased_at >= AGAIN + self.rtt:
                self._decreased_at = now
                # From what is really sent: an estimate far above it would take many decreases to matter.
                reached = min(self._by_loss, self._sent * 1.2) if self._sent else self._by_loss
                self._by_loss = max(LEAST, reached * (1 - fraction / 2))
        elif fraction < LOW_LOSS:
            most = max(self._start, self._sent * AHEAD, self._by_loss)
            self._by_loss = min(self._by_loss * GROWTH**passed, most, self._most)
        self._settle()

    def sent(self, bitrate: int, now: float) -> None:
        """Once a second: what was really sent, bit/s."""
        self._sent = bitrate

    def _settle(self) -> None:
        self.estimate = int(min(self._by_loss, self._by_remb))
