"""What the packet path knows of a connection: the fields it reads for every datagram, and no others.

They are slots, so that the compiled path finds each at a fixed place (see rooms/media/c/lane.h).
"""

from typing import TYPE_CHECKING, Any

from rooms.media.dtls import Keys
from rooms.media.packet.rtp import Ids
from rooms.media.packet.twcc import Arrivals

if TYPE_CHECKING:
    from rooms.media.flow import Feed, Slot

BUDGET = 12_000_000 // 8  # bytes a second: three layers, a screen and sound, twice; more is dropped unread
NO_IDS = Ids()


class End:
    __slots__ = ("arrivals", "budget", "feeds", "ids", "keys", "name", "repairs")

    def __init__(self) -> None:
        self.keys: Keys | None = None
        self.name: Any = None  # its address, as the path writes it (`Path.name_of`)
        self.budget = BUDGET  # bytes it may still send in this second
        self.ids = NO_IDS
        self.arrivals = Arrivals()
        self.feeds: dict[int, Feed] = {}  # by SSRC
        self.repairs: dict[int, Feed] = {}  # by the SSRC of their retransmissions

    def learn(self, ssrc: int, data: bytes) -> "Feed | None":
        """Whose SSRC this is, by what the packet says about itself; None: nobody's."""
        raise NotImplementedError

    def hear(self, level: int, now: float) -> None:
        """A packet of its sound came."""
        raise NotImplementedError

    def take(self, slot: "Slot", data: bytes) -> None:
        """A packet for a receiver without keys."""
        raise NotImplementedError
