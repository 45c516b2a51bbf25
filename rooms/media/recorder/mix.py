"""Several voices as one sound track: decoded, laid over each other at their times, encoded as Opus.

The voices themselves stay in the file as they came; this is for players, which play one track.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from heapq import merge
from typing import Any

import av
import av.error
import av.filter

RATE = 48_000
BITRATE = 48_000
_STEP = 960  # samples of an encoded piece: 20 ms
_MS = Fraction(1, 1000)


def mixed(voices: Sequence[Iterable[tuple[int, bytes]]]) -> Iterator[tuple[int, bytes]]:
    """(ms, Opus packet)s out of several such, each voice ascending in time. Silence between is filled."""
    encoder: Any = av.codec.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.bit_rate, encoder.time_base = BITRATE, Fraction(1, RATE)
    bed = _Bed()
    decoders: list[Any] = [av.codec.CodecContext.create("libopus", "r") for _ in voices]
    resamplers = [av.AudioResampler(format="s16", layout="mono", rate=RATE) for _ in voices]
    for at, n, data in merge(*(_numbered(n, voice) for n, voice in enumerate(voices))):
        try:
            for frame in decoders[n].decode(av.Packet(data)):
                for plain in resamplers[n].resample(frame):
                    bed.lay(n, at * RATE // 1000, bytes(plain.planes[0])[: plain.samples * 2])
        except av.error.FFmpegError:  # a broken packet is a moment of silence
            continue
        yield from _encoded(encoder, bed.ready(at * RATE // 1000))
    yield from _encoded(encoder, bed.rest())
    try:
        yield from _timed(encoder.encode(None))
    except av.error.EOFError:
        return


def _numbered(n: int, voice: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, int, bytes]]:
    for at, data in voice:
        yield at, n, data


def _encoded(encoder: Any, pieces: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    for at, samples in pieces:
        frame = av.AudioFrame(format="s16", layout="mono", samples=_STEP)
        frame.planes[0].update(samples)
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        yield from _timed(encoder.encode(frame))


def _timed(packets: Iterable[Any]) -> Iterator[tuple[int, bytes]]:
    for packet in packets:
        yield max(0, int(packet.pts * packet.time_base / _MS)), bytes(packet)


class _Bed:
    """The samples that are not encoded yet: a window that moves with the voices."""

    BEHIND = RATE // 2  # voices may come this late after each other
    SLIP = RATE // 10  # a voice that runs on is not cut at every jitter of its times

    def __init__(self) -> None:
        self._from = 0  # the sample at which the window begins, a multiple of a step
        self._sums: dict[int, list[int]] = {}  # step → sums of its samples
        self._next: dict[int, int] = {}  # voice → where it ended

    def lay(self, voice: int, at: int, samples: bytes) -> None:
        expected = self._next.get(voice, at)
        at = max(expected if abs(expected - at) < self.SLIP else at, self._from)
        values = memoryview(samples).cast("h")
        self._next[voice] = at + len(values)
        done = 0
        while done < len(values):
            step, offset = divmod(at + done, _STEP)
            taken = values[done : done + _STEP - offset]
            sums = self._sums.get(step)
            if sums is None:
                sums = self._sums[step] = [0] * _STEP
            if len(taken) == _STEP and not any(sums):
                self._sums[step] = list(taken)
            else:
                for n, value in enumerate(taken, offset):
                    sums[n] += value
            done += len(taken)

    def ready(self, now: int) -> Iterator[tuple[int, bytes]]:
        """What no voice will add to any more."""
        yield from self._until((now - self.BEHIND) // _STEP)

    def rest(self) -> Iterator[tuple[int, bytes]]:
        yield from self._until(max(self._sums, default=-1) + 1)

    def _until(self, end: int) -> Iterator[tuple[int, bytes]]:
        silence = bytes(_STEP * 2)
        for step in range(self._from // _STEP, end):
            sums = self._sums.pop(step, None)
            yield step * _STEP, silence if sums is None else _clipped(sums)
        self._from = max(self._from, end * _STEP)


def _clipped(sums: list[int]) -> bytes:
    if max(sums) <= 32_767 and min(sums) >= -32_768:
        return memoryview(array("h", sums)).tobytes()
    return memoryview(array("h", [max(-32_768, min(32_767, value)) for value in sums])).tobytes()
