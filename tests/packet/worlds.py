"""The same small room twice, once for each packet path: same keys and numbers, so the same bytes sent."""

import socket
from typing import Any

from pylibsrtp import Policy, Session

from rooms.control import Kind, Line
from rooms.media.dtls import Keys
from rooms.media.end import End
from rooms.media.flow import Feed, Slot, Source
from rooms.media.packet.clock import Clock
from rooms.media.packet.rewrite import Rewriter
from rooms.media.packet.up import Codec, Up
from rooms.media.path import Path
from rooms.media.paths import open_path
from tests.packet.packets import IDS, SEND_TIME

KEY = bytes(range(44))  # AES-256-GCM: key and salt
LOW, HIGH, SOUND = 1, 2, 3  # SSRCs of what the sender sends
STAGES, VOICES = range(3), range(3, 6)


def session(kind: int) -> Session:
    policy = Policy(key=KEY, ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_256_GCM)
    policy.allow_repeat_tx = True
    return Session(policy)


def keys() -> Keys:
    return Keys(session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND))


class Person(End):
    """A connection, and what was asked of it."""

    participant, quiet, local = "ann", False, False

    def __init__(self) -> None:
        super().__init__()
        self.ids = IDS
        self.told_slots = False
        self.asked = 0
        self.heard: list[tuple[int, float]] = []
        self.taken: list[bytes] = []

    def learn(self, ssrc: int, data: bytes) -> Feed | None:
        return None

    def hear(self, level: int, now: float) -> None:
        self.heard.append((level, now))

    def take(self, slot: Slot, data: bytes) -> None:
        self.taken.append(data)

    def ask_key(self, feed: Feed) -> None:
        self.asked += 1


class World:
    """One sender of a camera in two layers and a voice; three receivers: with RTX and send times, with
    neither, and one without keys. `how`: the packet path, as in `paths`."""

    def __init__(self, how: str) -> None:
        self.port = _bound()
        self.inbox = _bound()
        self.said: list[bytes] = []  # RTCP that came
        self.path: Path = open_path(how, self.port, lambda end, data, now: self.said.append(data))
        self.sender = Person()
        self.sender.keys = keys()
        clock = Clock()
        self.camera = Source(self.sender, Kind.CAMERA, ["q", "h"], Codec.VP8)
        self.mic = Source(self.sender, Kind.AUDIO, [""], Codec.OPUS)
        self.camera.open = self.mic.open = True
        low, high, sound = *self.camera.feeds, *self.mic.feeds
        self.sender.feeds = {LOW: low, HIGH: high, SOUND: sound}
        self.ups = {
            LOW: Up(LOW, 96, Codec.VP8, 90_000, clock, 64),
            HIGH: Up(HIGH, 96, Codec.VP8, 90_000, clock, 64),
            SOUND: Up(SOUND, 111, Codec.OPUS, 48_000, clock, 64),
        }
        for ssrc, up in self.ups.items():
            self.sender.feeds[ssrc].replace(up)
        self.receivers = [Person() for _ in range(3)]
        for receiver in self.receivers:
            receiver.name = self.path.name_of(self.inbox.getsockname())
        for receiver in self.receivers[:2]:
            receiver.keys = keys()
        self.slots = [self._slot(at, Kind.CAMERA) for at in range(3)]
        self.slots += [self._slot(at, Kind.AUDIO) for at in range(3)]
        for slot in self.slots[3:]:
            slot.aim(sound)

    def _slot(self, at: int, kind: Kind) -> Slot:
        sound, full = kind is Kind.AUDIO, at == 0
        ssrc = 1_000 + 10 * at + sound
        rewriter = Rewriter(
            ssrc, 111 if sound else 100, 48_000 if sound else 90_000, SEND_TIME if full else 0,
            ssrc + 5_000 if full and not sound else 0, 101 if full and not sound else 0,
            first=32_760, first_ts=0xFFFFFF00,
        )  # fmt: skip
        line = Line.VOICE if sound else Line.STAGE
        slot = Slot(self.receivers[at], str(at), line, kind, rewriter)
        slot.types = {Codec.OPUS: (111, 0)} if sound else {Codec.VP8: (100, 101 if full else 0)}
        return slot

    def sent(self) -> list[bytes]:
        """What left since the last call, and was taken by who has no keys."""
        self.path.flush()
        found = []
        while True:
            try:
                found.append(self.inbox.recv(4_096))
            except BlockingIOError:
                break
        for receiver in self.receivers:
            found += receiver.taken
            receiver.taken = []
        return found

    def state(self) -> dict[str, Any]:
        """Everything both paths must have left behind alike."""
        ups = [
            _fields(up, {"clock", "missing"}) | {"gaps": dict(up.missing.gaps)} for up in self.ups.values()
        ]
        slots = [
            _fields(slot.rewriter, {"up", "_spans"}) | {"spans": [span[1:] for span in slot.rewriter._spans]}
            for slot in self.slots
        ]
        ends = [(end.budget, end.arrivals._came, end.heard) for end in (self.sender, *self.receivers)]
        counts = self.path.counted()
        barred = self.camera.barred_at, self.mic.barred_at
        return {
            "ups": ups,
            "slots": slots,
            "ends": ends,
            "counts": counts,
            "barred": barred,
            "said": self.said,
        }

    def close(self) -> None:
        self.port.close()
        self.inbox.close()


def _fields(thing: Any, but: set[str]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in type(thing).__slots__ if name not in but}


def _bound() -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    bound.bind(("127.0.0.1", 0))
    bound.setblocking(False)
    return bound
