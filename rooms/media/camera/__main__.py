"""`python -m rooms.media.camera`: reads one camera and sends it into a room, until standard input ends.

Standard input brings one line of JSON: `{"kind", "address", "listen"}` (an address may hold a password, so it
is no argument); when it ends, so does the camera: no camera outlives who started it. Standard output tells,
one JSON object a line:

    {"state": "connecting"}
    {"state": "playing", "codec", "width", "height"}
    {"state": "waiting", "why", "again"}      no picture; another try in so many seconds
    {"state": "refused", "why", "detail"}     browsers cannot play it, or we are not let in

`why` is one of `rooms.media.camera.source.Why`.

A worker that attaches gets the group of pictures that is under way, so that who opens a camera need not wait
for its next key frame. Nothing is sent to nobody.
"""

import json
import os
import random
import select
import socket
import sys
import threading
import time
from contextlib import suppress

import msgspec

from rooms.media.camera.group import Group
from rooms.media.camera.h264 import Packetizer, Unreadable
from rooms.media.camera.source import FINAL, NoPicture, SourceKind, Why, open_source
from rooms.media.camera.stream import Stream
from rooms.media.datagrams import listening
from rooms.tap import ALIVE, BYE, LONGEST, REPORT, RTP, WATCHED, datagram, worker_end

FIRST_WAIT = 1.0  # seconds
LONGEST_WAIT = 30.0
REFUSED_WAIT = 300.0  # somebody may have changed the camera's settings
REPORT_EVERY = 2.0
PATIENCE = 0.5  # seconds with a worker that takes nothing
WRONG_USAGE = 2


class Job(msgspec.Struct):
    kind: SourceKind
    address: str
    listen: str  # our end of the tap (rooms.tap)


class Tap:
    """Datagrams towards the worker. A worker that is gone is no error: another will listen there."""

    def __init__(self, listen: str) -> None:
        """Raises OSError."""
        self._worker = worker_end(listen)
        self._listen = listen
        self._socket = listening(listen)
        self._socket.settimeout(PATIENCE)
        self._stalled = False
        self._attached = self._fresh = False

    @property
    def attached(self) -> bool:
        """A worker listens."""
        return self._attached

    def begins(self) -> bool:
        """Whether a worker has come since this was asked last."""
        fresh, self._fresh = self._fresh and self._attached, False
        return fresh

    def say(self, kind: int, slot: int = 0, body: bytes = b"") -> None:
        """Waits while the worker is behind: the kernel holds ten datagrams, a key frame has more."""
        data = datagram(kind, slot, body)
        try:
            if self._stalled:  # it takes nothing: packets are lost until it does, but time goes on
                self._socket.settimeout(0)
            self._socket.sendto(data, self._worker)
            self._stalled = False
        except (TimeoutError, BlockingIOError):
            self._stalled = True
        except OSError:  # nobody is there
            self._attached = False
        finally:
            self._socket.settimeout(PATIENCE)

    def stay(self) -> None:
        """Says each second that we live; reads away what the worker says: no request changes a camera."""
        told = 0.0
        while True:
            if not select.select([self._socket], [], [], 1.0)[0]:
                self.say(ALIVE)
                continue
            with suppress(OSError):
                self._heed(self._socket.recv(LONGEST, socket.MSG_DONTWAIT))
            if (now := time.monotonic()) - told >= 1:
                told = now
                self.say(ALIVE)

    def _heed(self, data: bytes) -> None:
        """A worker says WATCHED as soon as it is attached."""
        if data[:1] == bytes((WATCHED,)) and not self._attached:
            self._attached = self._fresh = True
        elif data[:1] == bytes((BYE,)):
            self._attached = False

    def close(self) -> None:
        self.say(BYE)
        with suppress(FileNotFoundError):
            os.unlink(self._listen)


def play(job: Job, tap: Tap) -> None:
    """One connection to the source, to its end. Raises NoPicture."""
    tell(state="connecting")
    source = open_source(job.kind, job.address)
    try:
        packetizer = Packetizer(source.extradata)
    except Unreadable as error:
        raise NoPicture(Why.CODEC, str(error)) from None
    stream, group = Stream(), Group()
    reported = -REPORT_EVERY
    playing = False
    for unit in source.units:
        try:
            payloads, key = packetizer.payloads(unit.data)
        except Unreadable:
            continue
        if not playing and not key:
            continue  # nobody could draw it
        if not playing:
            playing = True
            tell(state="playing", codec=source.codec, width=source.width, height=source.height)
        if key:
            group.begin()
        now = time.time()
        if tap.begins():
            reported = -REPORT_EVERY
            for earlier, at in group.squeezed(unit.at):
                for packet in stream.packets(earlier, at):
                    tap.say(RTP, 0, packet)
        group.add(payloads)
        if not tap.attached:
            continue
        for packet in stream.packets(payloads, unit.at):
            tap.say(RTP, 0, packet)
        if now - reported >= REPORT_EVERY:
            reported = now
            tap.say(REPORT, 0, stream.report(now, unit.at))
    raise NoPicture(Why.ENDED, "the source has ended")


def keep_playing(job: Job, tap: Tap) -> None:
    """For ever: again after every end, ever later while there is no picture."""
    wait = FIRST_WAIT
    while True:
        began = time.monotonic()
        try:
            play(job, tap)
        except NoPicture as none:
            if time.monotonic() - began > LONGEST_WAIT:
                wait = FIRST_WAIT  # it had played for a while
            if none.why in FINAL:
                tell(state="refused", why=none.why.value, detail=none.detail)
                time.sleep(REFUSED_WAIT)
                continue
            # apart from each other: a hundred cameras behind one switch do not come back in one moment
            pause = wait * random.uniform(0.8, 1.2)
            tell(state="waiting", why=none.why.value, again=round(pause, 1))
            time.sleep(pause)
            wait = min(LONGEST_WAIT, wait * 2)


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


def main() -> int:
    try:
        job = msgspec.json.decode(sys.stdin.readline(), type=Job)
    except msgspec.DecodeError:
        print(__doc__, file=sys.stderr)
        return WRONG_USAGE
    tap = Tap(job.listen)
    threading.Thread(target=tap.stay, daemon=True).start()
    threading.Thread(target=keep_playing, args=(job, tap), daemon=True).start()
    with suppress(KeyboardInterrupt):
        sys.stdin.read()
    tap.close()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a thread inside a library's read cannot be told to end
