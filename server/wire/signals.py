"""What clients and the gateway say about media: the event `media`, both ways, and GET /api/media.

Only the shape; who may say what is decided in signalling.py. Everything told by the server is volatile and
whole: what is missed is replaced by the next, and all of it is told again to a socket that comes back.
"""

import msgspec

from rooms.control import Grade, Kind, Line, Slot, Wish
from server.domain.message import Id


class MediaRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """From the client, with an ack: exactly one of `offer` (with `lines`), `wishes`, `bye`.

    `room` is a consultation's id, or "camera:<id>" for a camera that is watched alone.
    """

    room: Id
    offer: str | None = None  # SDP; answered by MediaAnswer
    lines: dict[str, Line] = msgspec.field(default_factory=dict)  # what each mid of the offer is for
    wishes: list[Wish] | None = None  # a whole: replaces the wishes before; answered by {}
    sends: list[Kind] | None = None  # with `wishes`: what this device has switched on, come or not
    bye: bool = False  # ends the connection of this device in this room; answered by {}


class MediaAnswer(msgspec.Struct, kw_only=True):
    """To an offer."""

    sdp: str
    worker: str  # changes when another process carries the room


class MediaSlots(msgspec.Struct, kw_only=True):
    """What is in the receiver's slots, by mid; the whole of them."""

    room: str
    slots: dict[str, Slot]


class MediaSpeakers(msgspec.Struct, kw_only=True):
    room: str
    speakers: list[str]  # loudest first


class MediaSending(msgspec.Struct, kw_only=True):
    """Who really sends what: those whose sending changed; all of them after an offer or a new socket."""

    room: str
    sending: dict[str, list[Kind]]


class MediaQuality(msgspec.Struct, kw_only=True):
    """How networks do: of those for whom it changed."""

    room: str
    quality: dict[str, Grade]


class CameraState(msgspec.Struct, kw_only=True):
    """How a camera does: "connecting", "playing", "waiting" (tried again) or "refused"; and why not.

    `why`: "unreachable", "silent", "ended" (worth another try), "unauthorized", "no_video", "codec" (browsers
    cannot play it), "reordered" (its frames come out of order), "bad_address".
    """

    state: str
    why: str = ""


class MediaCameras(msgspec.Struct, kw_only=True):
    """How the cameras of the room do: those whose state changed; all after an offer or a new socket."""

    room: str
    cameras: dict[str, CameraState]  # by participant: "cam:<id>"


class MediaWanted(msgspec.Struct, kw_only=True):
    """Which layers of what this device sends anybody wants; it need not encode the others."""

    room: str
    wanted: dict[Kind, list[str]]  # "q" | "h" | "f"; screen: [""] or []


class MediaConnected(msgspec.Struct, kw_only=True):
    """Media can flow, or can flow again."""

    room: str
    connected: bool


class MediaLost(msgspec.Struct, kw_only=True):
    """Nothing flows any more: the client makes a new RTCPeerConnection and offers again, unless removed.

    "silent": nothing came for ten seconds. "worker": the process that carried it is gone. "bye": the client
    said so. "removed": the room does not have this person any more.
    """

    room: str
    lost: str


MediaTold = (
    MediaSlots
    | MediaSpeakers
    | MediaSending
    | MediaQuality
    | MediaWanted
    | MediaConnected
    | MediaLost
)  # fmt: skip


class IceServer(msgspec.Struct, kw_only=True):
    """As RTCIceServer has it."""

    urls: list[str]
    username: str
    credential: str


class MediaServers(msgspec.Struct, kw_only=True):
    """The answer of GET /api/media. Without TURN the list is empty: answers carry the addresses."""

    ice_servers: list[IceServer]
    expires: int  # epoch ms: ask again before; 0 never


ANSWERS: tuple[type[msgspec.Struct], ...] = (MediaRequest, MediaAnswer, MediaServers)
TOLD: tuple[type[msgspec.Struct], ...] = (
    MediaSlots,
    MediaSpeakers,
    MediaSending,
    MediaQuality,
    MediaCameras,
    MediaWanted,
    MediaConnected,
    MediaLost,
)
