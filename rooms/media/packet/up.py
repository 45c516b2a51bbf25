"""One stream from a sender: put in order, counted, remembered, its codec read. One `Up` per SSRC.

`receive` is called for every packet and does in one function what RFC 3550 appendix A asks of a receiver
(extended sequence numbers, loss, jitter) and what receivers need of the codec. The answer is a `Packet`,
a plain tuple: it is made once, shared by every receiver and kept in the ring for repeats.
"""

from enum import StrEnum

from rooms.media.packet.clock import Clock
from rooms.media.packet.rtcp import Block

Packet = tuple[int, int, int, int, int, int, int, bool, bytes]
"""(ext, ts, mark, head, pid, tl0, tid, key, rest)

ext   extended sequence number         ts    RTP timestamp, 32 bits       mark  0x80 or 0
head  first two bytes of the VP8 payload descriptor, -1: nothing to rewrite, `rest` is the payload
pid   PictureID, 15 bits               tl0   TL0PICIDX or -1              tid   temporal layer (| 0x80: sync)
key   first packet of a key frame      rest  the payload after the fields above
"""

EXT, TS, MARK, HEAD, PID, TL0, TID, KEY, REST = range(9)


class Codec(StrEnum):
    OPUS = "opus"
    VP8 = "vp8"
    H264 = "h264"


class Up:
    """A received stream. `depth`: packets remembered (a power of two): 512 for video, 64 for sound.

    Public to read: ssrc, pt, codec, rate (RTP clock, Hz), clock, packets, octets (payload), repaired, keys,
    bitrate (bit/s, as of the last `tick`), newest (ext or -1), heard_at (now of the last packet).
    """

    __slots__ = ()

    def __init__(self, ssrc: int, pt: int, codec: Codec, rate: int, clock: Clock, depth: int = 512) -> None:
        raise NotImplementedError

    def receive(self, data: bytes, start: int, end: int, now: float, repaired: bool = False) -> Packet | None:
        """Takes one packet (`start`, `end` from `rtp.scan`). None: another payload type, a duplicate, too old,
        or nothing but padding: not to be forwarded. `repaired`: it came through `rtp.unwrap`."""
        raise NotImplementedError

    def get(self, ext: int) -> Packet | None:
        """A packet of the history."""
        raise NotImplementedError

    def since(self, ext: int) -> list[Packet]:
        """Packet `ext` and the remembered ones after it, in order: what a receiver that starts here is sent.

        A key frame's first packet may arrive last (repaired): its followers are then here already.
        """
        raise NotImplementedError

    def key_frame(self, now: float, most: float = 1.0) -> list[Packet]:
        """The last key frame and all since, if it began at most `most` seconds ago and nothing is missing;
        else []. A late joiner is begun with these instead of asking the sender again."""
        raise NotImplementedError

    def nacks(self, now: float, rtt: float) -> tuple[list[int], bool]:
        """Sequence numbers (16 bits) to ask for again now, and whether a loss was given up just now
        (then ask for a key frame). Call every ~10-20 ms while there are any."""
        raise NotImplementedError

    def report(self, ntp: float, ts: int, now: float) -> None:
        """Takes the sender report of this stream: sender's clock in seconds, RTP timestamp."""
        raise NotImplementedError

    def block(self, now: float) -> Block:
        """The report block about this stream for an RR; starts the next interval of fraction lost."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Once a second: measures `bitrate`."""
        raise NotImplementedError
