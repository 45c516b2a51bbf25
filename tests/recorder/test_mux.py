"""The file of a recording: what was shown, at its time, with sound, and places to seek to."""

import json
import math
import subprocess
import sys
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av

from rooms.media.recorder.mux import NOTHING, mux
from rooms.media.recorder.spool import Spool
from tests.recorder.film import Told, bound, camera, picture, voice

BEGAN = 1_700_000_000_000_000


def spooled(path: Path, told: Iterable[Told]) -> Path:
    spool = Spool(path)
    for at, data in sorted(told, key=lambda one: one.at):
        spool.append(BEGAN + at, data[0], data[1], data[2:])
    spool.close()
    return path


def pictures_of(film: Path) -> list[tuple[float, int]]:
    """(second, width) of every decoded picture."""
    with av.open(str(film)) as opened:
        return [(float(frame.time or 0), frame.width) for frame in opened.decode(video=0)]


def loudness(film: Path, track: int, hertz: int, start: float, end: float) -> float:
    """How much of a tone is in a part of a sound track, 0…1 of what was spoken."""
    samples = array("h")
    with av.open(str(film)) as opened:
        stream: Any = opened.streams.audio[track]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000)
        for frame in opened.decode(stream):
            if start <= float(frame.time or 0) < end:
                for plain in resampler.resample(frame):
                    samples.frombytes(bytes(plain.planes[0])[: plain.samples * 2])
    step = 2 * math.pi * hertz / 48_000
    across = sum(value * math.cos(step * n) for n, value in enumerate(samples))
    up = sum(value * math.sin(step * n) for n, value in enumerate(samples))
    return 2 * math.hypot(across, up) / max(1, len(samples)) / 8_000


def test_the_screen_is_shown_while_it_is_shared_and_every_voice_is_heard(tmp_path: Path) -> None:
    told = [
        *picture(6, 640, 360, seconds=10, start=0),
        *picture(7, 960, 540, seconds=3, start=4),
        bound(7, "d01", 4),
        bound(7, "", 7),
        *voice(0, 440, seconds=10, start=0),
        *voice(1, 1000, seconds=2, start=3),
    ]
    film = tmp_path / "film.webm"
    made = mux(film, [spooled(tmp_path / "1.spool", told)])
    assert made is not None
    assert made["bytes"] == film.stat().st_size
    assert 9_800 <= made["duration_ms"] <= 10_200
    shown = pictures_of(film)
    assert {width for at, width in shown if at < 3.9} == {640}
    assert {width for at, width in shown if 4.1 < at < 6.9} == {960}
    assert {width for at, width in shown if at > 8.1} == {640}  # from the stage's next key frame on
    assert loudness(film, 0, 440, 1, 2) > 0.7
    assert loudness(film, 0, 1000, 1, 2) < 0.1
    assert loudness(film, 0, 1000, 3.5, 4.5) > 0.7
    assert loudness(film, 0, 440, 3.5, 4.5) > 0.7
    assert loudness(film, 2, 1000, 3.5, 4.5) > 0.7
    assert loudness(film, 2, 440, 3.5, 4.5) < 0.1


def test_a_camera_on_the_stage_is_in_the_film_between_the_people_and_can_be_sought(tmp_path: Path) -> None:
    """Encoded anew: a track has one codec. Where packets are missing, its pictures go on with a key frame."""
    seen = list(camera(6, 1440, 810, seconds=4, start=3, fps=10, seq=10_000))
    lost = next(n for n, told in enumerate(seen) if told.at >= 4_000_000)
    told = [
        *picture(6, 640, 360, seconds=3, start=0),
        *seen[:lost],
        *seen[lost + 1 :],
        *picture(6, 640, 360, seconds=3, start=7, seq=30_000),
    ]
    film = tmp_path / "film.webm"
    made = mux(film, [spooled(tmp_path / "1.spool", told)])
    assert made is not None
    assert made["width"] == 1280  # no larger than pictures of people are recorded
    shown = pictures_of(film)
    assert {width for at, width in shown if at < 2.9} == {640}
    assert {width for at, width in shown if 3.1 < at < 3.9} == {1280}
    assert [at for at, _ in shown if 4.05 < at < 4.95] == []  # up to its next key frame
    assert {width for at, width in shown if 5.1 < at < 6.9} == {1280}
    assert {width for at, width in shown if at > 7.1} == {640}
    assert len([at for at, _ in shown if 4.95 < at < 6.95]) == 20
    with av.open(str(film)) as opened:
        opened.seek(6_000_000)
        first = next(opened.decode(video=0))
        assert 4.9 <= float(first.time or 0) <= 6
        assert first.width == 1280


def test_a_player_can_seek(tmp_path: Path) -> None:
    film = tmp_path / "film.webm"
    assert mux(film, [spooled(tmp_path / "1.spool", picture(6, 320, 180, seconds=8, start=0))])
    with av.open(str(film)) as opened:
        opened.seek(5_000_000)
        first = next(opened.decode(video=0))
    assert 3.9 <= float(first.time or 0) <= 5


def test_the_runs_of_a_recorder_follow_each_other(tmp_path: Path) -> None:
    one = spooled(tmp_path / "1.spool", picture(6, 320, 180, seconds=2, start=0))
    two = spooled(tmp_path / "2.spool", picture(6, 320, 180, seconds=2, start=5))
    made = mux(tmp_path / "film.webm", [two, one])
    assert made is not None
    times = [at for at, _ in pictures_of(tmp_path / "film.webm")]
    assert [at for at in times if 2.1 < at < 4.9] == []
    assert len(times) == 60
    assert 6_800 <= made["duration_ms"] <= 7_000


def test_nothing_to_play_is_no_file(tmp_path: Path) -> None:
    empty = spooled(tmp_path / "1.spool", [bound(6, "", 0)])
    out = tmp_path / "film.webm"
    ran = subprocess.run(
        [sys.executable, "-m", "rooms.media.recorder.mux", str(out), str(empty)], timeout=60, check=False
    )
    assert ran.returncode == NOTHING
    assert not out.exists()


def test_the_process_tells_what_it_made(tmp_path: Path) -> None:
    spool = spooled(tmp_path / "1.spool", voice(3, 440, seconds=1, start=0))
    ran = subprocess.run(
        [sys.executable, "-m", "rooms.media.recorder.mux", str(tmp_path / "film.webm"), str(spool)],
        timeout=60,
        check=True,
        stdout=subprocess.PIPE,
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["bytes"] > 1_000
    assert told["width"] == 0
    assert loudness(tmp_path / "film.webm", 0, 440, 0.2, 0.8) > 0.7
