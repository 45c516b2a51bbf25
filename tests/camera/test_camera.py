"""The camera process, from a real RTSP server to the datagrams of a worker's tap."""

import itertools
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.media.camera.source import SourceKind, open_source
from rooms.tap import BYE, REPORT, RTP, WATCHED, datagram, worker_end
from tests.servers.rtsp import RtspCamera


@pytest.fixture(scope="module")
def units() -> list[bytes]:
    return [unit.data for unit in itertools.islice(open_source(SourceKind.SYNTHETIC, "320x180@30").units, 60)]


class Running:
    """A camera process and the worker's end of its tap."""

    def __init__(self, folder: Path, kind: str, address: str, attached: bool = True) -> None:
        self._listen = listen = folder / "cam"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(worker_end(str(listen)))
        self.socket.settimeout(20)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rooms.media.camera"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        job = {"kind": kind, "address": address, "listen": str(listen)}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        if attached:
            self.attach()

    def attach(self) -> None:
        """As a worker does: it says whether somebody watches."""
        deadline = time.monotonic() + 20
        while True:
            try:
                self.socket.sendto(datagram(WATCHED, 1), str(self._listen))
            except OSError:
                assert time.monotonic() < deadline, "the camera does not listen"
                time.sleep(0.02)
            else:
                return

    def told(self, state: str) -> dict[str, object]:
        """The next line about a state."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found: dict[str, object] = json.loads(line)
            if found["state"] == state:
                return found
        raise AssertionError(f"ended without {state}")

    def heard(self, *kinds: int) -> Iterator[bytes]:
        while True:
            data = self.socket.recv(2_048)
            if data[0] in kinds:
                yield data

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(20)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        self.socket.close()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for one in running:
        one.close()


def test_a_camera_sends_marked_packets_without_gaps_and_reports(tmp_path: Path, run: list[Running]) -> None:
    camera = Running(tmp_path, "synthetic", "320x180@30")
    run.append(camera)
    assert camera.told("playing") == {"state": "playing", "codec": "h264", "width": 320, "height": 180}
    packets = [data[2:] for data in itertools.islice(camera.heard(RTP), 90)]
    numbers = [int.from_bytes(packet[2:4], "big") for packet in packets]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(90)]
    assert {packet[1] & 0x7F for packet in packets} == {102}
    assert any(packet[1] & 0x80 for packet in packets)
    assert max(map(len, packets)) <= 1_300
    assert packets[0][12] & 0x1F == 24  # SPS, PPS and the first slices together
    report = next(camera.heard(REPORT))[2:]
    assert report[1] == 200
    assert report[4:8] == packets[0][8:12]
    assert camera.end() == 0


def test_a_worker_that_comes_late_begins_with_the_key_frame_that_was(
    tmp_path: Path, run: list[Running]
) -> None:
    """320x180@5 makes its next key frame after two seconds only."""
    camera = Running(tmp_path, "synthetic", "320x180@5", attached=False)
    run.append(camera)
    camera.told("playing")
    camera.attach()
    packets: list[bytes] = []
    for data in camera.heard(RTP):
        packets.append(data[2:])
        if len({packet[4:8] for packet in packets}) == 6:
            break
    starts = [n for n, packet in enumerate(packets) if packet[12] & 0x1F == 24]  # SPS, PPS, first slices
    assert starts == [0]
    numbers = [int.from_bytes(packet[2:4], "big") for packet in packets]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(len(numbers))]


def test_a_camera_comes_back_after_its_source_was_gone(
    tmp_path: Path, run: list[Running], units: list[bytes]
) -> None:
    source = RtspCamera(units, fps=30)
    try:
        camera = Running(tmp_path, "rtsp", source.address)
        run.append(camera)
        camera.told("playing")
        before = next(camera.heard(RTP))[10:14]
        source.hang_up()
        assert camera.told("waiting")["why"] in {"ended", "silent", "unreachable"}
        camera.told("playing")
        after = next(data for data in camera.heard(RTP) if data[10:14] != before)
        assert after[2] == 0x80
    finally:
        source.close()


def test_a_refusal_says_why_and_hides_the_password(
    tmp_path: Path, run: list[Running], units: list[bytes]
) -> None:
    source = RtspCamera(units, password="right")
    try:
        address = source.address.replace("rtsp://", "rtsp://camera:secret@")
        camera = Running(tmp_path, "rtsp", address)
        run.append(camera)
        told = camera.told("refused")
        assert told["why"] == "unauthorized"
        assert "secret" not in str(told)
        assert b"secret" not in Path(f"/proc/{camera.process.pid}/cmdline").read_bytes()
    finally:
        source.close()


def test_no_camera_outlives_who_started_it(tmp_path: Path, run: list[Running]) -> None:
    camera = Running(tmp_path, "synthetic", "160x90@5")
    run.append(camera)
    camera.told("playing")
    assert camera.end() == 0
    assert next(camera.heard(BYE))
