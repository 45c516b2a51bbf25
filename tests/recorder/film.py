"""Pictures and voices as a worker's tap would hand them to a recorder: really encoded, in RTP packets."""

import itertools
import math
import struct
from array import array
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av
import msgpack

from rooms.media.camera.h264 import Packetizer
from rooms.tap import BOUND, H264, OPUS, RTP, VP8, datagram


class Told(NamedTuple):
    """A datagram of the tap, and when, in microseconds from the start."""

    at: int
    data: bytes


def picture(
    slot: int, width: int, height: int, seconds: float, start: float, fps: int = 15, seq: int = 65_500
) -> Iterator[Told]:
    """VP8 with a key frame every two seconds."""
    source: Any = av.open(f"testsrc2=size={width}x{height}:rate={fps}", format="lavfi")
    encoder: Any = av.codec.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.gop_size = fps, Fraction(1, fps), 2 * fps
    encoder.bit_rate = 500_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    for number, frame in enumerate(itertools.islice(source.decode(video=0), int(seconds * fps))):
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, fps), 0
        for encoded in encoder.encode(frame):
            data = bytes(encoded)
            parts = [data[at : at + 1100] for at in range(0, len(data), 1100)]
            for n, part in enumerate(parts):
                payload = (b"\x10" if n == 0 else b"\x00") + part
                told = _rtp(seq, number * 90_000 // fps, VP8, n == len(parts) - 1, payload)
                yield Told(int((start + number / fps) * 1e6), datagram(RTP, slot, told))
                seq += 1
    source.close()


def camera(
    slot: int, width: int, height: int, seconds: float, start: float, fps: int = 15, seq: int = 0
) -> Iterator[Told]:
    """H.264 as cameras send it, with a key frame every two seconds."""
    source: Any = av.open(f"testsrc2=size={width}x{height}:rate={fps}", format="lavfi")
    encoder: Any = av.codec.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base, encoder.bit_rate = fps, Fraction(1, fps), 1_000_000
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": str(2 * fps)}
    packetizer = Packetizer()
    for number, frame in enumerate(itertools.islice(source.decode(video=0), int(seconds * fps))):
        frame = frame.reformat(format="yuv420p")
        frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, fps), 0
        for encoded in encoder.encode(frame):
            payloads, _ = packetizer.payloads(bytes(encoded))
            for n, payload in enumerate(payloads):
                told = _rtp(seq, number * 90_000 // fps, H264, n == len(payloads) - 1, payload)
                yield Told(int((start + number / fps) * 1e6), datagram(RTP, slot, told))
                seq += 1
    source.close()


def voice(slot: int, hertz: int, seconds: float, start: float) -> Iterator[Told]:
    """Opus, 20 ms a packet: a tone."""
    encoder: Any = av.codec.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "mono", "s16"
    encoder.time_base = Fraction(1, 48_000)
    for number in range(int(seconds * 50)):
        first = number * 960
        tone = [int(8_000 * math.sin(2 * math.pi * hertz * (first + n) / 48_000)) for n in range(960)]
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(array("h", tone).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
        for encoded in encoder.encode(frame):
            told = _rtp(number, first, OPUS, False, bytes(encoded))
            yield Told(int((start + number / 50) * 1e6), datagram(RTP, slot, told))


def bound(slot: int, source: str, at: float) -> Told:
    """Who is behind a slot from now on."""
    body = msgpack.packb({"source": source, "kind": "screen", "codec": "vp8" if source else ""})
    return Told(int(at * 1e6), datagram(BOUND, slot, body))


def _rtp(seq: int, ts: int, pt: int, marker: bool, payload: bytes) -> bytes:
    head = struct.pack("!BBHII", 0x80, pt | marker << 7, seq & 0xFFFF, ts & 0xFFFFFFFF, 7)
    return head + payload
