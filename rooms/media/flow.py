"""What flows through a room: a source's feeds going up, and the slots that show them going down.

A `Source` is one participant's sound, camera or screen. Its `Feed`s are the layers it may send it in, lowest
first; a feed knows its `Up` once packets came. A `Slot` is one stream towards one receiver; it shows a
source, through one feed at a time. A slot that should show another feed waits at it until its key frame comes
and goes on showing the old one meanwhile, so a switch is never seen.
"""

from math import inf
from typing import Any, Protocol

from rooms.control import Kind, Line
from rooms.media.dtls import Keys
from rooms.media.packet.allocate import PAUSED
from rooms.media.packet.demand import Demand
from rooms.media.packet.keyframes import KeyRequests
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.up import KEY, Codec, Packet, Up

HEIGHTS = {1: (720,), 2: (360, 720), 3: (180, 360, 720)}  # until a key frame tells
STALE = 1.5  # seconds without a packet: a layer is not there
PATIENCE = 3.0  # seconds a sender has to bring what it was asked for
SENDING = 2.0  # seconds after its last packet a source still counts as sending
VP8_START = b"\x9d\x01\x2a"


class Publisher(Protocol):
    """Who sends: a connection, or a local camera."""

    participant: str
    quiet: bool
    local: bool

    def ask_key(self, feed: "Feed") -> None:
        """Send a picture loss indication now."""


class Receiver(Protocol):
    """Who is sent to. Without keys it takes its packets itself."""

    told_slots: bool  # it knows what is in its slots
    keys: Keys | None
    name: Any  # its socket address, as the kernel reads it

    def take(self, slot: "Slot", data: bytes) -> None:
        """A packet for a receiver without a connection."""


class Feed:
    """One layer of a source."""

    __slots__ = (
        "codec",
        "height",
        "keys",
        "layer",
        "loss",
        "lost",
        "rid",
        "slots",
        "sound",
        "source",
        "up",
        "waiting",
    )

    def __init__(self, source: "Source", layer: int, rid: str, codec: Codec, height: int) -> None:
        self.source = source
        self.layer = layer
        self.rid = rid
        self.codec = codec
        self.sound = codec is Codec.OPUS
        self.height = height
        self.up: Up | None = None
        self.slots: list[Slot] = []
        self.waiting: list[Slot] = []
        self.keys = KeyRequests()
        self.loss = 0.0  # 0..1, of the last report interval
        self.lost = 0  # since it began

    def alive(self, now: float) -> bool:
        """Packets come, or would if they were asked for."""
        if self.up is not None and now - self.up.heard_at < STALE:
            return True
        since = self.source.wanted.get(self.layer)
        return since is None or now - since < PATIENCE

    def flowing(self, now: float) -> bool:
        return self.up is not None and now - self.up.heard_at < STALE

    def replace(self, up: Up) -> None:
        """The stream has a new SSRC: everyone who showed the old one waits for the new one."""
        self.up = up
        for slot in list(self.slots):
            slot.leave_feed()
            self.waiting.append(slot)
            slot.target = self

    def want_key(self, now: float) -> None:
        if self.keys.want(now):
            self.source.owner.ask_key(self)

    def begin(self, packet: Packet, now: float) -> list["Slot"]:
        """A key frame (or any sound) came: those who waited begin with it. Answers them."""
        waiting, self.waiting = self.waiting, []
        if packet[KEY]:
            self.keys.arrived(now)
            self.measure(packet)
        for slot in waiting:
            slot.begin(self, packet, now)
        return waiting

    def measure(self, packet: Packet) -> None:
        rest = packet[8]
        if self.codec is Codec.VP8:
            at = rest.find(VP8_START, 0, 24)
            if at >= 0 and at + 7 <= len(rest):
                self.height = int.from_bytes(rest[at + 5 : at + 7], "little") & 0x3FFF or self.height


class Source:
    """One participant's sound, camera or screen."""

    __slots__ = (
        "barred_at",
        "demand",
        "feeds",
        "kind",
        "muted",
        "open",
        "owner",
        "there",
        "told",
        "viewers",
        "wanted",
    )

    def __init__(self, owner: Publisher, kind: Kind, rids: list[str], codec: Codec) -> None:
        self.owner = owner
        self.kind = kind
        self.open = False  # what the room lets through
        self.muted = False
        heights = HEIGHTS[len(rids)]
        self.feeds = [Feed(self, layer, rid, codec, heights[layer]) for layer, rid in enumerate(rids)]
        self.viewers: set[Slot] = set()
        self.demand = Demand(len(rids))
        self.wanted: dict[int, float] = {0: 0.0}  # layer → since when the sender is asked for it
        self.there = False  # as far as is known
        self.told = False  # as sending
        self.barred_at = -SENDING

    @property
    def participant(self) -> str:
        return self.owner.participant

    def sending(self, now: float) -> bool:
        """Whether there is something to show: it flows, or did when nobody wanted it any more.

        While the room holds it back nothing can be seen of it but that packets are barred (or not any more,
        because nobody wants them); it counts as there until it is asked for and does not come.
        """
        if self.owner.quiet:
            return self.there
        if not self.open:
            self.there = self.there or now - self.barred_at < SENDING
        elif not any(feed.up is not None and now - feed.up.heard_at < SENDING for feed in self.feeds):
            asked = self.wanted.values()
            self.there = self.there and (not asked or any(now - since < PATIENCE for since in asked))
        else:
            self.there = True
        return self.there

    def let(self, through: bool) -> None:
        """The room lets it through, or no longer; what was held back is nobody's loss."""
        if through and not self.open:
            for feed in self.feeds:
                if feed.up is not None:
                    feed.up.lull()
            self.wanted = {0: inf}  # about to be asked for: the sender has time to bring it
        self.open = through

    def close(self) -> None:
        for slot in list(self.viewers):
            slot.show(None)
        self.open = False


class Slot:
    """One stream towards one receiver."""

    __slots__ = (
        "_octets",
        "bitrate",
        "feed",
        "kind",
        "layer",
        "line",
        "mid",
        "peer",
        "rewriter",
        "source",
        "target",
        "types",
        "usual_height",
        "whom",
        "wish_height",
        "wish_source",
    )  # fmt: skip

    def __init__(self, peer: Receiver, mid: str, line: Line, kind: Kind, rewriter: Rewriter) -> None:
        self.peer = peer
        self.mid = mid
        self.line = line
        self.kind = kind
        self.rewriter = rewriter
        self.types: dict[Codec, tuple[int, int]] = {}  # payload types the receiver takes, and of repeats
        self.source: Source | None = None
        self.feed: Feed | None = None  # shown now
        self.target: Feed | None = None  # waited for
        self.layer = PAUSED  # as allocated, and asked for at the source
        self.whom = ""  # who should be shown, whether they send or not
        self.wish_source = ""
        self.usual_height = 720 if line in {Line.STAGE, Line.SHARE} else 0
        self.wish_height = self.usual_height
        self.bitrate = 0  # bit/s, last second
        self._octets = 0

    def show(self, source: Source | None) -> None:
        """Another source, or none."""
        if source is self.source:
            return
        self.aim(None)
        if self.source is not None:
            self.source.viewers.discard(self)
        self.source = source
        if source is not None:
            source.viewers.add(self)
        self.peer.told_slots = False

    def aim(self, feed: Feed | None) -> None:
        """Show this layer as soon as it can be begun (whoever aims asks for its key frame); None: nothing."""
        if feed is not None and (feed is self.target or (feed is self.feed and self.target is None)):
            return
        if self.target is not None:
            self.target.waiting.remove(self)
            self.target = None
        self.peer.told_slots = False
        if feed is None:
            self.leave_feed()
            self.layer = PAUSED
            return
        if feed is self.feed:
            return
        self.target = feed
        feed.waiting.append(self)

    def leave_feed(self) -> None:
        if self.feed is not None:
            self.feed.slots.remove(self)
            self.feed = None
            self.rewriter.pause()

    def begin(self, feed: Feed, packet: Packet, now: float) -> None:
        """From this packet on the slot shows `feed`."""
        if self.turn_to(feed) and feed.up is not None:
            self.rewriter.begin(feed.up, packet, now)

    def turn_to(self, feed: Feed) -> bool:
        """It shows `feed` now; the rewriter is still to begin. False: its receiver cannot play that."""
        self.target = None
        types = self.types.get(feed.codec)
        if types is None:
            return False
        if self.feed is not None:
            self.feed.slots.remove(self)
        self.feed = feed
        feed.slots.append(self)
        self.rewriter.pt, self.rewriter.rtx_pt = types
        self.peer.told_slots = False
        return True

    def measure(self, seconds: float) -> None:
        octets = self.rewriter.octets
        self.bitrate = int((octets - self._octets) * 8 / max(seconds, 0.1))
        self._octets = octets
