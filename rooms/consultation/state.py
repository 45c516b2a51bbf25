"""What is known of a consultation while it lasts, of who knocks at it, of its recordings, and of cameras."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from server.domain.message import AccountId, ActionId, Count, Id, Line, Name, Position, Sha256, UnitCode
from server.domain.people import Post

SEATS = 400  # who may be in a consultation at once
UNITS_AT_MOST = 400  # invited units
CHAT_KEPT = 200  # newest lines kept in the live world; the journal keeps all
RINGS_FOR_MS = 60_000  # an invitation that nobody answers is absent after that
LOST_FOR_MS = 5 * 60_000  # who has lost their network leaves after that
EMPTY_FOR_MS = 12 * 3600_000  # a consultation of no activation that nobody is in closes after that
RECORDING_SHOWN_MS = 30 * 86400_000  # a recording stays on the screens that long; the journal keeps it

Words = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*\Z")]
CameraId = ActionId  # short enough for the participant "cam:<id>"


class Ringing(StrEnum):
    """How far an invited unit has come."""

    RINGING = "ringing"
    JOINED = "joined"
    DECLINED = "declined"
    ABSENT = "absent"  # rang until nobody had answered, or nobody is there
    LEFT = "left"


class Layout(StrEnum):
    GRID = "grid"
    FOCUS = "focus"


class CameraKind(StrEnum):
    RTSP = "rtsp"
    FILE = "file"
    SYNTHETIC = "synthetic"


class Invitation(msgspec.Struct, kw_only=True):
    """One invited unit. `posts`: who of it is meant; empty: whoever serves there."""

    unit: UnitCode
    posts: list[Post]
    state: Ringing
    rung_at: int
    reason: Line = ""  # why it declined


class Participant(msgspec.Struct, kw_only=True):
    """An account that is in the room with one device; a second device of it replaces the first."""

    account: AccountId
    name: Name
    unit: UnitCode
    post: Post
    device: Id
    joined_at: int
    lost_at: int | None = None  # its media has died; it may come back
    asked_at: int | None = None  # the moderator asks to switch the microphone on


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    account: AccountId
    name: Name
    at: int
    late: bool  # after the roll call had ended
    picture: bool


class RollCall(msgspec.Struct, kw_only=True):
    """点名. Stays after its end, to take late answers, until the next one."""

    id: Id
    called_at: int
    called_by: Name
    seconds: int
    ends_at: int
    sites: list[UnitCode]  # who is called: invited or in the room, the host not
    answered: dict[UnitCode, Answer]
    ended_at: int | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A running recording, visible to everybody in the room."""

    id: Id
    started_at: int
    by: Name


class ChatLine(msgspec.Struct, frozen=True, kw_only=True):
    id: Id
    account: AccountId
    name: Name
    unit: UnitCode
    at: int
    text: Words


class Consultation(msgspec.Struct, kw_only=True):
    """会商. Whoever holds a desk at `host` moderates. Accounts in lists are in the room, unless said."""

    id: Id
    name: Name
    host: UnitCode
    incident: Id | None
    activation: Id | None
    planned_room: Id | None  # of the plan that opened it
    opened_at: int
    opened_by: Name
    invited: dict[UnitCode, Invitation]
    admitted: list[AccountId] = msgspec.field(default_factory=list)  # knocked and were let in; may be away
    ejected: list[AccountId] = msgspec.field(default_factory=list)  # not in the room, see nothing of it
    participants: dict[AccountId, Participant] = msgspec.field(default_factory=dict)
    hands: list[AccountId] = msgspec.field(default_factory=list)  # in the order they were raised
    hands_at: dict[AccountId, int] = msgspec.field(default_factory=dict)
    floor: AccountId | None = None
    muted: list[AccountId] = msgspec.field(default_factory=list)  # by a moderator; also while away
    hidden: list[AccountId] = msgspec.field(default_factory=list)  # camera off by a moderator; likewise
    hushed: bool = False  # all are silent but the floor, the moderators and the released
    released: list[AccountId] = msgspec.field(default_factory=list)
    spotlight: AccountId | None = None  # a participant, or "cam:<camera>"
    sharing: AccountId | None = None
    layout: Layout = Layout.GRID
    roll_call: RollCall | None = None  # the newest
    recording: Recording | None = None
    chat: list[ChatLine] = msgspec.field(default_factory=list)
    cameras: dict[CameraId, Name] = msgspec.field(default_factory=dict)
    empty_since: int | None = None  # nobody is in the room


class Door(msgspec.Struct, kw_only=True):
    """What every desk may know of a consultation: that there is one, and at whose door to knock."""

    consultation: Id
    name: Name
    host: UnitCode
    activation: Id | None
    opened_at: int


class Knock(msgspec.Struct, kw_only=True):
    """Somebody who is not invited waits in the lobby. Seen by them and by the host."""

    id: Id
    consultation: Id
    host: UnitCode
    account: AccountId
    name: Name
    unit: UnitCode
    post: Post
    at: int
    refused: bool = False


class Kept(StrEnum):
    MAKING = "making"  # stopped; the file is being made
    KEPT = "kept"
    LOST = "lost"


class RecordingFile(msgspec.Struct, kw_only=True):
    """A recording that has ended, as it is listed at the host of that time and its superiors."""

    id: Id
    consultation: Id
    name: Name  # the consultation's
    host: UnitCode
    incident: Id | None
    activation: Id | None
    watchers: list[UnitCode]
    started_at: int
    stopped_at: int
    state: Kept = Kept.MAKING
    sha256: Sha256 | None = None
    duration_ms: Count = 0
    bytes: int = 0


class Camera(msgspec.Struct, kw_only=True):
    """A registered camera. Its address may hold a password: administrators alone see it."""

    id: CameraId
    name: Name
    owner: UnitCode
    kind: CameraKind
    position: Position | None = None
