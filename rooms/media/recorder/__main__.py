"""`python -m rooms.media.recorder --into DIR --listen PATH`: writes down what a worker's tap says.

Ends by the datagram END or by SIGTERM, or when no worker has said anything for a minute: one that died is
replaced, and the new one finds the recorder where it was. Tells on standard output, one JSON object a line:
`{"state": "recording"}` with the first packet, `{"state": "failed", "why": …}` before exit code 4.
"""

import argparse
import errno
import json
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from rooms.media.datagrams import listening
from rooms.media.recorder.spool import Spool
from rooms.tap import ALIVE, BOUND, END, KEY, LONGEST, REPORT, RTP, SHARE, STAGE, bound, datagram, worker_end

KEY_EVERY = 10.0  # seconds: where a player can seek to
ALONE = 60.0  # seconds
FAILED = 4
_BUFFER = 4 * 1024 * 1024


class Recorder:
    """One run. Blocking: a disk that stalls stalls nobody else; the kernel and the worker hold packets."""

    def __init__(self, into: Path, listen: Path) -> None:
        """Raises OSError."""
        into.mkdir(parents=True, exist_ok=True)
        self._worker = worker_end(str(listen))
        self._listen = listen
        self._socket = listening(str(listen))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.settimeout(0.2)
        self._spool = Spool(into / f"{time.time_ns()}.spool")
        self._packets = 0
        self._shared = False
        self.ended = False

    def run(self) -> None:
        """Until `ended`. Raises OSError when the disk does not take it."""
        heard = told = asked = time.monotonic()
        while not self.ended and time.monotonic() - heard < ALONE:
            if self._take():
                heard = time.monotonic()
            if (now := time.monotonic()) - told >= 1:
                told = now
                self._spool.keep()
                self._say(ALIVE)
                if now - asked >= KEY_EVERY:
                    asked = now
                    self._say(KEY, STAGE)
                    self._say(KEY, SHARE)
        self._spool.close()

    def close(self) -> None:
        self._socket.close()
        with suppress(FileNotFoundError):
            self._listen.unlink()

    def _take(self) -> bool:
        try:
            data = self._socket.recv(LONGEST)
        except (TimeoutError, InterruptedError):
            return False
        if data[:1] == bytes((END,)):
            self.ended = True
        if len(data) >= 2 and data[0] in (RTP, REPORT, BOUND):
            self._spool.append(time.time_ns() // 1000, data[0], data[1], data[2:])
            if data[0] == RTP:
                self._packets += 1
                if self._packets == 1:
                    tell(state="recording")
            elif data[0] == BOUND and data[1] == SHARE:
                said = bound(data[2:])
                self._screen_changed(said is not None and bool(said.source))
        return True

    def _screen_changed(self, shared: bool) -> None:
        """The stage is shown again when a screen is gone: it needs a key frame for that."""
        if self._shared and not shared:
            self._say(KEY, STAGE)
        self._shared = shared

    def _say(self, kind: int, slot: int = 0) -> None:
        with suppress(OSError):  # between two workers there is nobody
            self._socket.sendto(datagram(kind, slot), self._worker)


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m rooms.media.recorder", description=__doc__)
    parser.add_argument("--into", type=Path, required=True, help="directory for the spool")
    parser.add_argument("--listen", type=Path, required=True, help="where the worker's tap sends to")
    given = parser.parse_args()
    try:
        recorder = Recorder(given.into, given.listen)
    except OSError as error:
        return _failed(error)

    def end(number: int, frame: object) -> None:
        recorder.ended = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        recorder.run()
    except OSError as error:
        return _failed(error)
    finally:
        recorder.close()
    return 0


def _failed(error: OSError) -> int:
    tell(state="failed", why="disk_full" if error.errno == errno.ENOSPC else "disk", detail=str(error))
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
