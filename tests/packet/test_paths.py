"""The compiled packet path and the one in Python: the same bytes, whatever comes; no bytes that break it."""

from collections.abc import Iterator
from contextlib import suppress
from struct import pack
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pylibsrtp import Error, Policy

from rooms.media.packet import rtp, vp8
from rooms.media.packet.rtp import Ids, stamp
from tests.packet.packets import one_byte, two_byte
from tests.packet.packets import rtp as packet_of
from tests.packet.worlds import HIGH, LOW, SOUND, World, session

swift: Any = pytest.importorskip("rooms.media._swift", reason="the packet path was not compiled here")

Steps = list[tuple[int, int, int]]
STEPS = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 0xFFFF), st.integers(0, 0xFF)), max_size=150)


@pytest.fixture(params=["compiled", "python"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    made = World(request.param)
    yield made
    made.close()


class Sender:
    """Turns drawn numbers into what a sender, a receiver or a room might do, the same for both worlds."""

    def __init__(self) -> None:
        self.session = session(Policy.SSRC_ANY_OUTBOUND)
        self.seq = {LOW: 65_500, HIGH: 10, SOUND: 65_530}
        self.ts = {LOW: 0xFFFFFF00, HIGH: 5, SOUND: 0}
        self.pid = {LOW: 32_760, HIGH: 3}
        self.tl0 = {LOW: 250, HIGH: 0}
        self.twcc = 65_000
        self.old: list[bytes] = []
        self.now = 1_000.0

    def media(self, ssrc: int, drawn: int, flags: int) -> bytes:
        """The next packet of a stream, in one of the shapes senders know."""
        self.seq[ssrc] = self.seq[ssrc] + 1 & 0xFFFF
        new = not flags & 1
        if new:
            self.ts[ssrc] = self.ts[ssrc] + 960 + drawn % 3_000 & 0xFFFFFFFF
        self.twcc = self.twcc + 1 & 0xFFFF
        values = [(5, pack(">H", self.twcc)), (4, bytes((drawn & 0xFF,)))]
        shape = flags >> 1 & 7
        extension = (one_byte if shape < 5 else two_byte if shape < 7 else lambda *_: b"")(*values)
        payload = (
            bytes((drawn & 0xFF,)) * (drawn % 900)
            if ssrc == SOUND
            else self._picture(ssrc, drawn, flags, new)
        )
        data = packet_of(
            self.seq[ssrc], self.ts[ssrc], payload, pt=111 if ssrc == SOUND else 96, ssrc=ssrc,
            mark=bool(flags & 16), extension=extension,
        )  # fmt: skip
        if drawn % 31 == 0:  # padding; sometimes nothing else
            data = bytes((data[0] | 0x20,)) + data[1:] + bytes(drawn % 7) + bytes((drawn % 7 + 1,))
        return data

    def _picture(self, ssrc: int, drawn: int, flags: int, new: bool) -> bytes:
        tid = (drawn >> 3) % 3
        if new:
            self.pid[ssrc] = self.pid[ssrc] + 1 & 0x7FFF
            self.tl0[ssrc] = self.tl0[ssrc] + (tid == 0) & 0xFF
        if drawn % 29 == 0:
            return b""
        if drawn % 23 == 0:
            return bytes((flags & 0x7F, drawn & 0xFF)) + bytes(drawn % 50)
        start, key = new, drawn % 5 == 0
        pid = bytes((self.pid[ssrc] & 0x7F,)) if drawn % 37 == 0 else pack(">H", 0x8000 | self.pid[ssrc])
        head = bytes((0x80 | start << 4, 0xF0 if drawn % 17 else 0xA0)) + pid
        head += bytes((self.tl0[ssrc],)) if drawn % 17 else b""
        return head + bytes((tid << 6 | (drawn & 1) << 5, not (key and start))) + bytes(drawn % 1_000)

    def protect(self, data: bytes) -> bytes:
        try:
            return self.session.protect(data)
        except Error:
            return b""

    def do(self, step: tuple[int, int, int], worlds: list[World]) -> None:
        what, drawn, flags = step
        self.now += drawn % 50 / 1_000
        ssrc = (LOW, LOW, HIGH, SOUND)[drawn % 4]
        if what < 12:
            data = self.protect(self.media(ssrc, drawn, flags))
            self.old = [*self.old[-40:], data]
            self._arrive(data, worlds)
        elif what == 12:
            self.seq[ssrc] = self.seq[ssrc] + (drawn % 5 if flags & 3 else drawn) & 0xFFFF
        elif what == 13:  # one that comes late, or again
            lost = self.protect(self.media(ssrc, drawn, flags))
            self._arrive(self.protect(self.media(ssrc, drawn >> 1, flags)), worlds)
            self._arrive(lost, worlds)
        elif what == 14 and self.old:
            self._arrive(self.old[drawn % len(self.old)], worlds)
        elif what == 15:  # not authentic, or not for anybody
            self._arrive(bytes((0x80, flags)) + pack(">H", drawn) * (drawn % 40), worlds)
            self._arrive(self.protect(packet_of(drawn, 5, b"\x10\0\0", ssrc=drawn)), worlds)
        elif what == 16:
            self._control(drawn, flags, worlds)
        else:
            for world in worlds:
                self._rule(what, drawn, flags, world)

    def _arrive(self, data: bytes, worlds: list[World]) -> None:
        for world in worlds:
            world.path.packet(world.sender, data, self.now)

    def _control(self, drawn: int, flags: int, worlds: list[World]) -> None:
        try:
            data = self.session.protect_rtcp(pack(">BBHII", 0x81, 206, 2, flags, drawn))
        except Error:
            return
        self._arrive(data, worlds)

    def _rule(self, what: int, drawn: int, flags: int, world: World) -> None:
        """What happens rarely, in between."""
        slot = world.slots[drawn % 6]
        feeds = world.mic.feeds if drawn % 6 > 2 else world.camera.feeds
        match what:
            case 17 | 18:
                slot.aim(feeds[flags % len(feeds)])
                if flags & 4 and slot.target is not None:
                    world.path.catch_up(slot, self.now)
            case 19:
                slot.aim(None)
            case 20:
                slot.rewriter.limit(flags % 4)
            case 21:
                newest = slot.rewriter._newest + slot.rewriter._seq
                data = slot.rewriter.repeat(newest - drawn % 9 & 0xFFFF, self.now, 0.0, stamp(self.now))
                if data is not None:
                    world.path.send(slot, data)
            case 22:
                world.camera.let(bool(flags & 3))
                world.mic.let(bool(flags & 12))
            case _:
                world.sender.budget = drawn * 20


BEGUN: Steps = [(17, at, 0) for at in range(6)] + [(0, 20, 0), (0, 3, 0)]
"""All slots wait, then a key frame and sound come."""


@settings(max_examples=150, deadline=None)
@given(STEPS)
@example([(0, drawn, drawn & 0xFE) for drawn in range(0, 900, 5)])
def test_both_paths_send_the_same_bytes_and_remember_the_same(steps: Steps) -> None:
    worlds, sender = [World("compiled"), World("python")], Sender()
    try:
        assert [world.path.how for world in worlds] == ["compiled", "python"]
        for step in BEGUN + steps:
            sender.do(step, worlds)
            compiled, plain = (world.sent() for world in worlds)
            assert compiled == plain
        assert worlds[0].state() == worlds[1].state()
    finally:
        for world in worlds:
            world.close()


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=120), st.integers(0, 15), st.integers(0, 15), st.booleans())
def test_headers_are_read_alike(data: bytes, twcc: int, level: int, likely: bool) -> None:
    if likely and len(data) > 16:
        data = bytes((0x90 | data[0] & 0x2F,)) + data[1:]
        at = 12 + (data[0] & 15) * 4
        data = (
            data[:at]
            + (b"\xbe\xde" if data[1] & 1 else b"\x10\x00")
            + bytes((0, data[2] % 8))
            + data[at + 4 :]
        )
    assert swift.scan(data, twcc, level) == rtp.scan(data, Ids(twcc=twcc, level=level))


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=14), st.integers(0, 14), st.integers(0, 14), st.booleans())
def test_descriptors_are_read_alike(data: bytes, start: int, end: int, extended: bool) -> None:
    if extended and data:
        data = bytes((data[0] | 0x80,)) + data[1:]
    end = min(end, len(data))
    start = min(start, end)
    assert swift.vp8(data, start, end) == vp8.read(data, start, end)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([LOW, HIGH, SOUND]), st.binary(max_size=80)), max_size=30))
def test_whatever_a_sender_with_keys_sends_is_survived_alike(sent: list[tuple[int, bytes]]) -> None:
    worlds, sender = [World("compiled"), World("python")], Sender()
    try:
        for world in worlds:
            for slot in world.slots[:3]:
                slot.aim(world.camera.feeds[0])
        for at, (ssrc, data) in enumerate(sent):
            header = bytes((0x80 | (data[0] & 0x3F if data else 0), 96 if ssrc != SOUND else 111))
            sealed = sender.protect(header + pack(">HII", at, at * 9, ssrc) + data[1:])
            for world in worlds:
                world.path.packet(world.sender, sealed, 1.0 + at)
        compiled, plain = (world.sent() for world in worlds)
        assert compiled == plain
    finally:
        for world in worlds:
            world.close()


def test_the_port_is_read_and_what_is_no_media_goes_elsewhere(world: World) -> None:
    world.slots[0].aim(world.camera.feeds[0])
    sender, seen = Sender(), []
    address = world.inbox.getsockname()
    ends = {world.path.key_of(address): world.sender}
    here = world.port.getsockname()
    for at in range(100):
        world.inbox.sendto(sender.protect(sender.media(LOW, 5 if at == 0 else 6, 0)), here)
    for other in (b"\x00check", b"\x16record", b"\xff", b""):
        world.inbox.sendto(other, here)
    world.path.read(ends, lambda data, key: seen.append((data, world.path.address_of(key))))
    assert seen == [(b"\x00check", address), (b"\x16record", address), (b"\xff", address)]
    counts = world.path.counted()
    assert (counts.packets_in, counts.packets_out, len(world.sent())) == (100, 100, 100)
    stranger = world.inbox.dup()
    world.path.read({}, lambda data, key: None)
    stranger.close()


def test_media_of_an_address_nobody_vouched_for_is_nobodys(world: World) -> None:
    world.inbox.sendto(Sender().protect(Sender().media(LOW, 5, 0)), world.port.getsockname())
    world.path.read({}, lambda data, key: None)
    assert world.path.counted().packets_in == 0


def test_one_datagrams_exception_loses_no_other() -> None:
    world, seen = World("compiled"), []

    def other(data: bytes, key: bytes) -> None:
        seen.append(data)
        if data == b"\x01":
            raise ZeroDivisionError

    for number in range(3):
        world.inbox.sendto(bytes((number,)), world.port.getsockname())
    with pytest.raises(ZeroDivisionError):
        world.path.read({}, other)
    assert seen == [b"\0", b"\1", b"\2"]
    world.close()


def broken(world: World, how: int) -> None:
    """Objects as no rule leaves them."""
    feed, slot = world.camera.feeds[0], world.slots[0]
    match how:
        case 0:
            feed.slots.append("no slot")  # type: ignore[arg-type]
        case 1:
            del slot.rewriter._newest
        case 2:
            slot.rewriter._seq = 1 << 80
        case 3:
            del slot.peer
        case 4:
            slot.peer.name = b"short"
        case 5:
            del feed.slots
        case 6:
            feed.up.last = "nothing"  # type: ignore[union-attr]
        case 7:
            feed.up._ring.clear()  # type: ignore[union-attr]
        case 8:
            world.receivers[0].keys.tx_at = 0  # type: ignore[union-attr]
        case 9:
            del world.sender.ids
        case 10:
            world.sender.arrivals = None  # type: ignore[assignment]
        case 11:
            feed.source = None  # type: ignore[assignment]
        case _:
            world.sender.budget = "much"  # type: ignore[assignment]


@pytest.mark.parametrize("how", range(13))
def test_objects_as_no_rule_leaves_them_are_refused_not_believed(how: int) -> None:
    world, sender = World("compiled"), Sender()
    world.slots[0].aim(world.camera.feeds[0])
    world.slots[1].aim(world.camera.feeds[0])
    for drawn in (5, 6, 7):
        world.path.packet(world.sender, sender.protect(sender.media(LOW, drawn, 0)), 1.0)
    world.sent()
    broken(world, how)
    for drawn in (6, 7):
        with suppress(TypeError, AttributeError, IndexError, OverflowError):
            world.path.packet(world.sender, sender.protect(sender.media(LOW, drawn, 0)), 1.0)
    assert len(world.sent()) <= 4
    world.close()


def test_a_lane_takes_only_what_it_was_made_for() -> None:
    world = World("compiled")
    lane: Any = world.path._lane  # type: ignore[attr-defined]
    feed, up = world.camera.feeds[0], world.camera.feeds[0].up
    for wrong in ((), ("a",) * 9, (1 << 70, *range(7), b""), (1, 2, 3, 4, 5, 6, 7, False, "text")):
        with pytest.raises(TypeError):
            lane.forward(feed, up, wrong, 1.0)
    with pytest.raises(TypeError):
        lane.forward("feed", up, (1, 2, 0, -1, 0, -1, 0, False, b""), 1.0)
    with pytest.raises(TypeError):
        lane.packet("nobody", b"x" * 20, 1.0)
    with pytest.raises(TypeError):
        type(lane)(0, 16, (1, 1, 1, 1), {}, None, None, None)
    lane.packet(world.sender, bytes(70_000), 1.0)
    lane.put(None, None, bytes(70_000), False)
    assert lane.used == 0
    world.close()
