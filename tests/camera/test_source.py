"""Sources of a camera: real RTSP over a socket, a real file, a test picture; and refusals that say why."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from rooms.media.camera.h264 import Packetizer
from rooms.media.camera.source import NoPicture, SourceKind, Unit, Why, open_source
from tests.servers.rtsp import RtspCamera


@pytest.fixture(scope="module")
def units() -> list[bytes]:
    """Two seconds of H.264, Annex B."""
    return [unit.data for unit in itertools.islice(open_source(SourceKind.SYNTHETIC, "320x180@30").units, 60)]


@pytest.fixture
def camera(units: list[bytes]) -> Iterator[RtspCamera]:
    camera = RtspCamera(units, fps=30)
    yield camera
    camera.close()


def encoded(path: Path, codec: str, **options: str) -> Path:
    """A short film in a codec."""
    with av.open(str(path), "w") as film:
        stream: Any = film.add_stream(codec, rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = options
        frame = av.VideoFrame(320, 180, "yuv420p")
        for number in range(20):
            frame.pts = number
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def packets(source_units: Iterator[Unit], extradata: bytes, count: int) -> list[tuple[list[bytes], bool]]:
    packetizer = Packetizer(extradata)
    return [packetizer.payloads(unit.data) for unit in itertools.islice(source_units, count)]


def test_rtsp_gives_units_that_begin_with_a_key_frame(camera: RtspCamera) -> None:
    source = open_source(SourceKind.RTSP, camera.address)
    assert (source.codec, source.width, source.height) == ("h264", 320, 180)
    found = packets(source.units, source.extradata, 70)
    assert any(key for _, key in found)
    assert all(payloads for payloads, _ in found)


def test_a_camera_that_hangs_up_has_ended(camera: RtspCamera) -> None:
    source = open_source(SourceKind.RTSP, camera.address)
    next(source.units)
    camera.hang_up()
    with pytest.raises(NoPicture) as told:
        for _ in source.units:
            pass
    assert told.value.why in {Why.ENDED, Why.SILENT}


def test_a_wrong_password_is_told_as_such(units: list[bytes]) -> None:
    camera = RtspCamera(units, password="right")
    try:
        with pytest.raises(NoPicture) as told:
            open_source(SourceKind.RTSP, camera.address.replace("rtsp://", "rtsp://camera:wrong@"))
        assert told.value.why is Why.UNAUTHORIZED
        assert open_source(SourceKind.RTSP, camera.address.replace("rtsp://", "rtsp://camera:right@")).codec
    finally:
        camera.close()


def test_nobody_there_is_worth_another_try() -> None:
    with pytest.raises(NoPicture) as told:
        open_source(SourceKind.RTSP, "rtsp://127.0.0.1:9/live")
    assert told.value.why is Why.UNREACHABLE


def test_what_browsers_cannot_play_is_refused_with_the_codec(tmp_path: Path) -> None:
    with pytest.raises(NoPicture) as told:
        open_source(SourceKind.FILE, str(encoded(tmp_path / "film.mkv", "mpeg4")))
    assert told.value.why is Why.CODEC
    assert "mpeg4" in told.value.detail


def test_reordered_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPicture) as told:
        open_source(SourceKind.FILE, str(encoded(tmp_path / "film.mp4", "libx264", bf="3")))
    assert told.value.why is Why.REORDERED


def test_a_file_begins_again_and_time_goes_on(tmp_path: Path) -> None:
    film = encoded(tmp_path / "film.mp4", "libx264", bf="0", g="10")
    source = open_source(SourceKind.FILE, str(film))
    times = [unit.at for unit in itertools.islice(source.units, 30)]
    assert times == sorted(times)
    assert times[-1] > 20 / 15


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "file:///etc/passwd", ""])
def test_only_rtsp_is_an_rtsp_address(address: str) -> None:
    with pytest.raises(NoPicture) as told:
        open_source(SourceKind.RTSP, address)
    assert told.value.why is Why.BAD_ADDRESS
