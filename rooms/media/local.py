"""A worker's end of a tap: a camera or a recorder as a peer without a connection (`rooms.tap`).

Whatever the kernel does not take at once is queued here, up to `MOST_QUEUED` datagrams.
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import msgspec

from rooms import tap
from rooms.control import Kind, Line
from rooms.media import ice
from rooms.media.datagrams import listening
from rooms.media.flow import Feed, Slot, Source
from rooms.media.packet import rtcp
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.rtp import Ids, scan
from rooms.media.packet.up import Codec, Up
from rooms.media.peer import DEPTHS, RATES, SLOT_KINDS, Peer

if TYPE_CHECKING:
    from rooms.media.room import Room

CODECS = {tap.OPUS: Codec.OPUS, tap.VP8: Codec.VP8, tap.H264: Codec.H264}
TYPES = {codec: pt for pt, codec in CODECS.items()}
RECORDED = {**dict.fromkeys(tap.VOICES, Line.VOICE), tap.STAGE: Line.STAGE, tap.SHARE: Line.SHARE}
HEIGHT = 720  # in which pictures are recorded
MOST_QUEUED = 4_096
BATCH = 64
NO_IDS = Ids()
DEVICE = "worker"


class Tap(Peer):
    """A camera ("cam:…") or a recorder ("rec:…") in a room, as a peer without a connection."""

    def __init__(self, room: "Room", participant: str, path: Path, now: float) -> None:
        """Raises OSError: nobody has bound `path`."""
        super().__init__(room, participant, DEVICE, ice.Credentials("", ""), now)
        self.local = True
        self.records = participant.startswith("rec:")
        self.path = Path(tap.worker_end(str(path)))
        self._queue: deque[bytes] = deque()
        self._socket = self._open(path)
        self._watched = True
        self._bound: dict[str, tuple[str, str]] = {}
        if self.records:
            self._arrange_slots()
        else:
            self._send(tap.WATCHED, 1)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def _open(self, path: Path) -> socket.socket:
        opened = listening(str(self.path))
        try:
            opened.setblocking(False)
            opened.connect(str(path))
        except OSError:
            opened.close()
            raise
        return opened

    def _arrange_slots(self) -> None:
        for index, line in RECORDED.items():
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
        self._send(tap.RTP, int(slot.mid), data)

    def ask_key(self, feed: Feed) -> None:
        self._send(tap.KEY, 0)

    def second(self, now: float) -> None:
        super().second(now)
        for slot in self.slots.values():
            self._tell_bound(slot, True)
            report = slot.rewriter.sender_report(now) if slot.feed is not None else None
            if report is not None:
                self._send(tap.REPORT, int(slot.mid), report)

    def turn(self) -> None:
        """Often: whether anybody sees a camera."""
        watched = any(source.viewers for source in self.sources.values()) or not self.sources
        if not self.records and watched != self._watched:
            self._watched = watched
            self._send(tap.WATCHED, int(watched))

    def _tell_bound(self, slot: Slot, again: bool) -> None:
        """Who is behind a slot, before the first packet of theirs."""
        codec = slot.feed.codec.value if slot.feed is not None else ""
        bound = (slot.source.participant if slot.source is not None and codec else "", codec)
        if again or self._bound.get(slot.mid) != bound:
            self._bound[slot.mid] = bound
            body = tap.Bound(bound[0], slot.kind.value, codec)
            self._send(tap.BOUND, int(slot.mid), msgspec.msgpack.encode(body))

    def _send(self, kind: int, slot: int, body: bytes = b"") -> None:
        data = tap.datagram(kind, slot, body)
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
        self._send(tap.BYE, 0)
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
                data = self._socket.recv(tap.LONGEST)
            except OSError:  # nothing more, or nobody there
                break
            if len(data) < 2:
                continue
            now = monotonic()
            self.vouched(now)
            kind, slot, body = data[0], data[1], data[2:]
            if kind == tap.RTP and not self.records:
                self._publish(slot, body, now)
            elif kind == tap.REPORT and not self.records:
                self._report(body, now)
            elif kind == tap.KEY and self.records:
                self._key_wanted(slot, now)
            elif kind == tap.BYE:
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
