"""Which layer each slot of a receiver gets, so that sound always comes first.

Order: sound (reserved), stage and share, pinned, thumbnails in the order asked. Every picture gets its lowest layer before
any gets a better one, except that the stage and the share come before all thumbnails. The layer is chosen by the height
the picture is drawn at; what the network does not carry is paused, and the caller shows Picture.BANDWIDTH.
"""

from collections.abc import Sequence
from typing import NamedTuple

PAUSED = -1


class Layer(NamedTuple):
    height: int  # pixels
    bitrate: int  # bit/s measured, 0: not sent now (then a usual one for its height is assumed)
    alive: bool = True  # packets come, or would if asked for


class Want(NamedTuple):
    slot: str  # mid
    rank: int  # 0 stage and share, 1 pinned, 2 thumbnail
    height: int  # pixels it is drawn at
    layers: tuple[Layer, ...]  # lowest first; one for a screen without simulcast


class Allocator:
    """One per receiving connection."""

    __slots__ = ()

    def __init__(self) -> None:
        raise NotImplementedError

    def choose(
        self, wants: Sequence[Want], estimate: int, voices: int, loss: float, now: float
    ) -> dict[str, int]:
        """Layer index per slot, PAUSED where the network does not carry it. Call when wants change, and 5-10 times
        a second at most. `voices`: voice slots in use (sound is reserved first)."""
        raise NotImplementedError
