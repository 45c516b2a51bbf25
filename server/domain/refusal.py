"""The one refusal: a stable code, whether trying again can help, and details for the screen.

Codes are part of the protocol (PROTOCOL.md lists them, clients translate them); a code is never
renamed or given another meaning. Rules raise `Rejected`; the wire turns it into an answer.
"""

from enum import StrEnum
from typing import Any


class Code(StrEnum):
    """Why something was not done. `RETRY` says which of them may succeed when tried again."""

    # the message itself
    BAD_PACKET = "bad_packet"
    BAD_ACTION = "bad_action"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    CONNECT_FIRST = "connect_first"
    CONNECT_TIMEOUT = "connect_timeout"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_PENDING = "too_many_pending"
    TOO_SLOW = "too_slow"
    BAD_ORIGIN = "bad_origin"
    BAD_NAMESPACE = "bad_namespace"
    WEBSOCKET_ONLY = "websocket_only"
    OVERLOADED = "overloaded"
    UNKNOWN_EVENT = "unknown_event"
    NOT_FOUND = "not_found"
    # who asks
    BAD_TOKEN = "bad_token"  # noqa: S105
    BAD_LOGIN = "bad_login"
    LOGIN_THROTTLED = "login_throttled"
    WEAK_PASSWORD = "weak_password"  # noqa: S105
    PASSWORD_DUE = "password_due"  # noqa: S105
    SESSION_REVOKED = "session_revoked"
    FENCED = "fenced"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_REACH = "out_of_reach"
    BAD_PAIRING = "bad_pairing"
    # the world says no
    WRONG_MODE = "wrong_mode"
    ALREADY_IN_EMERGENCY = "already_in_emergency"
    NOT_IN_EMERGENCY = "not_in_emergency"
    STILL_OPEN = "still_open"
    SAME_PERSON = "same_person"
    WRONG_STEP = "wrong_step"
    COMMAND_OVER = "command_over"
    RELAY_FIRST = "relay_first"
    NOBODY_ADDRESSED = "nobody_addressed"
    TOO_MANY_ADDRESSED = "too_many_addressed"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_ACCOUNT = "unknown_account"
    UNKNOWN_PLAN = "unknown_plan"
    UNKNOWN_COMMAND = "unknown_command"
    UNKNOWN_ACTIVATION = "unknown_activation"
    UNKNOWN_INCIDENT = "unknown_incident"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_SIGNAL = "unknown_signal"
    NAME_TAKEN = "name_taken"
    ACTION_ID_TAKEN = "action_id_taken"
    STALE_VERSION = "stale_version"
    BAD_PLACE_IN_TREE = "bad_place_in_tree"
    UNIT_IN_USE = "unit_in_use"
    LAST_ADMINISTRATOR = "last_administrator"
    # files
    BAD_TYPE = "bad_type"
    BAD_HASH = "bad_hash"
    BAD_OFFSET = "bad_offset"
    # consultation rooms
    MEDIA_DOWN = "media_down"
    NOT_IN_ROOM = "not_in_room"
    BAD_OFFER = "bad_offer"
    ROOM_FULL = "room_full"
    NOT_INVITED = "not_invited"
    EJECTED = "ejected"
    HUSHED = "hushed"
    SCREEN_TAKEN = "screen_taken"
    UNKNOWN_CONSULTATION = "unknown_consultation"
    UNKNOWN_KNOCK = "unknown_knock"
    UNKNOWN_CAMERA = "unknown_camera"
    UNKNOWN_RECORDING = "unknown_recording"
    # the dispatch board
    UNKNOWN_RESOURCE = "unknown_resource"
    UNKNOWN_REQUEST = "unknown_request"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_DISCREPANCY = "unknown_discrepancy"
    KIND_DIFFERS = "kind_differs"
    NOT_ENOUGH = "not_enough"
    BEYOND_NEED = "beyond_need"
    OUT_OF_SERVICE = "out_of_service"
    UNDER_WAY = "under_way"
    REQUEST_OVER = "request_over"
    ORDER_OVER = "order_over"
    # what other systems bring
    BAD_SHEET = "bad_sheet"
    BAD_MESSAGE = "bad_message"
    MESSAGE_NOT_TAKEN = "message_not_taken"
    UNKNOWN_WEBHOOK = "unknown_webhook"
    BAD_ADDRESS = "bad_address"
    # the house is in trouble
    JOURNAL_DOWN = "journal_down"
    STORAGE_FULL = "storage_full"
    SHUTTING_DOWN = "shutting_down"
    GOING_AWAY = "going_away"
    RESTORED = "restored"
    LOG_CLOSED = "log_closed"
    INTERNAL = "internal"


RETRY = frozenset(
    {
        Code.RATE_LIMITED,
        Code.CONNECT_TIMEOUT,
        Code.TOO_MANY_CONNECTIONS,
        Code.TOO_MANY_PENDING,
        Code.TOO_SLOW,
        Code.LOGIN_THROTTLED,
        Code.MEDIA_DOWN,
        Code.JOURNAL_DOWN,
        Code.STORAGE_FULL,
        Code.SHUTTING_DOWN,
        Code.GOING_AWAY,
        Code.RESTORED,
        Code.OVERLOADED,
        Code.INTERNAL,
    }
)


class Rejected(Exception):
    """A rule or the house said no. `detail` holds plain data for the screen (names, counts, ids)."""

    def __init__(self, code: Code, after: int | None = None, **detail: Any) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry = code in RETRY
        self.after = after  # milliseconds to wait before a retry
        self.detail = detail
