"""The way of a packet through a worker: one flat synchronous function, called for every datagram.

Decrypt once, read once; for each slot that shows the feed: rewrite, encrypt, put out, many at a time. No
queue, no await, no copy that the cipher does not need. What is not on this way (who shows what, when to ask
for a key frame, reports) happens on timers and only changes the lists this function walks.

What a room does not let through ends here: `Source.open` is looked at for each packet.

Here is what happens rarely. What happens to every packet is written twice: in Python (`plain`), and compiled
(`swift`) for the ordinary packet, working on the same objects and leaving all else to the rules here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

from rooms.media.dtls import Keys
from rooms.media.end import End
from rooms.media.flow import Feed, Receiver, Slot
from rooms.media.packet.rtp import stamp, unwrap
from rooms.media.packet.up import Packet, Up

LONGEST = 2_048  # bytes of a datagram that is read
TURN = 256  # datagrams read before something else gets its turn
# Seconds and packets a late viewer of a camera is begun with: it makes no key frame when asked.
LOCAL = (10.0, 256)

Address = tuple[Any, ...]
Control = Callable[[Any, bytes, float], None]
"""control(end, rtcp, now): a decrypted RTCP packet."""
Other = Callable[[bytes, Any], None]
"""other(data, key): a datagram that is no media, and the key of where it came from."""


class Counts(NamedTuple):
    packets_in: int
    packets_out: int
    refused: int  # not authentic, not RTP, of no known stream
    barred: int  # what the room does not let through


class Path(ABC):
    """The forwarding path of one worker."""

    how = ""  # "compiled" or "python"

    def __init__(self) -> None:
        self.refused = self.barred = 0
        self.hurry: Callable[[], None] = lambda: None  # the worker's next turn should come soon

    # ── every packet: see `plain` and `swift` ──

    @abstractmethod
    def read(self, ends: dict[Any, Any], other: Other) -> None:
        """Reads the port until it is empty, or for a turn. `ends`: by key, who vouched for that address."""

    @abstractmethod
    def packet(self, end: End, data: bytes, now: float) -> None:
        """An SRTP or SRTCP datagram of a known address."""

    @abstractmethod
    def forward(self, feed: Feed, up: Up, packet: Packet, now: float) -> None:
        """To every slot that shows this feed."""

    @abstractmethod
    def put(self, keys: Keys, name: Any, data: bytes, control: bool) -> None:
        """One RTP or RTCP packet, off the hot loop."""

    @abstractmethod
    def flush(self) -> None:
        """What was put goes out now: after each reading of the port, and after each tick."""

    @abstractmethod
    def name_of(self, address: Address) -> Any:
        """A socket address as the kernel reads it."""

    @abstractmethod
    def key_of(self, address: Address) -> Any:
        """By what `read` looks up who is there."""

    @abstractmethod
    def address_of(self, key: Any) -> Address:
        """The address again."""

    @abstractmethod
    def counted(self) -> Counts:
        """Since the worker began."""

    # ── what is rare ──

    def arrived(self, end: End, data: bytes, start: int, end_at: int, level: int, now: float) -> None:
        """A decrypted RTP packet; `start`, `end_at`, `level` as `rtp.scan` found them."""
        ssrc = int.from_bytes(data[8:12], "big")
        repaired = False
        feed = end.feeds.get(ssrc)
        if feed is None:
            feed = end.repairs.get(ssrc)
            if feed is None:
                feed = end.learn(ssrc, data)
                self.hurry()
                if feed is None:
                    self.refused += 1
                    return
            if ssrc in end.repairs:
                if feed.up is None:
                    return
                original = unwrap(data, start, end_at, feed.up.ssrc, feed.up.pt)
                if original is None:
                    return
                data, start, end_at, repaired = original, 12, len(original), True
        source = feed.source
        if not source.open:
            self.barred += 1
            source.barred_at = now
            return
        up = feed.up
        if up is None:
            return
        packet = up.receive(data, start, end_at, now, repaired)
        if feed.sound:
            end.hear(level, now)
        if packet is not None:
            self.forward(feed, up, packet, now)
        if up.missing.gaps or up.missing.gone:
            self.hurry()

    def begin(self, feed: Feed, up: Up, packet: Packet, now: float, mark: int) -> None:
        """Those who waited begin with this packet; what came before it but belongs behind it is sent, too."""
        begun = feed.begin(packet, now)
        if begun and not feed.sound:
            followers = up.since(packet[0])[1:]
            for slot in begun:
                self.replay(slot, followers, mark)

    def catch_up(self, slot: Slot, now: float) -> bool:
        """Begin a waiting slot from the feed's last key frame, if there is a whole one that is young.

        One that shows another layer meanwhile would jump back by that frame's age: it waits for the next."""
        feed = slot.target
        if feed is None or feed.up is None or slot.feed is not None:
            return False
        packets = feed.up.key_frame(now, *(LOCAL if feed.source.owner.local else ()))
        if not packets:
            return False
        feed.waiting.remove(slot)
        if slot.turn_to(feed):
            for data in slot.rewriter.catch_up(feed.up, packets, now, stamp(now)):
                self.send(slot, data)
        return True

    def replay(self, slot: Slot, packets: list[Packet], mark: int) -> None:
        for packet in packets:
            data = slot.rewriter.forward(packet, mark)
            if data is not None:
                self.send(slot, data)

    def send(self, slot: Slot, data: bytes) -> None:
        """One RTP packet, off the hot loop."""
        peer = slot.peer
        keys = peer.keys
        if keys is None:
            peer.take(slot, data)
            return
        self.put(keys, peer.name, data, False)

    def send_rtcp(self, peer: Receiver, data: bytes) -> None:
        if peer.keys is not None:
            self.put(peer.keys, peer.name, data, True)
