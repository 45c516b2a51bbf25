"""A tap of a media worker: plain RTP over unix datagram sockets, to and from a process beside it.

A camera publishes through one, a recorder subscribes through one. The other process binds a path and only
then is `rooms.control.Attach` asked for. The worker binds `worker_end(path)`, connects it to the path and at
once sends WATCHED to a camera, BOUND of every slot to a recorder. Sockets are of mode 0600. A datagram is

    kind u8 · slot u8 · body

    kind          from the worker                               to the worker
    0 RTP         to a recorder: one packet                     from a camera: one packet
    1 REPORT      to a recorder: an RTCP sender report          from a camera: an RTCP sender report
    2 BOUND       to a recorder: msgpack of `Bound`             –
    3 KEY         to a camera: a key frame is wanted            from a recorder: a key frame is wanted
    4 WATCHED     to a camera: slot 1 somebody sees it, else 0  –
    5 BYE         detached, or the worker ends                  it ends
    6 ALIVE       –                                             each second; silent for 10 s is dead

    9 END         from a gateway to a recorder: the recording is over

Payload types, for both: 111 opus/48000/2, 96 VP8/90000, 102 H264/90000 (packetization mode 1, constrained
baseline, SPS and PPS before each IDR). A packet is at most 1,300 bytes and carries no header extensions.

A camera sends its picture in slot 0; sound of cameras is not carried. Its timestamps are tied to its clock
by a REPORT every few seconds (without: by arrival). It sends while WATCHED says so and may always; whoever
joins waits for its next key frame, so a source that cannot make one when KEY comes keeps its last group of
pictures and sends that again, with new numbers and timestamps.

A recorder has eight slots: 0..5 voices, 6 stage, 7 share. Each slot is one RTP stream: one SSRC, numbers
without gaps, whoever is behind it. BOUND says who is from now on, and again each second, as does a REPORT of
each slot that flows: the reports of all slots are in one clock, the worker's.
"""

from typing import Final

import msgspec

RTP: Final = 0
REPORT: Final = 1
BOUND: Final = 2
KEY: Final = 3
WATCHED: Final = 4
BYE: Final = 5
ALIVE: Final = 6
END: Final = 9

OPUS: Final = 111
VP8: Final = 96
H264: Final = 102

VOICES: Final = range(6)
STAGE: Final = 6
SHARE: Final = 7

LONGEST: Final = 2_048  # bytes of a datagram, generously
WORKER: Final = ".worker"


class Bound(msgspec.Struct, frozen=True):
    """Who is behind a recorder's slot: "" nobody, and then no codec either."""

    source: str
    kind: str = ""
    codec: str = ""


def datagram(kind: int, slot: int = 0, body: bytes = b"") -> bytes:
    return bytes((kind, slot)) + body


def worker_end(path: str) -> str:
    """Where the worker listens when the other process listens at `path`."""
    return path + WORKER


def bound(body: bytes) -> Bound | None:
    """What a datagram BOUND says; None: it is none."""
    try:
        return msgspec.msgpack.decode(body, type=Bound)
    except msgspec.DecodeError:
        return None
