"""One WebM file out of the spools of a recording.

    tracks   1 pictures: the shared screen while there is one, else the stage (VP8, as it was sent)
             2 sound: the voices mixed
             3… each voice slot as it was sent (Opus)

Run as `python -m rooms.media.recorder.mux OUT SPOOL...`: the last line it prints is a JSON object
`{"duration_ms", "bytes", "pictures"}`; exit code 3 when the spools hold nothing to play.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
import msgspec

from rooms.media.recorder.frames import Clock, Frame, pictures, size, sounds, unwrapped
from rooms.media.recorder.mix import RATE, mixed
from rooms.media.recorder.spool import Record, read

VOICES = range(6)  # slots of the worker's tap (rooms/media/local.py), and so of a spool
STAGE = 6
SHARE = 7
RTP, BOUND = 0, 2  # kinds of its datagrams
VP8 = 96  # its payload type there; a camera may send H.264, which WebM does not hold
NOTHING = 3  # exit code
_MS = Fraction(1, 1000)

Timed = list[tuple[int, Frame]]
ENDED = Frame(0, 0, b"", False)  # a slot has nobody behind it from here on


def frames(spools: Sequence[Path]) -> dict[int, Timed]:
    """By slot: (ms since the first packet, frame). A spool is a run of the recorder, with its own numbers."""
    runs = [list(read(path)) for path in spools]
    began = min((record.arrival for run in runs for record in run), default=0)
    found: dict[int, Timed] = {slot: [] for slot in (*VOICES, STAGE, SHARE)}
    for run in sorted(runs, key=lambda run: run[0].arrival if run else 0):
        for slot, timed in found.items():
            of_slot = [record for record in run if record.slot == slot]
            for at, frame in merge(
                _sent(slot, of_slot, began), _ended(of_slot, began), key=lambda item: item[0]
            ):
                if not timed or at > timed[-1][0]:
                    timed.append((at, frame))
    return found


def _sent(slot: int, records: Iterable[Record], began: int) -> Iterator[tuple[int, Frame]]:
    packets = unwrapped((record.arrival, record.body) for record in records if record.kind == RTP)
    clock = Clock(RATE if slot in VOICES else 90_000, began)
    if slot in VOICES:
        sent = sounds(packets)
    else:
        sent = pictures(packet for packet in packets if packet.pt == VP8)
    for frame in sent:
        yield clock.at(frame), frame


def _ended(records: Iterable[Record], began: int) -> Iterator[tuple[int, Frame]]:
    bound = True
    for record in records:
        if record.kind == BOUND:
            try:
                source = msgspec.msgpack.decode(record.body, type=_Bound).source
            except msgspec.DecodeError:
                continue
            if bound and not source:
                yield (record.arrival - began) // 1000, ENDED
            bound = bool(source)


class _Bound(msgspec.Struct):
    source: str


def programme(stage: Timed, share: Timed) -> Iterator[tuple[int, Frame]]:
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


def mux(out: Path, spools: Sequence[Path]) -> dict[str, int] | None:
    """Write the file. None: nothing to play, nothing written."""
    slots = frames(spools)
    shown = list(programme(slots[STAGE], slots[SHARE]))
    voices = [[item for item in slots[slot] if item[1] is not ENDED] for slot in VOICES]
    voices = [voice for voice in voices if voice]
    if not shown and not voices:
        return None
    with av.open(str(out), "w", format="webm", options={"cluster_time_limit": "2000"}) as file:
        tracks: list[tuple[Any, Iterator[tuple[int, Frame]]]] = []
        if shown:
            largest = max(filter(None, (size(f.data) for _, f in shown if f.key)), default=(640, 360))
            picture: Any = file.add_mux_stream("vp8", rate=1000, width=largest[0], height=largest[1])
            tracks.append((picture, iter(shown)))
        if voices:
            sound = _sound_track(file, "mix")
            together = mixed([[(at, frame.data) for at, frame in voice] for voice in voices])
            tracks.append((sound, ((at, Frame(0, 0, data, True)) for at, data in together)))
            tracks.extend(
                (_sound_track(file, f"voice {n}"), iter(voice)) for n, voice in enumerate(voices, 1)
            )
        duration = _write(file, tracks)
    return {"duration_ms": duration, "bytes": out.stat().st_size, "pictures": len(shown)}


def _sound_track(file: Any, title: str) -> Any:
    stream = file.add_stream("libopus", rate=RATE, layout="mono")
    stream.metadata["title"] = title
    stream.codec_context.open()  # gives the track its Opus header; its encoder is not used
    return stream


def _write(file: Any, tracks: Sequence[tuple[Any, Iterable[tuple[int, Frame]]]]) -> int:
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


def _numbered(n: int, timed: Iterable[tuple[int, Frame]]) -> Iterator[tuple[int, int, Frame]]:
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
