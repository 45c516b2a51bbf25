"""The recorder process: what it was told is on disk within a second, whoever dies."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.media.recorder.spool import Record, read
from rooms.tap import ALIVE, KEY, RTP, STAGE, datagram, worker_end
from tests.recorder.film import bound


class Worker:
    """A worker's end of a tap."""

    def __init__(self, listen: Path) -> None:
        self._path = Path(worker_end(str(listen)))
        self._path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self._path))
        self.socket.settimeout(10)
        self.socket.connect(str(listen))

    def heard(self, kind: int) -> bytes:
        """The next datagram of a kind."""
        while (data := self.socket.recv(2_048))[0] != kind:
            pass
        return data

    def close(self) -> None:
        self.socket.close()
        self._path.unlink(missing_ok=True)


@pytest.fixture
def listen(tmp_path: Path) -> Path:
    return tmp_path / "rec"


@pytest.fixture
def recorder(tmp_path: Path, listen: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "rooms.media.recorder"]
    command += ["--into", str(tmp_path / "spools"), "--listen", str(listen)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    end = time.monotonic() + 30
    while not listen.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    yield process
    process.kill()
    process.communicate(timeout=10)


def spooled(folder: Path) -> list[Record]:
    return [record for path in sorted(folder.glob("*.spool")) for record in read(path)]


def test_a_killed_recorder_has_kept_what_it_had_a_second_ago(
    tmp_path: Path, listen: Path, recorder: subprocess.Popen[bytes]
) -> None:
    worker = Worker(listen)
    for n in range(200):
        worker.socket.send(datagram(RTP, STAGE, b"packet %d" % n))
    worker.heard(ALIVE)
    worker.heard(ALIVE)  # told after what came before is on disk
    recorder.kill()
    recorder.wait(10)
    assert [record.body for record in spooled(tmp_path / "spools")] == [b"packet %d" % n for n in range(200)]
    assert recorder.stdout is not None
    assert json.loads(recorder.stdout.readline()) == {"state": "recording"}
    worker.close()


def test_another_worker_goes_on_where_one_has_died(
    tmp_path: Path, listen: Path, recorder: subprocess.Popen[bytes]
) -> None:
    first = Worker(listen)
    first.socket.send(datagram(RTP, 0, b"before"))
    first.heard(ALIVE)
    first.close()
    second = Worker(listen)
    second.socket.send(datagram(RTP, 0, b"after"))
    second.heard(ALIVE)
    second.heard(ALIVE)
    recorder.send_signal(signal.SIGTERM)
    assert recorder.wait(10) == 0
    assert [record.body for record in spooled(tmp_path / "spools")] == [b"before", b"after"]
    second.close()


def test_the_stage_is_asked_for_a_key_frame_when_a_screen_ends(
    listen: Path, recorder: subprocess.Popen[bytes]
) -> None:
    worker = Worker(listen)
    worker.socket.send(bound(7, "d01", 0).data)
    worker.socket.send(bound(7, "", 0).data)
    assert worker.heard(KEY) == bytes((KEY, 6))
    worker.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    command = [sys.executable, "-m", "rooms.media.recorder"]
    command += ["--into", str(tmp_path / "file" / "x"), "--listen", str(tmp_path / "rec")]
    ran = subprocess.run(command, timeout=30, stdout=subprocess.PIPE, check=False)
    assert ran.returncode == 4
    assert json.loads(ran.stdout)["state"] == "failed"
