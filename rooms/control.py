"""What a gateway and a media worker say to each other: the whole of the interface between them.

A worker forwards packets and knows no district; a gateway knows the district and touches no packet. They
talk over a local stream socket: each message is a 4-byte big-endian length and a msgpack map tagged by
`type`. A request carries an `id` and is answered by exactly one `Done`, `Answered`, `Greeted`, `Counted`
or `Refused` with the same id. Everything a gateway says about a room is a whole, not a change, and carries
the `seq` of the log it was made from: an older one is ignored, so that it may be repeated after any
interruption, and by any gateway.
"""

from enum import StrEnum

import msgspec

PROTOCOL = 1
LONGEST = 4 * 1024 * 1024  # bytes of one message


class Kind(StrEnum):
    """What a participant may send."""

    AUDIO = "audio"
    CAMERA = "camera"
    SCREEN = "screen"


class Line(StrEnum):
    """What an m-line of an offer is for: three to send on, the rest are slots to receive in."""

    MIC = "mic"
    CAMERA = "camera"
    SCREEN = "screen"
    VOICE = "voice"  # a slot for one of the loudest
    STAGE = "stage"  # the slot of whoever has the stage
    SHARE = "share"  # the slot of the shared screen
    THUMB = "thumb"  # a small picture the receiver asked for


class Picture(StrEnum):
    """What a slot shows, and if nothing, why."""

    LIVE = "live"
    WAITING = "waiting"  # bound, the key frame has not come yet
    EMPTY = "empty"  # nobody to show
    OFF = "off"  # the source sends no picture, nor says that it does
    MISSING = "missing"  # the source says that it sends, and nothing comes
    MUTED = "muted"  # the room does not let the source be seen or heard
    BANDWIDTH = "bandwidth"  # the receiver's network does not carry it
    SOURCE_WEAK = "source_weak"  # the sender's network does not carry it
    LOST = "lost"  # the source's network is gone


class Person(msgspec.Struct, kw_only=True):
    """Somebody who is in a room, and what the room lets them send. Enforced on every packet."""

    # the device that takes part comes first: only it may send. Any other that a gateway brings an offer of is
    # a watcher and receives only; an empty list: all of this person's devices are
    devices: list[str]
    may: list[Kind] = msgspec.field(default_factory=list)
    always_heard: bool = False  # floor holder, moderator: a voice slot is theirs while they speak


class Room(msgspec.Struct, kw_only=True):
    """All a worker needs to know of a room. Who is not in `people` is disconnected at once."""

    room: str  # "<log>/<consultation>"
    seq: int
    people: dict[str, Person]  # by participant: an account id, or "cam:<camera>"
    stage: list[str] = msgspec.field(
        default_factory=list
    )  # first of these that sends has the stage; else the loudest
    share: str = ""  # whose screen is shown
    recording: str = ""  # id of the running recording; "" none


class Wish(msgspec.Struct, kw_only=True):
    """What a receiver wants in one of its slots."""

    mid: str
    source: str = ""  # a participant; "" as the room decides (stage, voices)
    height: int = 0  # pixels at which it is drawn; 0: not wanted now


# ── gateway → worker ──────────────────────────────────────────────────────────────────────────────


class Request(msgspec.Struct, kw_only=True, tag_field="type", tag=True):
    id: int


class Hello(Request):
    """First message of a gateway. Answered by Greeted; then the worker tells it all that holds now
    (Connected, Sending, Slots, Wanted, Speaking, Quality), since a new gateway knows nothing of it."""

    protocol: int
    gateway: str


class SetRoom(Request):
    room: Room


class DropRoom(Request):
    room: str


class Offer(Request):
    """A client's SDP offer, new or again. Answered by Answered. `lines`: what each mid is for."""

    room: str
    participant: str
    device: str
    sdp: str
    lines: dict[str, Line]


class Want(Request):
    """What one connection wants in its slots: a whole, replaces what it wanted before."""

    room: str
    participant: str
    device: str
    wishes: list[Wish]
    means: list[Kind] | None = None  # what it says it sends; None: it does not say


class Bye(Request):
    room: str
    participant: str
    device: str


class Attach(Request):
    """A local publisher (camera) or subscriber (recorder): plain RTP over a unix datagram socket.

    Answered by Attached. The other process binds `path`; see `rooms.tap` for the datagrams.
    """

    room: str
    participant: str  # "cam:<camera>" publishes, "rec:<recording>" receives everything
    path: str


class Detach(Request):
    room: str
    participant: str


class Count(Request):
    """Asks for Counted."""


class Ping(Request):
    """Is it still alive? Answered by Done, at once."""


class Leave(Request):
    """A gateway ends in order. Answered by Done; the worker ends too if no other gateway is connected."""


# ── worker → gateway ──────────────────────────────────────────────────────────────────────────────


class Reply(msgspec.Struct, kw_only=True, tag_field="type", tag=True):
    id: int


class Done(Reply):
    pass


class Refused(Reply):
    code: (
        str  # "bad_sdp", "not_admitted", "room_full", "worker_full", "no_codec", "too_large", "unknown_room",
        # "unreachable" (nobody has bound the path of an Attach)
    )
    why: str = ""


class Greeted(Reply):
    """`worker` changes with every start of a worker: who hears a new one places its rooms anew."""

    protocol: int
    worker: str
    addresses: list[str]  # host:port, what clients are told
    rooms: dict[str, int]  # room → seq known
    peers: dict[str, list[list[str]]]  # room → [participant, device] connected
    path: str = "python"  # which packet path it uses: "compiled" or "python"


class Answered(Reply):
    sdp: str


class Attached(Reply):
    path: str  # where the worker listens for this one


class Stream(msgspec.Struct, kw_only=True):
    """One stream of a connection, counted since it began."""

    direction: str  # "up" | "down"
    kind: Kind
    source: str  # whose
    layer: str = ""  # "q" | "h" | "f"
    packets: int = 0
    bytes: int = 0
    lost: int = 0
    repaired: int = 0
    keys: int = 0
    bitrate: int = 0  # bit/s, last second
    height: int = 0


class Peer(msgspec.Struct, kw_only=True):
    participant: str
    device: str
    rtt_ms: float
    loss: float  # 0..1, worse direction, last seconds
    estimate: int  # bit/s towards the peer
    streams: list[Stream]


class Counted(Reply):
    worker: str
    cpu_seconds: float
    packets_in: int
    packets_out: int
    rooms: dict[str, list[Peer]]


class Told(msgspec.Struct, kw_only=True, tag_field="type", tag=True):
    """Something a worker tells without being asked, to every gateway that is connected."""

    room: str


class Connected(Told):
    """Media can flow: DTLS is up. Again after a network came back."""

    participant: str
    device: str


class Dead(Told):
    """Nothing heard for ten seconds, or closed. `reason`: "silent" | "bye" | "removed" | "replaced"."""

    participant: str
    device: str
    reason: str


class Sending(Told):
    """What a participant really sends now; told when it changes."""

    participant: str
    kinds: list[Kind]


class Slot(msgspec.Struct, kw_only=True):
    source: str
    kind: Kind
    picture: Picture
    height: int = 0


class Slots(Told):
    """What is in the slots of one connection, by mid; told whole when it changes."""

    participant: str
    device: str
    slots: dict[str, Slot]


class Wanted(Told):
    """Which layers of what a participant sends are wanted by anybody; the others may rest. Told on change.

    Until the first one a client sends its lowest layer. Whoever switches a picture on sends its lowest layer
    for three seconds even when none is wanted: that is how the room learns of it.
    """

    participant: str
    device: str
    layers: dict[Kind, list[str]]  # "q" | "h" | "f"; without simulcast [""] or []


class Speaking(Told):
    """Who speaks, loudest first; told when it changes, at most four times a second."""

    speakers: list[str]


class Quality(Told):
    """How each participant's network does; told every two seconds for those who changed."""

    people: dict[str, "Grade"]


class Grade(msgspec.Struct, kw_only=True):
    grade: int  # 4 good, 3 fair, 2 poor, 1 hardly, 0 gone
    reason: str  # "" | "loss" | "delay" | "bandwidth" | "silent"
    rtt_ms: float
    loss: float


class Playing(Told):
    """How a camera does. Told by the gateway that runs its process, not by a worker.

    `state`: "connecting" | "playing" | "waiting" | "refused"; `why` as rooms.media.camera.source.Why.
    """

    participant: str
    state: str
    why: str = ""


AnyRequest = Hello | SetRoom | DropRoom | Offer | Want | Bye | Attach | Detach | Count | Ping | Leave
AnyAnswer = (
    Done | Refused | Greeted | Answered | Attached | Counted
    | Connected | Dead | Sending | Slots | Wanted | Speaking | Quality
)  # fmt: skip
