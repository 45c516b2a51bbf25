"""A camera publishes and a recorder subscribes over sockets of their own, as their processes do."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooms.tap import ALIVE, BOUND, BYE, KEY, REPORT, RTP, WATCHED, Bound, bound, datagram
from rooms.tap import STAGE as STAGE_SLOT
from tests.media.paths import both_paths
from tests.media.scene import ROOM, STAGE, Scene, more, until

ALL = ["audio", "camera", "screen"]
IDR, SLICE = b"\x65\x88" + bytes(600), b"\x41\x9a" + bytes(300)


class Tap:
    """The other process's end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.got: list[tuple[int, int, bytes]] = []

    def attached(self, worker_path: str) -> None:
        self.socket.connect(worker_path)

    def read(self) -> list[tuple[int, int, bytes]]:
        while True:
            try:
                data = self.socket.recv(4_096)
            except OSError:
                return self.got
            self.got.append((data[0], data[1], data[2:]))

    def of(self, kind: int) -> list[tuple[int, bytes]]:
        return [(slot, body) for what, slot, body in self.read() if what == kind]

    def say(self, kind: int, body: bytes = b"") -> None:
        self.socket.send(datagram(kind, 0, body))


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[Tap]:
    opened = Tap(tmp_path / "tap")
    yield opened
    opened.socket.close()


def behind_the_stage(tap: Tap) -> list[Bound | None]:
    return [bound(body) for slot, body in tap.of(BOUND) if slot == STAGE_SLOT]


async def film(tap: Tap) -> None:
    """25 pictures a second; a key frame at first and whenever one is wanted."""
    wanted = 0
    for number in range(10_000):
        keys = len(tap.of(KEY))
        key = number == 0 or keys > wanted
        wanted = keys
        header = struct.pack(">BBHII", 0x80, 102 | 0x80, number & 0xFFFF, number * 3_600, 77)
        tap.say(RTP, header + (IDR if key else SLICE))
        if number % 25 == 0:
            tap.say(ALIVE)
        await asyncio.sleep(0.04)


@both_paths
async def test_a_camera_is_seen_in_its_own_codec_only_while_it_may_be(scene: Scene, tap: Tap) -> None:
    people = {"cam:gate": ["camera"], "bob": ALL}
    await scene.room(people, stage=["cam:gate"])
    reply = await scene.link.ask("Attach", room=ROOM, participant="cam:gate", path=str(tap.path))
    tap.attached(reply["path"])
    filming = asyncio.create_task(film(tap))
    await scene.hears("Sending", participant="cam:gate", kinds=["camera"])
    await until(lambda: tap.of(WATCHED)[:2] == [(1, b""), (0, b"")])
    bob = await scene.join("bob")
    types: list[int] = []
    bob.packet = lambda mid, packet: types.append(packet[1] & 127)
    await scene.slot("bob", STAGE, source="cam:gate", picture="live")
    await more(bob, STAGE)
    assert set(types) == {102}
    assert tap.of(WATCHED)[-1] == (1, b"")
    await scene.room({"cam:gate": [], "bob": ALL}, stage=["cam:gate"])
    await scene.slot("bob", STAGE, source="cam:gate", picture="muted")
    await scene.room({"bob": ALL})
    await until(lambda: bool(tap.of(BYE)))
    await scene.hears("Dead", participant="cam:gate", reason="removed")
    filming.cancel()
    assert not await asyncio.to_thread(Path(reply["path"]).exists)


@both_paths
async def test_a_recorder_gets_the_stage_and_the_voices_each_in_one_stream(scene: Scene, tap: Tap) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"], recording="r1")
    ann, bob = await scene.join("ann"), await scene.join("bob")
    scene.play(ann, "mic", "f")
    scene.play(bob, "mic", "q", level=60)
    with pytest.raises(RuntimeError, match="not_admitted"):
        await scene.link.ask("Attach", room=ROOM, participant="rec:other", path=str(tap.path))
    reply = await scene.link.ask("Attach", room=ROOM, participant="rec:r1", path=str(tap.path))
    tap.attached(reply["path"])
    tap.say(ALIVE)

    def slots() -> set[int]:
        return {slot for slot, _ in tap.of(RTP)}

    await until(lambda: 6 in slots() and 0 in slots())
    await until(lambda: len([1 for slot, _ in tap.of(RTP) if slot == 6]) > 30)
    stage = [body for slot, body in tap.of(RTP) if slot == 6]
    numbers = [int.from_bytes(body[2:4], "big") for body in stage]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert b"\x9d\x01\x2a" in stage[0]
    await until(lambda: any(slot == 6 for slot, _ in tap.of(REPORT)))
    assert Bound("ann", "camera", "vp8") in behind_the_stage(tap)
    await scene.room({"ann": ALL, "bob": ALL}, stage=["bob"], recording="r1")
    tap.say(ALIVE)
    await until(lambda: Bound("bob", "camera", "vp8") in behind_the_stage(tap))
    await scene.room({"ann": ALL, "bob": ALL})
    await until(lambda: bool(tap.of(BYE)))


async def test_nobody_at_the_path_is_a_refusal(scene: Scene, tmp_path: Path) -> None:
    await scene.room({"cam:gate": ["camera"]})
    with pytest.raises(RuntimeError, match="unreachable"):
        await scene.link.ask("Attach", room=ROOM, participant="cam:gate", path=str(tmp_path / "nobody"))


async def test_a_camera_that_falls_silent_is_dead(scene: Scene, tap: Tap) -> None:
    await scene.room({"cam:gate": ["camera"], "bob": ALL}, stage=["cam:gate"])
    await scene.link.ask("Attach", room=ROOM, participant="cam:gate", path=str(tap.path))
    await scene.hears("Dead", participant="cam:gate", reason="silent")


async def test_pictures_go_on_beside_a_recorder_that_does_not_read(scene: Scene, tap: Tap) -> None:
    await scene.room({"ann": ALL, "bob": ALL}, stage=["ann"], recording="r1")
    ann, bob = await scene.join("ann"), await scene.join("bob")
    await scene.link.ask("Attach", room=ROOM, participant="rec:r1", path=str(tap.path))
    scene.play(ann, "mic", "f")
    await more(bob, STAGE, 60)
    assert bob.heard[STAGE].lost == 0
