"""Taps: a camera that publishes, a recorder that subscribes; plain RTP over unix datagram sockets.

The other process binds `path` and only then is `Attach` asked for. The worker binds `path + ".worker"`,
connects it to `path` and at once sends WATCHED to a camera, BOUND of every slot to a recorder. Sockets are
of mode 0600. A datagram is

    kind u8 · slot u8 · body

    kind          from the worker                               to the worker
    0 RTP         to a recorder: one packet                     from a camera: one packet
    1 REPORT      to a recorder: an RTCP sender report          from a camera: an RTCP sender report
    2 BOUND       to a recorder: msgpack {source, kind, codec}  –
    3 KEY         to a camera: a key frame is wanted            from a recorder: a key frame is wanted
    4 WATCHED     to a camera: slot 1 somebody sees it, else 0  –
    5 BYE         detached, or the worker ends                  it ends
    6 ALIVE       –                                             each second; silent for 10 s is dead

Payload types, for both: 111 opus/48000/2, 96 VP8/90000, 102 H264/90000 (packetization mode 1, constrained
baseline, SPS and PPS before each IDR). A packet is at most 1,300 bytes and carries no header extensions.

A camera sends its picture in slot 0; sound of cameras is not carried. Its timestamps are tied to its clock
by a REPORT every few seconds (without: by arrival). It sends while WATCHED says so and may always; whoever
joins waits for its next key frame, so a source that cannot make one when KEY comes keeps its last group of
pictures and sends that again, with new numbers and timestamps.

A recorder has eight slots: 0..5 voices, 6 stage, 7 share. Each slot is one RTP stream: one SSRC, numbers
without gaps, whoever is behind it. BOUND says who is from now on (source "" nobody; codec "" with it), and
again each second, as does a REPORT of each slot that flows: the reports of all slots are in one clock, the
worker's. Whatever the kernel does not take at once is queued here, up to `MOST_QUEUED` datagrams.
"""

import asyncio
import os
import socket
from collections import deque
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from rooms.control import Kind, Line
from rooms.media import ice
from rooms.media.flow import Feed, Slot, Source
from rooms.media.packet import rtcp
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.rtp import Ids, scan
from rooms.media.packet.up import Codec, Up
from rooms.media.peer import DEPTHS, RATES, SLOT_KINDS, Peer

if TYPE_CHECKING:
    from rooms.media.room import Room

RTP, REPORT, BOUND, KEY, WATCHED, BYE, ALIVE = range(7)
CODECS = {111: Codec.OPUS, 96: Codec.VP8, 102: Codec.H264}
TYPES = {codec: pt for pt, codec in CODECS.items()}
RECORDED = (*[Line.VOICE] * 6, Line.STAGE, Line.SHARE)
HEIGHT = 720  # in which pictures are recorded
MOST_QUEUED = 4_096
BATCH = 64
LONGEST = 2_048
NO_IDS = Ids()
DEVICE = "worker"


class Tap(Peer):
    """A camera ("cam:…") or a recorder ("rec:…") in a room, as a peer without a connection."""

    def __init__(self, room: "Room", participant: str, path: Path, now: float) -> None:
        """Raises OSError: nobody has bound `path`."""
        super().__init__(room, participant, DEVICE, ice.Credentials("", ""), now)
        self.local = True
        self.records = participant.startswith("rec:")
        self.path = path.with_name(path.name + ".worker")
        self._queue: deque[bytes] = deque()
        self._socket = self._open(path)
        self._watched = True
        self._bound: dict[str, tuple[str, str]] = {}
        if self.records:
            self._arrange_slots()
        else:
            self._send(WATCHED, 1)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def _open(self, path: Path) -> socket.socket:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        before = os.umask(0o177)
        try:
            with suppress(FileNotFoundError):
                self.path.unlink()
            opened.bind(str(self.path))
            opened.setblocking(False)
            opened.connect(str(path))
        except OSError:
            opened.close()
            raise
        finally:
            os.umask(before)
        return opened

    def _arrange_slots(self) -> None:
        for index, line in enumerate(RECORDED):
            kind = SLOT_KINDS[line]
            codec = Codec.OPUS if kind is Kind.AUDIO else Codec.VP8
            rewriter = Rewriter(index + 1, TYPES[codec], RATES[codec])
            slot = Slot(self, str(index), line, kind, rewriter)
            slot.types = {codec: (pt, 0) for codec, pt in TYPES.items()}
            slot.usual_height = slot.wish_height = 0 if kind is Kind.AUDIO else HEIGHT
            self.slots[slot.mid] = slot

    # ── towards the other process ──

    def take(self, slot: Slot, data: bytes) -> None:
        self._tell_bound(slot, False)
        self._send(RTP, int(slot.mid), data)

    def ask_key(self, feed: Feed) -> None:
        self._send(KEY, 0)

    def second(self, now: float) -> None:
        super().second(now)
        for slot in self.slots.values():
            self._tell_bound(slot, True)
            report = slot.rewriter.sender_report(now) if slot.feed is not None else None
            if report is not None:
                self._send(REPORT, int(slot.mid), report)

    def turn(self) -> None:
        """Often: whether anybody sees a camera."""
        watched = any(source.viewers for source in self.sources.values()) or not self.sources
        if not self.records and watched != self._watched:
            self._watched = watched
            self._send(WATCHED, int(watched))

    def _tell_bound(self, slot: Slot, again: bool) -> None:
        """Who is behind a slot, before the first packet of theirs."""
        codec = slot.feed.codec.value if slot.feed is not None else ""
        bound = (slot.source.participant if slot.source is not None and codec else "", codec)
        if again or self._bound.get(slot.mid) != bound:
            self._bound[slot.mid] = bound
            body = {"source": bound[0], "kind": slot.kind.value, "codec": codec}
            self._send(BOUND, int(slot.mid), msgspec.msgpack.encode(body))

    def _send(self, kind: int, slot: int, body: bytes = b"") -> None:
        data = bytes((kind, slot)) + body
        if not self._queue:
            try:
                self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                asyncio.get_running_loop().add_writer(self._socket.fileno(), self._drain)
            except OSError:  # it is gone; its silence will show
                return
            else:
                return
        if len(self._queue) < MOST_QUEUED:
            self._queue.append(data)

    def _drain(self) -> None:
        while self._queue:
            try:
                self._socket.send(self._queue[0])
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._queue.clear()
                break
            self._queue.popleft()
        asyncio.get_running_loop().remove_writer(self._socket.fileno())

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        self._queue.clear()
        self._send(BYE, 0)
        self._queue.clear()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket.fileno())
        loop.remove_writer(self._socket.fileno())
        self._socket.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    # ── from the other process ──

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                data = self._socket.recv(LONGEST)
            except OSError:  # nothing more, or nobody there
                break
            if len(data) < 2:
                continue
            now = monotonic()
            self.vouched(now)
            kind, slot, body = data[0], data[1], data[2:]
            if kind == RTP and not self.records:
                self._publish(slot, body, now)
            elif kind == REPORT and not self.records:
                self._report(body, now)
            elif kind == KEY and self.records:
                self._key_wanted(slot, now)
            elif kind == BYE:
                self.room.drop(self, "bye")
                break
        self.room.path.flush()

    def _publish(self, slot: int, data: bytes, now: float) -> None:
        found = scan(data, NO_IDS)
        codec = CODECS.get(data[1] & 127) if found is not None else None
        if found is None or codec is None or codec is Codec.OPUS or slot:
            return
        ssrc = int.from_bytes(data[8:12], "big")
        feed = self.feeds.get(ssrc)
        if feed is None or feed.codec is not codec:
            feed = self._learn(codec, ssrc)
        up = feed.up
        if up is None or not feed.source.open:
            return
        packet = up.receive(data, found[0], found[1], now)
        if packet is not None:
            self.room.path.forward(feed, up, packet, now)

    def _learn(self, codec: Codec, ssrc: int) -> Feed:
        """A camera began, or began anew."""
        source = self.sources.get(Kind.CAMERA)
        if source is None or source.feeds[0].codec is not codec:
            if source is not None:
                source.close()
            source = self.sources[Kind.CAMERA] = Source(self, Kind.CAMERA, [""], codec)
            self.room.opened(self)
        feed = source.feeds[0]
        self._forget(self.feeds, feed)
        self.feeds[ssrc] = feed
        feed.replace(Up(ssrc, TYPES[codec], codec, RATES[codec], self.clock, DEPTHS[Kind.CAMERA]))
        return feed

    def _report(self, data: bytes, now: float) -> None:
        for said in rtcp.parse(data):
            feed = self.feeds.get(said.ssrc) if isinstance(said, rtcp.SenderReport) else None
            if isinstance(said, rtcp.SenderReport) and feed is not None and feed.up is not None:
                feed.up.report(said.ntp, said.ts, now)

    def _key_wanted(self, slot: int, now: float) -> None:
        wanted = self.slots.get(str(slot))
        if wanted is not None and wanted.feed is not None and self.patience.allows(now):
            wanted.feed.want_key(now)
