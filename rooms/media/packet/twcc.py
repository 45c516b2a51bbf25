"""Transport-wide feedback to senders (draft-holmer-rmcat-transport-wide-cc-extensions-01).

A browser estimates its uplink from the arrival times of everything it sends on a transport, so one `Arrivals`
per peer connection, for all its SSRCs including retransmissions and padding.
"""


class Arrivals:
    __slots__ = ()

    def __init__(self) -> None:
        raise NotImplementedError

    def note(self, seq: int, now: float) -> None:
        """One packet with transport-wide sequence number `seq` (16 bits) arrived. Hot."""
        raise NotImplementedError

    def feedback(self, ssrc: int, media: int) -> list[bytes]:
        """RTCP feedback packets about everything since the last call, [] if nothing came. Call every 100 ms
        (50 ms when busy). `ssrc` ours, `media` any SSRC of the sender."""
        raise NotImplementedError
