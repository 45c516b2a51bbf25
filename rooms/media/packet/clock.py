"""A sender's clock as this process sees it: what keeps lips and sound together.

All streams of one connection share one `Clock`. Sender reports (RFC 3550 section 6.4.1) tie RTP timestamps
to the sender's NTP clock; `Clock` ties that to `now`. Every slot a receiver gets from this sender then
reports in one and the same time, and the receiver can align picture and sound.
"""

STEP = 1.0  # seconds: a difference beyond this is a clock that was set, not a delayed packet
DRIFT = 0.02  # share of the difference that is followed per report: a slow clock, not a late report


class Clock:
    """offset: `now` minus the sender's NTP time in seconds; None until the first sender report."""

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset: float | None = None

    def learn(self, ntp: float, now: float) -> None:
        """Takes one (sender time, arrival). The least delayed report counts; drift is followed slowly."""
        seen = now - ntp
        if self.offset is None or seen < self.offset or seen > self.offset + STEP:
            self.offset = seen
        else:
            self.offset += (seen - self.offset) * DRIFT
