"""A camera's RTP stream (RFC 3550): payloads get headers, and reports tie its time to the clock."""

import random
import struct
from collections.abc import Iterator, Sequence

from rooms.tap import H264

RATE = 90_000
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970


class Stream:
    """One run of a source: a new one has another SSRC, so that nobody takes it for a jump."""

    def __init__(self) -> None:
        self.ssrc = random.randrange(1, 1 << 32)
        self._seq = random.randrange(1 << 15)
        self._base = random.randrange(1 << 32)
        self._packets = self._bytes = 0

    def packets(self, payloads: Sequence[bytes], at: float) -> Iterator[bytes]:
        """An access unit's packets; `at` in seconds from the start of the source. The last one is marked."""
        ts = self._ts(at)
        last = len(payloads) - 1
        for number, body in enumerate(payloads):
            marker = 0x80 if number == last else 0
            yield struct.pack("!BBHII", 0x80, H264 | marker, self._seq, ts, self.ssrc) + body
            self._seq = (self._seq + 1) & 0xFFFF
            self._packets += 1
            self._bytes += len(body)

    def report(self, now: float, at: float) -> bytes:
        """A sender report: the unit of `at` belongs to `now`, in seconds since the epoch."""
        ntp = int((now + _NTP_EPOCH) * (1 << 32))
        counts = (self._packets & 0xFFFFFFFF, self._bytes & 0xFFFFFFFF)
        return struct.pack("!BBHIQIII", 0x80, 200, 6, self.ssrc, ntp, self._ts(at), *counts)

    def _ts(self, at: float) -> int:
        return (self._base + int(at * RATE)) & 0xFFFFFFFF
