"""One connection: its way in and out, what it sends, the slots it receives in.

A connection is (room, participant, device). It lives from its offer until it says goodbye, is silent for
ten seconds, is replaced by a newer one of the same device, or the room lets it in no longer; then its keys
are gone at once.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rooms.control import Grade, Kind, Line, Wish
from rooms.control import Slot as Shown
from rooms.media import ice, sdp
from rooms.media.answer import SENDING, Chosen
from rooms.media.dtls import Handshake
from rooms.media.end import BUDGET, End
from rooms.media.flow import Feed, Slot, Source
from rooms.media.packet import rtcp
from rooms.media.packet.allocate import Allocator
from rooms.media.packet.bandwidth import Downlink
from rooms.media.packet.clock import Clock
from rooms.media.packet.keyframes import Patience
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.rtp import Ids, names
from rooms.media.packet.up import Codec, Up
from rooms.media.path import Address

if TYPE_CHECKING:
    from rooms.media.room import Room

QUIET = 5.0  # seconds without a check: others are told that its network is gone
SILENT = 10.0  # … it is dead
OPENING = 20.0  # seconds an answered offer has to come alive
RATES = {Codec.OPUS: 48_000, Codec.VP8: 90_000, Codec.H264: 90_000}
KINDS = {Line.MIC: Kind.AUDIO, Line.CAMERA: Kind.CAMERA, Line.SCREEN: Kind.SCREEN}
DEPTHS = {Kind.AUDIO: 64, Kind.CAMERA: 512, Kind.SCREEN: 512}
SLOT_KINDS = {
    Line.VOICE: Kind.AUDIO, Line.STAGE: Kind.CAMERA, Line.SHARE: Kind.SCREEN, Line.THUMB: Kind.CAMERA,
}  # fmt: skip


@dataclass
class UpLine:
    """What one sending m-line was negotiated to be."""

    source: Source
    pt: int
    repair_pt: int


class Peer(End):
    """One connection."""

    def __init__(
        self, room: "Room", participant: str, device: str, here: ice.Credentials, now: float
    ) -> None:
        super().__init__()
        self.address: Address | None = None
        self.room = room
        self.participant = participant
        self.device = device
        self.here = here
        self.remote_ufrag = ""
        self.ssrc = secrets.randbits(31) | 1  # ours, in what is reported to it
        self.clock = Clock()
        self.sources: dict[Kind, Source] = {}
        self.lines: dict[str, UpLine] = {}
        self.slots: dict[str, Slot] = {}
        self.by_ssrc: dict[int, Slot] = {}
        self.downlink = Downlink()
        self.allocator = Allocator()
        self.patience = Patience()
        self.publishes = False
        self.means: frozenset[Kind] = frozenset()  # what it says it sends, whether that comes or not
        self.local = False
        self.told_slots = False
        self.slots_told: dict[str, Shown] = {}
        self.allocate_at = 0.0  # when layers are chosen again
        self.spread_over = 0  # bit/s they were chosen for
        self.grade = Grade(grade=4, reason="", rtt_ms=0.0, loss=0.0)
        self.cname = secrets.token_hex(8)
        self.quiet = False
        self.closed = False
        self.measured_at = now
        self.checked_at = now
        self.handshake: Handshake | None = None

    # ── what the port says ──

    def vouched(self, now: float) -> None:
        self.checked_at = now
        if self.quiet:
            self.room.woke(self)

    def record(self, data: bytes) -> None:
        if self.handshake is not None:
            self.handshake.record(data)

    # ── what the offer says ──

    def arrange(self, choices: list[Chosen]) -> None:
        """Lay out what is sent and received, and give the slots their SSRCs (into the choices)."""
        uris: dict[str, int] = {}
        for chosen in choices:
            if chosen.codec is None or chosen.line is None:
                continue
            uris.update(chosen.extensions)
            if chosen.line in SENDING:
                self._arrange_up(chosen, KINDS[chosen.line])
            else:
                self._arrange_slot(chosen, chosen.line)
        self.ids = Ids(
            mid=uris.get(sdp.MID, 0),
            rid=uris.get(sdp.RID, 0),
            repaired=uris.get(sdp.REPAIRED_RID, 0),
            level=uris.get(sdp.AUDIO_LEVEL, 0),
            twcc=uris.get(sdp.TRANSPORT_CC, 0),
            sent=uris.get(sdp.ABS_SEND_TIME, 0),
        )

    def _arrange_up(self, chosen: Chosen, kind: Kind) -> None:
        section, codec = chosen.section, chosen.codec
        assert codec is not None
        if kind in self.sources:
            raise sdp.BadOffer(f"two lines send {kind}")
        rids = (section.rids or [""])[:3]
        source = Source(self, kind, rids, Codec(codec.name))
        self.sources[kind] = source
        line = UpLine(source, codec.pt, chosen.repair.pt if chosen.repair else 0)
        self.lines[section.mid] = line
        if not section.rids:
            for ssrc in section.ssrcs[:1]:
                self._bind(ssrc, source.feeds[0], line)
                repair = section.repairs.get(ssrc)
                if repair is not None:
                    self.repairs[repair] = source.feeds[0]

    def _arrange_slot(self, chosen: Chosen, line: Line) -> None:
        codec, mid = chosen.codec, chosen.section.mid
        assert codec is not None
        chosen.ssrc = secrets.randbits(31) | 1
        chosen.repair_ssrc = secrets.randbits(31) | 1 if chosen.repair else 0
        rewriter = Rewriter(
            chosen.ssrc,
            codec.pt,
            codec.clock,
            chosen.extensions.get(sdp.ABS_SEND_TIME, 0),
            chosen.repair_ssrc,
            chosen.repair.pt if chosen.repair else 0,
            first=secrets.randbelow(30_000) + 1,
            first_ts=secrets.randbits(31),
        )
        slot = Slot(self, mid, line, SLOT_KINDS[line], rewriter)
        slot.types = {Codec(codec.name): (codec.pt, chosen.repair.pt if chosen.repair else 0)}
        if chosen.second is not None:
            repair = chosen.second_repair
            slot.types[Codec.H264] = (chosen.second.pt, repair.pt if repair else 0)
        self.slots[mid] = slot
        self.by_ssrc[chosen.ssrc] = slot

    # ── what it sends ──

    def learn(self, ssrc: int, data: bytes) -> Feed | None:
        """Whose SSRC this is, by what the packet says about itself; None: nobody's."""
        said = names(data, self.ids)
        line = self.lines.get(said.mid)
        if line is None:
            return None
        pt = data[1] & 127
        if pt == line.repair_pt and line.repair_pt:
            for feed in line.source.feeds:
                if feed.rid == (said.repaired or said.rid):
                    self._forget(self.repairs, feed)
                    self.repairs[ssrc] = feed
                    return feed
            return None
        if pt != line.pt:
            return None
        for feed in line.source.feeds:
            if feed.rid == said.rid:
                self._forget(self.feeds, feed)
                self._bind(ssrc, feed, line)
                return feed
        return None

    def _bind(self, ssrc: int, feed: Feed, line: UpLine) -> None:
        depth = DEPTHS[feed.source.kind]
        self.feeds[ssrc] = feed
        feed.replace(Up(ssrc, line.pt, feed.codec, RATES[feed.codec], self.clock, depth))

    @staticmethod
    def _forget(known: dict[int, Feed], feed: Feed) -> None:
        for ssrc in [ssrc for ssrc, other in known.items() if other is feed]:
            del known[ssrc]

    def hear(self, level: int, now: float) -> None:
        self.room.speakers.hear(self.participant, level, now)

    def ask_key(self, feed: Feed) -> None:
        if feed.up is not None:
            self.room.path.send_rtcp(self, rtcp.pli(self.ssrc, feed.up.ssrc))

    # ── what it receives ──

    def take(self, slot: Slot, data: bytes) -> None:
        """Not connected (any more): nothing goes out."""

    def wish(self, wishes: list[Wish]) -> None:
        """A whole: slots it does not name go back to how they began."""
        by_mid = {wish.mid: wish for wish in wishes}
        for mid, slot in self.slots.items():
            wish = by_mid.get(mid)
            slot.wish_source = wish.source if wish is not None else ""
            slot.wish_height = wish.height if wish is not None else slot.usual_height
        self.allocate_at = 0.0
        self.told_slots = False

    def second(self, now: float) -> None:
        """Once a second: measure."""
        self.budget = BUDGET
        for feed in self.feeds.values():
            if feed.up is not None:
                feed.up.tick(now)
        passed, self.measured_at = now - self.measured_at, now
        total = 0
        for slot in self.slots.values():
            slot.measure(passed)
            total += slot.bitrate
        self.downlink.sent(total, now)

    def close(self) -> None:
        """Its keys are gone, its slots are empty, what it sent is nobody's."""
        self.closed = True
        self.keys = None
        for slot in self.slots.values():
            slot.show(None)
        for source in self.sources.values():
            source.close()
        if self.handshake is not None:
            self.handshake.close()
            self.handshake = None
