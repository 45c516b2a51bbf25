"""People in a room of a media worker: synthetic peers that speak and show, and what was told about them."""

import asyncio
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loadtests.media_link import MediaLink
from loadtests.media_peer import MediaPeer

ROOM = "310116/r"
SLOTS = ["voice", "voice", "voice", "stage", "share", "thumb"]
SENDS = ["mic", "camera", "screen"]
STAGE, SHARE, THUMB = "6", "7", "8"  # mids of whoever sends too
VOICES = ("3", "4", "5")
SECONDS = 15.0
SIZES = {"q": 200, "h": 500, "f": 900, "screen": 700}  # payload bytes: how a test knows a layer
HEIGHTS = {"q": 180, "h": 360, "f": 720, "screen": 720}

Told = dict[str, Any]


class Scene:
    """One gateway's link, one room at a time, and everybody who joined."""

    def __init__(self, link: MediaLink) -> None:
        self.link = link
        self.told: list[Told] = []
        self.peers: list[MediaPeer] = []
        self._players: list[asyncio.Task[None]] = []
        self._seq = 0
        link.told = self.told.append

    @classmethod
    async def open(cls, socket: Path) -> "Scene":
        return cls(await MediaLink.open(socket))

    async def close(self) -> None:
        for player in self._players:
            player.cancel()
        await asyncio.gather(*self._players, return_exceptions=True)
        for peer in self.peers:
            await peer.vanish()
        await self.link.close()

    async def room(self, may: dict[str, list[str]], name: str = ROOM, **policy: Any) -> None:
        """`may`: what each person may send. Devices are named like people, or as `devices` says."""
        self._seq += 1
        devices = policy.pop("devices", {})
        heard = policy.pop("always_heard", [])
        people = {
            who: {"devices": devices.get(who, [who]), "may": kinds, "always_heard": who in heard}
            for who, kinds in may.items()
        }
        await self.link.ask("SetRoom", room={"room": name, "seq": self._seq, "people": people, **policy})

    async def join(
        self, who: str, lines: list[str] | None = None, device: str = "", room: str = ROOM, six: bool = False
    ) -> MediaPeer:
        """`six`: by IPv6."""
        peer = MediaPeer([*SENDS, *SLOTS] if lines is None else lines)
        peer.six = six
        self.peers.append(peer)
        await self.link.join(peer, room, who, device)
        return peer

    async def wish(self, who: str, means: list[str] | None = None, **heights: tuple[str, int]) -> None:
        """`wish("ann", m6=("bob", 180))`: in the slot of mid 6, bob, drawn 180 pixels high. `means`: what
        it says it sends."""
        wishes = [
            {"mid": mid[1:], "source": source, "height": height} for mid, (source, height) in heights.items()
        ]
        await self.link.ask("Want", room=ROOM, participant=who, device=who, wishes=wishes, means=means)

    def play(self, peer: MediaPeer, *names: str, level: int = 30) -> asyncio.Task[None]:
        """Send sound ("mic") and pictures ("q", "h", "f", "screen") until the scene ends, or cancelled."""
        player = asyncio.create_task(self._play(peer, names, level))
        self._players.append(player)
        return player

    async def _play(self, peer: MediaPeer, names: tuple[str, ...], level: int) -> None:
        begun = True
        turn = 0
        while True:
            for name in names:
                stream = peer.sent[name]
                if name == "mic":
                    peer.speak(level)
                elif turn % 2 == 0:
                    key, stream.plis = begun or stream.plis > 0, 0
                    peer.show(name, key, SIZES[name], height=HEIGHTS[name])
                if turn % 50 == 0:
                    peer.sender_report(name)
            begun = begun and turn % 2 == 1
            turn += 1
            await asyncio.sleep(0.02)

    async def hears(self, kind: str, seconds: float = SECONDS, **fields: Any) -> Told:
        """The first telling of that type with those fields, told or to come."""

        def find() -> Told | None:
            for told in self.told:
                if told["type"] == kind and all(told.get(name) == value for name, value in fields.items()):
                    return told
            return None

        await until(lambda: find() is not None, seconds, lambda: f"{kind} {fields} of {self.told[-12:]}")
        found = find()
        assert found is not None
        return found

    async def slot(self, who: str, mid: str, seconds: float = SECONDS, **fields: Any) -> None:
        """Until the newest Slots of `who` has that in its slot."""

        def shown() -> dict[str, Any]:
            for told in reversed(self.told):
                if told["type"] == "Slots" and told["participant"] == who:
                    slot: dict[str, Any] = told["slots"][mid]
                    return slot
            return {}

        await until(
            lambda: all(shown().get(name) == value for name, value in fields.items()),
            seconds,
            lambda: f"slot {mid} of {who}: {fields}, but {shown()}",
        )


async def until(
    ready: Callable[[], bool], seconds: float = SECONDS, what: Callable[[], str] = lambda: "it"
) -> None:
    over = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < over, f"did not happen in {seconds} s: {what()}"
        await asyncio.sleep(0.01)


async def more(peer: MediaPeer, mid: str, packets: int = 10) -> None:
    """Until that many more packets came in a slot."""
    before = peer.heard[mid].packets
    await until(lambda: peer.heard[mid].packets >= before + packets, what=lambda: f"packets in slot {mid}")


async def nothing_more(peer: MediaPeer, mid: str, turns: int = 25) -> None:
    """What was on its way has come; for `turns` times 20 ms nothing follows."""
    await asyncio.sleep(0.1)
    before = peer.heard[mid].packets
    for _ in range(turns):
        await asyncio.sleep(0.02)
        assert peer.heard[mid].packets == before, "packets still come"


def payload(packet: bytes) -> bytes:
    """Of a decrypted RTP packet with at most one extension header."""
    at = 12
    if packet[0] & 0x10:
        at += 4 + 4 * struct.unpack(">H", packet[14:16])[0]
    return packet[at:]
