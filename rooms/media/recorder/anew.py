"""Pictures of H.264 cameras as VP8: decoded and encoded, in the order and at the times they were sent.

Nothing else of a film is encoded anew. It costs processor time only for the minutes in which a camera was on
the stage, after the recording, in a process of low priority.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av
import av.error
from av.video.frame import PictureType

from rooms.media.recorder.frames import Frame

WIDEST, TALLEST = 1280, 720  # as pictures of people are recorded
APART_MS = 60  # no more than some 15 pictures a second
BITS_PER_PIXEL = 0.12  # of a picture at 15 a second: 1.6 Mbit/s for the largest
KEY_EVERY_MS = 2_000  # where a player can seek to
_MS = Fraction(1, 1000)

Timed = Iterator[tuple[int, Frame]]


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size in which a picture is kept: never larger than it is, even numbers."""
    scale = min(1.0, WIDEST / width, TALLEST / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def headers(units: Iterable[tuple[int, Frame]]) -> Timed:
    """Of key frames alone, and of them only size and time: for who asks how large pictures get."""
    for at, unit in units:
        if not unit.key:
            continue
        for _, picture in _Decoder().decoded(at, unit):
            width, height = fitting(picture.width, picture.height)
            told = b"\x10\0\0\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
            yield at, Frame(unit.ts, unit.arrival, told, True)


def encoded(units: Iterable[tuple[int, Frame]]) -> Timed:
    """(ms, VP8 frame)s out of (ms, H.264 access unit)s, which begin anew at key frames."""
    decoder, encoder = _Decoder(), None
    key_at = 0
    last = -APART_MS
    for at, unit in units:
        for when, picture in decoder.decoded(at, unit):
            if when - last < APART_MS and not unit.key:
                continue
            last = when
            size = fitting(picture.width, picture.height)
            if encoder is None or (encoder.width, encoder.height) != size:
                encoder, key_at = _encoder(*size), when - KEY_EVERY_MS
            plain = picture.reformat(*size, format="yuv420p")
            plain.pts, plain.time_base = when, _MS
            # also where the camera begins one: it may begin there again after somebody else was shown
            key = unit.key or when - key_at >= KEY_EVERY_MS
            plain.pict_type = PictureType.I if key else PictureType.NONE
            key_at = when if key else key_at
            for packet in encoder.encode(plain):
                yield int(packet.pts or when), Frame(unit.ts, unit.arrival, bytes(packet), packet.is_keyframe)


class _Decoder:
    """H.264 without B-frames, as cameras must send it: each unit is a picture, at once."""

    def __init__(self) -> None:
        self._codec: Any = av.codec.CodecContext.create("h264", "r")
        self._codec.thread_type = "SLICE"  # threads over frames would hold pictures back
        self._codec.flags |= av.codec.context.Flags.low_delay

    def decoded(self, at: int, unit: Frame) -> Iterator[tuple[int, Any]]:
        """A broken unit is a moment without a picture."""
        packet = av.Packet(unit.data)
        packet.pts = packet.dts = at
        packet.time_base = _MS
        try:
            for picture in self._codec.decode(packet):
                yield at if picture.pts is None else picture.pts, picture
        except av.error.FFmpegError:
            return


def _encoder(width: int, height: int) -> Any:
    encoder: Any = av.codec.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = _MS, Fraction(15)
    encoder.bit_rate = int(width * height * 15 * BITS_PER_PIXEL)
    encoder.gop_size = 1_000
    encoder.options = {"deadline": "realtime", "cpu-used": "16", "lag-in-frames": "0"}
    return encoder
