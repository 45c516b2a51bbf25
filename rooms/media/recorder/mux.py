"""One WebM file out of the spools of a recording.

    tracks   1 pictures: the shared screen while there is one, else the stage (VP8, as it was sent; what
               cameras sent as H.264 is encoded anew, because a track is of one codec)
             2 sound: the voices mixed
             3… each voice slot as it was sent (Opus)

Run as `python -m rooms.media.recorder.mux OUT SPOOL...`: the last line it prints is a JSON object
`{"duration_ms", "bytes", "width"}`; exit code 3 when the spools hold nothing to play.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av

from rooms.media.recorder.anew import encoded, headers
from rooms.media.recorder.frames import Clock, Frame, pictures, size, sounds, units, unwrapped
from rooms.media.recorder.mix import RATE, mixed
from rooms.media.recorder.spool import read
from rooms.tap import BOUND, H264, RTP, SHARE, STAGE, VOICES, VP8, bound

NOTHING = 3  # exit code
PICTURE_RATE = 90_000
_MS = Fraction(1, 1000)

Timed = Iterator[tuple[int, Frame]]  # (ms since the first packet, frame), ascending
ENDED = Frame(0, 0, b"", False)  # a slot has nobody behind it from here on


class Spools:
    """The spools of a recording, in the order of their beginnings. Each is a run, with its own numbers.

    Hours of them are longer than the memory: everything here reads as it is asked.
    """

    def __init__(self, paths: Iterable[Path], skim: bool = False) -> None:
        """`skim`: the pictures of cameras come as the headers of their key frames."""
        self._skim = skim
        began = {path: first.arrival for path in paths if (first := next(read(path), None)) is not None}
        self._paths = sorted(began, key=lambda path: began[path])
        self._began = min(began.values(), default=0)

    def slot(self, slot: int) -> Timed:
        last = -1
        for path in self._paths:
            sent, ended = self._sent(path, slot), self._ended(path, slot)
            for at, frame in merge(sent, ended, key=lambda item: item[0]):
                if at > last:
                    last = at
                    yield at, frame

    def frames(self, slot: int) -> Timed:
        return (item for item in self.slot(slot) if item[1] is not ENDED)

    def _sent(self, path: Path, slot: int) -> Timed:
        packets, again = (
            unwrapped((record.arrival, record.body) for record in read(path, slot) if record.kind == RTP)
            for _ in range(2)
        )
        if slot in VOICES:
            return self._timed(RATE, sounds(packets))
        of_cameras = self._timed(PICTURE_RATE, units(packet for packet in again if packet.pt == H264))
        as_sent = self._timed(PICTURE_RATE, pictures(packet for packet in packets if packet.pt == VP8))
        anew = headers(of_cameras) if self._skim else encoded(of_cameras)
        return merge(as_sent, anew, key=lambda item: item[0])

    def _timed(self, rate: int, frames: Iterator[Frame]) -> Timed:
        clock = Clock(rate, self._began)
        return ((clock.at(frame), frame) for frame in frames)

    def _ended(self, path: Path, slot: int) -> Timed:
        behind = True
        for record in read(path, slot):
            said = bound(record.body) if record.kind == BOUND else None
            if said is None:
                continue
            if behind and not said.source:
                yield (record.arrival - self._began) // 1000, ENDED
            behind = bool(said.source)


def programme(stage: Timed, share: Timed) -> Timed:
    """What is shown: the shared screen while there is one, else the stage. Changes at key frames."""
    shown = waits = ""
    sharing = False
    for at, from_share, frame in merge(
        ((at, True, frame) for at, frame in share),
        ((at, False, frame) for at, frame in stage),
        key=lambda item: item[0],
    ):
        if from_share:
            sharing = frame is not ENDED
        wanted = "share" if sharing else "stage"
        if wanted != shown:
            waits = wanted
        origin = "share" if from_share else "stage"
        if origin == waits and frame.key:
            shown, waits = origin, ""
        if origin == shown and frame is not ENDED:
            yield at, frame


def mux(out: Path, paths: Sequence[Path]) -> dict[str, int] | None:
    """Write the file. None: nothing to play, nothing written."""
    spools = Spools(paths)
    skimmed = Spools(paths, skim=True)
    width, height = _largest(programme(skimmed.slot(STAGE), skimmed.slot(SHARE)))
    voices = [slot for slot in VOICES if next(spools.frames(slot), None) is not None]
    if not width and not voices:
        return None
    with av.open(str(out), "w", format="webm", options={"cluster_time_limit": "2000"}) as file:
        tracks: list[tuple[Any, Timed]] = []
        if width:
            picture: Any = file.add_mux_stream("vp8", rate=1000, width=width, height=height)
            tracks.append((picture, programme(spools.slot(STAGE), spools.slot(SHARE))))
        if voices:
            together = mixed([((at, frame.data) for at, frame in spools.frames(slot)) for slot in voices])
            sound = _sound_track(file, "mix")
            tracks.append((sound, ((at, Frame(0, 0, data, True)) for at, data in together)))
            for n, slot in enumerate(voices, 1):
                tracks.append((_sound_track(file, f"voice {n}"), spools.frames(slot)))
        duration = _write(file, tracks)
    return {"duration_ms": duration, "bytes": out.stat().st_size, "width": width}


def _largest(shown: Timed) -> tuple[int, int]:
    """Width and height of the largest picture; (0, 0): there is none."""
    return max(filter(None, (size(frame.data) for _, frame in shown if frame.key)), default=(0, 0))


def _sound_track(file: Any, title: str) -> Any:
    stream = file.add_stream("libopus", rate=RATE, layout="mono")
    stream.metadata["title"] = title
    stream.codec_context.open()  # gives the track its Opus header; its encoder is not used
    return stream


def _write(file: Any, tracks: Sequence[tuple[Any, Timed]]) -> int:
    """All tracks, interleaved by time; how long it plays, in ms."""
    numbered = [_numbered(n, timed) for n, (_, timed) in enumerate(tracks)]
    last = 0
    for at, n, frame in merge(*numbered, key=lambda item: item[0]):
        packet = av.Packet(frame.data)
        packet.stream = tracks[n][0]
        packet.time_base = _MS
        packet.pts = packet.dts = at
        packet.is_keyframe = frame.key
        file.mux(packet)
        last = max(last, at)
    return last


def _numbered(n: int, timed: Timed) -> Iterator[tuple[int, int, Frame]]:
    for at, frame in timed:
        yield at, n, frame


def main(arguments: Sequence[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    told = mux(Path(arguments[0]), [Path(name) for name in arguments[1:]])
    if told is None:
        return NOTHING
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
